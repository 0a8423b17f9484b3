"""``kellet estimate``."""

from __future__ import annotations

import itertools
import sys
from pathlib import Path

import click

from kellet.cli.opening import open_option, open_page
from kellet.cli.options import (
    WHOLE,
    check_engine,
    check_processes,
    choose_executor,
    engine_options,
    limit,
    name_files,
)
from kellet.cli.printing import json_option, print_answer, quiet_option
from kellet.cli.progress import show_search
from kellet.errors import InputError, quote_value

LONGEST, SEEDS = 200, 2**32
"""Letters of a model's name, and seeds that there are."""


@click.command()
@click.argument("corpus")
@click.option(
    "--human", metavar="FILE", multiple=True, help="Text that people wrote, or real rows; repeat it, or a glob."
)
@click.option(
    "--model",
    metavar="[NAME=]FILE",
    multiple=True,
    help="Text that a model wrote, with the model's name (by default the file's name); repeat it.",
)
@click.option("--by", metavar="COLUMN", help="The column that the corpus is divided by, such as its source or date.")
@click.option(
    "--human-until",
    metavar="DATE",
    help="Without --model: up to when the corpus is human, by --by.  [default: 2022-11 without --human]",
)
@click.option("--text", metavar="COLUMN,..", help="The column of text, where the files are tables.")
@click.option("--bound-only", is_flag=True, help="Say at least how much it is, and nothing of how much at most.")
@click.option(
    "-o",
    "--out",
    metavar="PAGE",
    help="Write the report, one page that loads nothing.  [default: estimate.html with --open]",
)
@click.option(
    "--seed", type=WHOLE, default=0, show_default=True, help="Seed of how references are divided to calibrate."
)
@click.option(
    "-j",
    "--jobs",
    type=WHOLE,
    callback=check_processes,
    default=1,
    help="Processes that read the corpus side by side; the numbers are the same.  [default: 1]",
)
@engine_options
@click.option("--memory", metavar="SIZE", callback=limit, expose_value=False, help="Memory that reading may take.")
@quiet_option
@open_option
@json_option
def estimate(
    corpus: str, human: tuple[str, ...], model: tuple[str, ...], by: str | None,
    human_until: str | None, text: str | None, bound_only: bool, out: str | None, seed: float, jobs: int,
    engine: str, address: str | None, quiet: bool, opens: bool, as_json: bool,
) -> None:  # fmt: skip
    """What share of a corpus did models write?

    Calibrated on text of which you know who wrote it, --human and --model, so that a share of 0 is read as 0; with an
    interval, slice by slice with --by. What is found is text like that of these references. Where it can't be known,
    it says so: a lower bound where somebody else wrote, nothing where the references speak of other things. Without
    --model it is a lower bound, by words that became more frequent since people wrote alone: as dates tell, with --by.
    Of tables without a column of text it is rows that are counted: real ones, and those that a synthesizer wrote.

    \b
    kellet estimate corpus.jsonl --human old.jsonl --model chatgpt=chatgpt.jsonl --model llama=llama.jsonl
    kellet estimate 'pages/*.parquet' --text content --human old.jsonl --model written.jsonl --by month --out page.html
    kellet estimate rows.csv --human real.csv --model synth=synthetic.csv --by site
    kellet estimate corpus.jsonl --human old.jsonl --model written.jsonl --json > estimate.json
    kellet estimate papers.jsonl --by date --human-until 2022-11
    kellet mix --real corpus.jsonl --estimate estimate.json --floor 5% --size 10000 --anchor 10% -o gen1

    Exit codes: 0 a share or a lower bound, 2 bad input, 3 it can't be known.
    """
    from dataclasses import replace

    from kellet.cli.folders import name_origin
    from kellet.experiment.estimating import estimate as find
    from kellet.experiment.running.folder import Folder

    check_engine(engine, address)
    if opens:
        out = out or "estimate.html"
    models = name_files(model)
    for name in models:
        if not name.strip() or len(name) > LONGEST:
            raise InputError("the name of a model", quote_value(name[:LONGEST]), "--model chatgpt=FILE")
    if not 0 <= seed < SEEDS:
        raise InputError(f"a seed from 0 to {SEEDS - 1:,}", f"{seed:g}", "--seed 0")
    with show_search(quiet or as_json) as progress, choose_executor(address) as executor:
        found = find(
            corpus, human=list(human) or None, model=models, by=by, text=text, bound_only=bound_only,
            human_until=human_until, seed=int(seed), jobs=jobs, executor=executor, progress=progress,
        )  # fmt: skip
    columns = [f"by {by}"] if by else []
    origin = name_origin((corpus, *human, *itertools.chain(*models.values())), *columns, f"seed {int(seed)}")
    answer = replace(found.answer(), origin=origin)
    if out is not None:
        Folder(Path(out).parent).write_text(Path(out).name, answer.html())
    if as_json or not quiet:
        print_answer(answer, as_json, f"Report: {out}" if out else "")
    if opens and out:
        open_page(out)
    if found.exit_code:
        sys.exit(found.exit_code)
