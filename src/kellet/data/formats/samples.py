"""Samples: tar archives in which files of one name and several endings belong together, as WebDataset writes them."""

from __future__ import annotations

import io
import json
import tarfile
from collections import Counter
from collections.abc import Generator, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath
from typing import Any

from kellet.data.content import Album, Documents, Rows
from kellet.data.formats.columns import build
from kellet.data.formats.damage import name_damage
from kellet.data.formats.encodings import Text
from kellet.data.formats.pictures import ENDINGS, classify, find_folder, gather
from kellet.data.formats.pixels import Picture, bound, decode
from kellet.errors import InputError
from kellet.memory import require

CLASSES = ("cls", "label", "class", "lbl")
CAPTIONS = ("txt", "text", "caption", "md")
LARGEST = 2**26
"""Bytes of one file in an archive."""
MOST = 2**32
"""Bytes of all files in one."""


@dataclass
class Sample:
    """The files of one name: its picture, if it has one, and what is written beside it by ending."""

    key: str
    picture: Picture | None = None
    ending: str = ""
    words: dict[str, str] = field(default_factory=dict)

    @property
    def label(self) -> str | None:
        """Its class, from a file of one or from a field of its JSON."""
        for ending in CLASSES:
            if ending in self.words:
                return self.words[ending].strip()
        told = self.fields
        return next((str(told[name]) for name in CLASSES if isinstance(told.get(name), str | int)), None)

    @property
    def fields(self) -> dict[str, Any]:
        """What its JSON holds."""
        with name_damage("readable JSON", f"{self.key}.json", "writing the archive again"):
            found = json.loads(self.words.get("json", "{}"))
        return found if isinstance(found, dict) else {}


def is_tar(path: Path) -> bool:
    """Whether it is a tar archive, packed or not."""
    try:
        with tarfile.open(path) as archive:
            return archive.next() is not None
    except Exception:  # Damage of any kind: whatever it is, it is no archive.
        return False


def read_tars(paths: Sequence[Path]) -> Album | Documents | Rows:
    """The samples of these archives: pictures with their classes, or documents, or the rows that their JSON makes.

    Nothing is unpacked to the disk, and no name in an archive is taken for a path.
    """
    samples: dict[tuple[Path, str], Sample] = {}
    others: Counter[str] = Counter()
    shown = 0
    for path in paths:
        with closing(_members(path)) as members:
            for key, ending, raw in members:
                sample, name = samples.setdefault((path, key), Sample(key)), f"{path}::{key}.{ending}"
                last = ending.rsplit(".", 1)[-1]
                if f".{last}" in ENDINGS:
                    if sample.picture is not None:
                        got = f"{sample.ending!r} and {ending!r} of {key!r} in {str(path)!r}"
                        raise InputError("one picture per sample", got, "an archive with one of them")
                    sample.picture, sample.ending = decode(io.BytesIO(raw), name), ending
                    shown = bound(shown + 1, sample.picture.pixels.shape, name)
                elif last in (*CLASSES, *CAPTIONS, "json"):
                    sample.words[last] = "".join(Text(io.BytesIO(raw), name).blocks())
                else:
                    others[last] += 1
    found = list(samples.values())
    notes = (
        () if not others else (f"Left out of the archive: {', '.join(f'{n:,} .{end}' for end, n in others.items())}.",)
    )
    for compose in (_draw, _write, _tabulate):
        content = compose(found)
        if content is not None:
            told = () if len(paths) == 1 else (f"{len(paths):,} archives",)
            return replace(content, read=("tar", *told, *content.read), notes=(*content.notes, *notes))
    got = f"{', '.join(f'{n:,} of .{end}' for end, n in others.most_common(5)) or 'none'} in {str(paths[0])!r}"
    raise InputError("pictures, texts or JSON in a tar archive", got, "unpacking it")


def _members(path: Path) -> Generator[tuple[str, str, bytes]]:
    """Key, ending and bytes of each file: the key goes up to the first dot of its name."""
    total = 0
    with name_damage("a readable tar archive", path, "copying it again"), tarfile.open(path) as archive:
        for member in archive:
            place = PurePosixPath(member.name)
            if not member.isfile() or any(
                part.startswith((".", "__")) for part in place.parts if part not in (".", "..")
            ):
                continue
            total += member.size
            if member.size > LARGEST or total > MOST:
                expected = f"files of at most {LARGEST:,} bytes, {MOST:,} in all"
                raise InputError(expected, f"{member.name!r} of {member.size:,} in {str(path)!r}", "smaller archives")
            require(2 * total, f"{str(path)!r}", "smaller archives")
            stream = archive.extractfile(member)
            raw = b"" if stream is None else stream.read()
            if len(raw) < member.size:
                raise EOFError(f"it ends in {member.name!r}")
            stem, _, ending = place.name.partition(".")
            yield str(place.parent / stem), ending.lower(), raw


def _draw(samples: list[Sample]) -> Album | None:
    shown = [sample for sample in samples if sample.picture is not None]
    if not shown:
        return None
    album = gather((f"{sample.key}.{sample.ending}", sample.picture) for sample in shown if sample.picture is not None)
    if captions := sum(not sample.words.keys().isdisjoint(CAPTIONS) for sample in samples):
        album = replace(album, notes=(*album.notes, f"Left out beside the pictures: {captions:,} captions."))
    labels = [sample.label for sample in shown]
    if all(label is None for label in labels):
        return classify(album, [find_folder(PurePosixPath(sample.key)) for sample in shown])
    return classify(album, ["(missing)" if label is None else label for label in labels])


def _write(samples: list[Sample]) -> Documents | None:
    written = [
        (sample.key, sample.words[ending]) for sample in samples for ending in CAPTIONS if ending in sample.words
    ]
    if not written:
        return None
    return Documents(tuple(text for _, text in written), tuple(name for name, _ in written))


def _tabulate(samples: list[Sample]) -> Rows | None:
    told = [sample.fields for sample in samples if "json" in sample.words]
    if not told:
        return None
    names = dict.fromkeys(name for fields in told for name in fields)
    return Rows(build({name: [fields.get(name) for fields in told] for name in names}))
