"""Documents: answers for programs.  Their schemas are named, and made from their types."""

from __future__ import annotations

from inspect import cleandoc
from typing import Any

import msgspec

from kellet.characters import reveal_within, spell
from kellet.version import __version__


class Document(msgspec.Struct, frozen=True, kw_only=True, tag_field="schema"):
    """What every document has.  sentence: the answer for people.  kellet: the version that wrote it."""

    sentence: str
    kellet: str = msgspec.field(default_factory=lambda: __version__)


def text(document: Document) -> str:
    """A document as JSON, to be read by people too; no number that isn't finite, which is null, and nothing unseen."""
    try:
        encoded = msgspec.json.encode(document)
    except UnicodeEncodeError:  # JSON has no bytes: a file's name that is no text is shown as pages show it.
        encoded = msgspec.json.encode(reveal_within(msgspec.to_builtins(document)))
    return spell(msgspec.json.format(encoded, indent=2).decode(), pairs=True)


def schema(kind: type[Document]) -> dict[str, Any]:
    """The JSON Schema of all documents of a kind.

    >>> class Small(Document, kw_only=True, tag="kellet/small/1"):
    ...     points: float = 0.0
    >>> found = schema(Small)
    >>> found["$defs"]["Small"]["properties"]["points"], found["$defs"]["Small"]["required"]
    ({'type': ['number', 'null']}, ['schema', 'sentence', 'kellet', 'points'])
    """
    named = {"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": kind.__struct_config__.tag}
    whole: dict[str, Any] = _complete(msgspec.json.schema(kind))
    return named | whole


def _complete(part: Any) -> Any:
    """A schema of what is written, which has every field, and null in place of a number that is not finite."""
    if isinstance(part, list):
        return [_complete(inner) for inner in part]
    if not isinstance(part, dict):
        return part
    found = {key: _complete(inner) for key, inner in part.items() if key != "default"}
    if found.get("type") == "number":
        found["type"] = ["number", "null"]
    if "properties" in found:
        found |= {"description": cleandoc(found.get("description", "")), "required": list(found["properties"])}
    return found
