"""What a run found, as a table in a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kellet.experiment.run import Run
from kellet.experiment.verdict.figures import figure, reach
from kellet.experiment.verdict.sentence import sentences
from kellet.experiment.verdict.summary import MEANINGS, Left, Summary, summarise

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

COLOURS = {
    "failed": "bold red",
    "collapsed": "red",
    "halved": "yellow",
    "shrinking": "yellow",
    "settled": "cyan",
    "holds": "green",
}
PARTS = {"diversity": "diversity", "spread": "spread", "rare": "the rare part"}


def table(run: Run, summary: Summary | None = None) -> Table:
    """Per arm what is left of diversity, spread and the rare part: median, 90 % interval, generation 0."""
    from rich.table import Table
    from rich.text import Text

    summary = summary or summarise(run)
    over = f"median over {summary.replicates} replicates, 90 % interval, and generation 0"
    caption = f"Generation {summary.generations}: {over}"
    made = Table(title="What is left", caption=caption, title_justify="left", caption_justify="left", show_lines=True)
    made.add_column("arm")
    made.add_column("verdict")
    for part, metric in summary.parts.items():
        made.add_column(f"{PARTS[part]}\n{metric.title}", justify="right")
    for outcome in summary.outcomes:
        deciding = outcome.deciding
        verdict = Text(outcome.kind, style=COLOURS[outcome.kind])
        if deciding and deciding.since is not None and not outcome.failed:
            verdict.append(f"\nfrom generation {deciding.since}", style="dim")
        if outcome.failed:
            verdict.append(f"\nin {outcome.failed} of {summary.replicates}", style="dim")
        if outcome.degenerated:
            verdict.append(f"\n{outcome.degenerated} of {summary.replicates} degenerate", style="dim")
        # Text, never markup: an arm's name may hold square brackets.
        made.add_row(Text(outcome.arm), verdict, *(_cell(left) for left in outcome.left))
    return made


def render(run: Run, console: Console) -> None:
    """Print the table, the verdict in words, and what its words mean."""
    from rich.text import Text

    summary = summarise(run)
    console.print(table(run, summary))
    console.print()
    console.print(Text(" ".join(sentences(run.experiment, summary))))
    said = {outcome.kind for outcome in summary.outcomes}
    console.print()
    for kind, meaning in MEANINGS.items():
        if kind in said:
            console.print(Text(f"{kind}: {meaning}", style="dim"))


def _cell(left: Left) -> Text:
    from rich.text import Text

    cell = Text(figure(left.metric, left.end.median), style="bold")
    cell.append(f"\n{reach(left.metric, left.end)}", style="not bold")
    cell.append(f"\nwas {figure(left.metric, left.start.median)}", style="not bold dim")
    return cell
