"""The protocol part of a record, rendered: what the trial is, plans, and asks for."""

from __future__ import annotations

from indexer.readers.node import Node, Style, enrollment, plain, prose, words
from indexer.readers.writer import Writer

Row = tuple[str, str, Style]
"""Label, path inside the protocol section, and wording of a line."""

TITLE_ROWS: tuple[Row, ...] = (
    ("Brief title", "identificationModule.briefTitle", plain),
    ("Official title", "identificationModule.officialTitle", plain),
    ("Acronym", "identificationModule.acronym", plain),
    ("Registry id", "identificationModule.nctId", plain),
    ("Sponsor's id", "identificationModule.orgStudyIdInfo.id", plain),
)
STATUS_ROWS: tuple[Row, ...] = (
    ("Overall status", "statusModule.overallStatus", words),
    ("Last known status", "statusModule.lastKnownStatus", words),
    ("Why stopped", "statusModule.whyStopped", plain),
    ("Status verified", "statusModule.statusVerifiedDate", plain),
    ("First submitted", "statusModule.studyFirstSubmitDate", plain),
    ("Last update submitted", "statusModule.lastUpdateSubmitDate", plain),
)
SHARING_ROWS: tuple[Row, ...] = (
    ("Shares individual participant data", "ipdSharingStatementModule.ipdSharing", words),
    ("Plan to share data", "ipdSharingStatementModule.description", plain),
    ("When data are shared", "ipdSharingStatementModule.timeFrame", plain),
    ("Who may ask for data", "ipdSharingStatementModule.accessCriteria", plain),
    ("Where data are shared", "ipdSharingStatementModule.url", plain),
)
# Each has a `date` and perhaps a `type`, actual or estimated.
DATE_ROWS: tuple[tuple[str, str], ...] = (
    ("Start", "statusModule.startDateStruct"),
    ("Primary completion", "statusModule.primaryCompletionDateStruct"),
    ("Completion", "statusModule.completionDateStruct"),
    ("First posted", "statusModule.studyFirstPostDateStruct"),
    ("Results first posted", "statusModule.resultsFirstPostDateStruct"),
    ("Request to delay results first posted", "statusModule.dispFirstPostDateStruct"),
    ("Last update posted", "statusModule.lastUpdatePostDateStruct"),
)
DESIGN_ROWS: tuple[Row, ...] = (
    ("Allocation", "designModule.designInfo.allocation", words),
    ("Intervention model", "designModule.designInfo.interventionModel", words),
    ("Intervention model details", "designModule.designInfo.interventionModelDescription", plain),
    ("Primary purpose", "designModule.designInfo.primaryPurpose", words),
    ("Observational model", "designModule.designInfo.observationalModel", words),
    ("Time perspective", "designModule.designInfo.timePerspective", words),
    ("Masking details", "designModule.designInfo.maskingInfo.maskingDescription", plain),
    ("Patient registry", "designModule.patientRegistry", plain),
    ("Target follow-up", "designModule.targetDuration", plain),
    ("Biospecimen retention", "designModule.bioSpec.retention", words),
    ("Biospecimens", "designModule.bioSpec.description", plain),
    ("Data monitoring committee", "oversightModule.oversightHasDmc", plain),
    ("Studies a drug regulated by the FDA", "oversightModule.isFdaRegulatedDrug", plain),
    ("Studies a device regulated by the FDA", "oversightModule.isFdaRegulatedDevice", plain),
)
ELIGIBILITY_ROWS: tuple[Row, ...] = (
    ("Sex", "eligibilityModule.sex", words),
    ("Gender based", "eligibilityModule.genderBased", plain),
    ("Gender details", "eligibilityModule.genderDescription", plain),
    ("Minimum age", "eligibilityModule.minimumAge", plain),
    ("Maximum age", "eligibilityModule.maximumAge", plain),
    ("Accepts healthy volunteers", "eligibilityModule.healthyVolunteers", plain),
    ("Sampling method", "eligibilityModule.samplingMethod", words),
    ("Study population", "eligibilityModule.studyPopulation", plain),
)
OUTCOME_LISTS = (
    ("Primary", "primaryOutcomes"),
    ("Secondary", "secondaryOutcomes"),
    ("Other", "otherOutcomes"),
)


def render_identity(writer: Writer, study: Node) -> None:
    """Write titles, ids and aliases, then status and dates, then sponsor."""
    protocol = study.at("protocolSection")
    with writer.section("Title"):
        _rows(writer, protocol, TITLE_ROWS)
        for info in protocol.items("identificationModule.secondaryIdInfos"):
            writer.fact("Secondary id", info.at("id"))
            writer.labelled(", ", info.at("domain"))
        writer.list_line("Former registry id", protocol.items("identificationModule.nctIdAliases"))
    with writer.section("Status and dates"):
        _rows(writer, protocol, STATUS_ROWS)
        for label, path in DATE_ROWS:
            writer.fact(label, protocol.at(f"{path}.date"))
            if protocol.at(f"{path}.date").text:
                writer.labelled(", ", protocol.at(f"{path}.type"), style=words)
        _results_status(writer, study)
    with writer.section("Sponsor"):
        _sponsors(writer, protocol.at("sponsorCollaboratorsModule"))


def render_protocol(writer: Writer, study: Node) -> None:
    """Write design, conditions, arms, descriptions, eligibility and planned outcomes."""
    protocol = study.at("protocolSection")
    with writer.section("Design"):
        _design(writer, protocol)
    with writer.section("Conditions and keywords"):
        for condition in protocol.items("conditionsModule.conditions"):
            writer.fact("Condition", condition)
        writer.list_line("Keywords", protocol.items("conditionsModule.keywords"))
    with writer.section("Arms and interventions"):
        _arms(writer, protocol.at("armsInterventionsModule"))
    with writer.section("Brief summary", layout="prose"):
        writer.value(protocol.at("descriptionModule.briefSummary"), prose)
    with writer.section("Detailed description", layout="prose"):
        writer.value(protocol.at("descriptionModule.detailedDescription"), prose)
    with writer.section("Eligibility", layout="prose"):
        _rows(writer, protocol, ELIGIBILITY_ROWS)
        _criteria(writer, protocol.at("eligibilityModule.eligibilityCriteria"))
    with writer.section("Data sharing"):
        _rows(writer, protocol, SHARING_ROWS)
        shared = protocol.items("ipdSharingStatementModule.infoTypes")
        writer.list_line("Also shared", shared, style=words)
    with writer.section("Planned outcomes", evidence="planned"):
        for label, path in OUTCOME_LISTS:
            for outcome in protocol.items(f"outcomesModule.{path}"):
                _planned_outcome(writer, label, outcome)


def _rows(writer: Writer, node: Node, rows: tuple[Row, ...]) -> None:
    for label, path, style in rows:
        writer.fact(label, node.at(path), style=style)


def _results_status(writer: Writer, study: Node) -> None:
    """Say whether results are posted, and as of when: an absence must be citable too."""
    stated = study.at("hasResults")
    has_section = isinstance(study.at("resultsSection").value, dict)
    if stated.value is None and not has_section:
        return  # the record does not say, and silence is no "no"
    posted = stated.value if isinstance(stated.value, bool) else has_section
    writer.line("Results posted: ")
    if not writer.value(stated):
        writer.put("yes" if posted else "no")
    updated = study.at("protocolSection.statusModule.lastUpdatePostDateStruct.date")
    writer.labelled(" (as of ", updated)
    writer.put(")" if updated.text else "")
    if posted and not has_section:
        writer.put(", but this copy of the record holds none")
    pending = "annotationSection.annotationModule.unpostedAnnotation.unpostedEvents"
    for event in study.items(pending):
        writer.fact("Results submitted, not posted", event.at("date"))
        writer.labelled(", ", event.at("type"), style=words)


def is_individual(module: Node) -> bool:
    """Say whether the lead sponsor is a person: the trial's own investigator, mostly."""
    return (
        module.at("responsibleParty.type").text == "SPONSOR_INVESTIGATOR"
        or module.at("leadSponsor.class").text == "INDIV"
    )


def _sponsors(writer: Writer, module: Node) -> None:
    """Write the sponsoring organisations; people stay unnamed."""
    if is_individual(module):
        writer.line("Lead sponsor: an individual")
    else:
        writer.fact("Lead sponsor", module.at("leadSponsor.name"))
        writer.labelled(", ", module.at("leadSponsor.class"), style=words)
    for collaborator in module.items("collaborators"):
        if collaborator.at("class").text == "INDIV":
            writer.line("Collaborator: an individual")
            continue
        writer.fact("Collaborator", collaborator.at("name"))
        writer.labelled(", ", collaborator.at("class"), style=words)


def _design(writer: Writer, protocol: Node) -> None:
    design = protocol.at("designModule")
    writer.fact("Study type", design.at("studyType"), style=words)
    writer.list_line("Phase", design.items("phases"), style=words)
    masking = design.at("designInfo.maskingInfo")
    writer.fact("Masking", masking.at("masking"), style=words)
    writer.joined("; masked: ", masking.items("whoMasked"), style=words)
    _rows(writer, protocol, DESIGN_ROWS)
    writer.fact("Enrollment", design.at("enrollmentInfo.count"), style=enrollment)
    writer.labelled(", ", design.at("enrollmentInfo.type"), style=words)


def _arms(writer: Writer, module: Node) -> None:
    for arm in module.items("armGroups"):
        writer.fact("Arm", arm.at("label"))
        _bracketed(writer, arm.at("type"))
        writer.joined("; interventions: ", arm.items("interventionNames"))
        writer.labelled("; ", arm.at("description"))
    for intervention in module.items("interventions"):
        writer.fact("Intervention", intervention.at("name"))
        _bracketed(writer, intervention.at("type"))
        writer.joined("; other names: ", intervention.items("otherNames"))
        writer.joined("; given in: ", intervention.items("armGroupLabels"))
        writer.labelled("; ", intervention.at("description"))


def _bracketed(writer: Writer, token: Node) -> None:
    writer.labelled(" (", token, style=words)
    writer.put(")" if token.text else "")


def _criteria(writer: Writer, node: Node) -> None:
    if node.text:
        writer.line("Criteria:\n\n")
        writer.value(node, prose)


def _planned_outcome(writer: Writer, label: str, outcome: Node) -> None:
    writer.fact(f"{label} outcome", outcome.at("measure"))
    writer.labelled("; time frame: ", outcome.at("timeFrame"))
    writer.labelled("; ", outcome.at("description"))
