"""Adverse events, rendered: per-arm totals, then one line per event with every arm's numbers.

Numbers are copied per arm as affected/at risk: arms overlap, so nothing is ever added up.
A number that the record lacks is "not reported", never zero.
"""

from __future__ import annotations

from indexer.readers.node import Node, words
from indexer.readers.render_results import Groups, group_titles, write_group
from indexer.readers.writer import NOT_REPORTED, Writer

TOTALS = (("serious", "serious"), ("other", "other"), ("all-cause deaths", "deaths"))
"""What a per-arm total counts, and the prefix of its keys."""

KINDS = (("Serious", "seriousEvents"), ("Other", "otherEvents"))


def render_safety(writer: Writer, results: Node) -> None:
    """Write the adverse events of a record that has any; else nothing."""
    module = results.at("adverseEventsModule")
    groups = group_titles(module, "eventGroups")
    with writer.section("Adverse events", evidence="reported"):
        writer.fact("Time frame", module.at("timeFrame"))
        writer.fact("Frequency threshold in percent", module.at("frequencyThreshold"))
        writer.fact("Collection", module.at("description"))
        for group in module.items("eventGroups"):
            _totals(writer, group)
        for kind, path in KINDS:
            if groups and not module.items(path):
                writer.line(f"{kind} adverse events: the record lists none by name")
    for kind, path in KINDS:
        with writer.section(f"{kind} adverse events", evidence="reported"):
            for event in module.items(path):
                _event(writer, event, kind=kind, groups=groups)


def _totals(writer: Writer, group: Node) -> None:
    writer.line("Adverse events, affected/at risk, in ")
    writer.value(group.at("title" if group.at("title").text else "id"))
    separator = ": "
    for label, prefix in TOTALS:
        writer.put(f"{separator}{label} ")
        separator = "; "
        affected, at_risk = group.at(f"{prefix}NumAffected"), group.at(f"{prefix}NumAtRisk")
        if affected.text or at_risk.text:
            writer.value_or(NOT_REPORTED, affected)
            writer.put("/")
            writer.value_or(NOT_REPORTED, at_risk)
        else:
            writer.put(NOT_REPORTED)
    writer.labelled("; ", group.at("description"))


def _event(writer: Writer, event: Node, *, kind: str, groups: Groups) -> None:
    writer.line(f"{kind} adverse event, affected/at risk")
    writer.labelled(": ", event.at("term"))
    writer.labelled(" (", event.at("organSystem"))
    writer.put(")" if event.at("organSystem").text else "")
    separator = ": "
    for stat in event.items("stats"):
        writer.put(separator)
        separator = "; "
        write_group(writer, groups, stat.at("groupId"))
        writer.put(" ")
        _stat(writer, stat)
    counted = {stat.at("groupId").text for stat in event.items("stats")}
    for group_id, title in groups.items():
        if group_id not in counted:
            writer.put(separator)
            separator = "; "
            writer.value_or(group_id, title)
            writer.put(f" {NOT_REPORTED}")
    writer.labelled("; assessment: ", event.at("assessmentType"), style=words)
    writer.labelled("; ", event.at("notes"))


def _stat(writer: Writer, stat: Node) -> None:
    """Write ``3/25`` with the path of the arm's numbers, and the count of events if given."""
    affected, at_risk = stat.at("numAffected").text, stat.at("numAtRisk").text
    if not affected and not at_risk:
        writer.put(NOT_REPORTED)
    else:
        writer.traced(f"{affected or NOT_REPORTED}/{at_risk or NOT_REPORTED}", stat.path)
    events = stat.at("numEvents")
    writer.labelled(" (events: ", events)
    writer.put(")" if events.text else "")
