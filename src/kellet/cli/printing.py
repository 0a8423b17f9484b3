"""What verbs show: progress while they work, and what they found, for people or, with --json, for programs."""

from __future__ import annotations

import codecs
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from typing import TYPE_CHECKING

import click

from kellet.characters import reveal

if TYPE_CHECKING:
    from rich.progress import Progress, ProgressColumn, TaskID

    from kellet.page.answer import Answer

json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON document and nothing else.")
quiet_option = click.option("-q", "--quiet", is_flag=True, help="Print nothing but errors.")


def print_answer(answer: Answer, as_json: bool, note: str = "") -> None:
    """One document and nothing else; or the answer for people, and below it a note, of what was written where."""
    if as_json:
        print_document(answer.json())
        return
    from rich.console import Console

    Console().print(answer)
    if note:
        click.echo()
        say(note)


def say(text: str, err: bool = False) -> None:
    """Print a line, in which names stand as they are and do nothing to the terminal."""
    click.echo(reveal(text), err=err)


def warn(message: Warning | str, *_: object) -> None:
    """Tell on standard error, without the line of code that a warning came from; on a terminal who speaks is red, or
    yellow where it only warns."""
    name = click.style("kellet:", fg="yellow" if isinstance(message, Warning) else "red", bold=True)
    plain = False if os.environ.get("NO_COLOR") else None
    click.echo(f"{name} {reveal(' '.join(str(message).split()))}", err=True, color=plain)


def print_document(text: str, nl: bool = True) -> None:
    """A file on standard output: UTF-8, whatever the terminal speaks."""
    spoken = getattr(sys.stdout, "encoding", None) or "utf-8"
    click.echo(text if codecs.lookup(spoken).name == "utf-8" else text.encode(), nl=nl)


@contextmanager
def show_blocks(silent: bool) -> Iterator[Callable[[int, int], None]]:
    """How many blocks are done, of how many; one line on standard error, only on a terminal."""
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn

    columns = TextColumn("running"), BarColumn(), MofNCompleteColumn(), TextColumn("blocks"), TimeRemainingColumn()
    with _line(silent, *columns) as (bar, task):
        yield lambda done, total: bar.update(task, completed=done, total=total)


@contextmanager
def show_search(silent: bool) -> Iterator[Callable[[str, float], None]]:
    """What a search does, and what share of it is done."""
    from rich.progress import BarColumn, TextColumn, TimeElapsedColumn

    with _line(silent, TextColumn("{task.description}", markup=False), BarColumn(), TimeElapsedColumn()) as (bar, task):
        bar.update(task, description="first trials", total=1.0)
        yield lambda name, done: bar.update(task, description=reveal(name), completed=done)


@contextmanager
def _line(silent: bool, *columns: ProgressColumn) -> Iterator[tuple[Progress, TaskID]]:
    from rich.console import Console
    from rich.progress import Progress

    bar = Progress(*columns, console=Console(stderr=True), disable=silent or not sys.stderr.isatty(), transient=True)
    # Before 14.3, rich ends even what it does not show with an empty line.
    with nullcontext() if bar.disable else bar:
        yield bar, bar.add_task("", total=None)
