"""The page of the gallery: every paper that was redone, with its figure."""

from __future__ import annotations

from pathlib import Path

from kellet.experiment.running.folder import Folder
from kellet.gallery.reproduction import TONES, Gallery, tabulate
from kellet.page.html import fill, scripts


def html(gallery: Gallery) -> str:
    """One page that is complete by itself."""
    shown = [
        (paper, known, known.finding().charts, tabulate(known.readings))
        for paper in gallery.papers
        if (known := gallery.found.get(paper.name))
    ]
    return fill(
        "gallery.html.j2", "kellet.gallery", title="Papers redone", gallery=gallery, shown=shown, tones=TONES,
        scripts=scripts(), heading="h3",
    )  # fmt: skip


def write(gallery: Gallery, folder: Path) -> Path | str:
    """The page in a folder; where it is."""
    return Folder(folder).write_text("index.html", html(gallery))
