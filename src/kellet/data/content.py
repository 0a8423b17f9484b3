"""What people's files hold, as it is written there: rows, documents or pictures."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from numpy.typing import NDArray

if TYPE_CHECKING:
    import polars as pl


@dataclass(frozen=True, eq=False)
class Rows:
    """A table.

    frame: what a format has no types for (CSV, spreadsheets) as the words that are written there; else typed as it is;
    null where nothing is written.  read: how it was read, in phrases such as 'separated by ";"' or "Windows-1252".
    notes: sentences about what was left out.  height: how many rows there are, where the frame is a sample of them.
    """

    frame: pl.DataFrame
    read: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    height: int | None = None


@dataclass(frozen=True, eq=False)
class Documents:
    """Texts, one of each file.  names: of the files.  read, notes: as in `Rows`."""

    texts: tuple[str, ...]
    names: tuple[str, ...] = ()
    read: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class Album:
    """Pictures (N, h, w, c), c = 1 where they are grey, else 3.

    top: what stands for white (255 for bytes).  labels: (N,), the class of each, or None where there are none; names:
    of the classes.  read, notes: as in `Rows`.
    """

    pixels: NDArray[Any]
    labels: NDArray[Any] | None = None
    names: tuple[str, ...] = ()
    top: float = 255.0
    read: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


Content = Rows | Documents | Album
