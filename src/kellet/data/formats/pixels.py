"""Pixels: one picture as numbers at its own depth, whatever Pillow reads."""

from __future__ import annotations

import logging
import math
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from kellet.data.formats.damage import name_damage
from kellet.errors import InputError
from kellet.memory import budget

if TYPE_CHECKING:
    from PIL import Image

Pixels = NDArray[Any]

LARGEST = 50_000
"""Numbers in one picture; 128 by 128 in colour are 49,152."""
MOST = 2**29
"""Numbers in all of them."""
GREY = ("1", "L", "LA", "La")
DEEP = ("I;16", "I;16L", "I;16B", "I;16N")
WIDE = ("I", "F")
OUTSIDE = frozenset({"EPS", "WMF", "BUFR", "GRIB", "HDF5", "MPEG"})
"""What Pillow hands to other programs, or only names."""
NAMELESS = {"TGA": (".tga", ".icb", ".vda", ".vst"), "IM": (".im",), "PCD": (".pcd",), "IPTC": (".iim",)}
"""Formats without a mark of their own, which anything may be taken for: only read where the name says so."""
SCALES = (1.0, 255.0, 65535.0, 2.0**31 - 1, 2.0**32 - 1)
BITS_PER_SAMPLE, SAMPLE_FORMAT, UNSIGNED = 258, 339, 1
"""Tags of TIFF 6.0."""


@dataclass(frozen=True, eq=False)
class Picture:
    """One picture: pixels (h, w, c), c = 1 where it is grey, else 3; see-through parts as they are without.

    form: its format.  top: what is white, None where its depth doesn't say.  frames: how many it has, of which these
    pixels are the first.  clear: whether parts of it were see-through.
    """

    pixels: Pixels
    form: str
    top: int | None = 255
    frames: int = 1
    clear: bool = False


def decode(source: Path | IO[bytes], path: Path | str) -> Picture:
    """A picture, judged by its header before it is unpacked.  path: what it is called where it is refused."""
    from PIL import Image, UnidentifiedImageError

    with name_damage("a readable picture", path, "saving it again, or removing it"):
        try:
            opened = Image.open(source, formats=_formats(Path(path).suffix.lower()))
        except UnidentifiedImageError:
            raise ValueError("it is none that Pillow knows, or damaged at its start") from None
        with opened as picture:
            return measure(picture, path)


def measure(picture: Image.Image, path: Path | str = "a picture") -> Picture:
    """A picture that Pillow has opened."""
    bound(1, (picture.height, picture.width, 1 if picture.mode in (*GREY, *DEEP, *WIDE) else 3), path)
    pixels, top = _measure(picture)
    clear = picture.mode in ("LA", "La", "PA", "RGBA", "RGBa") or "transparency" in picture.info
    frames = int(getattr(picture, "n_frames", 1))
    form = str(picture.format or "pictures")
    return Picture(pixels[..., None] if pixels.ndim == 2 else pixels, form, top, frames, clear)


def _measure(picture: Image.Image) -> tuple[Pixels, int | None]:
    """Its numbers, and what is white among them."""
    tags = getattr(picture, "tag_v2", {})
    if picture.mode in DEEP:
        depth = tags.get(BITS_PER_SAMPLE, (16,))[0]
        return np.asarray(picture).astype(np.uint16), 2**depth - 1
    if picture.mode == "F":
        return np.asarray(picture), None
    if picture.mode == "I":
        # A PGM of more than 8 bits is stretched to 16; unsigned 32 bits come as signed ones.
        if picture.format == "PPM":
            return np.asarray(picture).astype(np.uint16), 2**16 - 1
        found = np.asarray(picture)
        return found.view(np.uint32) if tags.get(SAMPLE_FORMAT, (0,))[0] == UNSIGNED else found, None
    if picture.mode in GREY:
        return np.asarray(picture if picture.mode == "L" else picture.convert("L")), 255
    if picture.mode == "P" and "transparency" in picture.info:
        picture = picture.convert("RGBA")
    return np.asarray(picture.convert("RGB")), 255


@cache
def _formats(suffix: str) -> tuple[str, ...]:
    from PIL import Image

    # What it logs of a damaged picture is said by whoever refuses it.
    logging.getLogger("PIL").addHandler(logging.NullHandler())
    Image.init()
    known = [name for name in Image.ID if name not in OUTSIDE]
    marked = [name for name in known if (Image.OPEN[name][1] is not None) or suffix in NAMELESS.get(name, ())]
    return tuple(marked)


def bound(n: int, shape: tuple[int, ...], path: Path | str) -> int:
    """n, where n pictures of this shape (h, w, c) are not too many and not too large."""
    numbers = math.prod(shape)
    if not 1 <= numbers <= LARGEST:
        colour = " in colour" if shape[2:] == (3,) else ""
        got = f"{str(path)!r}, of {shape[1]} × {shape[0]} pixels{colour}"
        raise InputError(f"pictures of at most {LARGEST:,} numbers", got, resize(path))
    if n * numbers > (most := min(MOST, budget() // 4)):
        raise InputError(f"at most {most:,} numbers in all pictures", f"{n:,} of {numbers:,}", "fewer or smaller ones")
    return n


def resize(path: Path | str) -> str:
    """What to try where pictures are too large, or of several sizes."""
    ending = Path(path).suffix
    if ending.startswith(".np"):
        return "fewer pixels, such as those of x[:, ::4, ::4]"
    return f"copies that are scaled to one size, such as ImageMagick's `mogrify -path small -resize '32x32!' *{ending}`"


def stretch(pixels: Pixels) -> tuple[Pixels, float, str]:
    """Numbers without a depth of their own as float32 from 0 up, what is white among them, and a phrase that says it.

    White is the smallest end of a scale (1, 255, 65,535, 2^31 - 1, 2^32 - 1) that holds all, or the largest number
    where that is no more than half of it.

    >>> stretch(np.array([0.0, 200.0]))[1:], stretch(np.array([0, 16]))[1:]
    ((255.0, ''), (16.0, '16 is white, the largest number'))
    """
    if pixels.dtype == np.bool_:
        return pixels.astype(np.uint8), 1.0, ""
    low, high = float(pixels.min()), float(pixels.max())
    if not np.isfinite([low, high]).all():
        raise InputError("pictures of finite numbers", "missing or infinite ones", "0 in their place")
    if low < 0:
        span = high - low
        return (pixels - np.float64(low)).astype(np.float32), span, f"{low:g} is black and {high:g} white"
    scale = next((full for full in SCALES if high <= full), np.inf)
    if high <= 0.5 * scale:
        scale = high or 1.0
        return _narrow(pixels), scale, f"{high:,g} is white, the largest number" if high else ""
    return _narrow(pixels), scale, ""


def _narrow(pixels: Pixels) -> Pixels:
    return pixels if pixels.dtype.itemsize <= 2 and pixels.dtype.kind in "iu" else pixels.astype(np.float32)
