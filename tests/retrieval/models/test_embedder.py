"""The embedders: which vectors, which weights, and what loading them touches."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from hashlib import sha256
from importlib.metadata import distribution
from pathlib import Path
from shutil import copytree

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.errors import ModelError
from retrieval.models.bundled import FOLDER, PACKAGE, RECIPE, verify
from retrieval.models.loading import NO_WINDOW, load_embedder
from tests.fakes import HashingEmbedder

TEXTS = [
    "Nausea was the most common adverse event of semaglutide.",
    "Semaglutide often made participants feel sick.",
    "The trial enrolled 120 adults with chronic hepatitis B.",
    "Thymosin alpha 1 in severe sepsis",
    "Thymalfasin for patients with septic shock",
    "The weather in Paris is mild in spring.",
]
# Cosines of these weights with the first token pooled, each text by itself.
REFERENCE = {(0, 1): 0.879, (3, 4): 0.760, (0, 5): 0.492, (2, 5): 0.408, (3, 5): 0.358}

VOCABULARY = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "query", "text", ":", *"abcdefghijklmnop"]

LOAD_AND_EMBED = """
import json, sys
sockets = []
sys.addaudithook(lambda event, _: event.startswith("socket.") and sockets.append(event))
from retrieval.models.loading import load_embedder
embedder = load_embedder("bundled", threads=1)
embedder.warm()
embedder.count_tokens(["thymosin", "safety"])
embedder.embed_query("thymosin safety data")
print(json.dumps({"sockets": sockets, "modules": sorted(sys.modules)}))
"""


@pytest.fixture(scope="module")
def tiny_bert(tmp_path_factory) -> Path:
    """A folder with a random BERT of one layer that reads 16 tokens and has prompts."""
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import Pooling, Transformer
    from transformers import BertConfig, BertModel, BertTokenizerFast

    folder = tmp_path_factory.mktemp("bert")
    (folder / "vocab.txt").write_text("\n".join(VOCABULARY))
    BertTokenizerFast(vocab=str(folder / "vocab.txt")).save_pretrained(folder / "backbone")
    config = BertConfig(
        vocab_size=len(VOCABULARY),
        hidden_size=8,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=16,
        max_position_embeddings=16,
    )
    BertModel(config).save_pretrained(folder / "backbone")
    backbone = Transformer(str(folder / "backbone"), max_seq_length=16)
    model = SentenceTransformer(
        modules=[backbone, Pooling(8, "mean")],
        prompts={"query": "query: ", "document": "text: "},
        device="cpu",
    )
    model.save(str(folder / "model"))
    return folder / "model"


def cosine(left, right) -> float:
    return float(left @ right / (np.linalg.norm(left) * np.linalg.norm(right)))


def naive_vector(text: str):
    """The bundled model by hand: session, tokenizer, first token, unit length."""
    from onnxruntime import InferenceSession
    from tokenizers import Tokenizer

    folder = Path(str(distribution(PACKAGE).locate_file(FOLDER)))
    encoding = Tokenizer.from_file(str(folder / "tokenizer.json")).encode(text)
    ids = np.array([encoding.ids])
    (tokens,) = InferenceSession(str(folder / "model.onnx")).run(
        None,
        {
            "input_ids": ids,
            "attention_mask": np.ones_like(ids),
            "token_type_ids": np.zeros_like(ids),
        },
    )
    return tokens[0, 0] / np.linalg.norm(tokens[0, 0])


def test_documents_and_queries_of_one_text_have_one_vector(bundled_embedder):
    """The sentence-transformers path and the bare session agree on a text by itself."""
    for text in TEXTS:
        document = bundled_embedder.embed_documents([text])[0]
        assert cosine(document, bundled_embedder.embed_query(text)) > 0.9999


def test_vectors_agree_with_the_model_run_by_hand(bundled_embedder):
    """A query's vector is the session's first token at unit length."""
    for text in TEXTS[:3]:
        assert cosine(bundled_embedder.embed_query(text), naive_vector(text)) > 0.9999


def test_cosines_are_those_of_the_reference(bundled_embedder):
    """Other weights, another pooling or a prompt would move these cosines."""
    vectors = bundled_embedder.embed_documents(TEXTS)
    for (left, right), expected in REFERENCE.items():
        assert cosine(vectors[left], vectors[right]) == pytest.approx(expected, abs=0.01)


def test_document_vectors_come_in_the_order_of_the_texts(bundled_embedder):
    """Each row is the unit vector of its own text, whatever stood beside it."""
    texts = [TEXTS[i % len(TEXTS)] * (1 + 7 * i % 5) for i in range(20)]
    finished: list[int] = []
    vectors = bundled_embedder.embed_documents(texts, progress=finished.append)
    assert vectors.shape == (len(texts), RECIPE.dimension)
    assert vectors.dtype == np.float32
    assert sum(finished) == len(texts)
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    for text, vector in zip(texts, vectors, strict=True):
        assert np.allclose(vector, bundled_embedder.embed_query(text), atol=1e-5)


def test_no_texts_are_no_vectors(bundled_embedder):
    """An empty batch keeps the width of the matrix."""
    assert bundled_embedder.embed_documents([]).shape == (0, RECIPE.dimension)
    assert bundled_embedder.count_tokens([]) == []


def test_tokens_are_counted_beyond_the_window(bundled_embedder):
    """Counting neither cuts at 512 tokens nor adds special ones."""
    assert bundled_embedder.count_tokens(["dose " * 900, "dose", ""]) == [900, 1, 0]


@given(st.lists(st.text(max_size=80), max_size=4))
def test_token_spans_lie_in_the_text_and_match_the_count(bundled_embedder, texts):
    """Spans are code points: in order, inside the text, as many as are counted."""
    for text, count in zip(texts, bundled_embedder.count_tokens(texts), strict=True):
        spans = bundled_embedder.token_spans(text)
        assert len(spans) == count
        assert all(0 <= start <= end <= len(text) for start, end in spans)
        assert spans == sorted(spans)


def test_token_spans_count_code_points(bundled_embedder):
    """A letter outside ASCII, or outside the basic plane, is one code point of a span."""
    text = "Tα1 🧪 dose"
    words = [text[start:end] for start, end in bundled_embedder.token_spans(text)]
    assert words[-1] == "dose"
    assert "".join(words) == text.replace(" ", "")


def test_loading_the_default_opens_no_socket_and_no_heavy_library():
    """A query needs neither network, torch, sentence-transformers nor the weights' package."""
    root = Path(__file__).resolve().parents[3]
    run = subprocess.run(
        [sys.executable, "-c", LOAD_AND_EMBED], cwd=root, capture_output=True, text=True, check=True
    )
    seen = json.loads(run.stdout)
    assert seen["sockets"] == []
    assert "onnxruntime" in seen["modules"]
    assert not {"torch", "sentence_transformers", "transformers", PACKAGE} & set(seen["modules"])


def test_altered_weights_are_refused(tmp_path):
    """The message has both hashes and the command that repairs the file."""
    path = tmp_path / "model.onnx"
    path.write_bytes(b"weights")
    found = sha256(b"weights").hexdigest()
    with pytest.raises(ModelError, match=r"pip install") as caught:
        verify(path, expected="0" * 64)
    assert "0" * 64 in str(caught.value)
    assert found in str(caught.value)


def test_missing_weights_are_refused(tmp_path):
    """A file that is gone is named with the command that repairs it."""
    with pytest.raises(ModelError, match=r"model\.onnx.*pip install"):
        verify(tmp_path / "model.onnx", expected="0" * 64)


def test_the_digest_of_a_recipe_stands_for_every_field():
    """Two recipes share a digest only when they are equal."""
    assert RECIPE.digest == replace(RECIPE).digest
    others = [
        replace(RECIPE, **{field: value})
        for field, value in {
            "name": "other",
            "revision": "other",
            "weights": "other",
            "dimension": 1,
            "query_prompt": "other",
            "document_prompt": "other",
            "max_tokens": 1,
        }.items()
    ]
    assert len({RECIPE.digest, *(other.digest for other in others)}) == 8


def test_a_folder_brings_its_own_prompts_and_window(tiny_bert):
    """A sentence-transformers folder is loaded with what its configuration says."""
    recipe = load_embedder(str(tiny_bert), threads=1).recipe
    assert (recipe.query_prompt, recipe.document_prompt) == ("query: ", "text: ")
    assert (recipe.dimension, recipe.max_tokens, recipe.revision) == (8, 16, "local")


def test_a_folders_prompts_reach_its_vectors(tiny_bert):
    """The query's and the document's prompt are put before the text that is embedded."""
    from sentence_transformers import SentenceTransformer

    embedder = load_embedder(str(tiny_bert), threads=1)
    plain = SentenceTransformer(str(tiny_bert), device="cpu")
    expected = plain.encode(["text: a b c", "query: a b c"], normalize_embeddings=True)
    assert np.allclose(embedder.embed_documents(["a b c"])[0], expected[0], atol=1e-5)
    assert np.allclose(embedder.embed_query("a b c"), expected[1], atol=1e-5)


def test_a_folder_is_known_by_its_weights_not_its_place(tiny_bert, tmp_path):
    """A copy is the same embedder; other weights under the same name are another one."""
    copy, altered = tmp_path / "copy" / "model", tmp_path / "altered" / "model"
    copytree(tiny_bert, copy)
    copytree(tiny_bert, altered)
    weights = next(altered.rglob("*.safetensors"))
    content = bytearray(weights.read_bytes())
    content[-1] ^= 1
    weights.write_bytes(content)
    original = load_embedder(str(tiny_bert), threads=1)
    original.embed_documents(["a b c d", "a"])
    assert load_embedder(str(copy), threads=1).recipe == original.recipe
    assert load_embedder(str(altered), threads=1).recipe.weights != original.recipe.weights


def test_a_folders_tokens_are_counted_beyond_its_window(tiny_bert):
    """Spans and counts of any model are those of its own tokenizer, uncut."""
    embedder = load_embedder(str(tiny_bert), threads=1)
    assert embedder.count_tokens(["a " * 40, "a b"]) == [40, 2]
    assert embedder.token_spans("a b") == [(0, 1), (2, 3)]


def test_a_model_without_a_window_says_so(tiny_bert, tmp_path):
    """A static embedding reads every token of a text."""
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import StaticEmbedding

    tokenizer = SentenceTransformer(str(tiny_bert)).tokenizer.backend_tokenizer
    static = SentenceTransformer(modules=[StaticEmbedding(tokenizer, embedding_dim=4)])
    static.save(str(tmp_path))
    recipe = load_embedder(str(tmp_path), threads=1).recipe
    assert (recipe.max_tokens, recipe.dimension) == (NO_WINDOW, 4)


def test_a_hub_id_that_cannot_be_had_says_what_to_do():
    """Without a hub the message names the model and the way by a folder."""
    with pytest.raises(ModelError, match=r"example/no-such-model.*hub") as caught:
        load_embedder("example/no-such-model", threads=1)
    assert "--local-dir" in str(caught.value)


@pytest.mark.parametrize("name", ["./no-such-folder", "~/no-such-folder", "a/b/c"])
def test_a_missing_folder_is_not_sought_on_the_hub(name):
    """A path that is no folder is refused at once."""
    with pytest.raises(ModelError, match="no folder"):
        load_embedder(name, threads=1)


def test_a_folder_without_a_model_is_refused(tmp_path):
    """A folder of something else is named as what it is not."""
    with pytest.raises(ModelError, match="not a sentence-transformers model"):
        load_embedder(str(tmp_path), threads=1)


def test_hashing_puts_like_texts_near():
    """The embedder of the other tests ranks by shared words and depends on the text alone."""
    embedder = HashingEmbedder()
    near, far, query = embedder.embed_documents(
        ["thymosin alpha 1 in sepsis", "insulin glargine dosing", "sepsis and thymosin"]
    )
    assert query @ near > query @ far + 0.2
    assert np.array_equal(embedder.embed_query("sepsis and thymosin"), query)
    assert embedder.embedded == 3


@given(st.text(st.characters()))
def test_hashing_gives_any_text_a_unit_vector(text):
    """Also a blank text, and one of lone surrogates, has a length of one."""
    assert np.linalg.norm(HashingEmbedder(dimension=8).embed_query(text)) == pytest.approx(1)
