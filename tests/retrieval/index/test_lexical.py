"""Lexical search finds names however they are written, under any mask, from a sealed folder."""

import shutil
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.errors import BuildError, IndexDamaged
from retrieval.index.lexical import MAX_QUERY_WORDS, LexicalEntry, LexicalIndex, build_lexical
from retrieval.language.words import STOP_WORDS, split_words

WORDS = ["cancer", "thymosin", "alpha", "placebo", "IL-2", "dose", "1", "the"]
FILLER = "participants received placebo in phase 2 for 1 year"


def entry(row, text, *, title="", trial_id="NCT00000001"):
    return LexicalEntry(row=row, trial_id=trial_id, title=title, header="", text=text)


def built(folder, *texts):
    build_lexical(folder, [entry(row, text) for row, text in enumerate(texts)])
    return LexicalIndex.open(folder)


@pytest.fixture(scope="module")
def random_index(tmp_path_factory):
    """400 texts of few words, so that ties abound."""
    drawn = np.random.default_rng(7).choice(WORDS, (400, 5))
    return built(tmp_path_factory.mktemp("random"), *(" ".join(words) for words in drawn))


@pytest.mark.parametrize(
    ("written", "typed"),
    [
        ("thymalfasin", "Thymalfasin"),
        ("semaglutide", "SEMAGLUTIDE"),
        ("Zadaxin™", "zadaxin"),
        ("IL-2", "IL 2"),
        ("IL 2", "IL-2"),
        ("IL2", "il‐2"),
        ("Tα1", "Tα1"),
        ("T alpha 1", "Tα1"),
        ("Tα1", "t-alpha-1"),
        ("BPC-157", "bpc157"),
        ("PD-1", "PD1"),
        ("pMMR/MSS", "MSS"),
        ("NCT06056804", "nct06056804"),
        ("2.4 mg", "2.4mg"),
        ("naïve", "naive"),
        ("Crohn's disease", "Crohn’s"),
    ],
)
def test_a_name_is_found_however_it_is_written(tmp_path, written, typed):
    """The chunk that holds a name outranks one with the same small words apart."""
    index = built(tmp_path, FILLER, f"{FILLER} {written}", f"1 alpha {FILLER} t il pd bpc")
    assert index.search(typed, k=3).rows[0] == 1


@given(st.text())
def test_folding_is_stable(text):
    """Words fold to themselves, so a shown word can be searched again."""
    runs = [run for word in split_words(text) for run in word]
    assert [run for word in split_words(" ".join(runs)) for run in word] == runs


@given(text=st.text())
def test_nothing_typed_is_a_query_language(random_index, text):
    """Any text searches without an error; operators and field names are just words."""
    hits = random_index.search(f'text:"{text} AND (', k=5)
    assert len(hits.rows) <= 5


@given(
    st.lists(st.sampled_from(WORDS), min_size=1, max_size=4).map(" ".join),
    st.integers(1, 500),
    st.sampled_from([0.0, 0.01, 0.1, 0.5, 1.0]),
    st.integers(0, 2**32 - 1),
)
def test_mask_keeps_exactly_the_best_allowed(random_index, text, k, share, seed):
    """A masked search is the full ranking with the other rows crossed out, none missing."""
    mask = np.random.default_rng(seed).random(random_index.count()) < share
    full = random_index.search(text, k=random_index.count())
    kept = mask[full.rows]
    hits = random_index.search(text, k=k, allowed=mask)
    assert hits.rows.tolist() == full.rows[kept][:k].tolist()
    assert hits.scores == pytest.approx(full.scores[kept][:k], rel=1e-5)


@given(st.lists(st.sampled_from(WORDS), min_size=1, max_size=4).map(" ".join), st.integers(1, 50))
def test_ranking_is_ordered_and_a_prefix_of_a_longer_one(random_index, text, k):
    """Scores fall, ties rise by row, and a smaller k cuts the same list."""
    longer, hits = random_index.search(text, k=400), random_index.search(text, k=k)
    pairs = list(zip(-longer.scores, longer.rows, strict=True))
    assert pairs == sorted(pairs)
    assert hits.rows.tolist() == longer.rows[:k].tolist()


def test_other_names_find_the_compound(tmp_path):
    """A chunk that only knows another name is found, below the one with the typed name."""
    index = built(tmp_path, FILLER, f"{FILLER} Zadaxin", f"{FILLER} thymosin alpha 1", "thymosin")
    names = ["thymalfasin", "zadaxin", "thymosin alpha 1"]
    assert index.search("thymalfasin", k=4).rows.tolist() == []
    assert set(index.search("thymalfasin", k=4, names=[names]).rows) == {1, 2}
    assert index.search("zadaxin", k=4, names=[names]).rows[0] == 1


def test_ten_names_weigh_no_more_than_the_best(tmp_path):
    """Names of one compound do not add up; two compounds do."""
    text = "apple berry cherry"
    index = built(tmp_path, text, "apple", "none of these")
    single = [index.search("", k=1, names=[[name]]).scores[0] for name in text.split()]
    together = index.search("", k=3, names=[text.split()])
    best = dict(zip(together.rows.tolist(), together.scores.tolist(), strict=True))[0]
    assert best == pytest.approx(max(single))
    apart = index.search("", k=3, names=[[name] for name in text.split()])
    assert apart.scores[0] > best


def test_trial_id_finds_its_trial_first(tmp_path):
    """A chunk is found by its trial's id though its text does not name it."""
    ids = ["NCT00000001", "NCT00000012", "NCT06056804"]
    texts = ["see NCT00000012", "cancer", FILLER]
    rows = [
        entry(n, text, trial_id=id_) for n, (id_, text) in enumerate(zip(ids, texts, strict=True))
    ]
    build_lexical(tmp_path, rows)
    index = LexicalIndex.open(tmp_path)
    assert [index.search(id_, k=1).rows[0] for id_ in ids] == [0, 1, 2]


def test_title_words_count(tmp_path):
    """A title's words are found, and a chunk that has them in its text as well is better."""
    titled = [entry(0, FILLER, title="Melanoma"), entry(1, "melanoma", title="Melanoma")]
    build_lexical(tmp_path, [*titled, entry(2, FILLER)])
    assert LexicalIndex.open(tmp_path).search("melanomas", k=3).rows.tolist() == [1, 0]


def test_stop_words_alone_are_still_searched(tmp_path):
    """Stop words are dropped beside telling words, and kept when there is nothing else."""
    index = built(tmp_path, "the cancer", "the dose")
    assert index.search("the cancer", k=2).rows.tolist() == [0]
    assert index.search("what is the", k=2).rows.tolist() == [0, 1]
    assert "the" in STOP_WORDS


def test_rare_word_survives_a_long_query(tmp_path):
    """Of a query over the word limit the rarest known words are kept."""
    common = [f"common{letter * length}" for length in range(1, 9) for letter in "bcdfghjk"]
    assert len(common) > MAX_QUERY_WORDS
    index = built(tmp_path, *[" ".join(common)] * 5, "thymalfasin")
    query = " ".join([*(f"absent{word}" for word in common), *common, "thymalfasin"])
    assert 5 in index.search(query, k=6).rows


@pytest.fixture(scope="module")
def many_common_or_one_rare(tmp_path_factory):
    """Twenty texts of eight words that half of the texts have, then one with a rare word."""
    common, filler = " ".join(COMMON), "an invented text of other words"
    texts = [*[common] * 20, "thymalfasin", *[filler] * 20]
    return built(tmp_path_factory.mktemp("rare"), *texts)


COMMON = [f"common{letter * 2}" for letter in "bcdfghjk"]
ABSENT = [f"absent{letter * length}" for length in range(1, 6) for letter in "bcdfghjk"]
RARE = 20  # the row of the one text with the rare word


def test_the_rare_word_decides_a_long_query_and_not_a_short_one(many_common_or_one_rare):
    """In a search words add up; in a long description the rare one names what it is about."""
    search = many_common_or_one_rare.search
    short = " ".join([*COMMON, "thymalfasin"])
    assert search(short, k=1).rows[0] != RARE
    assert search(" ".join([short, *ABSENT]), k=1).rows[0] == RARE


def test_a_longer_query_weighs_the_rare_word_no_less(many_common_or_one_rare):
    """With each word more, the rare word's share of the best score never falls."""
    shares = []
    for length in range(0, len(ABSENT), 4):
        hits = many_common_or_one_rare.search(
            " ".join([*COMMON, "thymalfasin", *ABSENT[:length]]), k=41
        )
        scores = dict(zip(hits.rows.tolist(), hits.scores.tolist(), strict=True))
        shares.append(scores[RARE] / scores[0])
    assert shares == sorted(shares)


def test_a_long_query_of_unknown_words_finds_nothing(many_common_or_one_rare):
    """Rarity is measured against the rarest known word, and there may be none."""
    assert len(many_common_or_one_rare.search(" ".join(ABSENT), k=5).rows) == 0


@pytest.mark.parametrize("share", [0.05, 0.5, 1.0])
def test_a_mask_keeps_a_long_querys_order(many_common_or_one_rare, share):
    """What is allowed changes no weight: rarity is that of the whole index."""
    index, query = many_common_or_one_rare, " ".join([*COMMON, "thymalfasin", *ABSENT])
    full = index.search(query, k=index.count())
    mask = np.random.default_rng(3).random(index.count()) < share
    mask[RARE] = True
    hits = index.search(query, k=index.count(), allowed=mask)
    assert hits.rows.tolist() == full.rows[mask[full.rows]].tolist()
    assert hits.scores == pytest.approx(full.scores[mask[full.rows]], rel=1e-5)


def test_nothing_to_find_gives_no_hits(tmp_path):
    """No word, no allowed row and an empty index each give an empty result."""
    index = built(tmp_path / "full", "cancer")
    assert len(index.search("?!", k=5).rows) == 0
    assert len(index.search("cancer", k=5, allowed=np.zeros(1, bool)).rows) == 0
    assert len(built(tmp_path / "empty").search("cancer", k=5).rows) == 0


READ = """
import sys, pathlib
from retrieval.index.lexical import LexicalIndex
print(LexicalIndex.open(pathlib.Path(sys.argv[1])).search("cancer", k=5).rows.tolist())
"""


def test_opening_writes_nothing_and_processes_share(tmp_path):
    """Two processes read one folder, and no name, size or time in it changes."""
    index = built(tmp_path, "cancer", "dose")
    before = {f.name: (f.stat().st_size, f.stat().st_mtime_ns) for f in tmp_path.iterdir()}
    command = [sys.executable, "-c", READ, str(tmp_path)]
    other = subprocess.run(command, check=True, capture_output=True, text=True)
    assert other.stdout.strip() == str(index.search("cancer", k=5).rows.tolist())
    index.close()
    assert before == {f.name: (f.stat().st_size, f.stat().st_mtime_ns) for f in tmp_path.iterdir()}


@pytest.mark.parametrize(
    "suffix", [".term", ".idx", ".pos", ".fast", ".fieldnorm", ".store", "meta.json"]
)
def test_cut_or_missing_file_is_damage(tmp_path, suffix):
    """A file that was cut or lost is told as damage, never as an empty result."""
    built(tmp_path / "whole", *["thymosin alpha 1 in cancer"] * 50).close()
    # A copy: tantivy's threads may have the original mapped still, where a cut kills the process.
    cut = shutil.copytree(tmp_path / "whole", tmp_path / "cut")
    file = next(f for f in cut.iterdir() if f.name.endswith(suffix) and f.name != ".managed.json")
    content = file.read_bytes()
    file.write_bytes(content[: len(content) // 2])
    with pytest.raises(IndexDamaged, match="build it again"):
        LexicalIndex.open(cut).search("cancer IL-2", k=5)
    file.unlink()
    with pytest.raises(IndexDamaged, match="build it again"):
        LexicalIndex.open(cut).search("cancer IL-2", k=5)


def test_no_folder_is_damage_and_a_full_one_is_not_overwritten(tmp_path):
    """Opening nothing and building over something are both refused."""
    with pytest.raises(IndexDamaged):
        LexicalIndex.open(tmp_path / "absent")
    built(tmp_path, "cancer")
    with pytest.raises(BuildError, match="already"):
        build_lexical(tmp_path, [])
