"""Questions in other languages: known by their small words, and read word by word."""

from __future__ import annotations

import pytest

from retrieval.question.languages import glossed


@pytest.mark.parametrize(
    ("text", "language", "says"),
    [
        ("Wie viele Teilnehmer hat die Studie NCT90000041?", "german", "how many participants"),
        ("Welche Nebenwirkungen wurden gemeldet?", "german", "side effects"),
        ("Quel est le promoteur de l'étude NCT90000041 ?", "french", "sponsor"),
        ("¿Cuántos ensayos tienen centros en España?", "spanish", "how many trials"),
        ("quanti pazienti sono nello studio NCT90000041", "italian", "how many patients"),
        ("Qual é a idade mínima para o estudo NCT90000041?", "portuguese", "age minimum"),
    ],
)
def test_what_is_asked_is_read(text: str, language: str, says: str) -> None:
    """The words of asking come out in English; ids stay."""
    found = glossed(text)
    assert found is not None
    assert found.language == language
    assert says in found.text
    assert ("NCT90000041" in found.text) == ("NCT90000041" in text)


@pytest.mark.parametrize(
    "text",
    [
        "thymosin safety data",
        "how many people die in a trial of denosumab",
        "trials in Den Haag and Le Havre",
        "does it help a man on insulin",
        "NCT90000041",
        "",
    ],
)
def test_english_stays(text: str) -> None:
    """No English question is read as another language, whatever small words it shares."""
    assert glossed(text) is None


def test_names_keep_their_letters() -> None:
    """Acronyms and codes are not folded: a name is found by how it is written."""
    found = glossed("Welche Verblindung hat DIAGNODE-3?")
    assert found is not None
    assert "DIAGNODE-3" in found.text
