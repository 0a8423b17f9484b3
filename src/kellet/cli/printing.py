"""How every verb says what it found."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from kellet.page.answer import Answer


def print_answer(answer: Answer, as_json: bool, written: str = "") -> None:
    """One document and nothing else; or the answer for people, and below it what was written where."""
    if as_json:
        click.echo(answer.json())
        return
    from rich.console import Console

    Console().print(answer)
    if written:
        click.echo(f"\n{written}")
