"""Conversations and other nested values as plain text: who said what, a turn after the other."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

ROLES = ("role", "from", "speaker", "author")
CONTENTS = ("content", "value", "text", "message", "parts")
CALLS = ("tool_calls", "function_call")


def find_turns(value: Any) -> list[str] | None:
    """The turns of a conversation that have something in them, as "user: ..."; None where it is no conversation.

    >>> find_turns([{"role": "user", "content": "Hi"}, {"from": "gpt", "value": "Hello."}]), find_turns(["a", "b"])
    (['user: Hi', 'gpt: Hello.'], None)
    """
    turns = transpose(unpack(value))
    if not isinstance(turns, list) or not turns or not all(is_turn(turn) for turn in turns):
        return None
    return [said for turn in turns if (said := write_turn(turn))]


def is_turn(value: Any) -> bool:
    """Whether somebody says something there."""
    return isinstance(value, Mapping) and any(k in value for k in ROLES) and any(k in value for k in CONTENTS)


def transpose(value: Any) -> Any:
    """A mapping of lists, as some keep their turns, as a list of mappings; whatever else as it is.

    >>> transpose({"role": ["user"], "content": ["Hi"]})
    [{'role': 'user', 'content': 'Hi'}]
    """
    if not is_turn(value) or not all(isinstance(column, list | None) for column in value.values()):
        return value
    columns = {key: column for key, column in value.items() if column is not None}
    length = max((len(column) for column in columns.values()), default=0)
    return [{key: column[i] for key, column in columns.items() if i < len(column)} for i in range(length)]


def write_turn(turn: Mapping[str, Any]) -> str:
    """Who said what, with the calls of tools; nothing where nothing was said.

    >>> call = {"function": {"name": "add", "arguments": "1, 2"}}
    >>> write_turn({"role": "assistant", "content": None, "tool_calls": [call]})
    'assistant: add(1, 2)'
    """
    said = next((text for key in CONTENTS if (text := write(_find_texts(turn.get(key))))), "")
    calls = next((turn[key] for key in CALLS if turn.get(key)), ())
    parts = [said, *(write_call(call) for call in (calls if isinstance(calls, list | tuple) else [calls]))]
    whole = "\n".join(part for part in parts if part)
    who = next((str(turn[key]) for key in ROLES if turn.get(key)), "")
    return f"{who}: {whole}" if who and whole else whole


def _find_texts(content: Any) -> Any:
    """Of a content in parts those that are texts."""
    parts = unpack(content) if isinstance(content, str) and content.startswith('[{"type"') else content
    if not isinstance(parts, list):
        return content
    return [p.get("text") if isinstance(p, Mapping) and ("type" in p or "text" in p) else p for p in parts]


def write_call(call: Any) -> str:
    """A call of a tool as name(arguments)."""
    call = unpack(call)
    call = call.get("function") or call if isinstance(call, Mapping) else call
    if not isinstance(call, Mapping) or "name" not in call:
        return write(call)
    given = call.get("arguments")
    return f"{call['name']}({given if isinstance(given, str) else write_json(given)})"


def write(value: Any) -> str:
    """Any value as text: lists line by line, mappings as "key: value".

    >>> write(["See", None, 3]), write({"a": 1.5, "b": None})
    ('See\\n3', 'a: 1.5')
    """
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, bytes):
        return value.decode(errors="replace")
    if isinstance(value, Mapping):
        if is_turn(value):
            return write_turn(value)
        pairs = [(key, write(part)) for key, part in value.items()]
        return "\n".join(f"{key}: {part}" for key, part in pairs if part)
    if isinstance(value, list | tuple):
        return "\n".join(part for part in map(write, value) if part)
    return str(value)


def write_json(value: Any) -> str:
    """Arguments as they are written in JSON, without those that are not there."""
    given = {key: part for key, part in value.items() if part is not None} if isinstance(value, Mapping) else value
    return "" if given is None else msgspec.json.encode(given, enc_hook=str).decode()


def unpack(value: Any) -> Any:
    """What a JSON text in a field stands for; whatever else as it is."""
    if not isinstance(value, str) or value.lstrip()[:1] not in ("[", "{"):
        return value
    try:
        return msgspec.json.decode(value)
    except (msgspec.DecodeError, RecursionError):
        return value


def dig(value: Any, path: list[str]) -> Any:
    """What lies at a path inside nested values; in lists, of each.

    >>> dig({"answers": [{"text": "a"}, {"text": "b"}]}, ["answers", "text"])
    ['a', 'b']
    """
    if not path:
        return value
    value = unpack(value)
    if isinstance(value, list):
        return [dig(part, path) for part in value]
    return dig(value.get(path[0]), path[1:]) if isinstance(value, Mapping) else None
