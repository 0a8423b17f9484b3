"""Others: what is neither a table nor a text, told by its first bytes and read as a whole."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from kellet.data.content import Content
from kellet.data.formats.code import ENDINGS as CODE
from kellet.data.formats.code import is_code, read_code
from kellet.data.formats.idx import is_idx, read_idx
from kellet.data.formats.npy import is_npy, is_npz, read_npy, read_npz
from kellet.data.formats.pictures import is_picture, read_pictures
from kellet.data.formats.samples import is_tar, read_tars
from kellet.errors import InputError

PROSE = frozenset({".txt", ".text", ".md"})
WHOLE: tuple[tuple[Callable[[Path], bool], Callable[[Sequence[Path]], Content]], ...] = (
    (is_picture, read_pictures),
    (is_idx, read_idx),
    (is_code, read_code),
    (is_tar, read_tars),
)
"""Whether a file is of the kind, and what such files hold together."""
IN_PARTS: tuple[tuple[Callable[[Path], bool], Callable[[Sequence[Path], str | None], Content]], ...] = (
    (is_npy, read_npy),
    (is_npz, read_npz),
)
"""The same of kinds of which a part may be meant."""


def read_others(paths: Sequence[Path], part: str | None = None) -> Content | None:
    """What files of one kind hold together, or a part of it; None where they are tables or prose."""
    # Code beside prose is prose.
    if all(path.suffix.lower() in CODE | PROSE for path in paths) and any(map(is_code, paths)):
        return read_code(paths)
    for fits, read in WHOLE:
        if fits(paths[0]):
            _require_alike(paths, fits)
            if part is not None:
                raise InputError("a path without a part", f"'{paths[0]}::{part}'", f"{str(paths[0])!r}")
            return read(paths)
    for fits, read_part in IN_PARTS:
        if fits(paths[0]):
            _require_alike(paths, fits)
            return read_part(paths, part)
    return None


def _require_alike(paths: Sequence[Path], fits: Callable[[Path], bool]) -> None:
    if odd := next((path for path in paths if not fits(path)), None):
        got = f"{str(paths[0])!r} and {str(odd)!r}"
        raise InputError("files of one kind", got, f"a glob such as '*{paths[0].suffix}'")
