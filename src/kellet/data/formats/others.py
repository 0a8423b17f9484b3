"""Others: what is neither a table nor a text, told by its first bytes and read as a whole."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from kellet.data.content import Content
from kellet.data.formats.code import is_code, read_code
from kellet.data.formats.idx import is_idx, read_idx
from kellet.data.formats.npy import is_npy, is_npz, read_npy, read_npz
from kellet.data.formats.pictures import is_picture, read_pictures
from kellet.data.formats.samples import is_tar, read_tars
from kellet.errors import InputError

READERS: tuple[tuple[Callable[[Path], bool], Callable[[Sequence[Path], str | None], Content]], ...] = (
    (is_picture, read_pictures),
    (is_npy, read_npy),
    (is_npz, read_npz),
    (is_idx, read_idx),
    (is_code, read_code),
    (is_tar, read_tars),
)
"""Whether a file is of the kind, and what such files hold together, or a part of them."""


def read_others(paths: Sequence[Path], part: str | None = None) -> Content | None:
    """What files of one kind hold together; None where the first is a table or a text."""
    for fits, read in READERS:
        if fits(paths[0]):
            if odd := next((path for path in paths if not fits(path)), None):
                got = f"{str(paths[0])!r} and {str(odd)!r}"
                raise InputError("files of one kind", got, f"a glob such as '*{paths[0].suffix}'")
            return read(paths, part)
    return None
