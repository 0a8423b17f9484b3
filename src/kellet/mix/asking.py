"""Asking: what a person gives, as sources and a recipe."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from kellet.data.shards import Division, Shard, choose_division, find_shards
from kellet.errors import InputError, check_path, quote_value, shorten
from kellet.mix.lineage import read_mix
from kellet.mix.manifest import NAME
from kellet.mix.recipe import REAL
from kellet.mix.sources import Source

Paths = str | Path | Sequence[str | Path]


def find_sources(real: Paths, synthetic: Mapping[str, Paths], accumulate: Path | None, generation: int) -> list[Source]:
    """Real rows first, then what each model wrote, by the models' names, then an earlier mix."""
    sources = [_open(REAL, "real", real)]
    for name, paths in synthetic.items():
        if not name.strip() or name == REAL or "\0" in name or len(name) > 200:
            raise InputError(
                "the name of a model, other than real", quote_value(name[:200]), "its version, such as llm-2"
            )
        sources.append(_open(name, "synthetic", paths, generation))
    if accumulate is not None:
        found = read_mix(accumulate)
        shards = tuple((accumulate / shard.file.name, None) for shard in found.shards)
        sources.append(Source("", "previous", shards, "lines", root=found.root))
    _require_apart(sources)
    return sources


def read_plan(path: str | Path) -> tuple[int, int]:
    """Real rows in every training set, and its size, of a plan as JSON."""
    plan = _read(path, "kellet/plan/1", "kellet plan ... --json")
    points, size = plan.get("points"), plan.get("size")
    if (search := plan.get("search", "anchor")) != "anchor":
        raise InputError("a plan of real rows in every training set", f"one of {search} in {path}", "--search anchor")
    if not isinstance(points, int) or not isinstance(size, int):
        raise InputError("a plan that has an answer", f"points {points} of {size} in {path}", "--anchor")
    return points, size


def read_estimate(path: str | Path) -> float:
    """The upper bound of the share that models wrote, of an estimate as JSON."""
    found = _read(path, "kellet/estimate/1", "kellet estimate ... --json")
    high = found.get("high")
    if high is None:
        got = f"{path}, whose verdict is {shorten(str(found.get('verdict', 'none')), 40)}"
        raise InputError(
            "an estimate with an upper bound", got,
            "the reference that it says would help, or --contaminated with a share that you answer for",
        )  # fmt: skip
    if not isinstance(high, int | float) or not 0 <= high <= 1:
        raise InputError("an estimate with a share as `high`", f"{high!r} in {path}", "--contaminated")
    return float(high)


def _read(path: str | Path, schema: str, command: str) -> dict[str, Any]:
    check_path(path)
    try:
        found = msgspec.json.decode(Path(path).read_bytes())
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        found = None
    if not isinstance(found, dict) or found.get("schema") != schema:
        raise InputError(f"a document {schema}", f"something else in {path}", f"`{command} > FILE`")
    return found


def _open(origin: str, role: Any, paths: Paths, generation: int = 0) -> Source:
    given = _list(paths)
    if not given:
        raise InputError(f"files of {origin} rows", "none", "the path of a text, a table, or a glob")
    for path in given:
        check_path(path)
        if (Path(path) / NAME).is_file():
            raise InputError(
                f"files of {origin} rows", f"a mix, {path}", "--accumulate, which knows who wrote its rows"
            )
    shards = tuple(find_shards([str(path) for path in given]))
    division: Division = choose_division(shards)
    return Source(origin, role, shards, division, generation)


def _list(paths: Paths) -> list[str | Path]:
    return [paths] if isinstance(paths, str | Path) else list(paths)


def _require_apart(sources: Sequence[Source]) -> None:
    """Bad input where a file is given twice."""
    seen: dict[tuple[Path, str | None], str] = {}
    for source in sources:
        for path, part in source.shards:
            key: Shard = (path.resolve(), part)
            if key in seen:
                raise InputError("each file once", f"{path} in {seen[key]} and in {source.shown}", "leaving one out")
            seen[key] = source.shown
