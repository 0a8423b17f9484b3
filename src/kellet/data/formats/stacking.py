"""Stacking: files of one kind as one table."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from kellet.data.content import Documents, Rows
from kellet.data.formats.columns import stack


def stack_rows(found: Sequence[Path], tables: Sequence[Rows], folder: Path) -> Rows:
    """One table below the other.  Folders called ``key=value``, as Spark and Hive write them, are columns."""
    import polars as pl

    frames = []
    for path, rows in zip(found, tables, strict=True):
        keys = _find_keys(path, folder)
        frames.append(
            rows.frame.with_columns(pl.lit(v).alias(k) for k, v in keys.items() if k not in rows.frame.columns)
        )
    notes = list(dict.fromkeys(note for rows in tables for note in rows.notes))
    every = dict.fromkeys(name for frame in frames for name in frame.columns)
    lacking = [name for name in every if any(name not in frame.columns for frame in frames)]
    if lacking:
        told = ", ".join(f'"{name}"' for name in lacking[:5]) + (" and more" if len(lacking) > 5 else "")
        notes.append(f"not all files have the columns {told}: where one lacks them they are missing")
    read = dict.fromkeys(phrase for rows in tables for phrase in rows.read)
    heights = [rows.frame.height if rows.height is None else rows.height for rows in tables]
    frame = stack(frames)
    return Rows(
        frame, (f"{len(found)} files", *read), tuple(notes), None if sum(heights) == frame.height else sum(heights)
    )


def stack_documents(texts: Sequence[Documents]) -> Documents:
    """All texts, one after the other."""
    read = dict.fromkeys(phrase for one in texts for phrase in one.read)
    notes = dict.fromkeys(note for one in texts for note in one.notes)
    return Documents(
        tuple(text for one in texts for text in one.texts),
        tuple(n for one in texts for n in one.names),
        tuple(read),
        tuple(notes),
    )


def _find_keys(path: Path, folder: Path) -> dict[str, str]:
    inside = path.absolute().parts[len(folder.absolute().parts) : -1]
    return dict(part.split("=", 1) for part in inside if "=" in part)
