"""The lab: one page that answers while one drags, complete in one file."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

import msgspec
from markupsafe import Markup

from kellet.experiment.running.folder import Folder
from kellet.page.html import embed, fill, script

COMPUTE = (
    "lab", "random", "special", "loop", "law", "simulate", "mixture", "handwriting", "digits", "text", "pool",
    "chances", "coverage", "plan", "worker",
)  # fmt: skip
"""What also runs in the Worker; these have no page."""
PAGE = ("words", "state", "controls", "player", "curves", "bars", "copy", "ask")
VIEWS = ("loop", "guess", "digits", "words", "web", "plan")
LAST = ("present", "main")


def lab(path: str | Path = "lab.html", language: str = "en") -> Path | str:
    """Write the lab, one file that needs no network and no server; and say where it is.

    language: whose words, of those in ``strings``.

    >>> import tempfile, kellet
    >>> kellet.lab(f"{tempfile.mkdtemp()}/lab.html").name
    'lab.html'
    """
    target = Path(path)
    return Folder(target.parent).write_text(target.name, html(language))


def html(language: str = "en") -> str:
    """The page as text."""
    strings = msgspec.json.decode(_read(f"strings/{language}.json"))
    return fill(
        "lab.html.j2", "kellet.report.lab", title=strings["page"]["title"], language=language, words=strings,
        strings=embed(strings), looks=Markup(_read("vendor/uPlot.min.css") + _read("templates/lab.css")),
        scripts=scripts(), workers=True,
    )  # fmt: skip


def scripts() -> tuple[Markup, ...]:
    """What runs: the library that draws; what computes, which the page reads again for its Worker; and the page."""
    notice = f"/*!\n{_read('vendor/LICENSE')}*/\n"
    page = "\n".join((*_texts("page", PAGE), *_texts("views", VIEWS), *_texts("page", LAST), "lab.start();"))
    return script(notice + _read("vendor/uPlot.iife.min.js")), script(compute()), script('"use strict";\n' + page)


def compute() -> str:
    """The scripts that compute, in their order."""
    return "\n".join(_texts("compute", COMPUTE))


def _texts(room: str, names: tuple[str, ...]) -> list[str]:
    return [_read(f"scripts/{room}/{name}.js") for name in names]


def _read(name: str) -> str:
    return files(__package__).joinpath(name).read_text(encoding="utf-8")
