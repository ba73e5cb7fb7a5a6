"""Tuning the reranker's last layers to read a record's lines, on natural questions.

The bundled cross-encoder was trained on web passages: it knows what "reported in the placebo
arm" means, and not that "how many dropped out" is answered by a line of the participant flow.
Its first layers stay as they are, so that one file of weights serves both the search and the
lines; the last ones are learned with a listwise loss, each question's answering lines against
the lines that a first ranking takes for them, and stored as int8 under the names that the base
model gives them.
"""

from __future__ import annotations

import io
import json
import random
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from tokenizers import Tokenizer
from transformers import BertConfig, BertForSequenceClassification

from eval.natural.examples import Example
from retrieval.answering.lines.ranking import readable
from retrieval.errors import ModelError
from retrieval.models.bundled import weight_files
from retrieval.models.cross_encoder import FOLDER, SHA256, TUNED, TUNED_DIGEST

LAYERS, TUNED_LAYERS = 12, 6
MOST_TOKENS = 160
RIGHT, WRONG = 2, 9  # lines of one question in a step
EPOCHS = 2
RATE = 5e-5
ABSENT = 0.5  # of the loss: without its answering lines a question has no answer
GROUPS = 2  # questions in a step
WARM = 0.1  # of the steps
PARTS = (
    ("attention/self/query", "attention.self.query"),
    ("attention/self/key", "attention.self.key"),
    ("attention/self/value", "attention.self.value"),
    ("attention/output/dense", "attention.output.dense"),
    ("intermediate/dense", "intermediate.dense"),
    ("output/dense", "output.dense"),
)


def base_files() -> Mapping[str, Path]:
    """Return the files of the model that is tuned."""
    return weight_files(FOLDER, SHA256)


def quantized_names(model: Any) -> dict[str, str]:  # noqa: ANN401 - onnx has no stubs
    """Return the name of the quantized weights in the base file, by the module they belong to."""
    names = {}
    for node in model.graph.node:
        if node.op_type == "MatMulInteger":
            place = node.name.removesuffix("/MatMul_quant").removesuffix("/Gemm_MatMul_quant")
            parts = place.strip("/").replace("/", ".")
            names[parts] = node.input[1].removesuffix("_quantized")
    return names


def base_model(path: Path) -> tuple[BertForSequenceClassification, dict[str, str]]:
    """Return the bundled cross-encoder with its weights as floats, and the names they have.

    Raises `ModelError` without the package that reads ONNX files.
    """
    try:
        import onnx  # type: ignore[import-not-found]  # in the extra "train"
        from onnx import numpy_helper
    except ImportError:
        raise ModelError(
            "tuning reads an ONNX file: pip install 'peptide-evidence-search[train]'"
        ) from None

    model = onnx.load(str(path))
    arrays = {one.name: numpy_helper.to_array(one) for one in model.graph.initializer}
    names = quantized_names(model)

    def floats(name: str) -> torch.Tensor:
        whole = arrays[f"{name}_quantized"].astype(np.float32)
        zero = arrays[f"{name}_zero_point"].astype(np.float32)
        return torch.from_numpy((whole - zero) * arrays[f"{name}_scale"])

    config = BertConfig(  # type: ignore[call-arg]  # labels go to its base class
        hidden_size=384, num_hidden_layers=LAYERS, num_attention_heads=12,
        intermediate_size=1536, vocab_size=30522, num_labels=1,
    )  # fmt: skip
    bert = BertForSequenceClassification(config)
    state = bert.state_dict()
    for key in state:
        name = key.removesuffix(".weight")
        if key in arrays:
            state[key] = torch.from_numpy(arrays[key].copy())
        elif name in names:
            weights = floats(names[name])
            state[key] = (
                weights.T.contiguous()
                if weights.shape != state[key].shape or weights.shape[0] == weights.shape[1]
                else weights
            )
        elif f"{key}_quantized" in arrays:
            state[key] = floats(key)
        elif "position_ids" not in key:
            raise ValueError(f"the base model lacks {key}")
    bert.load_state_dict(state)
    return bert.eval(), names  # type: ignore[no-untyped-call]


class Tuner:
    """The last layers of the cross-encoder, and the pairs that they learn from."""

    def __init__(self) -> None:
        files = base_files()
        self.bert, self._names = base_model(files["model.onnx"])
        self._tokenizer = Tokenizer.from_file(str(files["tokenizer.json"]))
        self._tokenizer.no_padding()

    @property
    def _layers(self) -> torch.nn.ModuleList:
        return self.bert.bert.encoder.layer

    @torch.no_grad()
    def below(self, question: str, text: str) -> torch.Tensor:
        """Return a pair's states under the layers that learn, shape (tokens, 384), half floats."""
        pair = self._tokenizer.encode(question, text)
        ids = torch.tensor([pair.ids[:MOST_TOKENS]])
        types = torch.tensor([pair.type_ids[:MOST_TOKENS]])
        states = self.bert.bert.embeddings(input_ids=ids, token_type_ids=types)
        for layer in self._layers[: LAYERS - TUNED_LAYERS]:
            states = _first(layer(states))
        half: torch.Tensor = states[0].half()
        return half

    def above(self, below: Sequence[torch.Tensor]) -> torch.Tensor:
        """Return the logits of pairs from their states below, shape (pairs,)."""
        longest = max(len(one) for one in below)
        states = torch.zeros(len(below), longest, below[0].shape[1])
        mask = torch.full((len(below), 1, 1, longest), torch.finfo(torch.float32).min)
        for row, one in enumerate(below):
            states[row, : len(one)] = one.float()
            mask[row, :, :, : len(one)] = 0
        for layer in self._layers[LAYERS - TUNED_LAYERS :]:
            states = _first(layer(states, attention_mask=mask))
        pooled = self.bert.bert.pooler(states)  # type: ignore[misc]  # it has one
        logits: torch.Tensor = self.bert.classifier(self.bert.dropout(pooled))[:, 0]
        return logits

    def learning(self) -> list[torch.nn.Parameter]:
        """Return the parameters that learn."""
        parts = [
            *self._layers[LAYERS - TUNED_LAYERS :],
            self.bert.bert.pooler,
            self.bert.classifier,
        ]
        return [one for part in parts for one in part.parameters()]

    def arrays(self) -> Iterator[tuple[str, npt.NDArray[Any]]]:
        """Yield the tuned weights under the names that the base model gives them."""
        kept = [f"bert.encoder.layer.{n}." for n in range(LAYERS - TUNED_LAYERS, LAYERS)]
        for key, value in self.bert.state_dict().items():
            if not key.startswith((*kept, "bert.pooler.", "classifier.")):
                continue
            whole = value.detach().numpy().astype(np.float32)
            name = self._names.get(key.removesuffix(".weight"))
            if name is None or not key.endswith(".weight"):
                yield key, whole
                continue
            scale = np.float32(np.abs(whole).max() / 127)
            yield f"{name}_quantized", np.rint(whole.T / scale).clip(-127, 127).astype(np.int8)
            yield f"{name}_scale", np.array(scale)
            yield f"{name}_zero_point", np.array(0, dtype=np.int8)


def _first(output: torch.Tensor | tuple[torch.Tensor, ...]) -> torch.Tensor:
    return output[0] if isinstance(output, tuple) else output


def groups_of(
    examples: Sequence[Example], likely: Sequence[Sequence[int]]
) -> list[tuple[list[int], list[int]]]:
    """Return the right and the wrong lines of each question that are held against each other."""
    chosen = random.Random(0)  # noqa: S311 - no secret
    groups = []
    for example, order in zip(examples, likely, strict=True):
        right = sorted(example.right, key=lambda n: order.index(n) if n in order else len(order))
        wrong = [n for n in order if n not in example.right]
        others = [n for n in range(len(example.lines)) if n not in example.right and n not in wrong]
        some = chosen.sample(others, min(3, len(others)))
        groups.append((right[:RIGHT], [*wrong[: WRONG - len(some)], *some]))
    return groups


def _tell(text: str) -> None:
    sys.stderr.write(f"{text}\n")


def tune(
    tuner: Tuner,
    examples: Sequence[Example],
    likely: Sequence[Sequence[int]],
    *,
    tell: Callable[[str], None] = _tell,
) -> None:
    """Teach the last layers to prefer each question's answering lines."""
    torch.manual_seed(0)
    groups = groups_of(examples, likely)
    started = time.perf_counter()
    states = [
        [
            tuner.below(example.question.text, readable(example.lines[line]))
            for line in (*right, *wrong)
        ]
        for example, (right, wrong) in zip(examples, groups, strict=True)
    ]
    tell(f"{sum(map(len, states))} pairs in {time.perf_counter() - started:.0f} s")
    parameters = tuner.learning()
    optimizer = torch.optim.AdamW(parameters, lr=RATE, weight_decay=0.01)
    steps = EPOCHS * -(-len(states) // GROUPS)
    warm = max(1, int(WARM * steps))
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda step: min((step + 1) / warm, max(0.0, (steps - step) / (steps - warm)))
    )
    order = list(range(len(states)))
    for epoch in range(EPOCHS):
        random.Random(epoch).shuffle(order)  # noqa: S311 - no secret
        tuner.bert.train()
        losses = []
        for at in range(0, len(order), GROUPS):
            places = order[at : at + GROUPS]
            logits = tuner.above([state for place in places for state in states[place]])
            loss, first = torch.zeros(()), 0
            for place in places:
                size, right = len(states[place]), len(groups[place][0])
                loss = loss + _loss(logits[first : first + size], right)
                first += size
            (loss / len(places)).backward()  # type: ignore[no-untyped-call]
            torch.nn.utils.clip_grad_norm_(parameters, 1.0)
            optimizer.step()
            schedule.step()
            optimizer.zero_grad()
            losses.append(loss.item() / len(places))
        tuner.bert.eval()  # type: ignore[no-untyped-call]
        tell(
            f"epoch {epoch + 1}: loss {np.mean(losses):.3f}, {time.perf_counter() - started:.0f} s"
        )


def _loss(logits: torch.Tensor, right: int) -> torch.Tensor:
    """Return the loss of a question's lines, the first ``right`` of which answer it.

    A line that answers stands above all others and above zero, and the others below zero, so
    that the best opinion also tells whether a record answers at all.
    """
    likely = torch.log_softmax(torch.cat([logits, torch.zeros(1)]), dim=0)[:right]
    wrong = torch.logsumexp(torch.cat([logits[right:], torch.zeros(1)]), dim=0)
    return -torch.logsumexp(likely, dim=0) - 0.3 * likely.mean() + ABSENT * wrong


def write_tuned(tuner: Tuner, folder: Path, *, questions: int) -> Path:
    """Write the tuned weights, and beside them their hash."""
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **dict(tuner.arrays()))  # type: ignore[arg-type]  # names are data
    weights = buffer.getvalue()
    made = {
        "sha256": sha256(weights).hexdigest(),
        "base": SHA256["model.onnx"],
        "layers": TUNED_LAYERS,
        "questions": questions,
    }
    (folder / TUNED).write_bytes(weights)
    (folder / TUNED_DIGEST).write_text(json.dumps(made, indent=1) + "\n", "utf-8")
    return folder / TUNED
