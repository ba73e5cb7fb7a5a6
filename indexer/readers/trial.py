"""A ClinicalTrials.gov study (API v2) as a document: rendered text and registry fields."""

from __future__ import annotations

import re
from dataclasses import replace

from indexer.readers.node import UNKNOWN_ENROLLMENT, Node, Reading
from indexer.readers.outcome import Refusal
from indexer.readers.people import people_pattern
from indexer.readers.render_protocol import is_individual, render_identity, render_protocol
from indexer.readers.render_results import render_results
from indexer.readers.render_safety import render_safety
from indexer.readers.render_sites import render_references, render_sites, sites_of
from indexer.readers.stated import stated_of
from indexer.readers.text import one_line, parse_date
from indexer.readers.writer import Writer
from retrieval.language.compounds import Ladder
from retrieval.question.fields import load_fields
from retrieval.types import Document, PageFields, Stated, TrialFields

STUDY_URL = "https://clinicaltrials.gov/study/"
NCT_ID = re.compile(r"NCT\d{8}", re.ASCII)


def is_study(record: object) -> bool:
    """Say whether a JSON value is a study: it has a protocol section."""
    return isinstance(record, dict) and isinstance(record.get("protocolSection"), dict)


def read_study(record: object, ladder: Ladder) -> tuple[Document, tuple[str, ...]]:
    """Render a study; return the document and warnings.

    Raises `Refusal` ``not_a_study`` without an NCT id, ``bad_nct_id`` for one that is not
    ``NCT`` and eight digits.
    """
    study = Node(record, reading=Reading(people=people_pattern(record)))
    nct_id = _nct_id(study)
    writer = Writer()
    render_identity(writer, study)
    render_protocol(writer, study)
    render_results(writer, study.at("resultsSection"))
    render_safety(writer, study.at("resultsSection"))
    render_sites(writer, study)
    render_references(writer, study)
    fields = _fields(study, ladder)
    document = Document(
        doc_id=f"clinicaltrials:{nct_id}",
        kind="trial",
        trial_id=nct_id,
        title=_title(study, nct_id),
        text=writer.text,
        sections=tuple(writer.sections),
        fields=fields,
        page=PageFields(),
        paths=tuple(writer.paths),
        source_url=f"{STUDY_URL}{nct_id}",
    )
    return document, tuple(dict.fromkeys(study.reading.warnings))


def _nct_id(study: Node) -> str:
    nct_id = study.at("protocolSection.identificationModule.nctId").text
    if not nct_id:
        raise Refusal(
            "not_a_study", "protocolSection.identificationModule.nctId is missing: no id to cite"
        )
    if NCT_ID.fullmatch(nct_id) is None:
        raise Refusal("bad_nct_id", f"nctId is {nct_id[:40]!r}: expected NCT and eight digits")
    return nct_id


def _title(study: Node, nct_id: str) -> str:
    identification = study.at("protocolSection.identificationModule")
    for name in ("briefTitle", "officialTitle"):
        title = one_line(identification.at(name).text)
        if title:
            return title
    study.warn("no title: the registry id stands in for it")
    return nct_id


def _fields(study: Node, ladder: Ladder) -> TrialFields:
    protocol = study.at("protocolSection")
    status, design = protocol.at("statusModule"), protocol.at("designModule")
    interventions = protocol.items("armsInterventionsModule.interventions")
    fields = TrialFields(
        compounds=_compounds(protocol, ladder),
        conditions=_texts(protocol.items("conditionsModule.conditions")),
        condition_terms=_mesh_terms(study, "condition"),
        interventions=_texts([node.at("name") for node in interventions]),
        keywords=_texts(protocol.items("conditionsModule.keywords")),
        phases=_texts(design.items("phases")),
        status=status.at("overallStatus").text or None,
        study_type=design.at("studyType").text or None,
        has_results=_has_results(study),
        countries=_texts([site.at("country") for site in sites_of(study)]),
        started=_date(status.at("startDateStruct.date")),
        completed=_date(status.at("completionDateStruct.date")),
        updated=_date(status.at("lastUpdatePostDateStruct.date")),
        enrollment=_enrollment(design.at("enrollmentInfo.count")),
        sponsor=_sponsor(protocol.at("sponsorCollaboratorsModule")),
        acronym=one_line(protocol.at("identificationModule.acronym").text) or None,
    )
    return replace(fields, stated=_stated(study, fields))


def _stated(study: Node, fields: TrialFields) -> Stated:
    """Return all that can be demanded; what was read with more care than by a path wins.

    Results that stand in a record speak for themselves, and a sponsor may be a person.
    """
    careful = {"has_results": fields.has_results, "sponsor": fields.sponsor}
    stated = dict(stated_of(study, load_fields()))
    stated |= {name: () if value is None else (value,) for name, value in careful.items()}
    return tuple((name, values) for name, values in stated.items() if values)


def _texts(nodes: list[Node]) -> tuple[str, ...]:
    """Distinct non-empty texts, in order."""
    return tuple(dict.fromkeys(text for node in nodes if (text := one_line(node.text))))


def _mesh_terms(study: Node, kind: str) -> tuple[str, ...]:
    meshes = study.items(f"derivedSection.{kind}BrowseModule.meshes")
    return _texts([node.at("term") for node in meshes])


def _compounds(protocol: Node, ladder: Ladder) -> tuple[str, ...]:
    """Ladder ids named where a trial names what it studies; free text names comparators too."""
    identification = protocol.at("identificationModule")
    nodes = []
    for intervention in protocol.items("armsInterventionsModule.interventions"):
        nodes += [intervention.at("name"), *intervention.items("otherNames")]
    nodes += [identification.at("briefTitle"), identification.at("officialTitle")]
    nodes += protocol.items("conditionsModule.keywords")
    named = (compound for text in _texts(nodes) for compound in ladder.label(text))
    return tuple(dict.fromkeys(named))


def _has_results(study: Node) -> bool | None:
    """Return what the record states; a results section speaks for itself, silence says nothing."""
    stated = study.at("hasResults").value
    if isinstance(stated, bool):
        return stated
    return True if isinstance(study.at("resultsSection").value, dict) else None


def _date(node: Node) -> int | None:
    if not node.text:
        return None
    date = parse_date(node.text)
    if date is None:
        node.warn(f"{node.path}: {node.text[:40]!r} is no date; its field stays empty")
    return date


def _enrollment(node: Node) -> int | None:
    value = node.value
    if isinstance(value, bool) or not isinstance(value, int) or value == UNKNOWN_ENROLLMENT:
        return None
    return value


def _sponsor(module: Node) -> str | None:
    return None if is_individual(module) else one_line(module.at("leadSponsor.name").text) or None
