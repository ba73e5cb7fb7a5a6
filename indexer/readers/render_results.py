"""Posted results, rendered: participant flow, baseline, outcome measures, limitations.

A line is one fact about all arms: a milestone, or one category of one measure. It repeats
its measure's title, so that it can be quoted alone. Numbers are copied, never added up.
"""

from __future__ import annotations

from collections.abc import Mapping

from indexer.readers.node import Node, words
from indexer.readers.writer import NOT_REPORTED, Writer

Groups = Mapping[str, Node]
"""Arm titles by group id."""

ANALYSIS_PARTS = (
    ("; method: ", "statisticalMethod"),
    ("; p value ", "pValue"),
    ("; ", "pValueComment"),
    ("; ", "groupDescription"),
    ("; ", "statisticalComment"),
    ("; ", "estimateComment"),
    ("; ", "nonInferiorityComment"),
    ("; lower limit: ", "ciLowerLimitComment"),
    ("; upper limit: ", "ciUpperLimitComment"),
)


def render_results(writer: Writer, results: Node) -> None:
    """Write the posted results; nothing where the record holds none."""
    with writer.section("Participant flow", evidence="reported"):
        _flow(writer, results.at("participantFlowModule"))
    with writer.section("Baseline characteristics", evidence="reported"):
        _baseline(writer, results.at("baselineCharacteristicsModule"))
    described: set[tuple[str, str]] = set()
    with writer.section("Outcome results", evidence="reported"):
        for measure in results.items("outcomeMeasuresModule.outcomeMeasures"):
            _outcome(writer, measure, described)
    with writer.section("Limitations and caveats", evidence="reported"):
        caveats = results.at("moreInfoModule.limitationsAndCaveats.description")
        writer.fact("Limitations and caveats", caveats)


def group_titles(node: Node, path: str) -> Groups:
    """Return the title of each group listed at ``path``, by the group's id."""
    return {group.at("id").text: group.at("title") for group in node.items(path)}


def write_group(writer: Writer, groups: Groups, group_id: Node) -> None:
    """Write the arm's registry title, or its id where the record gives it no title."""
    title = groups.get(group_id.text)
    if title is None or not writer.value(title):
        writer.value(group_id)


def _flow(writer: Writer, module: Node) -> None:
    groups = group_titles(module, "groups")
    writer.fact("Recruitment", module.at("recruitmentDetails"))
    writer.fact("Before assignment", module.at("preAssignmentDetails"))
    _group_lines(writer, module)
    for period in module.items("periods"):
        for milestone in period.items("milestones"):
            _flow_line(writer, period, milestone, items="achievements", groups=groups)
        for withdrawal in period.items("dropWithdraws"):
            _flow_line(writer, period, withdrawal, items="reasons", groups=groups)


def _group_lines(writer: Writer, module: Node) -> None:
    for group in module.items("groups"):
        if group.at("description").text:
            writer.fact("Group", group.at("title"))
            writer.labelled("; ", group.at("description"))


def _flow_line(writer: Writer, period: Node, step: Node, *, items: str, groups: Groups) -> None:
    writer.fact("Period", period.at("title"))
    label = "; left because of " if items == "reasons" else "; "
    writer.labelled(label, step.at("type"), style=words)
    separator = ": "
    for item in step.items(items):
        writer.put(separator)
        separator = "; "
        write_group(writer, groups, item.at("groupId"))
        _number(writer, item.at("numSubjects"))
        writer.labelled(" participants, units ", item.at("numUnits"))
        writer.labelled(", ", item.at("comment"))
    writer.labelled("; ", step.at("comment"))


def _number(writer: Writer, node: Node) -> None:
    """Write a number after its arm; a missing one is said to be missing, never zero."""
    writer.put(" ")
    writer.value_or(NOT_REPORTED, node)


def _baseline(writer: Writer, module: Node) -> None:
    groups = group_titles(module, "groups")
    writer.fact("Population", module.at("populationDescription"))
    for denominator in module.items("denoms"):
        _counts(writer, denominator, groups, label="Baseline number of ")
    for measure in module.items("measures"):
        if measure.at("description").text or measure.at("populationDescription").text:
            writer.fact("Baseline measure", measure.at("title"))
            writer.labelled("; ", measure.at("description"))
            writer.labelled("; population: ", measure.at("populationDescription"))
        _categories(writer, measure, groups, label="Baseline")


def _counts(writer: Writer, denominator: Node, groups: Groups, *, label: str) -> None:
    writer.line(label)
    writer.value_or("units", denominator.at("units"))
    separator = ": "
    for count in denominator.items("counts"):
        writer.put(separator)
        separator = "; "
        write_group(writer, groups, count.at("groupId"))
        _number(writer, count.at("value"))


def _outcome(writer: Writer, measure: Node, described: set[tuple[str, str]]) -> None:
    """Write an outcome measure: what was measured, then every class, then the analyses.

    A group's description is written where it first occurs; most measures repeat it.
    """
    groups = group_titles(measure, "groups")
    writer.line()
    writer.value(measure.at("type"), words)
    writer.labelled(" outcome: ", measure.at("title"))
    writer.labelled("; time frame: ", measure.at("timeFrame"))
    writer.labelled("; unit: ", measure.at("unitOfMeasure"))
    writer.labelled("; given as ", measure.at("paramType"), style=words)
    writer.labelled(" with ", measure.at("dispersionType"), style=words)
    writer.labelled("; reporting: ", measure.at("reportingStatus"), style=words)
    writer.labelled("; population: ", measure.at("populationDescription"))
    writer.labelled("; ", measure.at("description"))
    for group in measure.items("groups"):
        key = (group.at("title").text, group.at("description").text)
        if key[1] and key not in described:
            described.add(key)
            writer.fact("Group", group.at("title"))
            writer.labelled("; ", group.at("description"))
    classes = measure.items("classes")
    if not classes or any(group.items("denoms") for group in classes):
        for denominator in measure.items("denoms"):
            _counts(writer, denominator, groups, label="Number analysed of ")
    _categories(writer, measure, groups, label="Result")
    for analysis in measure.items("analyses"):
        _analysis(writer, measure, analysis, groups)


def _categories(writer: Writer, measure: Node, groups: Groups, *, label: str) -> None:
    for group in measure.items("classes"):
        for category in group.items("categories") or [Node(None)]:
            writer.line(label)
            separator = ": "
            for title in (measure.at("title"), group.at("title"), category.at("title")):
                writer.labelled(separator, title)
                separator = " / " if title.text else separator
            _measurements(writer, (measure, group, category), groups)


def _measurements(writer: Writer, place: tuple[Node, Node, Node], groups: Groups) -> None:
    """Write each arm's number in a category; an arm counted without one is not reported."""
    measure, group, category = place
    denominators = group.items("denoms") or measure.items("denoms")
    separator = ": "
    for measurement in category.items("measurements"):
        writer.put(separator)
        separator = "; "
        write_group(writer, groups, measurement.at("groupId"))
        _analysed(writer, denominators, measurement.at("groupId").text)
        _measurement(writer, measure, measurement)
    measured = {item.at("groupId").text for item in category.items("measurements")}
    counts = [count for units in denominators for count in units.items("counts")]
    for group_id in dict.fromkeys(count.at("groupId").text for count in counts):
        if group_id not in measured:
            writer.put(separator)
            separator = "; "
            writer.value_or(group_id, groups.get(group_id, Node(None)))
            _analysed(writer, denominators, group_id)
            writer.put(f" {NOT_REPORTED}")


def _analysed(writer: Writer, denominators: list[Node], group_id: str) -> None:
    """Write how many of what were analysed in the arm, where the record says so."""
    for denominator in denominators:
        for count in denominator.items("counts"):
            if count.at("groupId").text == group_id and count.at("value").text:
                writer.labelled(" (of ", count.at("value"))
                writer.labelled(" ", denominator.at("units"))
                writer.put(")")


def _measurement(writer: Writer, measure: Node, measurement: Node) -> None:
    _number(writer, measurement.at("value"))
    if measurement.at("value").text:
        writer.labelled(" ", measure.at("unitOfMeasure"))
    spread, lower, upper = (measurement.at(n) for n in ("spread", "lowerLimit", "upperLimit"))
    if spread.text or lower.text or upper.text:
        writer.put(" (")
        writer.value_or("spread", measure.at("dispersionType"), style=words)
        writer.labelled(" ", spread)
        writer.labelled(" from ", lower)
        writer.labelled(" to ", upper)
        writer.put(")")
    writer.labelled("; ", measurement.at("comment"))


def _analysis(writer: Writer, measure: Node, analysis: Node, groups: Groups) -> None:
    writer.fact("Analysis", measure.at("title"))
    separator = ": "
    for group_id in analysis.items("groupIds"):
        writer.put(separator)
        separator = " against "
        write_group(writer, groups, group_id)
    writer.labelled("; ", analysis.at("paramType"), style=words)
    writer.labelled(" ", analysis.at("paramValue"))
    _interval(writer, analysis)
    for label, path in ANALYSIS_PARTS:
        writer.labelled(label, analysis.at(path))
    writer.labelled("; test: ", analysis.at("nonInferiorityType"), style=words)


def _interval(writer: Writer, analysis: Node) -> None:
    lower, upper = analysis.at("ciLowerLimit"), analysis.at("ciUpperLimit")
    percent = analysis.at("ciPctValue")
    if percent.text or lower.text or upper.text:
        writer.put("; confidence interval")
        writer.labelled(" ", percent)
        writer.put("%" if percent.text else "")
        writer.labelled(", ", analysis.at("ciNumSides"), style=words)
        writer.labelled(", from ", lower)
        writer.labelled(" to ", upper)
        writer.put("" if lower.text or upper.text else f", limits {NOT_REPORTED}")
    writer.labelled("; ", analysis.at("dispersionType"), style=words)
    writer.labelled(" ", analysis.at("dispersionValue"))
