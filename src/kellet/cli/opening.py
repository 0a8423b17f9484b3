"""``--open``: pages that a verb wrote, in the browser."""

from __future__ import annotations

import os
import sys
import webbrowser
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from kellet.cli.printing import say

open_option = click.option("--open", "opens", is_flag=True, help="Open the page in the browser.")


def open_page(path: str | Path) -> None:
    """Open a page that was written just now; where that can't be, standard error says where it lies."""
    page = Path(path).absolute()
    # What lies in a store is no file here.
    if page.is_file():
        try:
            with _quiet():
                if webbrowser.open(page.as_uri()):
                    return
        except (webbrowser.Error, OSError):
            pass
    say(f"No browser could open {path}", err=True)


@contextmanager
def _quiet() -> Iterator[None]:
    """A pipe isn't held open, or written to, by a browser that lives on."""
    sys.stdout.flush()
    pipes = [number for number in (1, 2) if not os.isatty(number)]
    kept = {number: os.dup(number) for number in pipes}
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        for number in pipes:
            os.dup2(nowhere, number)
        yield
    finally:
        os.close(nowhere)
        for number, before in kept.items():
            os.dup2(before, number)
            os.close(before)
