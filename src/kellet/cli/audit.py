"""``kellet audit``."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import click

from kellet.cli.opening import open_option, open_page
from kellet.cli.options import SHARE, WHOLE, limit
from kellet.cli.printing import json_option, print_answer
from kellet.cli.progress import show_search


@click.command()
@click.argument("reference")
@click.argument("candidates", metavar="GEN1 [GEN2 ...]", nargs=-1)
@click.option(
    "--selftest", is_flag=True, help="Plant known losses in REFERENCE alone, and show which would be found at its size."
)
@click.option(
    "--holdout",
    metavar="FILE",
    help="Real data that no model has seen: what a fresh real sample would keep is then measured, not computed.",
)
@click.option("--key", "key", metavar="A,B", help="Columns of a table to look at.  [default: all that can be matched]")
@click.option("--text", metavar="COLUMN", help="A column of free text.  [default: the one that is seen to be]")
@click.option("--embedding", metavar="COLUMN", help="A column of lists of numbers that stand for documents.")
@click.option("--group", metavar="A,B", help="Columns whose groups are looked at one by one: who disappears?")
@click.option(
    "--target",
    metavar="COLUMN",
    help="What a model is to learn from the data: is it learnt as well as from a real sample of the same size?",
)
@click.option("--cluster", metavar="COLUMN", help="Rows with one value there belong together, such as those of a user.")
@click.option(
    "--gate",
    "gates",
    metavar="'MEASURE>=SHARE'",
    multiple=True,
    help="A condition, as a share of what a "
    "fresh real sample scores: 'rare>=0.9', 'rare[age]>=80%', 'invented<=2'. Several may be given.",
)
@click.option("--seed", type=WHOLE, default=0, show_default=True, help="Seed of the exchanges of groups of documents.")
@click.option(
    "--real-share",
    type=SHARE,
    help="Share of real data in each generation's training set, such as 10%, to forecast.  [default: 0, or the run's]",
)
@click.option("--arm", metavar="NAME", help="Of a run folder, the arm whose generations are audited.  [default: first]")
@click.option("--redact", is_flag=True, help="Show no name of a value: rare ones can identify people.")
@click.option(
    "-o",
    "--out",
    metavar="PAGE",
    help="Write the report, one page that loads nothing.  [default: audit.html with --open]",
)
@click.option("--junit", metavar="FILE", help="Write gates and verdicts as JUnit's XML, for CI.")
@click.option("--track", type=click.Choice(["mlflow", "wandb", "tensorboard"]),
              help="Send measures and verdict of each generation there as well, and no name.")  # fmt: skip
@click.option("--inconclusive-ok", is_flag=True, help="Exit with 0, not 3, where nothing can be told.")
@click.option("--memory", metavar="SIZE", callback=limit, expose_value=False, help="Memory that reading may take.")
@open_option
@json_option
def audit(
    reference: str, candidates: tuple[str, ...], selftest: bool, out: str | None, junit: str | None, track: str | None,
    inconclusive_ok: bool, opens: bool, as_json: bool, gates: tuple[str, ...], seed: float, real_share: float | None,
    redact: bool, key: str | None, group: str | None, **wish: str | None,
) -> None:  # fmt: skip
    """Has this data lost its tail?

    REFERENCE is real data, GEN1, GEN2, ... are generations that models wrote; tables, texts, pictures, arrays, chats,
    profiles (`kellet profile`), a run folder, whatever can be read. Each finding stands beside its zero: what documents
    of one law score at exactly these sizes.

    \b
    kellet audit real.csv synthetic.csv
    kellet audit real.csv gen1.csv gen2.csv gen3.csv --out audit.html
    kellet audit real.csv gen1.csv --group sex,race --gate 'rare>=0.9'
    kellet audit corpus.jsonl written.jsonl --text answer --redact
    kellet audit gen0.kprof gen1.kprof --junit audit.xml
    kellet audit real.csv --selftest
    kellet run words --out runs/words; kellet audit runs/words --arm "10 % fresh real"

    Exit codes: 0 passed, 1 something was lost, copied or invented, or a gate failed, 2 bad input, 3 can't tell.
    """
    from kellet.experiment.writings import is_run

    if selftest == bool(candidates) and (selftest or not is_run(reference)):
        got = "both" if selftest else "no data to compare with the reference"
        raise click.UsageError(f"Either data sets to compare with the reference, or --selftest; got {got}.")
    if opens:
        out = out or "audit.html"
    if selftest:
        _try_out(reference, int(seed), out, opens, as_json)
        return
    from kellet.audit.junit import junit as as_junit
    from kellet.audit.page import html
    from kellet.cli.folders import name_origin
    from kellet.experiment.auditing import audit as look
    from kellet.experiment.spelling import parse_names

    if track:
        from kellet.report import trackers

        trackers.load(track)
    keys, groups = (parse_names(names) if names else () for names in (key, group))
    asked = {"key": keys, "group": groups, "gates": gates, "redact": redact, "real_share": real_share}
    found = look(reference, *candidates, **asked, **wish, seed=int(seed))  # type: ignore[arg-type]
    origin = name_origin((reference, *candidates), f"seed {int(seed)}")
    notes = [
        *_write("Report", out, lambda: html(found.diagnosis, origin=origin)),
        *_write("JUnit", junit, lambda: as_junit(found.diagnosis)),
    ]
    print_answer(found.answer(), as_json, "  ".join(notes))
    if opens and out:
        open_page(out)
    if track:
        trackers.track(found, track)
    code = found.exit_code
    if code and not (code == 3 and inconclusive_ok):
        sys.exit(code)


def _write(name: str, path: str | None, make: Callable[[], str]) -> list[str]:
    """A file, if it is wanted; and what is said of it."""
    from kellet.experiment.running.folder import Folder

    if path is None:
        return []
    Folder(Path(path).parent).write_text(Path(path).name, make())
    return [f"{name}: {path}"]


def _try_out(reference: str, seed: int, out: str | None, opens: bool, as_json: bool) -> None:
    """Say what would be found."""
    from kellet.audit.pairing import Question
    from kellet.experiment.selftesting import ASSIGNMENTS, selftest

    with show_search(as_json) as progress:
        answer = selftest(reference, Question(seed=seed, many=ASSIGNMENTS), progress).answer()
    print_answer(answer, as_json, "".join(_write("Page", out, answer.html)))
    if opens and out:
        open_page(out)
