"""``kellet theory``."""

from __future__ import annotations

from typing import Any

import click

from kellet.cli.completion import complete_families
from kellet.cli.opening import open_option, open_page
from kellet.cli.options import SHARE, WHOLE
from kellet.cli.printing import json_option, print_answer
from kellet.errors import InputError

RARE = (0.01, 0.001, 0.0001)


@click.command()
@click.option(
    "--family",
    metavar="SPEC",
    shell_complete=complete_families,
    default="gaussian",
    help="How each generation learns.  [default: gaussian]",
)
@click.option("--dim", metavar="D", type=WHOLE, default=1, help="Columns of a Gaussian.  [default: 1]")
@click.option("--size", metavar="N", type=WHOLE, default=1000, help="Points per generation, 1e9 too.  [default: 1000]")
@click.option("--anchor", metavar="ANCHOR", help="Real points in each generation: fresh:10, fresh:1%, bank:5/50 ...")
@click.option("--prior", metavar="A", type=SHARE, help="Imaginary points in each fit, taken to lie at the truth.")
@click.option("--curation", metavar="SPEC", help="How it is written: temperature:0.9, shrink:0.9, top-k:50, top-p:95%.")
@click.option("--generations", metavar="T", type=WHOLE,
              help="Say also what is left then; generation 0 is the first fit.")  # fmt: skip
@click.option("--p", "chances", metavar="P", type=SHARE, multiple=True,
              help="Probability of a category; may be repeated.")  # fmt: skip
@click.option("--nats", metavar="X", type=SHARE, default=0.1,
              help="How close to the truth is close enough.  [default: 0.1]")  # fmt: skip
@click.option("--plot", metavar="FILE", help="Write a picture: .png, .svg or .html.")
@open_option
@json_option
def theory(
    family: str, dim: int, size: int, anchor: str | None, prior: float | None, curation: str | None,
    generations: int | None, chances: tuple[float, ...], nats: float, plot: str | None, opens: bool, as_json: bool,
) -> None:  # fmt: skip
    """Say what theory expects of a loop, without running it.

    How many real points it is worth, what it keeps of the variance, how far from the truth it settles, which categories
    it keeps, and how long that takes; each number with its kind: exact, a limit for very many points, or an
    approximation.

    \b
    kellet theory --family gaussian --dim 20 --size 1e9 --anchor fresh:10
    kellet theory --family categorical --size 1e6 --anchor fresh:1% --p 0.001 --p 0.00001
    kellet theory --size 1000 --anchor bank:20/200 --generations 50
    kellet theory --family poisson --size 1e12 --prior 2 --json
    kellet theory --size 1e6 --anchor fresh:1% --curation temperature:0.9
    kellet theory --size 1e4 --anchor fresh:1 --plot loop.png

    FAMILY is one that averages a statistic: gaussian (also gaussian:mean=0 or gaussian:variance=1), lognormal,
    categorical, bernoulli, poisson, geometric, exponential, pareto, laplace, ...; ANCHOR is fresh, fixed or a bank, and
    how many points of each generation, real ones included, are real.
    """
    from kellet.experiment.running.status import name_call
    from kellet.experiment.spelling import parse_anchor, parse_curation, parse_family
    from kellet.families.abilities import abilities
    from kellet.families.family import Prior
    from kellet.forecast.forecast import check_plot, expect

    if plot:
        check_plot(plot)
    if opens and not (plot and plot.endswith(".html")):
        raise InputError("--plot FILE.html with --open", plot or "no --plot", "--plot loop.html --open")
    learner: Any = parse_family(family)
    if prior is not None:
        learner = abilities(learner).with_prior(Prior(prior))
    real = None if anchor is None else parse_anchor(anchor)
    how: Any = None if curation is None else parse_curation(curation)
    p = chances or (() if learner.prior or how else RARE)
    found = expect(
        learner, size=size, dim=dim, anchor=real, curation=how, generations=generations, p=p, nats=nats
    )  # fmt: skip
    if plot:
        found.plot(plot, name_call())
    print_answer(found.answer(plot), as_json, f"Picture: {plot}" if plot else "")
    if opens and plot:
        open_page(plot)
