"""Provenance: what a mix was derived from, as PROV-O in JSON-LD.

W3C, PROV-O: The PROV Ontology (2013).
"""

from __future__ import annotations

from typing import Any

from kellet.mix.manifest import Input, Manifest
from kellet.mix.recipe import REAL

CONTEXT = {
    "prov": "http://www.w3.org/ns/prov#",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "sc": "https://schema.org/",
}


def describe(manifest: Manifest) -> dict[str, Any]:
    """A mix as an entity that one activity made of others."""
    mix, activity = f"urn:kellet:mix:{manifest.root}", f"urn:kellet:mixing:{manifest.root}"
    inputs = [_describe_input(one, i) for i, one in enumerate(manifest.inputs)]
    earlier = [
        {
            "@id": f"urn:kellet:mix:{link.root}",
            "@type": "prov:Entity",
            "rdfs:label": f"an earlier mix, up to generation {link.generation}",
            "prov:wasDerivedFrom": [{"@id": f"urn:kellet:mix:{root}"} for root in link.parents],
        }
        for link in manifest.chain
    ]
    sources = [{"@id": one["@id"]} for one in (*inputs, *earlier[:1])]
    kellet = f"urn:kellet:version:{manifest.kellet}"
    return {
        "@context": CONTEXT,
        "@graph": [
            {
                "@id": mix,
                "@type": "prov:Entity",
                "rdfs:label": manifest.sentence,
                "prov:wasGeneratedBy": {"@id": activity},
                "prov:wasDerivedFrom": sources,
            },
            {
                "@id": activity,
                "@type": "prov:Activity",
                "rdfs:label": "mixing",
                "prov:used": sources,
                "prov:wasAssociatedWith": {"@id": kellet},
            },
            {"@id": kellet, "@type": ["prov:SoftwareAgent", "prov:Agent"], "rdfs:label": f"Kellet {manifest.kellet}"},
            *inputs,
            *earlier,
            *(
                {"@id": _model(name), "@type": ["prov:SoftwareAgent", "prov:Agent"], "rdfs:label": name}
                for name in manifest.origins
                if name != REAL
            ),
        ],
    }


def _describe_input(one: Input, place: int) -> dict[str, Any]:
    if one.root is not None:
        return {"@id": f"urn:kellet:mix:{one.root}", "@type": "prov:Entity", "rdfs:label": "an earlier mix"}
    label = "rows given as real" if one.origin == REAL else f"rows that {one.origin} wrote"
    return {
        "@id": f"urn:kellet:input:{place}",
        "@type": "prov:Entity",
        "rdfs:label": f"{label}: {one.rows:,}",
        **({} if one.origin == REAL else {"prov:wasAttributedTo": {"@id": _model(one.origin)}}),
        "prov:hadMember": [
            {"@id": f"urn:sha256:{file.sha256}", "@type": "prov:Entity", "rdfs:label": file.name} for file in one.files
        ],
    }


def _model(name: str) -> str:
    """
    >>> _model("my model")
    'urn:kellet:model:my%20model'
    """
    from urllib.parse import quote

    return f"urn:kellet:model:{quote(name, safe='')}"
