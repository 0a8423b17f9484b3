"""Pictures: many of one size, as an album with classes."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path, PurePath
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kellet.data.content import Album
from kellet.data.formats.pixels import Picture, Pixels, bound, decode, resize, stretch
from kellet.data.formats.splits import WORDS
from kellet.errors import InputError

SPELLED = """
.png .apng .jpg .jpeg .jpe .jfif .mpo .tif .tiff .bmp .dib .gif .webp .ppm .pgm .pbm .pnm .pfm .tga .jp2 .j2k .avif .ico
.icns .pcx .sgi .rgb .bw .ras .qoi .psd .dds .xbm .xpm .fits
"""
ENDINGS = frozenset(SPELLED.split())
MARKS = (
    b"\x89PNG\r\n\x1a\n",
    b"\xff\xd8\xff",
    b"GIF87a",
    b"GIF89a",
    b"II*\0",
    b"MM\0*",
    b"II+\0",
    b"MM\0+",
    b"\0\0\0\x0cjP  ",
    b"\xff\x4f\xff\x51",
    b"qoif",
    b"8BPS",
    b"DDS ",
)


def is_picture(path: Path) -> bool:
    """Whether it is a picture, by its ending, or else by its first bytes."""
    if path.suffix.lower() in ENDINGS:
        return True
    with path.open("rb") as stream:
        return begins_picture(stream.read(16))


def begins_picture(head: bytes) -> bool:
    """Whether these are the first bytes of a picture, without doubt."""
    netpbm = head[:1] == b"P" and head[1:2] in b"123456" and head[2:3].isspace() and head[3:4] in b"#0123456789"
    bitmap = head[:2] == b"BM" and head[6:10] == b"\0\0\0\0"
    boxed = (head[:4] == b"RIFF" and head[8:12] == b"WEBP") or head[4:12] in (b"ftypavif", b"ftypavis")
    return head.startswith(MARKS) or netpbm or bitmap or boxed


def read_pictures(paths: Sequence[Path]) -> Album:
    """The pictures of these files; the folders that they lie in are their classes, if there are several."""
    album = gather((str(path), decode(path, path)) for path in paths)
    return classify(album, [find_folder(path) for path in _below(paths)])


def _below(paths: Sequence[Path]) -> list[Path]:
    """Paths from the name of the folder that holds them all."""
    together = Path(os.path.commonpath([path.absolute().parent for path in paths]))
    return [path.absolute().relative_to(together.parent) for path in paths]


def find_folder(path: PurePath) -> str:
    """The nearest folder that isn't named as a split."""
    names = path.parts[-2::-1] or ("",)
    return next((name for name in names if name.lower() not in WORDS), names[-1])


def gather(named: Iterable[tuple[str, Picture]]) -> Album:
    """Pictures of one size, with their names, as one album without classes.

    Grey ones beside coloured ones become coloured, those of 8 bits beside those of 16 are stretched.
    """
    parts: list[Picture] = []
    sizes: Counter[tuple[int, int]] = Counter()
    examples: dict[tuple[int, int], str] = {}
    for name, picture in named:
        h, w, _ = picture.pixels.shape
        sizes[h, w] += 1
        examples.setdefault((h, w), name)
        if len(sizes) == 1:
            bound(sizes[h, w], (h, w, 3), name)
            parts.append(picture)
    if len(sizes) > 1:
        often = sizes.most_common()
        told = ", ".join(f"{n:,} of {w} × {h} pixels ({examples[h, w]!r})" for (h, w), n in often[:3])
        more = f", and {len(often) - 3} other sizes" if len(often) > 3 else ""
        raise InputError("pictures of one size", f"{len(often)} sizes: {told}{more}", resize(examples[often[0][0]]))
    if not parts:
        raise InputError("pictures", "none", "a folder that has some")
    return _join(parts)


def _join(parts: list[Picture]) -> Album:
    read = [_list(Counter(part.form for part in parts))]
    tops = {part.top for part in parts}
    wide = None in tops
    if wide and len(tops) > 1:
        raise InputError("pictures of one depth", "some of 8 or 16 bits beside some of 32", "saving all alike")
    if several := sum(part.frames > 1 for part in parts):
        read.append(f"the first frame of each ({several:,} have more)")
    if clear := sum(part.clear for part in parts):
        read.append(f"{clear:,} with see-through parts, as they are without")
    top = max(part.top or 0 for part in parts)
    kind = np.result_type(*{part.pixels.dtype for part in parts})
    pixels = np.empty((len(parts), *parts[0].pixels.shape[:2], max(p.pixels.shape[2] for p in parts)), dtype=kind)
    for i, part in enumerate(parts):
        scale = 1 if wide or part.top == top else top // (part.top or 1)
        np.multiply(part.pixels, kind.type(scale), out=pixels[i], casting="unsafe")
        parts[i] = replace(part, pixels=pixels[i])
    if wide:
        return _stretched(pixels, read)
    if top > 255:
        read.append(f"{top.bit_length()} bits per number")
    return Album(pixels, top=float(top), read=tuple(read))


def _stretched(pixels: Pixels, read: list[str]) -> Album:
    kind = "fractions" if pixels.dtype.kind == "f" else "32 bits per number"
    pixels, white, phrase = stretch(pixels)
    return Album(pixels, top=white, read=tuple(part for part in (*read, kind, phrase) if part))


def _list(forms: Counter[str]) -> str:
    if len(forms) == 1:
        return next(iter(forms))
    return ", ".join(f"{n:,} {form}" for form, n in forms.most_common())


def classify(album: Album, labels: Sequence[Any] | NDArray[Any]) -> Album:
    """The album with the class of each picture; without, where all are alike or most have one of their own.

    labels: (N,) numbers or words; words of digits alone are ordered as numbers.
    """
    values, codes = np.unique(np.asarray(labels), return_inverse=True)
    if len(values) < 2:
        return album
    if 2 * len(values) > len(codes):
        note = (
            f"There are {len(values):,} different labels for {len(codes):,} pictures: they are not taken for classes."
        )
        return replace(album, notes=(*album.notes, note))
    order = np.arange(len(values))
    if values.dtype.kind == "U" and np.char.isdecimal(values).all():
        order = np.argsort(values.astype(object).astype(int), kind="stable")
    places = np.argsort(order)
    return replace(album, labels=places[codes.ravel()].astype(np.int64), names=tuple(str(v) for v in values[order]))
