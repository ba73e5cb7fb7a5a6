"""The sample corpus in `seeds/` is whole, honest about itself, and true to its sources."""

from __future__ import annotations

import gzip
import html
import json
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SEEDS = ROOT / "seeds"
SHARED = ROOT / ".." / "shared"
README = (SEEDS / "README.md").read_text(encoding="utf-8")

NUMBER = re.compile(r"\d+(?:\.\d+)?")
EMAIL = re.compile(r"[\w.+-]@[\w-]+\.\w+")
PERSONAL = {"overallOfficials", "centralContacts", "contacts", "responsibleParty", "pointOfContact"}
FREE_TEXT = {
    *("briefSummary", "detailedDescription", "eligibilityCriteria", "studyPopulation"),
    *("description", "timeFrame"),
}
# Free text of a source, dropped from both sides before a module is compared as a whole.
REWORDED = {
    *("description", "populationDescription", "recruitmentDetails", "preAssignmentDetails"),
    *("maskingDescription", "interventionModelDescription", "expandedAccessInfo"),
}


def nct_of(study):
    return study["protocolSection"]["identificationModule"]["nctId"]


def studies_in(path):
    if path.name.endswith(".jsonl.gz"):
        return [json.loads(line) for line in gzip.open(path, "rt", encoding="utf-8")]
    value = json.loads(path.read_text(encoding="utf-8"))
    return value if isinstance(value, list) else value.get("studies", [value])


@cache
def records():
    found = [study for path in sorted((SEEDS / "records").iterdir()) for study in studies_in(path)]
    assert len({nct_of(study) for study in found}) == len(found)
    return {nct_of(study): study for study in found}


@cache
def digests():
    return {
        path.stem: html.unescape(path.read_text(encoding="utf-8"))
        for path in sorted((SEEDS / "digests").iterdir())
    }


def prose(trial):
    """Return the sentences of a digest's page, in any layout; empty where there is no digest."""
    page = digests().get(trial, "")
    if page.startswith("{"):
        return "\n".join(section["text"] for section in json.loads(page)["sections"])
    lines = re.sub(r"<[^>]+>", "", page).splitlines()
    return "\n".join(line for line in lines if line.endswith((".", "?", "!")))


def readme_table(heading):
    """Return the rows of the first table under a heading, without its two header lines."""
    section = README.split(f"## {heading}\n", 1)[1].split("\n## ", 1)[0]
    rows = [line for line in section.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in row.strip("|").split("|")] for row in rows[2:]]


def readme_ids(heading):
    return {row[0] for row in readme_table(heading)}


def has_error(text):
    return "sample-handwritten-with-error" in text


def strings(value, key=""):
    """Yield every string under a JSON value with the key that holds it."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from strings(inner, name)
    elif isinstance(value, list):
        for inner in value:
            yield from strings(inner, key)
    elif isinstance(value, str):
        yield key, value


def keys(value):
    if isinstance(value, dict):
        return set(value) | {key for inner in value.values() for key in keys(inner)}
    return {key for inner in value for key in keys(inner)} if isinstance(value, list) else set()


def without(value, names):
    """Return the JSON value without the named keys, at any depth."""
    if isinstance(value, dict):
        return {k: without(v, names) for k, v in value.items() if k not in names}
    return [without(inner, names) for inner in value] if isinstance(value, list) else value


def at(study, path):
    for name in path.split("."):
        study = study[name]
    return study


def test_counts_in_readme_are_the_files():
    """Each row of the README's table of counts is what the folder holds."""
    folder = {kind: list((SEEDS / kind).iterdir()) for kind in ("digests", "records")}
    counted = {
        "digests": len(digests()),
        **{
            f"digests as {suffix}": sum(path.suffix == suffix for path in folder["digests"])
            for suffix in (".txt", ".md", ".html", ".json")
        },
        "records": len(records()),
        "record files": len(folder["records"]),
        "records in an API page": len(studies_in(SEEDS / "records/page-thymosin-alpha-1.json")),
        "records in a bare list": len(studies_in(SEEDS / "records/list-other-peptides.json")),
        "records in gzipped JSONL": len(studies_in(SEEDS / "records/studies-metabolic.jsonl.gz")),
        "records with posted results": len(readme_ids("Posted results")),
        "records known from a description only": len(readme_ids("Known from a description only")),
    }
    assert {name: int(count) for name, count in readme_table("Counts")} == counted


def test_every_digest_has_its_record():
    """A digest's file name, its source line and one record name the same trial."""
    for trial, text in digests().items():
        assert set(re.findall(r"clinicaltrials:(NCT\d{8})", text)) == {trial}
    assert set(records()) - set(digests()) == readme_ids("Records without a digest")
    assert set(digests()) <= set(records())


def test_posted_results_are_where_the_readme_says():
    """`hasResults`, the results section and the README agree on who has posted results."""
    posted = {trial for trial, study in records().items() if "resultsSection" in study}
    assert posted == {trial for trial, study in records().items() if study.get("hasResults")}
    assert posted == readme_ids("Posted results")
    for trial, serious, other in readme_table("Posted results"):
        events = records()[trial]["resultsSection"]["adverseEventsModule"]
        assert int(serious) == len(events.get("seriousEvents", []))
        assert int(other) == len(events.get("otherEvents", []))


def test_described_records_claim_no_registry_field():
    """A record made from a description has no date, status, sponsor or `hasResults` in it."""
    described = {t for t, study in records().items() if "derivedSection" not in study}
    assert described == readme_ids("Known from a description only") | {"NCT06056804"}
    allowed = {
        *("identificationModule", "descriptionModule", "conditionsModule", "designModule"),
        *("armsInterventionsModule", "outcomesModule", "eligibilityModule"),
    }
    for trial in described:
        assert set(records()[trial]["protocolSection"]) <= allowed
    assert {t for t in described if "hasResults" in records()[t]} == {"NCT06056804"}


def test_deliberate_errors_are_named():
    """The digests that disagree with their record are the README's, word for word."""
    rows = readme_table("Deliberate disagreements")
    assert {row[0] for row in rows} == {
        trial for trial, text in digests().items() if has_error(text)
    }
    for trial, path, digest_says, record_says in rows:
        assert digest_says.strip('"') in digests()[trial]
        assert json.dumps(at(records()[trial], path.strip("`"))) == record_says.strip("`")
        assert digest_says.strip('"') not in json.dumps(records()[trial], ensure_ascii=False)


def test_digest_event_counts_are_the_records():
    """Every affected / at risk pair in a digest stands in its record's adverse events."""
    pair = re.compile(r"(\d+) / (\d+)")
    quoted = {trial: set(pair.findall(text)) for trial, text in digests().items()}
    assert sum(bool(pairs) for pairs in quoted.values()) >= 5
    for trial, pairs in quoted.items():
        if not pairs:
            continue
        events = records()[trial]["resultsSection"]["adverseEventsModule"]
        stats = [
            s
            for k in ("seriousEvents", "otherEvents")
            for e in events.get(k, [])
            for s in e["stats"]
        ]
        held = {(str(s["numAffected"]), str(s["numAtRisk"])) for s in stats}
        for group in events["eventGroups"]:
            for kind in ("deaths", "serious", "other"):
                held.add((str(group.get(f"{kind}NumAffected")), str(group.get(f"{kind}NumAtRisk"))))
        assert pairs <= held, trial


def test_no_person_can_be_reached():
    """No mail address and no field that the registry keeps for people is in the seeds."""
    for path in SEEDS.rglob("*"):
        if path.is_file() and not path.name.endswith(".gz"):
            assert not EMAIL.search(path.read_text(encoding="utf-8")), path.name
    for study in records().values():
        assert not keys(study) & PERSONAL
        assert not any(EMAIL.search(text) for _, text in strings(study))


def test_seeds_are_small():
    """The sample corpus stays under 1.5 MB."""
    assert sum(path.stat().st_size for path in SEEDS.rglob("*") if path.is_file()) < 1_500_000


@cache
def whole_sources():
    path = SHARED / "data/trial-records/studies.jsonl.gz"
    if not path.exists():
        pytest.skip("the shared data folder is not beside the project")
    return {nct_of(study): study for study in studies_in(path)}


@cache
def described_sources():
    path = SHARED / "data/trial-descriptions/trials.jsonl.gz"
    if not path.exists():
        pytest.skip("the shared data folder is not beside the project")
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        rows = [row for row in map(json.loads, lines) if row["nct_id"] in records()]
    # That data has a space after every point, inside numbers too ("1. 6 mg"), and "1,6 mg".
    found = {
        row["nct_id"]: re.sub(r"(\d)(?:\. |,)(?=\d)", r"\1.", " ".join(map(str, row.values())))
        for row in rows
    }
    owner = (SHARED / "seed/digest-NCT06056804.txt").read_text(encoding="utf-8")
    return {**found, "NCT06056804": owner}


@cache
def sourced():
    """Return (ours, source) of each record that was cut from a whole one."""
    return [(records()[t], whole_sources()[t]) for t in sorted(records().keys() & whole_sources())]


def test_status_and_design_equal_their_source():
    """Status, dates, conditions, phases, enrollment and sponsor are the source record's."""
    assert len(sourced()) == len(records()) - len(readme_ids("Known from a description only")) - 1
    for ours, source in sourced():
        mine, theirs = ours["protocolSection"], without(source["protocolSection"], REWORDED)
        for module in ("statusModule", "conditionsModule", "designModule"):
            assert mine[module] == theirs[module], nct_of(ours)
        for module in ("identificationModule", "sponsorCollaboratorsModule"):
            assert mine[module].items() <= theirs[module].items(), nct_of(ours)
        assert ours["hasResults"] == source["hasResults"]


def test_arms_people_and_places_equal_their_source():
    """Arms, interventions, ages, cities and MeSH terms are the source record's."""
    for ours, source in sourced():
        mine, theirs = ours["protocolSection"], source["protocolSection"]
        for name in ("armGroups", "interventions"):
            rows = without(mine["armsInterventionsModule"][name], REWORDED)
            full = theirs["armsInterventionsModule"][name]
            assert all(row.items() <= whole.items() for row, whole in zip(rows, full, strict=True))
        limits = without(mine["eligibilityModule"], FREE_TEXT)
        assert limits.items() <= theirs["eligibilityModule"].items(), nct_of(ours)
        sites = theirs.get("contactsLocationsModule", {}).get("locations", [])
        for place in mine.get("contactsLocationsModule", {}).get("locations", []):
            assert any(place.items() <= site.items() for site in sites), nct_of(ours)
        for module, held in ours["derivedSection"].items():
            assert held.items() <= source["derivedSection"][module].items(), nct_of(ours)


def test_posted_numbers_equal_their_source():
    """Adverse events are whole and unaltered; each outcome that is kept is so too."""
    dropped = REWORDED | {"timeFrame"}
    posted = [(o["resultsSection"], s["resultsSection"]) for o, s in sourced() if o["hasResults"]]
    for ours, source in posted:
        for module in ("adverseEventsModule", "participantFlowModule"):
            assert without(ours[module], dropped) == without(source[module], dropped)
        kept = ours["outcomeMeasuresModule"]["outcomeMeasures"]
        whole = without(source["outcomeMeasuresModule"]["outcomeMeasures"], REWORDED)
        assert all(outcome in whole for outcome in kept)
        assert all(outcome in kept for outcome in whole if outcome["type"] == "PRIMARY")


def test_no_number_is_ours():
    """Every number in a digest or in a record's free text stands in the trial's source."""
    for trial, study in records().items():
        source = described_sources().get(trial) or json.dumps(
            whole_sources()[trial], ensure_ascii=False
        )
        texts = [text for key, text in strings(study) if key in FREE_TEXT | {"measure"}]
        enrolled = study["protocolSection"]["designModule"].get("enrollmentInfo", {})
        page = "" if has_error(digests().get(trial, "")) else prose(trial)
        # The number in the compound's name may stand where a look-alike is told from it.
        ours = " ".join([*texts, page, str(enrolled.get("count", ""))]).replace("alpha 1", "")
        assert set(NUMBER.findall(ours)) <= set(NUMBER.findall(source)), trial


def test_no_sentence_is_copied():
    """No sentence of 60 or more characters of our free text stands in the trial's sources."""

    def plain(text):
        return " ".join(text.split()).casefold()

    for trial in records():
        source = plain(described_sources().get(trial, "") + described_sources()["NCT06056804"])
        if trial in whole_sources():
            source += " ".join(plain(text) for _, text in strings(whole_sources()[trial]))
        texts = [text for key, text in strings(records()[trial]) if key in FREE_TEXT]
        for text in [*texts, prose(trial)]:
            for sentence in re.split(r"(?<=[.!?;])\s+|\n", text):
                assert len(sentence) < 60 or plain(sentence) not in source, (trial, sentence)
