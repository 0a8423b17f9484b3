"""Croissant: what a mix is, in the words that machines read, with those on responsible use.

MLCommons, Croissant Format Specification 1.0 (2024); Croissant RAI Vocabulary 1.0 (2024).
"""

from __future__ import annotations

from typing import Any

from kellet.mix.manifest import Manifest
from kellet.mix.recipe import GENERATION, ID, ORIGIN, STRATUM
from kellet.mix.telling import MISSING, describe_recipe, describe_sources, is_stratified, tell_limits

TERMS = (
    "citeAs", "column", "equivalentProperty", "extract", "field", "fileProperty", "fileObject", "fileSet", "format",
    "includes", "isLiveDataset", "jsonPath", "key", "md5", "parentField", "path", "recordSet", "references", "regex",
    "repeated", "replace", "samplingRate", "separator", "source", "subField", "transform",
)  # fmt: skip
CONTEXT: dict[str, Any] = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "sc": "https://schema.org/",
    "cr": "http://mlcommons.org/croissant/",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "dct": "http://purl.org/dc/terms/",
    "conformsTo": "dct:conformsTo",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "examples": {"@id": "cr:examples", "@type": "@json"},
    **{term: f"cr:{term}" for term in TERMS},
}
LABELS = {
    ORIGIN: ("String", "Where the row is from: real, if it was given as that, or the name of the model that wrote it."),
    GENERATION: ("Int32", "How many generations of models lie between the row and a person; 0 is real."),
    ID: ("String", "A hash of what the row holds, 16 bytes in hexadecimal."),
    STRATUM: ("String", "The stratum of which each window holds its share."),
}
FORMATS = {"parquet": "application/x-parquet", "jsonl": "application/jsonlines"}


def describe(manifest: Manifest, name: str) -> dict[str, Any]:
    """A mix as a Croissant data set of this name."""
    columns = {column: (kind, "") for column, kind in manifest.columns.items()} | LABELS
    if not is_stratified(manifest):
        del columns[STRATUM]
    return {
        "@context": CONTEXT,
        "@type": "sc:Dataset",
        "name": name,
        "description": f"{manifest.sentence} Its root is {manifest.root}.",
        "conformsTo": ["http://mlcommons.org/croissant/1.0", "http://mlcommons.org/croissant/RAI/1.0"],
        "version": "1.0.0",
        "license": MISSING,
        "url": "https://example.org/to-be-added",
        "distribution": [
            {
                "@type": "cr:FileObject",
                "@id": shard.file.name,
                "name": shard.file.name,
                "contentUrl": shard.file.name,
                "contentSize": f"{shard.file.bytes} B",
                "encodingFormat": FORMATS[manifest.recipe.format],
                "sha256": shard.file.sha256,
            }
            for shard in manifest.shards
        ],
        "recordSet": [
            {
                "@type": "cr:RecordSet",
                "@id": f"rows-{i}",
                "name": f"rows-{i}",
                "description": f"The {shard.rows:,} rows of {shard.file.name}.",
                "field": [
                    _describe_field(f"rows-{i}", shard.file.name, column, kind, text, manifest.recipe.format)
                    for column, (kind, text) in columns.items()
                ],
            }
            for i, shard in enumerate(manifest.shards)
        ],
        "rai:dataCollection": describe_sources(manifest),
        "rai:dataCollectionMissingData": MISSING,
        "rai:dataPreprocessingProtocol": describe_recipe(manifest),
        "rai:dataLimitations": tell_limits(manifest),
        "rai:personalSensitiveInformation": MISSING,
        "rai:dataReleaseMaintenancePlan": MISSING,
    }


def _describe_field(records: str, file: str, column: str, kind: str, text: str, form: str) -> dict[str, Any]:
    where = {"column": column} if form == "parquet" else {"jsonPath": f"$[{column!r}]"}
    return {
        "@type": "cr:Field",
        "@id": f"{records}/{column}",
        "name": f"{records}/{column}",
        **({"description": text} if text else {}),
        "dataType": _type(kind),
        **({"repeated": True} if kind.startswith(("List", "Array")) else {}),
        "source": {"fileObject": {"@id": file}, "extract": where},
    }


def _type(kind: str) -> str:
    """
    >>> _type("UInt8"), _type("Float64"), _type("List(Date)"), _type("Struct({'a': String})")
    ('sc:Integer', 'sc:Float', 'sc:Date', 'sc:Text')
    """
    inner = kind.removeprefix("List(").removeprefix("Array(")
    words = {"Int": "Integer", "UInt": "Integer", "Float": "Float", "Bool": "Boolean", "Date": "Date"}
    return "sc:" + next((word for start, word in words.items() if inner.startswith(start)), "Text")
