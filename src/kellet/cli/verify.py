"""``kellet verify``."""

from __future__ import annotations

import sys

import click

from kellet.cli.printing import json_option, print_answer, print_document
from kellet.cli.progress import show_search


@click.command()
@click.argument("mix", metavar="MIX")
@click.option("--against", metavar="ROOT", help="The root, as it was kept elsewhere.")
@click.option("--prove", metavar="ID", help="Print a proof, as JSON, that the row with this _kellet_id is in it.")
@click.option("--deep", is_flag=True, help="Hash each row again, though no byte was changed.")
@json_option
def verify(mix: str, against: str | None, prove: str | None, deep: bool, as_json: bool) -> None:
    """Is a mix what its manifest says?

    MIX is a folder that `kellet mix` wrote. Every byte, share, window and stratum is looked at, and the mixes that
    came before, as far as they are there; a changed byte, a dropped shard, a row with another label, rows that changed
    places are named.

    \b
    kellet verify mixed
    kellet verify mixed --against 5f0c...
    kellet verify mixed --prove 1d4875fad7736baf782bb36d100d6326 > proof.json

    Exit codes: 0 all is as it was mixed, 1 something isn't, 2 this is no mix.
    """
    from kellet.mix.proving import prove as make_proof
    from kellet.mix.verifying import verify as look
    from kellet.page.document import text

    if prove is not None:
        print_document(text(make_proof(mix, prove)))
        return
    with show_search(as_json) as progress:
        found = look(mix, against=against, deep=deep, progress=progress)
    print_answer(found.answer(), as_json)
    sys.exit(found.exit_code)
