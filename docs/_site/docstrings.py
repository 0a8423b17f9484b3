"""Docstrings as they are written here -> fields, signatures and keywords that a page shows."""

import inspect
import re
import sys
from contextlib import suppress
from dataclasses import fields, is_dataclass
from typing import get_args, get_type_hints

import msgspec
from sphinx.util.inspect import stringify_signature

from _site.terms import escape, split_terms


def names_in(thing):
    """The names of which a docstring may say what they are."""
    found = set()
    if inspect.isclass(thing):
        found |= set(getattr(thing, "__annotations__", {})) | set(getattr(thing, "__struct_fields__", ()))
    with suppress(TypeError, ValueError):  # Data has no signature.
        found |= set(inspect.signature(thing).parameters)
    return found


def list_terms(app, what, name, thing, options, lines):
    """``n: points.  k: of them real.`` becomes a list, where n or k is a parameter or a field."""
    if what == "module" and hasattr(thing, "__path__"):
        lines.clear()  # Of a package it is for who works on it.
        return
    known = names_in(thing)
    paragraphs = re.split(r"\n[ ]*\n", "\n".join(lines).strip("\n"))
    examples = next((i for i, one in enumerate(paragraphs) if one.lstrip().startswith(">>>")), len(paragraphs))
    made = [write_paragraph(paragraph, known) for paragraph in paragraphs]
    made[examples:examples] = list_keywords(thing)
    lines[:] = "\n\n".join(made).split("\n")


def write_paragraph(paragraph, known):
    if paragraph.lstrip().startswith((">>>", "..", "* ", "    ")):
        return paragraph
    rows = paragraph.split("\n")
    if 2 * sum(bool(re.search(r"\S {3,}\S", row)) for row in rows) > len(rows):  # A table by spaces.
        return "::\n\n" + re.sub("^", "    ", paragraph, flags=re.M)
    if terms := split_terms(paragraph, known):
        return "\n".join(f"``{names}``\n    {escape(meaning)}" for names, meaning in terms)
    return escape(paragraph)


def list_keywords(thing):
    """What ``**settings`` may be, where a function says so."""
    if not inspect.isfunction(thing):
        return []
    for parameter in inspect.signature(thing).parameters.values():
        if parameter.kind is parameter.VAR_KEYWORD and "Unpack" in str(parameter.annotation):
            kind = get_args(get_type_hints(inspect.unwrap(thing))[parameter.name])[0]
            names = ", ".join(f"``{key}``" for key in get_type_hints(kind))
            return [f"``{parameter.name}`` may be {names}."]
    return []


def skip(app, what, name, thing, skipped, options):
    """Of a module only what can be called is shown: its constants are its own affair."""
    return True if what == "module" and not callable(thing) else None


def sign(app, what, name, thing, options, signature, returned):
    """A recipe is made of its settings, whatever its metaclass does first; a type is called what it is called there."""
    if what != "class" or not (isinstance(thing, msgspec.StructMeta) or is_dataclass(thing)):
        return None
    written = {}
    for kind in reversed(thing.__mro__):
        own = vars(kind).get("__annotations__", {})
        written |= {field: name_types(hint, kind.__module__) for field, hint in own.items()}
    found = inspect.signature(thing)
    made = {one.name: one.default_factory() for one in list_fields(thing) if callable(one.default_factory)}
    settings = [
        one.replace(annotation=written.get(one.name, one.annotation), default=made.get(one.name, one.default))
        for one in found.parameters.values()
    ]
    return stringify_signature(found.replace(parameters=settings, return_annotation=found.empty)), None


def list_fields(thing):
    return fields(thing) if is_dataclass(thing) else msgspec.structs.fields(thing)


def name_types(hint, module):
    """A hint in which each class of ours is named in full, and shown without what is before its last point."""
    if not isinstance(hint, str):
        return hint
    known = vars(sys.modules[module])

    def name_one(found):
        thing = known.get(found.group())
        own = inspect.isclass(thing) and thing.__module__.startswith("kellet.")
        return f"~{thing.__module__}.{thing.__qualname__}" if own else found.group()

    return re.sub(r"""(?<![\w.'"])[A-Za-z_]\w*(?![\w.'"])""", name_one, hint)


def setup(app):
    app.connect("autodoc-process-docstring", list_terms)
    app.connect("autodoc-process-signature", sign)
    app.connect("autodoc-skip-member", skip)
    return {"parallel_read_safe": True}
