"""A page for each JSON schema: its file is the page's source."""

import json
import re

from myst_parser.parsers.sphinx_ import MystParser

from _site.terms import split_terms

ONE = {
    "string": "a text", "integer": "a whole number", "number": "a number", "boolean": "true or false", "null": "null",
}  # fmt: skip
SEVERAL = {"string": "texts", "integer": "whole numbers", "number": "numbers"}


class SchemaParser(MystParser):
    supported = ("json",)

    def parse(self, inputstring, document):
        super().parse(write_page(json.loads(inputstring), document.settings.env.docname), document)


def write_page(schema, docname):
    """The page in Markdown: a section for each kind of object, with its fields."""
    name = docname.rpartition("/")[2]
    root = schema["$ref"].rpartition("/")[2]
    lines = [f"# {schema['$id']}", "", f"What `--json` prints, as a schema: [{name}.json](path:{name}.json).", ""]
    for title in sorted(schema["$defs"], key=lambda one: one != root):
        lines += write_kind(title, schema["$defs"][title])
    return "\n".join(lines)


def write_kind(title, kind):
    fields = kind.get("properties", {})
    told, meanings = read_description(kind.get("description", ""), set(fields))
    lines = [f"## {title}", "", *told]
    if not fields:
        return [*lines, f"A {spell(kind)}." if "type" in kind or "enum" in kind else spell(kind), ""]
    rows = [("field", "value", "what it is"), ("---",) * 3]
    rows += [write_field(name, field, meanings, kind.get("required", ())) for name, field in fields.items()]
    width = 3 if any(row[2] for row in rows[2:]) else 2
    lines += [f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in row[:width])} |" for row in rows]
    return [*lines, ""]


def write_field(name, field, meanings, required):
    """Its name, what may stand there, and what it means."""
    told = [meanings.get(name) or field.get("description", "")]
    if name not in required:
        told.append("*May be left out.*")
    if not isinstance(field.get("default", {}), list | dict):
        told.append(f"Else {spell_value(field['default'])}.")
    return f"`{name}`", spell(field), " ".join(filter(None, told))


def read_description(text, known):
    """The paragraphs of a description in Markdown, and what it says of each field."""
    told, meanings = [], {}
    for paragraph in re.split(r"\n\s*\n", text.replace("``", "`")):
        # A sentence may stand before the first name.
        before, gap, after = paragraph.partition("  ")
        terms = split_terms(paragraph, known) or (gap and split_terms(after.strip(), known))
        if not terms:
            told += [paragraph, ""]
            continue
        if not split_terms(paragraph, known):
            told += [before, ""]
        for names, meaning in terms:
            for name in re.split(r", | or | and ", names):
                meanings[name] = meaning
    return told, meanings


def spell_value(value):
    return f"`{json.dumps(value, ensure_ascii=False)}`"


def spell(kind):
    """What may stand there, in words.

    >>> spell({"anyOf": [{"type": "array", "items": {"type": "integer"}}, {"type": "null"}]})
    'a list of whole numbers or null'
    """
    if "$ref" in kind:
        title = kind["$ref"].rpartition("/")[2]
        return f"[{title}](#{title.lower()})"
    if "anyOf" in kind:
        return " or ".join(spell(one) for one in kind["anyOf"])
    if "enum" in kind or "const" in kind:
        return ", ".join(spell_value(one) for one in kind.get("enum", [kind.get("const")]))
    if "prefixItems" in kind:
        return f"a list: {', '.join(spell(one) for one in kind['prefixItems'])}"
    if kind.get("type") == "array":
        return f"a list of {several(kind['items'])}" if kind.get("items") else "a list"
    if kind.get("type") == "object":
        inner = kind.get("additionalProperties")
        return f"a word for each of {several(inner)}" if isinstance(inner, dict) and inner else "an object"
    if isinstance(kind.get("type"), list):
        return " or ".join(spell(kind | {"type": one}) for one in kind["type"])
    return ONE.get(kind.get("type"), "anything")


def several(kind):
    alone = kind.get("type") if isinstance(kind.get("type"), str) and "enum" not in kind else None
    return SEVERAL.get(alone) or spell(kind)


def setup(app):
    app.add_source_suffix(".json", "json")
    app.add_source_parser(SchemaParser)
    return {"parallel_read_safe": True}
