"""A small made-up corpus: no trial, drug effect or number in it is real."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from indexer.build import BuildReport, BuildSettings, build
from indexer.chunking import ChunkSize
from retrieval.language.compounds import load_ladder
from retrieval.models.embedder import Embedder

Study = dict[str, Any]


def study(  # noqa: PLR0913 - a record has that many parts a test may want to set
    number: int,
    *,
    title: str = "",
    drug: str = "thymalfasin",
    summary: str = "",
    status: str = "RECRUITING",
    phase: str = "PHASE2",
    updated: str = "2024-05-06",
    results: bool = False,
) -> Study:
    """Return a made-up trial record in the registry's API v2 shape."""
    nct_id = f"NCT9{number:07d}"
    record: Study = {
        "protocolSection": {
            "identificationModule": {
                "nctId": nct_id,
                "briefTitle": title or f"Made-up trial {number} of {drug}",
            },
            "statusModule": {
                "overallStatus": status,
                "startDateStruct": {"date": "2023-01-02"},
                "lastUpdatePostDateStruct": {"date": updated},
            },
            "descriptionModule": {
                "briefSummary": summary or f"An invented study, number {number}, of {drug}."
            },
            "conditionsModule": {"conditions": ["Made-up Fever"]},
            "designModule": {"studyType": "INTERVENTIONAL", "phases": [phase]},
            "armsInterventionsModule": {"interventions": [{"type": "DRUG", "name": drug}]},
            "outcomesModule": {
                "primaryOutcomes": [
                    {"measure": "Safety: adverse events counted", "timeFrame": "12 weeks"}
                ]
            },
        },
        "hasResults": results,
    }
    if results:
        record["resultsSection"] = {"adverseEventsModule": adverse_events()}
    return record


def whole_study(number: int, *, title: str, **parts: Any) -> Study:
    """Return a made-up record that also has a sponsor, eligibility and a site.

    Its planned outcome is none of safety. ``parts`` are those of `study`.
    """
    record = study(number, title=title, **parts)
    protocol = record["protocolSection"]
    protocol["sponsorCollaboratorsModule"] = {
        "leadSponsor": {"name": "Made-up Institute", "class": "OTHER"}
    }
    protocol["designModule"] |= {
        "designInfo": {"allocation": "RANDOMIZED", "maskingInfo": {"masking": "DOUBLE"}},
        "enrollmentInfo": {"count": 36, "type": "ACTUAL"},
    }
    protocol["eligibilityModule"] = {
        "eligibilityCriteria": "Inclusion Criteria:\n\n* an invented cough\n\n"
        "Exclusion Criteria:\n\n* a made-up allergy",
        "sex": "ALL",
        "minimumAge": "18 Years",
    }
    protocol["outcomesModule"]["primaryOutcomes"] = [
        {"measure": "Change in invented thirst", "timeFrame": "12 weeks"}
    ]
    protocol["contactsLocationsModule"] = {
        "locations": [{"facility": "Made-up Clinic", "city": "Lisbon", "country": "Portugal"}]
    }
    return record


def adverse_events() -> Study:
    """Return a made-up table of adverse events with two arms."""
    return {
        "frequencyThreshold": "0",
        "timeFrame": "12 weeks",
        "eventGroups": [
            {"id": "EG000", "title": "Drug", "seriousNumAffected": 1, "seriousNumAtRisk": 17},
            {"id": "EG001", "title": "Placebo", "seriousNumAffected": 0, "seriousNumAtRisk": 19},
        ],
        "otherEvents": [
            {
                "term": term,
                "organSystem": "Made-up disorders",
                "stats": [
                    {"groupId": "EG000", "numAffected": affected, "numAtRisk": 17},
                    {"groupId": "EG001", "numAffected": 0, "numAtRisk": 19},
                ],
            }
            for affected, term in enumerate(("Hiccups", "Nausea", "Blue thumb"), start=2)
        ],
    }


def write_study(folder: Path, record: Study) -> Path:
    """Write a record into a file named by its id."""
    folder.mkdir(parents=True, exist_ok=True)
    nct_id = record["protocolSection"]["identificationModule"]["nctId"]
    path = folder / f"{nct_id}.json"
    path.write_text(json.dumps(record))
    return path


def write_corpus(folder: Path, count: int) -> Path:
    """Write ``count`` made-up records and return their folder."""
    for number in range(count):
        write_study(folder, study(number, results=number % 4 == 0))
    return folder


def write_digest(folder: Path, number: int, *, body: str, ingested: str = "2024-06-01") -> Path:
    """Write a made-up digest as page text."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"digest-{number}.txt"
    path.write_text(
        "Back to Thymosin-alpha-1 research\n"
        "thymosin-alpha-1 immune modulator rct 2024-01-03 ClinicalTrials\n\n"
        f"An Invented Headline About Trial {number}\n\n"
        "Made-up Official Title With Thymalfasin\n\n"
        f"Background\n\n{body}\n\nResults\n\nNo results are available yet.\n\n"
        "thymosin-alpha-1 safety data present\n"
        f"Source: clinicaltrials:NCT9{number:07d} · Ingested {ingested} · Digest: made-up-model"
    )
    return path


def index(
    paths: Sequence[Path], index_dir: Path, embedder: Embedder, **settings: Any
) -> BuildReport:
    """Build an index with small chunks and return the report."""
    return build(
        paths,
        BuildSettings(index_dir=index_dir, size=ChunkSize(64, 8), **settings),
        embedder=embedder,
        ladder=load_ladder(),
    )
