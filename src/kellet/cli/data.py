"""``kellet data``."""

from __future__ import annotations

from pathlib import Path
from typing import Unpack

import click

from kellet.cli.options import Wish, data_options
from kellet.cli.printing import json_option, print_answer


@click.command()
@click.argument("file")
@data_options
@click.option("-o", "--out", metavar="PAGE", help="Write it as a page, too.")
@json_option
def data(file: str, out: str | None, as_json: bool, **wish: Unpack[Wish]) -> None:
    """Show what is in a file, and what is taken for what.

    FILE is a table (CSV and its relatives, JSON, Parquet, Arrow, SQLite, a workbook), a text, pictures or arrays;
    packed or not; a folder, a glob or a URL; FILE::PART for a table of a database, a sheet, a split or a member.

    \b
    kellet data people.csv
    kellet data people.csv --kinds zip=category --missing-words '?,unknown'
    kellet data shop.db::orders
    kellet data chats.jsonl --json
    """
    from kellet.cli.target import choose
    from kellet.experiment.reading import read
    from kellet.experiment.running.folder import Folder

    choices = choose(**wish)
    found = read(
        file, columns=choices.columns, label=choices.label, kinds=choices.kinds, missing_words=choices.missing_words
    )
    if out:
        Folder(Path(out).parent).write_text(Path(out).name, found.answer().html())
    print_answer(found.answer(), as_json, f"Page: {out}" if out else "")
