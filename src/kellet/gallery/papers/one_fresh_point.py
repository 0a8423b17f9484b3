"""Jangjoo, di Sarra, Marsili and Roudi 2026: spins that learn from themselves, and one fresh configuration."""

from itertools import islice, takewhile

import numpy as np

from kellet import worlds
from kellet.evidence import Array
from kellet.families import Ising
from kellet.gallery.drawing import draw
from kellet.gallery.finding import Direction, Finding, Number, average, find_median, show
from kellet.gallery.paper import Paper, Place
from kellet.laws import Ising as Spins
from kellet.loop.generations import generations
from kellet.theory.ising import absorption_time, magnetisation_variance

STARTS, RUNS = (-0.6, 0.0, 0.6), 2_000
"""Mean spins at the start, and loops from each."""
SIZES = tuple((spins, count) for spins in (5, 10, 20) for count in (50, 100, 200))
TIMES = np.linspace(0.0, 3.0, 31)
"""Generations, in units of spins times configurations."""


def polarise(spins: int, count: int, starts: Array, until: float, rng: np.random.Generator) -> tuple[Array, Array]:
    """Of loops from these mean spins (R,), with nothing real: the generation at which all spins agree, infinite if
    later than ``until`` times spins times configurations; and the mean spin then."""
    start = Spins(spins, "none", np.arctanh(starts)[:, None])
    loop = generations(worlds.Ising(spins), Ising(spins), size=count, start=start, replicates=len(starts), rng=rng)
    times = np.full(len(starts), np.inf)
    model = start
    for one in takewhile(lambda _: np.isinf(times).any(), islice(loop, round(until * spins * count))):
        model = one.model
        times[model.absorbed & np.isinf(times)] = one.t
    return times, model.mean[:, 0] / spins


def redo(place: Place) -> Finding:
    """Where loops of spins end and when; and what one fresh configuration, or a prior, makes of them."""
    starts = np.repeat(STARTS, RUNS)
    ups = {}
    for i, count in enumerate((50, 100)):
        times, ends = polarise(10, count, starts, 20, place.random(i))
        ups[count] = ((ends > 0) & np.isfinite(times)).reshape(len(STARTS), RUNS).astype(float)
    scaled = {
        (spins, count): polarise(spins, count, np.zeros(400), TIMES[-1], place.random(2 + i))[0] / (spins * count)
        for i, (spins, count) in enumerate(SIZES)
    }
    medians = [find_median(times) for times in scaled.values()]
    run = place.run()
    last = place.experiment.generations
    ended = {arm: (run.absorbed(arm) >= 0).mean() for arm in run.blocks}
    edge = average(run.still("one fresh configuration") / (last + 1))
    since = run.absorbed("one fresh configuration")
    visited = int((run.still("one fresh configuration") > 0).sum())
    stayed = int(((since >= 0) & (since <= last // 2)).sum())
    off = {arm: average(run.values(arm, "mean_drift")[:, -1] / 5) for arm in run.blocks}
    exact = float(magnetisation_variance(5, 50, 1, 0.9)) / (1 - 0.9**2)
    time = float(absorption_time(10, 50)) / 500
    curves = {f"{n} spins x {m}": np.array([(scaled[n, m] <= x).mean() for x in TIMES])
              for n, m in ((5, 50), (10, 100), (20, 200))}  # fmt: skip
    return Finding(
        readings=(
            *(
                Number(f"chance that all spins end up, mean spin {start:g} at the start, 10 spins, {count} "
                       "configurations: (1 + mean)/2", (1 + start) / 2, *average(ups[count][i]), "formula")
                for count in ups for i, start in enumerate(STARTS)
            ),
            Direction("times until all spins agree, over spins times configurations, are spread alike for 5, 10, 20 "
                      "spins and 50, 100, 200 configurations",
                      f"medians from {show(*min(medians))} to {show(*max(medians))}",
                      max(low for _, low, _ in medians) < min(high for *_, high in medians), "chart"),
            Direction("nothing real: every loop ends with all spins alike",
                      f"{ended['nothing real']:.2%} of runs after {last:,} generations", ended["nothing real"] > 0.99),
            Direction("one fresh configuration per generation prevents that",
                      f"{visited} of {len(since)} runs had all spins alike at some time; {stayed} have had so for the "
                      f"last {last // 2:,} generations", stayed == 0),
            Direction("so does a prior", f"{ended['a prior']:.2%} of runs stand there", ended["a prior"] == 0),
        ),
        why=(
            f"All of it holds, and the mean time is 2 ln 2 = {time:.3f} times spins times configurations, from a mean "
            "spin of 0. What one fresh configuration does not keep is accuracy: it is 5 real spins per generation, "
            "and the mean spin scatters as that of 11 spins would, however many configurations there are: "
            f"{show(*off['one fresh configuration'])} of one spin's variance, by theory {exact:.4f}. Where 95 % of "
            f"spins point up, the model has all of them up in {show(*edge)} of all generations. A prior keeps the loop "
            "alive by putting its own mean in the place of the truth's: with 1 imaginary configuration of mean spin "
            f"0, the squared error is {show(*off['a prior'])} of one spin's variance. A fresh point every few "
            "generations keeps the loop from its end as well, only less near the truth; a single point that stays the "
            "same does not."
        ),
        charts=(
            draw("All spins agree, share of runs (spins x configurations)", TIMES, curves,
                 "generations / (spins x configurations)"),
            draw("Chance that all spins end up", np.array(STARTS),
                 {f"{count} configurations": np.array([average(row) for row in ups[count]]).T[0] for count in ups},
                 "mean spin at the start", published={"50 configurations": (1 + np.array(STARTS)) / 2}),
        ),
    )  # fmt: skip


PAPER = Paper(
    name="one-fresh-point",
    title="One fresh point per generation keeps a loop from its dead end, and little more",
    by="Jangjoo et al. 2026",
    sources=(
        "Jangjoo, di Sarra, Marsili and Roudi, Lost in retraining: closed-loop learning and model collapse in "
        "exponential families, Physical Review Letters 136, 197301 (2026), doi:10.1103/156q-3ngc, arXiv:2506.20623",
    ),
    claim=(
        "In exponential families, maximum likelihood makes the statistics martingales, and the loop ends in an "
        "absorbing state: of Ising spins in a field, all up with chance (1 + mean spin)/2, in times that scale with "
        "spins times configurations. It does not where each generation has at least one point of the true model, or "
        "with a prior."
    ),
    setting=(
        "Spins without couplings, as in panels a to c of their figure 1: 10 spins, 50 and 100 configurations, 2,000 "
        "loops from each start (theirs: 200); times of 400 loops. The cure: 5 spins of which 95 % point up, 50 "
        "configurations, 1,000 runs. Their panel with couplings is not redone."
    ),
    redo=redo,
    seconds=32,
)
