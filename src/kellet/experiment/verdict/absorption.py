"""Absorption: replicates whose model can write one point only, and how many of an arm can still move."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kellet.errors import InputError
from kellet.evidence import Array, Integers
from kellet.experiment.experiment import Experiment
from kellet.experiment.predicting.absorption import predict_survival
from kellet.experiment.predicting.prediction import Prediction
from kellet.experiment.running.results import Results
from kellet.experiment.verdict.shares import wilson
from kellet.loop.regimes import Subsample
from kellet.page.axis import Axis
from kellet.page.chart import Chart, Line
from kellet.page.plot import Plot

Z = 1.96


@dataclass(frozen=True)
class Absorption:
    """How many replicates of an arm can't move at the last generation, and since when.

    replicates: those whose model can then write one point only.  since: the median of the generations since which that
    holds.  still: the share of all replicates and generations at which it held, also where it held no longer later
    (boundary occupation).  stays: whether nothing that the loop learns from can bring them back.
    """

    replicates: int
    since: float | None
    still: float
    stays: bool


NEVER = Absorption(0, None, 0.0, False)


@dataclass(frozen=True, eq=False)
class Survival:
    """How many replicates of an arm can still move, generation by generation.

    generations: (G,), those recorded.  share: (G,), of the replicates in which no program broke, those that were not
    yet absorbed for good: neither is their model one that up to the last generation can write one point only, nor has a
    fit degenerated, nor was nothing left to learn from.  low, high: (G,), Wilson's 95 % interval.  theory: (G,), what
    it says, None where it says nothing.  kind: exact, or an approximation.  source: where it comes from.
    """

    generations: Integers
    share: Array
    low: Array
    high: Array
    theory: Array | None = None
    kind: str = ""
    source: str = ""

    def _repr_html_(self) -> str:
        x = self.generations.astype(float)
        lines = [Line("simulated", x, self.share, 0, self.low, self.high)]
        if self.theory is not None:
            lines.append(Line(f"theory ({self.kind})", x, self.theory, 0, dashed=True))
        across, up = Axis("generation", 0.0, max(float(x[-1]), 1.0)), Axis("still move", 0.0, 1.02, share=True)
        told = f"Band: Wilson's 95 % interval. {self.source}".strip()
        return Plot(Chart("Replicates that can still move", lines, across, up, caption=told))._repr_html_()


def absorption_of(results: Results, arm: str) -> Absorption:
    """What is known of those that can't move any more, among the replicates that count."""
    counted = results.counted(arm)
    since, still = results.absorbed(arm)[counted], results.still(arm)[counted]
    if not still.any():
        return NEVER
    gone = since[since >= 0]
    share = float(still.mean()) / (results.experiment.generations + 1)
    middle = float(np.median(gone)) if len(gone) else None
    return Absorption(len(gone), middle, share, _stays(results.experiment, arm))


def survive(results: Results, arm: str) -> Survival:
    """The survival curve of an arm, beside theory where that says anything."""
    if not isinstance(arm, str) or arm not in results.blocks:
        raise InputError("an arm of this run", repr(arm), ", ".join(results.blocks))
    ends = np.stack([results.absorbed(arm), results.collapsed(arm), results.emptied(arm)])
    ended = np.where(ends < 0, np.iinfo(np.int64).max, ends).min(axis=0)[results.failed(arm) < 0]
    at = results.generations
    alive = len(ended) - np.searchsorted(np.sort(ended), at, side="right")
    if not len(ended):
        nothing = np.full(len(at), np.nan)
        return Survival(at, nothing, nothing, nothing)
    low, high = np.array([wilson(int(k), len(ended), Z) for k in alive]).T
    known = _law(results, arm)
    law = () if known is None else (known.values[at], known.kind, known.source)
    return Survival(at, alive / len(ended), low, high, *law)


def _law(results: Results, arm: str) -> Prediction | None:
    """Nothing where the data file has moved or changed since."""
    try:
        return predict_survival(results.resolved.cells[arm], results.resolved.source)
    except InputError:
        return None


def _stays(experiment: Experiment, arm: str) -> bool:
    """Whether a model that can write one point only learns nothing else ever after: whatever is real and enters the
    loop stood in the training set that taught it."""
    setting = experiment.arms[arm]
    # Another writer of the pool may know other points.
    if isinstance(setting.regime, Subsample) or setting.pool is not None:
        return False
    anchor = setting.anchor
    if anchor is None or (anchor.draw == "fixed" and anchor.every == 1):
        return True
    return not (anchor.random or any(anchor.points(n, experiment.sizes[0]) for n in experiment.sizes))
