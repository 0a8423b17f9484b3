"""``kellet compare``."""

from __future__ import annotations

from pathlib import Path

import click

from kellet.cli.completion import complete_metric, complete_runs
from kellet.cli.opening import open_option, open_page
from kellet.cli.printing import json_option, print_answer


@click.command()
@click.argument("folders", metavar="RUN...", nargs=-1, required=True, shell_complete=complete_runs)
@click.option(
    "--metric",
    metavar="NAME",
    shell_complete=complete_metric,
    help="What is compared.  [default: coverage, or else diversity or spread]",
)
@click.option(
    "-o",
    "--out",
    type=click.Path(path_type=Path),
    default=Path("compare.html"),
    help="The page.  [default: compare.html]",
)
@open_option
@json_option
def compare(folders: tuple[str, ...], metric: str | None, out: Path, opens: bool, as_json: bool) -> None:
    """Put finished runs beside each other: what is left of each, arm by arm.

    An experiment has one family; this is how several are compared. Each run is measured against its own generation 0.

    \b
    kellet run digits --family mixture:components=10 --out runs/mixture
    kellet run digits --family bootstrap --out runs/bootstrap
    kellet compare runs/mixture runs/bootstrap
    kellet compare runs/* --metric rare_coverage --json
    """
    from kellet.experiment.run import Run
    from kellet.experiment.running.stores import Local
    from kellet.report.compare import by_family
    from kellet.report.compare import compare as put

    answer = put(by_family({folder.rstrip("/"): Run.read(folder) for folder in folders}), metric).answer()
    Local(out.parent).write(out.name, answer.html().encode())
    print_answer(answer, as_json, f"Page: {out}")
    if opens:
        open_page(out)
