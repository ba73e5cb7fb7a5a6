"""`/v1/search` and `/v1/documents` over a real index."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.search_api.conftest import PLANNED, REPORTED

if TYPE_CHECKING:
    from fastapi.testclient import TestClient


def search(client: TestClient, query: str, **body: Any) -> dict[str, Any]:
    response = client.post("/v1/search", json={"query": query, **body})
    assert response.status_code == 200, response.text
    answer: dict[str, Any] = response.json()
    return answer


def all_hits(answer: dict[str, Any]) -> list[dict[str, Any]]:
    return [one for hit in answer["hits"] for one in (hit, *hit["related"])]


@pytest.mark.parametrize("query", ["thymosin safety data", "Tα1 radiotherapy", "rectal cancer"])
def test_a_citation_opens_the_text(client: TestClient, query: str) -> None:
    """For every hit, the document's text from start to end is the passage's, in code points."""
    hits = all_hits(search(client, query))
    assert hits
    for hit in hits:
        passage = hit["passage"]
        document = client.get(
            f"/v1/documents/{hit['doc_id']}", params={"version": passage["version"]}
        ).json()
        assert document["text"][passage["start"] : passage["end"]] == passage["text"]
        assert document["version"] == passage["version"]
        assert (document["url"], document["kind"]) == (hit["url"], hit["kind"])


def test_reported_safety_ranks_before_planned(client: TestClient) -> None:
    """The first hit for safety reports results; the trial without any is labelled so."""
    hits = search(client, "thymosin safety data")["hits"]
    assert hits[0]["trial_id"] == REPORTED
    assert hits[0]["labels"]["evidence"] == "reported"
    planned = next(hit for hit in hits if hit["trial_id"] == PLANNED)
    assert planned["labels"]["evidence"] != "reported"


def test_a_digest_is_labelled_with_its_model(client: TestClient) -> None:
    """A digest's hit names the voice and the model; a record's names neither a model."""
    hits = all_hits(search(client, "thymalfasin"))
    assert {hit["labels"]["voice"] for hit in hits} == {"registry", "llm_digest"}
    for hit in hits:
        digest = hit["kind"] == "digest"
        assert hit["labels"]["digest_model"] == ("example-model" if digest else None)
        assert hit["labels"]["voice"] == ("llm_digest" if digest else "registry")


def test_get_and_post_are_the_same_search(client: TestClient) -> None:
    """The query string and the body give the same answer, but for the time it took."""
    filters = {"phases": ["PHASE2", "PHASE3"], "kind": ["trial"], "started_to": "2023"}
    posted = search(client, "thymalfasin", k=1, filters=filters, understand=False)
    got = client.get(
        "/v1/search", params={"q": "thymalfasin", "k": 1, "understand": "false", **filters}
    ).json()
    assert posted | {"took_ms": 0} == got | {"took_ms": 0}
    assert len(got["hits"]) == 1


def test_filters_in_force_can_be_sent_back(client: TestClient) -> None:
    """What an answer says about its filters is a legal request with the same hits."""
    filters = {"phases": "phase 2", "updated_from": "2024", "updated_to": "2024-02"}
    first = search(client, "thymalfasin", filters=filters)
    assert first["filters"]["updated_from"] == "2024-01-01"
    assert first["filters"]["updated_to"] == "2024-02-29"
    again = search(client, "thymalfasin", filters=first["filters"])
    assert (again["hits"], again["filters"]) == (first["hits"], first["filters"])
    search(client, "thymalfasin", filters=first["understood"]["filters"])


def test_a_compound_filter_takes_any_known_name(client: TestClient) -> None:
    """A brand name filters like the ladder's id."""
    by_brand = search(client, "cancer", filters={"compounds": ["Zadaxin"]})
    by_id = search(client, "cancer", filters={"compounds": ["thymosin-alpha-1"]})
    assert by_brand["hits"] == by_id["hits"]
    assert by_id["hits"]


def test_null_means_not_given(client: TestClient) -> None:
    """Clients that send every field, null where unset, get the plain search."""
    nulls = {"kind": None, "phases": [], "has_results": None, "updated_from": None}
    plain = search(client, "thymalfasin")
    assert search(client, "thymalfasin", filters=nulls)["hits"] == plain["hits"]
    assert search(client, "thymalfasin", filters=None)["hits"] == plain["hits"]


@pytest.mark.parametrize("wild", ["a\x00b", "tab\tand\nline", "שלום thymalfasin", "e\u0301", "𝒯α1"])
def test_wild_text_is_searched(client: TestClient, wild: str) -> None:
    """Control, right-to-left, combining and astral characters are no error."""
    assert "\x00" not in search(client, wild)["query"]


def test_json_is_utf8(client: TestClient) -> None:
    """Letters beyond ASCII travel as themselves."""
    response = client.post("/v1/search", json={"query": "Tα1"})
    assert "Tα1" in response.content.decode("utf-8")


def test_an_old_version_is_a_conflict(client: TestClient) -> None:
    """A citation of words that are no longer live is answered with 409, never with new words."""
    doc_id = search(client, "thymalfasin")["hits"][0]["doc_id"]
    response = client.get(f"/v1/documents/{doc_id}", params={"version": "sha256:" + "0" * 64})
    assert (response.status_code, response.json()["error"]) == (409, "VersionConflict")


def test_an_unknown_document_is_not_found(client: TestClient) -> None:
    """An id that is not live is a 404 that repeats it."""
    response = client.get("/v1/documents/clinicaltrials:NCT00000000")
    assert (response.status_code, response.json()["error"]) == (404, "DocumentNotFound")
    assert "NCT00000000" in response.json()["detail"]
