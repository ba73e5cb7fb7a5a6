"""Chunks are slices of sections that cover every word and fit the embedder's window."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from indexer.chunking import Chunker, ChunkSize
from retrieval.errors import SettingsError
from retrieval.types import Document, PageFields, Section, TrialFields
from tests.fakes import HashingEmbedder

COUNTER = HashingEmbedder()
SMALL = ChunkSize(tokens=24, overlap=6)

# Words of many kinds: plain, long, right-to-left, combining, without spaces, repeated, blank.
WORDS = st.sampled_from(
    [
        "dose",
        "a",
        "Grade 3.",
        "x" * 70,
        "12.5%;",
        "\u05e9\u05dc\u05d5\u05dd",
        "\u0645\u0631\u062d\u0628\u0627",
        "e\u0301e\u0301",
        "\U0001f9ea\U0001f468\u200d\U0001f52c",
        "\u60a3\u8005\u3002" * 9,
        " ",
        "\n",
        "\n\n",
        "\t",
        "\u00a0",
    ]
)
WILD = st.one_of(
    st.text(max_size=120), st.lists(WORDS, max_size=120).map(" ".join), st.lists(WORDS).map("".join)
)
LAYOUTS = st.sampled_from(["prose", "lines"])


def make_document(*parts: tuple[str, str]) -> Document:
    """A document whose sections are the given (text, layout), a heading before each."""
    text, sections = "", []
    for number, (part, layout) in enumerate(parts):
        text += f"== {number} ==\n"
        sections.append(Section(f"s{number}", len(text), len(text) + len(part), layout, "reported"))
        text += f"{part}\n"
    return Document(
        doc_id="clinicaltrials:NCT00000000",
        kind="trial",
        trial_id="NCT00000000",
        title="A trial",
        text=text,
        sections=tuple(sections),
        fields=TrialFields(),
        page=PageFields(),
        paths=(),
        source_url="",
    )


def chunk(*parts: tuple[str, str], size: ChunkSize = SMALL):
    document = make_document(*parts)
    return document, Chunker(COUNTER, size=size).chunk(document)


def home(document, piece) -> Section:
    """The section that a chunk names and lies in."""
    return next(
        section
        for section in document.sections
        if section.name == piece.section and section.start <= piece.start < piece.end <= section.end
    )


def assert_chunks_cover(document, chunks, *, counter, limit: int) -> None:
    """Hold every promise of the chunker for one document."""
    reached = {section: section.start for section in document.sections}
    for piece, tokens in zip(chunks, counter.count_tokens([c.text for c in chunks]), strict=True):
        section = home(document, piece)
        assert document.text[piece.start : piece.end] == piece.text
        assert piece.text == piece.text.strip() != ""
        assert not document.text[reached[section] : piece.start].strip()
        assert piece.end > reached[section]
        reached[section] = piece.end
        one_line = section.layout == "lines" and len(piece.text.splitlines()) == 1
        assert tokens <= limit or one_line or len(piece.text) == 1
    for section, end in reached.items():
        assert not document.text[end : section.end].strip()


@given(st.lists(st.tuples(WILD, LAYOUTS), max_size=3))
def test_chunks_are_slices_that_cover_every_word(parts):
    """Whatever the text: trimmed slices of one section, within the limit, nothing lost."""
    document, chunks = chunk(*parts)
    assert_chunks_cover(document, chunks, counter=COUNTER, limit=SMALL.tokens)


@given(WILD, st.integers(1, 12))
@settings(max_examples=50)
def test_any_size_ends(text, tokens):
    """Also a limit of one token cuts a text in finite time and keeps every word."""
    size = ChunkSize(tokens=tokens, overlap=tokens // 2)
    document, chunks = chunk((text, "prose"), size=size)
    assert_chunks_cover(document, chunks, counter=COUNTER, limit=tokens)


@given(st.lists(st.integers(1, 40), max_size=30))
def test_a_line_is_never_cut(lengths):
    """A chunk of a section of lines begins and ends where lines do, and none overlap."""
    lines = [f"line{number}: " + "w " * length + "end" for number, length in enumerate(lengths)]
    _, chunks = chunk(("\n".join(lines), "lines"))
    assert [line for piece in chunks for line in piece.text.splitlines()] == lines


def test_lines_are_packed_up_to_the_limit():
    """No two neighbouring chunks of lines would have fitted into one."""
    _, chunks = chunk(("\n".join(f"event {number} 1/20" for number in range(40)), "lines"))
    counts = COUNTER.count_tokens([piece.text for piece in chunks])
    assert len(chunks) > 1
    assert all(left + right > SMALL.tokens for left, right in pairwise(counts))


def test_a_section_that_fits_is_one_chunk():
    """A short section stays whole, borders and all."""
    prose = "One sentence of seven tokens.\n\n" * 3 + "Another one."
    _, chunks = chunk((prose, "prose"), ("a: 1\nb: 2", "lines"))
    assert [piece.text for piece in chunks] == [prose, "a: 1\nb: 2"]


def test_prose_is_cut_between_sentences_where_it_can_be():
    """Sentences that fit are not torn, and each chunk after the first overlaps."""
    sentences = " ".join(f"Sentence number {number} says so." for number in range(30))
    _, chunks = chunk((sentences, "prose"))
    assert all(piece.text.startswith("Sentence") for piece in chunks)
    assert all(piece.text.endswith(".") for piece in chunks)
    assert all(right.start < left.end for left, right in pairwise(chunks))


def test_the_overlap_is_as_long_as_asked_and_no_longer():
    """Two neighbours share at most ``overlap`` tokens, and without one they share none."""
    text = "word " * 300
    for overlap in (0, 6):
        document, chunks = chunk((text, "prose"), size=ChunkSize(24, overlap))
        shared = [document.text[right.start : left.end] for left, right in pairwise(chunks)]
        assert set(COUNTER.count_tokens(shared)) == {overlap}


def test_the_overlap_gives_way_to_the_limit():
    """A piece that is fuller than the mean takes over less of the one before it."""
    _, chunks = chunk(("longword " * 100 + "three " * 100, "prose"))
    assert max(COUNTER.count_tokens([piece.text for piece in chunks])) == SMALL.tokens


def test_a_denser_part_is_cut_again():
    """Where tokens are shorter than the section's mean, pieces still keep the limit."""
    _, chunks = chunk(("longword " * 100 + "a b c d " * 60, "prose"))
    assert max(COUNTER.count_tokens([piece.text for piece in chunks])) <= SMALL.tokens


def test_a_short_end_joins_the_piece_before():
    """No crumb is left behind the last full piece when there is room for it."""
    _, chunks = chunk(("word " * 250 + "\n\nThe end.", "prose"), size=ChunkSize(100, 0))
    assert chunks[-1].text.endswith("The end.")
    assert COUNTER.count_tokens([chunks[-1].text])[0] > 20


def test_ids_name_version_and_position():
    """A chunk's id says which text of which document, and which piece of it."""
    document, chunks = chunk(("word " * 60, "prose"), ("x", "lines"))
    assert [piece.chunk_id for piece in chunks] == [
        f"{document.doc_id}@{document.version}#{position}" for position in range(len(chunks))
    ]
    assert {piece.evidence for piece in chunks} == {"reported"}


def test_a_repeating_text_is_cut_at_the_right_place():
    """Spans are counted, not searched for: repetition moves none of them."""
    document, chunks = chunk(("ab ab ab. " * 80, "prose"), size=ChunkSize(24, 0))
    words = sum(COUNTER.count_tokens([piece.text for piece in chunks]))
    assert words == COUNTER.count_tokens(["ab ab ab. " * 80])[0]
    assert all(left.end <= right.start for left, right in pairwise(chunks))
    assert chunks[-1].end == len(document.text.rstrip())


def test_an_overlap_beyond_half_of_the_chunk_is_refused():
    """The message names both settings with their values."""
    with pytest.raises(SettingsError, match=r"CHUNK_OVERLAP=20 with CHUNK_TOKENS=32"):
        ChunkSize(tokens=32, overlap=20)


def test_every_real_record_is_covered(shared, ladder, bundled_embedder):
    """The promises hold for each record of the registry with the default tokenizer."""
    from indexer.readers import read_file

    chunker = Chunker(bundled_embedder, size=ChunkSize(256, 32))
    path = shared / "data" / "trial-records" / "studies.jsonl.gz"
    documents = [read.document for read in read_file(path, ladder) if hasattr(read, "document")]
    assert len(documents) > 500
    for document in documents:
        chunks = chunker.chunk(document)
        assert_chunks_cover(document, chunks, counter=bundled_embedder, limit=256)
