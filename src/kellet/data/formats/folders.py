"""Folders: which files of one hold the data, whether somebody filled it or a library wrote it."""

from __future__ import annotations

import json
import os
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path, PurePath
from typing import Any

from kellet.data.formats.code import ENDINGS as CODE
from kellet.data.formats.code import is_text
from kellet.data.formats.damage import name_damage
from kellet.data.formats.idx import is_idx
from kellet.data.formats.packing import ENDINGS as PACKERS
from kellet.data.formats.packing import is_data
from kellet.data.formats.pictures import ENDINGS as PICTURES
from kellet.data.formats.splits import WORDS, choose_split, split_of
from kellet.errors import InputError

ENDINGS = {
    "tables": """.csv .tsv .tab .psv .dat .data .json .jsonl .ndjson .geojson .parquet .pq .arrow .feather .ipc
    .db .sqlite .sqlite3 .xlsx .xls .xlsb .ods""",
    "arrays": ".npy .npz",
    "archives": ".tar .tgz",
    "texts": ".txt .text .md",
    "code": " ".join(CODE),
    "pictures": " ".join(PICTURES),
}
KINDS = {ending: kind for kind, endings in ENDINGS.items() for ending in endings.split()}
ALIKE = {".tsv": ".csv", ".tab": ".csv", ".ndjson": ".jsonl", ".pq": ".parquet", ".tgz": ".tar"}
"""Endings of one kind."""
BOOKKEEPING = re.compile(
    r"(dataset_infos?|dataset_dict|state|croissant)\.json$|thumbs\.db$|desktop\.ini$|cache-.*\.arrow$", re.IGNORECASE
)
"""Names of files that libraries and systems keep for themselves."""

MANIFEST = "manifest.json"

Classes = tuple[tuple[str, tuple[str, ...]], ...]
"""Columns, and the names of their codes 0, 1, ..."""


@dataclass(frozen=True)
class Selection:
    """The files that hold the data, all of one kind, in a fixed order.

    part: of each file, that is meant.  classes: as a folder names them.  read, notes: as in `Rows`.
    """

    files: tuple[Path, ...]
    part: str | None = None
    read: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    classes: Classes = ()


def select(folder: Path, part: str | None = None) -> Selection:
    """What to read of a folder; part: a split, or a folder inside.

    Known are what the library `datasets` saves, what `kellet mix` wrote, a data set with its splits as it lies on a
    hub or in the cache of one, and folders of files of one kind at any depth.  Hidden files, and those about the data,
    are not data.
    """
    if (folder / "dataset_dict.json").is_file():
        return _one_saved(folder, part)
    if part is None and all((folder / name).is_file() for name in ("state.json", "dataset_info.json")):
        return _saved(folder)
    if part is None and _is_mix(folder / MANIFEST):
        return _mixed(folder, _load(folder / MANIFEST))
    if (folder / "snapshots").is_dir() and (folder / "refs").is_dir():
        return select(_snapshot(folder), part)
    if part is not None and "/" not in part and part not in ("", ".", "..") and (folder / part).is_dir():
        return select(folder / part)
    return _choose(folder, part)


def _one_saved(folder: Path, part: str | None) -> Selection:
    splits = _load(folder / "dataset_dict.json").get("splits")
    told = map(str, splits) if isinstance(splits, list) else ()
    there = [name for name in told if Path(name).name == name and (folder / name / "state.json").is_file()]
    if part is None and len(there) == 1:
        part = there[0]
    if part not in there:
        got = f"{'all of ' if part is None else f'{part!r} of '}{str(folder)!r}"
        attempt = f"'{folder}::{choose_split(there)}'" if there else "saving it again by save_to_disk"
        raise InputError(f"one of the splits {', '.join(map(repr, there)) or 'that are named'}", got, attempt)
    found = _saved(folder / part)
    return replace(found, read=(*found.read, f"the split {part!r}"))


def _saved(folder: Path) -> Selection:
    """The Arrow streams that the folder names, in their order; caches beside them are none of the data."""
    told = _load(folder / "state.json").get("_data_files")
    entries = [entry for entry in told if isinstance(entry, dict)] if isinstance(told, list) else []
    named = [Path(str(entry.get("filename", ""))).name for entry in entries]
    missing = [name for name in named if not (folder / name).is_file()]
    if missing or not named:
        got = (
            f"{str(folder)!r}, where {missing[0]!r} is missing" if missing else f"{str(folder)!r}, which names no data"
        )
        raise InputError("a saved data set that is whole", got, "saving it again by save_to_disk")
    info = folder / "dataset_info.json"
    features = _load(info).get("features") if info.is_file() else None
    files = tuple(folder / name for name in named)
    return Selection(files, read=("a saved data set",), classes=find_classes(features))


def _is_mix(path: Path) -> bool:
    """Whether a manifest is that of a mix; many others are called so."""
    if not path.is_file():
        return False
    with path.open("rb") as file:
        return b'"kellet/mix/1"' in file.read(100)


def _mixed(folder: Path, manifest: dict[str, Any]) -> Selection:
    """The shards that a mix names, in their order; its papers are none of the data."""
    told = manifest.get("shards")
    marks = [one.get("file") for one in told if isinstance(one, dict)] if isinstance(told, list) else []
    names = [Path(str(mark.get("name", ""))).name for mark in marks if isinstance(mark, dict)]
    missing = [name for name in names if not (folder / name).is_file()]
    if missing or not names:
        got = f"{str(folder)!r}, where {missing[0]!r} is missing" if missing else f"{str(folder)!r}, which names none"
        raise InputError("a mix with its shards", got, f"`kellet verify {folder}`")
    return Selection(tuple(folder / name for name in names), read=("a mix",))


def _load(path: Path) -> dict[str, Any]:
    with name_damage("a readable JSON file", path, "saving the data set again by save_to_disk"):
        found = json.loads(path.read_text(encoding="utf-8"))
        if not isinstance(found, dict):
            raise ValueError("it is no object")
        return found


def find_classes(features: Any) -> Classes:
    """The names of classes, where features of `datasets` tell them."""
    told = features.items() if isinstance(features, dict) else ()
    return tuple(
        (str(column), tuple(map(str, kind["names"])))
        for column, kind in told
        if isinstance(kind, dict) and kind.get("_type") == "ClassLabel" and isinstance(kind.get("names"), list)
    )


def _snapshot(folder: Path) -> Path:
    """The snapshot in the cache of a hub that its main branch is at, or else the last."""
    there = sorted((p for p in (folder / "snapshots").iterdir() if p.is_dir()), key=lambda p: p.stat().st_mtime_ns)
    if not there:
        raise InputError("a snapshot", f"{str(folder)!r}, which has none", "downloading it again")
    main = folder / "refs" / "main"
    wanted = main.read_text(encoding="utf-8", errors="replace").strip() if main.is_file() else ""
    return next((p for p in there if p.name == wanted), there[-1])


def list_files(folder: Path) -> list[Path]:
    """All files at any depth in a fixed order, without those of bookkeeping and those behind a dot or an underscore."""
    found = []
    for place, inner, names in os.walk(folder):
        inner[:] = [name for name in inner if not name.startswith((".", "_"))]
        found += [
            Path(place, name) for name in names if not name.startswith((".", "_")) and not BOOKKEEPING.match(name)
        ]
    return sorted(path for path in found if path.is_file())


def ending(path: Path) -> str:
    """The ending of a file's name, without that of a packer.

    >>> ending(Path("rows.CSV.gz"))
    '.csv'
    """
    ends = [suffix.lower() for suffix in path.suffixes[-2:]]
    return ends[0] if len(ends) == 2 and ends[1] in PACKERS and ends[0] in KINDS else "".join(ends[-1:])


def find_kind(path: Path) -> str | None:
    """The kind of a file's data, by its ending; of what has none, by its first bytes."""
    known = KINDS.get(ending(path))
    if known is None and is_idx(path, b"\x03"):
        return "idx"
    # Part files of old programs have no endings.
    return "plain" if known is None and not path.suffix and is_text(path) else known


def are_alike(paths: Iterable[Path]) -> bool:
    """Whether files are of one kind, as far as their endings tell."""
    kinds = {KINDS.get(ending(path), "") for path in paths}
    if kinds in ({"pictures"}, {"code"}, {"code", "texts"}):
        return True
    return len({ALIKE.get(ending(path), ending(path)) for path in paths}) < 2


def _choose(folder: Path, part: str | None) -> Selection:
    there = list_files(folder)
    on_hub = (folder / ".gitattributes").is_file() or any(p.name.lower() == "readme.md" for p in there)
    data = [path for path in there if is_data(PurePath(path.name))] or there
    kinds = {path: find_kind(path) for path in data}
    counts = Counter(kinds.values())
    kind = _one_kind(folder, counts, kinds, on_hub)
    wanted = {"code", "texts"} if kind == "code" else {kind}
    files = [path for path in data if kinds[path] in wanted]
    left = _count([path for path in data if kinds[path] not in wanted and _is_left(path)])
    notes: tuple[str, ...] = (f"Left out of {str(folder)!r}: {left}.",) if left else ()
    read: tuple[str, ...] = ()
    if not are_alike(files):
        raise refuse_several(folder, {ending(path) for path in files})
    if kind not in ("pictures", "code"):
        files, note = _of_one_split(folder, files, part)
        notes += note
    elif part is not None:
        raise InputError(f"a folder of {kind} without a part", f"'{folder}::{part}'", f"{str(folder)!r}")
    if kind != "pictures" and (len(files) > 1 or files[0].parent != folder):
        read = (_count(files),)
    return Selection(tuple(files), read=read, notes=notes)


def _one_kind(folder: Path, counts: Counter[str | None], kinds: dict[Path, str | None], on_hub: bool) -> str:
    """The kind to read: texts beside pictures and archives, or beside the data of a hub, are left out."""
    known = [kind for kind in counts if kind is not None]
    known = [kind for kind in known if kind != "plain"] or known
    if not counts:
        attempt = "the path of a folder with tables, texts or pictures"
        raise InputError("a file, a folder of files or a glob", f"{folder}, where nothing is", attempt)
    if not known:
        expected = "a folder with tables, texts, pictures or arrays"
        raise InputError(expected, f"{_count(list(kinds))} in {str(folder)!r}", "converting them to CSV or PNG")
    data = [kind for kind in known if kind not in ("texts", "code")]
    if len(known) == 1 or not data:
        return "code" if "code" in known else known[0]
    if len(data) == 1 and (data[0] in ("pictures", "archives", "idx") or on_hub):
        return data[0]
    raise refuse_several(folder, {ending(path) for path, kind in kinds.items() if kind})


def refuse_several(folder: Path, endings: set[str]) -> InputError:
    """What to say of a folder where it isn't plain which files are meant."""
    return InputError(
        "files of one kind", f"{', '.join(sorted(endings))} in {str(folder)!r}", f"'{folder}/**/*{min(endings)}'"
    )


def _of_one_split(folder: Path, files: list[Path], part: str | None) -> tuple[list[Path], tuple[str, ...]]:
    splits = {path: _split(path.relative_to(folder)) for path in files}
    there = [name for name in dict.fromkeys(splits.values()) if name]
    if part is not None:
        chosen = WORDS.get(part.lower())
        if chosen not in there:
            known = (
                f"one of {', '.join(map(repr, there))}" if there else "no part, since no file is named after a split"
            )
            attempt = f"'{folder}::{there[0]}'" if there else f"{str(folder)!r}"
            raise InputError(known, f"'{folder}::{part}'", attempt)
        return [path for path in files if splits[path] == chosen], ()
    if len(there) < 2:
        return files, ()
    chosen = choose_split(there)
    kept = [path for path in files if splits[path] == chosen]
    others = ", ".join(f"{folder}::{name}" for name in there if name != chosen)
    note = (
        f"Of the splits {', '.join(there)}, {chosen} is taken ({len(kept):,} of {len(files):,} files); else {others}."
    )
    return kept, (note,)


def _split(path: Path) -> str | None:
    """The split that a file or the nearest of its folders is named after."""
    return next((split for name in path.parts[::-1] if (split := split_of(name))), None)


def _is_left(path: Path) -> bool:
    """Whether something is in a file, and not the labels of pictures that are read."""
    return path.stat().st_size > 0 and (ending(path) in KINDS or not is_idx(path, b"\x01"))


def _count(paths: Iterable[Path]) -> str:
    """Files by their endings: ``60 files of .tif, 1 file without an ending``."""
    endings = Counter("".join(path.suffixes[-1:]) for path in paths)
    return ", ".join(
        f"{n:,} file{'s' if n > 1 else ''} {f'of {ending}' if ending else 'without an ending'}"
        for ending, n in endings.most_common(5)
    )
