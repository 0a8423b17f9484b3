"""What verbs show of what they found, for people or, with --json, for programs."""

from __future__ import annotations

import codecs
import os
import sys
from typing import TYPE_CHECKING

import click

from kellet.characters import reveal

if TYPE_CHECKING:
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
