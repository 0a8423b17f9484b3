"""``kellet reproduce``."""

from __future__ import annotations

import click

from kellet.cli.completion import complete_papers
from kellet.cli.opening import open_option, open_page
from kellet.cli.options import WHOLE, check_processes
from kellet.cli.printing import json_option, print_answer, quiet_option
from kellet.errors import InputError


@click.command()
@click.argument("names", nargs=-1, metavar="[PAPER]...", shell_complete=complete_papers)
@click.option("--all", "everything", is_flag=True, help="All papers, within an hour on two cores.")
@click.option("--list", "lists", is_flag=True, help="Say which papers there are, and do nothing.")
@click.option("--out", "-o", metavar="DIR", default="reproduced", show_default=True,
              help="Where runs, findings and the page are kept; what is there is not done again.")  # fmt: skip
@click.option("-j", "--jobs", type=WHOLE, callback=check_processes, help="Processes.  [default: one per core]")
@quiet_option
@open_option
@json_option
def reproduce(
    names: tuple[str, ...], everything: bool, lists: bool, out: str, jobs: int | None, quiet: bool, opens: bool,
    as_json: bool,
) -> None:  # fmt: skip
    """Redo results of the field, each with its number beside ours, and say whether they agree.

    \b
    kellet reproduce --list
    kellet reproduce gaussian
    kellet reproduce accumulation one-fresh-point --open
    kellet reproduce --all -o reproduced

    Without a PAPER it lists them. A number agrees where the published one lies in the 99.9 % interval of ours. After a
    kill, run the same command again to resume. Whether papers agree does not change the exit code.
    """
    from kellet.cli.progress import show_search
    from kellet.experiment.running.engines import cores
    from kellet.gallery.reproducing import reproduce as redo

    if everything and names:
        raise InputError("names of papers or --all", "both", "leaving one of them out")
    lists = lists or not (names or everything)
    if lists and (names or everything):
        raise InputError("papers or --list", "both", "leaving one of them out")
    if lists and opens:
        raise InputError("papers whose page is opened", "a list of them", "`kellet reproduce gaussian --open`")
    with show_search(quiet or as_json or lists, f"-> {out}") as progress:
        wanted = "all" if everything else names
        gallery = redo(wanted, out=None if lists else out, jobs=jobs or cores(), progress=progress)
    if as_json or not quiet:
        print_answer(gallery.answer(), as_json, "" if lists else f"Page: {out}/index.html")
    if opens:
        open_page(f"{out}/index.html")
