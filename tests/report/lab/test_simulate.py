"""The lab's loops against Kellet's own, by two-sample tests, over every family and every knob."""

from itertools import islice

import numpy as np
import pytest
from scipy import stats

from kellet import families, worlds
from kellet.families.family import Prior
from kellet.loop.anchors import Anchor
from kellet.loop.curation import Temperature
from kellet.loop.generations import generations
from kellet.loop.regimes import Accumulate, Replace

MANY = 600
FALSE = 1e-8
SHOWN = (0, 1, 5, 20)
ZIPF = 1 / np.arange(1.0, 13)
ZIPF /= ZIPF.sum()
KINDS = {
    "normal": (worlds.Normal(), families.Gaussian, 0.0),
    "bernoulli": (worlds.Bernoulli(0.3), families.Bernoulli, 0.3),
    "poisson": (worlds.Poisson(3.0), families.Poisson, 3.0),
    "exponential": (worlds.Exponential(1.0), families.Exponential, 1.0),
    "categories": (worlds.Zipf(12), families.Categorical, tuple(ZIPF)),
}
KNOBS = (
    {"size": 2},
    {"size": 200},
    {"size": 10**9, "real": 1000},
    {"size": 50, "real": 5},
    {"size": 50, "real": 5, "source": "fixed", "prior": 2},
    {"size": 20, "real": 3, "regime": "accumulate", "prior": 3},
    {"size": 20, "real": 3, "source": "fixed", "regime": "accumulate", "temperature": 0.8},
    {"size": 40, "real": 4, "temperature": 1.2},
)
QUICK = ((0, 4), (1, 7), (2, 5), (3, 6), (4, 4))
BASE = {"real": 0, "source": "fresh", "regime": "replace", "prior": 0, "temperature": 1, "generations": 20, "seed": 5}
RUN = """settings => { const job = lab.jobs.loop({ ...settings, replicates: 600, tracks: 600 });
  let step = job.next();
  while (!step.done) step = job.next();
  return step.value.tracks.map((track) => Array.from(track)); }"""


def simulate(kind, knobs):
    """(R, T): what the lab shows of each generation, of Kellet's loop."""
    world, family, truth = KINDS[kind]
    prior = {"variance": 1.0} if kind == "normal" else {}
    learner = family(prior=Prior(knobs["prior"], truth, **prior)) if knobs["prior"] else family()
    loop = generations(
        world, learner, size=knobs["size"], replicates=MANY, rng=np.random.default_rng(11),
        regime=Accumulate() if knobs["regime"] == "accumulate" else Replace(),
        anchor=Anchor(knobs["real"], draw=knobs["source"]) if knobs["real"] else None,
        curation=Temperature(knobs["temperature"]) if knobs["temperature"] != 1 else None,
    )  # fmt: skip
    shown = [g.model for g in islice(loop, max(SHOWN) + 1) if g.t in SHOWN]
    if kind == "categories":
        return np.array([(model.dense() > 0).sum(axis=1) for model in shown]).T
    unit = {"bernoulli": 0.21, "poisson": 3.0}.get(kind, 1.0)
    return np.array([model.variance / unit for model in shown]).T


def differ(one, other):
    """The chance of so different samples: by ranks, of values that are equal but for rounding taken as equal."""
    one, other = np.round(one, 9), np.round(other, 9)
    if (values := np.unique(np.concatenate([one, other]))).size > 15:
        return stats.ks_2samp(one, other, method="asymp").pvalue
    table = np.array([[(sample == value).sum() for value in values] for sample in (one, other)])
    table = table[:, table.sum(axis=0) > 0]
    return 1.0 if table.shape[1] < 2 else stats.chi2_contingency(table).pvalue


def check(computing, kind, given):
    knobs = {**BASE, **given}
    if kind == "poisson":
        knobs["temperature"] = 1
    found = np.array(computing.evaluate(RUN, {**knobs, "family": kind}))
    for i, (t, expected) in enumerate(zip(SHOWN, simulate(kind, knobs).T, strict=True)):
        assert differ(found[:, t], expected) > FALSE, (kind, given, t, i)


def test_some_loops_are_distributed_as_kellets(computing):
    for kind, knob in QUICK:
        check(computing, list(KINDS)[kind], KNOBS[knob])


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("knobs", KNOBS, ids=str)
def test_loops_are_distributed_as_kellets(computing, kind, knobs):
    check(computing, kind, knobs)


def test_a_loop_says_what_there_is_and_is_the_same_every_time(computing):
    found = computing.evaluate("""() => {
      const settings = { family: "categories", size: 1000, real: 10, source: "fresh", regime: "replace", prior: 0,
        temperature: 1, generations: 400, seed: 1, replicates: 400, tracks: 3 };
      const run = () => { const steps = []; for (const job = lab.jobs.loop(settings);;) {
        const step = job.next(); steps.push(step.value); if (step.done) return steps; } };
      const steps = run(), last = steps.at(-1), again = run().at(-1);
      return { parts: steps.length, first: steps[0].replicates, times: last.times.length, story: last.story.length,
        shares: last.story[9].shares.length, tracks: last.tracks.length, same: last.low.join() === again.low.join(),
        kept: steps[0].tracks[0].join() === last.tracks[0].join() }; }""")
    assert found["parts"] > 1 and found["first"] < 400
    assert found["times"] == found["story"] == 250
    assert (found["shares"], found["tracks"]) == (12, 3)
    assert found["same"] and found["kept"]
