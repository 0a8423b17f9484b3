"""``kellet mix``."""

from __future__ import annotations

import sys
from typing import Any

import click

from kellet.cli.options import SHARE, WHOLE, limit, name_files
from kellet.cli.printing import json_option, print_answer, warn
from kellet.cli.progress import show_search


@click.command()
@click.option(
    "--real", metavar="FILE", multiple=True, required=True, help="Rows that no model wrote; repeat it, or a glob."
)
@click.option(
    "--synthetic",
    metavar="[NAME=]FILE",
    multiple=True,
    help="Rows that a model wrote, with the model's name (by default the file's name); repeat it.",
)
@click.option("--size", type=WHOLE, help="Rows in all.")
@click.option(
    "--anchor", metavar="ROWS", help="Real rows among them: a count, a share as 10%, or real for synthetic, 1.45:1."
)
@click.option("--plan", metavar="FILE", help="What `kellet plan --json` said, in place of --anchor and --size.")
@click.option("--floor", type=SHARE, default=0.0, help="The smallest real share: with less nothing is mixed.")
@click.option(
    "--weight",
    metavar="NAME=W",
    multiple=True,
    help="Weight of a model's rows among all models' rows; one for each model.  [default: as many rows as it has]",
)
@click.option(
    "--generation",
    type=WHOLE,
    help="Generation of the rows that models wrote now.  [default: one more than the least that they learnt from]",
)
@click.option(
    "--stratify", metavar="COLUMN|auto", help="A column of labels, or auto: by how rare the rarest thing in a row is."
)
@click.option(
    "--least", type=WHOLE, default=1, show_default=True, help="Real rows that a stratum keeps, as far as it has them."
)
@click.option(
    "--fixed/--fresh",
    default=False,
    help="The same real rows in every generation, or others as long as there are some.  [default: fresh]",
)
@click.option("--after", metavar="FOLDER", help="The mix that the models learnt from; its rows stay out.")
@click.option("--accumulate", metavar="FOLDER", help="The mix that the models learnt from, whose rows all come too.")
@click.option("--window", type=WHOLE, default=1000, show_default=True, help="Rows of which each holds its share.")
@click.option(
    "--shuffle",
    type=click.Choice(["rows", "shards"]),
    default="rows",
    show_default=True,
    help="Whether rows come at random, or as they lie in files that do.",
)
@click.option("--max-repeat", "repeat", type=WHOLE, default=1, show_default=True, help="How often a row may come.")
@click.option("--near", is_flag=True, help="Refuse near duplicates of what models wrote as real rows too.")
@click.option(
    "--overlap",
    type=SHARE,
    default=0.0,
    help="Share of real rows that may also be among the written ones, as short rows are by chance.  [default: 0]",
)
@click.option(
    "--contaminated",
    type=SHARE,
    default=0.0,
    help="Share of real rows that models may have written: --floor is of the rest.",
)
@click.option("--estimate", metavar="FILE", help="What `kellet estimate --json` said of the real rows, in place of it.")
@click.option(
    "--format",
    type=click.Choice(["parquet", "jsonl"]),
    default="parquet",
    show_default=True,
    help="Format of the shards.",
)
@click.option(
    "--seed", type=WHOLE, default=0, show_default=True, help="Seed of which rows are taken, and of their order."
)
@click.option("-o", "--out", metavar="FOLDER", required=True, help="A new folder for the mix.")
@click.option("--memory", metavar="SIZE", callback=limit, expose_value=False, help="Memory that reading may take.")
@json_option
def mix(
    real: tuple[str, ...], synthetic: tuple[str, ...], weight: tuple[str, ...], size: float | None, as_json: bool,
    **settings: Any,
) -> None:  # fmt: skip
    """Build the next training set so that its real rows can't be lost.

    Every window of rows holds its share of real ones, strata keep some of theirs, each row says where it comes from,
    and a manifest says what all of it is made of. What can't hold what was asked is refused, and nothing is written.

    \b
    kellet mix --real real.csv --synthetic llm-2=written.csv --size 10000 --anchor 10% -o gen1
    kellet mix --real 'real/*.parquet' --synthetic a=a.jsonl --synthetic b=b.jsonl --size 1e6 --anchor 1.45:1 -o gen1
    kellet mix --real real.csv --synthetic m=new.csv --size 10000 --anchor 500 --stratify sex --least 20 -o gen1
    kellet mix --real real.csv --synthetic m=new.csv --plan plan.json --after gen1 --floor 2% -o gen2
    kellet mix --real real.csv --synthetic m=new.csv --size 20000 --anchor 10% --accumulate gen1 -o gen2

    Run the same command again to resume. Exit codes: 0 mixed, 1 refused, 2 bad input.
    """
    from kellet.mix.mixing import mix as blend
    from kellet.mix.refusal import RefusalError

    whole = {name: value if value is None else int(value) for name, value in settings.items() if name in WHOLES}
    given = {**settings, **whole, "size": None if size is None else int(size), "weights": dict(map(_weigh, weight))}
    try:
        with show_search(as_json) as progress:
            found = blend(list(real), name_files(synthetic), progress=progress, **given)
    except RefusalError as refusal:
        for reason in refusal.reasons:
            warn(reason)
        sys.exit(1)
    print_answer(found.answer(), as_json)


WHOLES = ("generation", "least", "window", "repeat", "seed")


def _weigh(told: str) -> tuple[str, float]:
    from kellet.experiment.numbers import parse_number

    name, _, weight = told.rpartition("=")
    return name, parse_number(weight, f"--weight {told}", "--weight llm-2=0.5")
