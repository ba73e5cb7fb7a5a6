"""Where a trial runs, the terms it is indexed under, and what it refers to, rendered."""

from __future__ import annotations

from indexer.readers.node import Node, words
from indexer.readers.writer import Writer

# Above this a list of facilities buries the rest of the record: cities stand for them.
NAMED_SITES = 40


def sites_of(study: Node) -> list[Node]:
    """Return a study's sites; some exports repeat them, with contacts, as ``locations_nested``."""
    module = study.at("protocolSection.contactsLocationsModule")
    sites: dict[tuple[str, ...], Node] = {}
    for site in [*module.items("locations"), *module.items("locations_nested")]:
        key = tuple(site.at(name).text for name in ("facility", "city", "country", "zip"))
        sites.setdefault(key, site)
    return list(sites.values())


def render_sites(writer: Writer, study: Node) -> None:
    """Write one line per site or, for a large trial, one line per country and state."""
    sites = sites_of(study)
    with writer.section("Locations"):
        if len(sites) <= NAMED_SITES:
            for site in sites:
                _site(writer, site)
        else:
            _regions(writer, sites)


def render_references(writer: Writer, study: Node) -> None:
    """Write the MeSH terms, then publications and links."""
    with writer.section("MeSH terms"):
        for label, kind in (("Condition", "condition"), ("Intervention", "intervention")):
            meshes = study.items(f"derivedSection.{kind}BrowseModule.meshes")
            writer.list_line(f"{label} terms", [mesh.at("term") for mesh in meshes])
    module = study.at("protocolSection.referencesModule")
    with writer.section("References"):
        for reference in module.items("references"):
            writer.fact("Reference", reference.at("citation"))
            writer.labelled("; PMID ", reference.at("pmid"))
            writer.labelled("; ", reference.at("type"), style=words)
        for link in module.items("seeAlsoLinks"):
            writer.fact("Link", link.at("label"))
            writer.labelled(" ", link.at("url"))


def _site(writer: Writer, site: Node) -> None:
    nodes = [site.at(name) for name in ("facility", "city", "state", "country")]
    if not any(node.text for node in nodes):
        return
    writer.line("Site")
    separator = ": "
    for node in nodes:
        writer.labelled(separator, node)
        separator = ", " if node.text else separator
    writer.labelled("; ", site.at("status"), style=words)


def _regions(writer: Writer, sites: list[Node]) -> None:
    regions: dict[tuple[str, str], dict[str, list[Node]]] = {}
    for site in sites:
        region = regions.setdefault((site.at("country").text, site.at("state").text), {})
        region.setdefault(site.at("city").text, []).append(site)
    writer.line(f"Sites listed: {len(sites)}")
    for cities in regions.values():
        first = next(iter(cities.values()))[0]
        writer.line("Sites in ")
        writer.value_or("a country not named", first.at("country"))
        writer.labelled(", ", first.at("state"))
        separator = ": "
        for at_city in cities.values():
            writer.put(separator)
            separator = "; "
            writer.value_or("a city not named", at_city[0].at("city"))
            writer.put(f" ({len(at_city)} sites)" if len(at_city) > 1 else "")
