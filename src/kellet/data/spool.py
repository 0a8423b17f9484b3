"""Data of somebody's program as a file, so that worlds, processes and run folders know them like all others."""

from __future__ import annotations

import atexit
import shutil
import tempfile
from functools import cache
from pathlib import Path

import msgspec
import numpy as np

from kellet.data.content import Album, Documents, Rows
from kellet.data.objects import take


def spool(thing: object) -> str:
    """The path of a temporary file with the data of an object, there until the process ends.

    >>> Path(spool({"age": [3, 4]})).name
    'dict.parquet'
    """
    content = take(thing)
    stem = Path(tempfile.mkdtemp(dir=_folder())) / type(thing).__name__.lower()
    match content:
        case Rows():
            path = stem.with_suffix(".parquet")
            content.frame.write_parquet(path)
        case Documents():
            path = stem.with_suffix(".jsonl")
            path.write_bytes(b"".join(msgspec.json.encode({"text": text}) + b"\n" for text in content.texts))
        case Album():
            path = stem.with_suffix(".npz")
            if content.labels is None:
                np.savez(path, pixels=content.pixels, white=content.top)
            else:
                labels = np.array(content.names)[content.labels] if content.names else content.labels
                np.savez(path, pixels=content.pixels, white=content.top, labels=labels)
    return str(path)


@cache
def _folder() -> str:
    folder = tempfile.mkdtemp(prefix="kellet-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder
