"""``kellet reproduce``: papers, redone one by one; what is done is kept."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from hashlib import sha256
from importlib.resources import files
from pathlib import Path

import msgspec

from kellet.data.plain import read_plain
from kellet.errors import InputError
from kellet.experiment.running.folder import Folder
from kellet.gallery.catalogue import NAMES, find
from kellet.gallery.drawing import keep
from kellet.gallery.page import write
from kellet.gallery.paper import PAPERS, Paper, Place
from kellet.gallery.reproduction import Gallery, Reproduction
from kellet.page.bar import Bars, Words, measure_words
from kellet.struct import checked
from kellet.version import __version__

KEPT = "finding.json"
LARGEST = 8_000_000
"""Bytes of what is kept of one paper."""


@checked
def reproduce(
    names: str | Sequence[str] = (),
    *,
    out: str | Path | None = None,
    jobs: int = 1,
    progress: Words | Bars | bool | None = None,
) -> Gallery:
    """Redo results of the field: each paper's number beside ours with its interval, and whether they agree.

    names: of papers, or "all"; nothing lists them, and does nothing.  out: a folder for their runs, what was found, and
    a page (``index.html``); what it already holds is read again, so that a killed run goes on.  None keeps nothing.
    jobs: processes.  progress: True for a bar; a class with tqdm's interface, ``progress=tqdm``, for one of its; or
    what is called with the paper and the share that is done.

    Of several papers, one that can't be redone here (PyTorch is missing, say) is left out, and the gallery says why.

    >>> import kellet
    >>> gallery = kellet.reproduce("gaussian")
    >>> gallery.found["gaussian"].verdict
    'agrees'
    """
    wanted = NAMES if names == "all" else (names,) if isinstance(names, str) else tuple(dict.fromkeys(names))
    papers = tuple(map(find, wanted))
    if not papers:
        return Gallery(tuple(map(find, NAMES)))
    folder = None if out is None else Path(out).absolute()
    with measure_words(progress, "reproduce") as tell:
        gallery = _redo_all(papers, folder, jobs, tell)
    if folder is not None:
        write(read_all(folder), folder)
    return gallery


def _redo_all(papers: tuple[Paper, ...], folder: Path | None, jobs: int, tell: Words) -> Gallery:
    found: dict[str, Reproduction] = {}
    missed: dict[str, str] = {}
    whole, past = sum(paper.seconds for paper in papers), 0
    for paper in papers:
        tell(paper.name, past / whole)
        own = None if folder is None else folder / paper.name
        if (known := _read(paper, own)) is None:
            try:
                known = _redo(paper, own, jobs, partial(_tell_at, tell, past / whole))
            except InputError as error:
                if len(papers) == 1:
                    raise
                missed[paper.name] = f"{paper.name} was not redone: {error.line}"
        if known:
            found[paper.name] = known
        past += paper.seconds
    tell("done", 1.0)
    return Gallery(papers, found, missed)


def _tell_at(tell: Words, share: float, name: str) -> None:
    tell(name, share)


def read_all(folder: Path) -> Gallery:
    """All papers that the folder holds."""
    papers = tuple(map(find, NAMES))
    found = {paper.name: known for paper in papers if (known := _read(paper, folder / paper.name))}
    return Gallery(papers, found)


def _redo(paper: Paper, folder: Path | None, jobs: int, tell: Callable[[str], None]) -> Reproduction:
    source = _identify(paper)
    started = time.monotonic()
    # Runs of another state of the file are other runs.
    own = None if folder is None else folder / source
    found = paper.redo(
        Place(paper, own, jobs, lambda done, all_: tell(f"{paper.name}, {100 * done / all_:.0f} % of a run"))
    )
    seconds = round(time.monotonic() - started, 1)
    known = Reproduction(
        paper.name, found.verdict, tuple(found.readings), found.why, seconds, __version__, source,
        tuple(map(keep, found.charts)),
    )  # fmt: skip
    if folder is not None:
        Folder(folder).write_text(KEPT, msgspec.json.encode(known).decode())
    return known


def _read(paper: Paper, folder: Path | None) -> Reproduction | None:
    """What was found before, by this version and this state of the paper's files."""
    if folder is None:
        return None
    with suppress(OSError, msgspec.DecodeError, InputError):
        known = msgspec.json.decode(read_plain(folder / KEPT, LARGEST), type=Reproduction)
        if (known.paper, known.kellet, known.source) == (paper.name, __version__, _identify(paper)):
            known.finding()
            return known
    return None


def _identify(paper: Paper) -> str:
    """A state of the paper's file and its experiment."""
    code = files(PAPERS) / f"{paper.name.replace('-', '_')}.py"
    return sha256((code.read_text(encoding="utf-8") + paper.toml).encode()).hexdigest()[:12]
