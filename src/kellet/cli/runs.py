"""``kellet runs``."""

from __future__ import annotations

import click

from kellet.cli.printing import json_option, print_answer


@click.command()
@click.argument("folder", default="runs")
@json_option
def runs(folder: str, as_json: bool) -> None:
    """List the runs in a folder, by default ./runs, and how far each of them is.

    \b
    kellet runs
    kellet runs s3://bucket/runs --json
    """
    from kellet.experiment.running.state import answer_of
    from kellet.experiment.running.state import runs as find

    print_answer(answer_of(find(folder), folder), as_json)
