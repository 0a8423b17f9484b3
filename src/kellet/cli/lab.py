"""``kellet lab``."""

from __future__ import annotations

import click

from kellet.cli.opening import open_page
from kellet.cli.printing import json_option, say


@click.command()
@click.option("--out", "-o", metavar="FILE", default="lab.html", show_default=True, help="Where the page is written.")
@click.option("--export", metavar="DIR", help="Write a folder for a web host instead, whose index.html is the page.")
@click.option("--open/--no-open", "opened", default=None,
              help="Open it in a browser.  [default: unless --export or --json]")  # fmt: skip
@json_option
def lab(out: str, export: str | None, opened: bool | None, as_json: bool) -> None:
    """Turn the knobs of a loop in a browser: one page, which needs no network and no server.

    \b
    kellet lab
    kellet lab -o lecture.html --no-open
    kellet lab --export site
    """
    from pathlib import Path

    from kellet.cli.documents import LabDocument
    from kellet.cli.printing import print_document
    from kellet.page.document import text
    from kellet.report.lab.lab import lab as write

    page = write(Path(export) / "index.html" if export else out)
    sentence = f"The lab: {page}"
    if as_json:
        print_document(text(LabDocument(sentence=sentence, page=str(page))))
    else:
        say(sentence)
    if opened or (opened is None and not export and not as_json):
        open_page(page)
