"""``kellet profile``."""

from __future__ import annotations

from pathlib import Path

import click

from kellet.cli.options import WHOLE, check_engine, check_processes, choose_executor, engine_options
from kellet.cli.printing import json_option, print_answer, quiet_option
from kellet.cli.progress import show_search


@click.command()
@click.argument("shards", metavar="SHARD...", nargs=-1, required=True)
@click.option("-o", "--out", metavar="FILE", default="data.kprof", help="The profile.  [default: data.kprof]")
@click.option("--text", metavar="COLUMN,..", help="The column of text, where the files are tables.")
@click.option("--key", metavar="A,B", help="Columns of a table to look at.  [default: all]")
@click.option("--cluster", metavar="COLUMN", help="Rows with one value there belong together, such as those of a user.")
@click.option("--like", metavar="FILE", help="A profile, as whose data these are read: to compare the two.")
@click.option("--merge", is_flag=True, help="Add profiles, in this order; nothing else is read.")
@click.option("--redact", is_flag=True, help="Leave out what the counted words are: a rare name may be a person's.")
@click.option("--shard", metavar="I/N", help="Read part I of N of the files; --merge puts the N profiles together.")
@click.option(
    "-j",
    "--jobs",
    type=WHOLE,
    callback=check_processes,
    default=1,
    help="Processes that read files side by side, each in memory of its own; the counts are the same.  [default: 1]",
)
@engine_options
@quiet_option
@json_option
def profile(
    shards: tuple[str, ...], out: str, merge: bool, redact: bool, jobs: int, engine: str, address: str | None,
    quiet: bool, as_json: bool, key: str | None, **wish: str | None,
) -> None:  # fmt: skip
    """Count what is in files of any size, once, so that it can be audited at any time.

    A profile has words, 2 and 3 words in a row, and lengths of texts, and of tables values, pairs of values and
    numbers, counted by groups of documents or rows; it is small, whatever the size of the data. Profiles of parts,
    merged in their order, are the profile of the whole, bit for bit.

    \b
    kellet profile gen0.jsonl.gz -o gen0.kprof
    kellet profile 'shards/*.parquet' --text content -o gen0.kprof
    kellet profile table.parquet -o gen0.kprof
    kellet profile written.csv --like gen0.kprof -o gen1.kprof
    kellet profile 'shards/*.txt' --jobs 4
    kellet profile 'shards/*.txt' --engine dask --address tcp://HOST:8786
    kellet profile 'shards/*.txt' --shard 1/8 -o part1.kprof
    kellet profile --merge part1.kprof part2.kprof -o gen0.kprof --redact

    SHARD is a text, JSON lines, a table, a folder or a glob, packed or not. What the columns of a table are is seen by
    its first 100,000 rows, or taken from --like.
    """
    from kellet.audit.summary import summarise
    from kellet.experiment.profiling import profile as scan
    from kellet.experiment.spelling import parse_names
    from kellet.profile.file import write

    check_engine(engine, address)
    keys = parse_names(key) if key else ()
    with show_search(quiet or as_json) as progress, choose_executor(address) as executor:
        found = scan(
            list(shards), merge=merge, redact=redact, key=keys, jobs=jobs, executor=executor, progress=progress, **wish
        )
    write(found, Path(out))
    if as_json or not quiet:
        print_answer(summarise(found, out), as_json)
