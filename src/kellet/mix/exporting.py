"""Exporting: a mix for other tools: its shares as weights, where they mix sources themselves, or its rows as tar files.

Weights are what is left of a mix where another tool draws: they hold on average, and no window, no stratum and no floor
is held.  The mix itself can be read as it is by whatever reads Parquet.
"""

from __future__ import annotations

import io
import json
import os
import tarfile
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path
from typing import IO, Literal

from kellet.errors import InputError, check_path, quote
from kellet.mix.manifest import Manifest
from kellet.mix.opening import MixFolder

Tool = Literal["axolotl", "energon", "streaming", "webdataset"]
HELD = "Weights hold on average; the mix itself holds its share in every window of {window:,} rows."


def export_mix(
    folder: str | Path, tool: Tool, out: str | Path, *, paths: Mapping[str, str] | None = None
) -> tuple[Path, ...]:
    """Write a mix for another tool, and say which files: `out` itself, or for WebDataset a tar in it for each shard.

    tool: "axolotl" (datasets of its YAML), "energon" (a metadataset of Megatron Energon), "streaming" (a Python file
    with MosaicML Streaming's streams) or "webdataset".  paths: where each origin's own rows lie, as the tool has them;
    by default a folder with the origin's name.
    """
    check_path(out)
    mix = MixFolder.open(folder)
    if tool == "webdataset":
        return _write_tars(mix, Path(out))
    if tool not in WRITERS:
        raise InputError(f"a tool among {quote([*WRITERS, 'webdataset'])}", repr(tool), '"webdataset"')
    shares = count_origins(mix.manifest)
    if unknown := (paths or {}).keys() - shares:
        raise InputError(f"paths of {quote(shares)}", quote(unknown), "one of them")
    places = {name: (paths or {}).get(name, f"./{name}") for name in shares}
    head = f"Made from the mix with root {mix.manifest.root}.", HELD.format(window=mix.manifest.recipe.window)
    text = "".join(f"# {line}\n" for line in head) + WRITERS[tool](mix.manifest, places)
    with _replace(Path(out)) as stream:
        stream.write(text.encode())
    return (Path(out),)


def count_origins(manifest: Manifest) -> dict[str, int]:
    """Rows of each origin that has some."""
    found = dict.fromkeys(manifest.origins, 0)
    for count in manifest.counts:
        found[count.origin] += count.rows
    return {name: rows for name, rows in found.items() if rows}


def _write_axolotl(manifest: Manifest, places: Mapping[str, str]) -> str:
    """Its weight is the part of a source's own rows that is taken, at most all of them."""
    offered: dict[str, int] = {}
    for given in manifest.inputs:
        offered[given.origin] = offered.get(given.origin, 0) + given.rows
    counts = count_origins(manifest)
    if missing := [name for name in counts if not offered.get(name)]:
        raise InputError("the rows of every source", f"none of {quote(missing)}", "a mix that accumulates nothing")
    parts = {name: Fraction(rows, offered[name]) for name, rows in counts.items()}
    most = max(Fraction(1), *parts.values())
    lines = [
        f"  - path: {json.dumps(places[name])}\n    ds_type: parquet\n    type: completion\n"
        f"    weight: {float(part / most)!r}\n"
        for name, part in parts.items()
    ]
    return "datasets:\n" + "".join(lines)


def _write_energon(manifest: Manifest, places: Mapping[str, str]) -> str:
    lines = [
        f"      - weight: {rows}\n        path: {json.dumps(places[name])}\n"
        for name, rows in count_origins(manifest).items()
    ]
    head = "__module__: megatron.energon\n__class__: MetadatasetV2\nsplits:\n  train:\n    blend:\n"
    return head + "".join(lines)


def _write_streaming(manifest: Manifest, places: Mapping[str, str]) -> str:
    lines = [
        f"    Stream(local={json.dumps(places[name])}, proportion={rows / manifest.size!r}),\n"
        for name, rows in count_origins(manifest).items()
    ]
    return "from streaming import Stream\n\nstreams = [\n" + "".join(lines) + "]\n"


WRITERS: dict[str, Callable[[Manifest, Mapping[str, str]], str]] = {
    "axolotl": _write_axolotl,
    "energon": _write_energon,
    "streaming": _write_streaming,
}


def _write_tars(mix: MixFolder, out: Path) -> tuple[Path, ...]:
    """A tar for each shard, of which each row is a file N.json, N being its place in the mix."""
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError("a folder to write to", f"{out}: {error.strerror}", "another one") from None
    written, place = [], 0
    digits = len(str(mix.manifest.size - 1))
    for number, shard in enumerate(mix.manifest.shards):
        target = out / f"{Path(shard.file.name).stem}.tar"
        rows = io.StringIO(mix.load(number).write_ndjson())
        with _replace(target) as stream, tarfile.open(fileobj=stream, mode="w", format=tarfile.USTAR_FORMAT) as tar:
            for place, row in enumerate(rows, place):  # noqa: B020
                raw = row.rstrip("\n").encode()
                entry = tarfile.TarInfo(f"{place:0{digits}}.json")
                entry.size = len(raw)
                tar.addfile(entry, io.BytesIO(raw))
        place += 1
        written.append(target)
    return tuple(written)


@contextmanager
def _replace(target: Path) -> Iterator[IO[bytes]]:
    """A file that is there as a whole, or not at all."""
    aside: Path | None = None
    try:
        with tempfile.NamedTemporaryFile(prefix=".", suffix=".tmp", dir=target.parent, delete=False) as stream:
            aside = Path(stream.name)
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
        aside.chmod(0o644)
        aside.replace(target)
    except OSError as error:
        raise InputError("a place to write to", f"{target}: {error.strerror or error}", "another one") from None
    finally:
        if aside is not None:
            aside.unlink(missing_ok=True)
