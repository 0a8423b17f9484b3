"""The lab's law against Kellet's theory, and its bands against the lab's own loops (which have a test of their own)."""

import numpy as np
import pytest

from kellet.theory import Loop, categorical, chain, curves
from kellet.theory.mixing import Anchored, Prior

BASE = {"real": 0, "source": "fresh", "regime": "replace", "prior": 0, "temperature": 1, "generations": 40, "seed": 3}
TRUTHS = {"normal": (0.0, 1.0), "bernoulli": (0.3, 0.21), "poisson": (3.0, 3.0), "exponential": (1.0, 1.0)}
CURVATURE = {"normal": -1, "bernoulli": -1, "poisson": 0, "exponential": 1}
ZIPF = 1 / np.arange(1.0, 13)
ZIPF /= ZIPF.sum()
LAW = (
    "settings => { const law = lab.law(settings); return { ...law, times: null, expected: Array.from(law.expected) }; }"
)
NUMBERS = """grid => grid.map(([given, times]) => { const loop = new lab.Loop(given);
  return [loop.effectivePoints, loop.points, loop.settles, loop.forgets, ...times.flatMap((t) =>
    [loop.wander(t), loop.variance(t), loop.memory(t)])].map((x) => x === Infinity ? 1e300 : x); })"""
# What share of loops lies below each end, and the median, of a band that is exact.
SHARES = """settings => { const law = lab.law(settings);
  const job = lab.jobs.loop({ ...settings, replicates: 2000, tracks: 2000 });
  let step = job.next();
  while (!step.done) step = job.next();
  return ["low", "middle", "high"].map((name) => Array.from(law[name], (end, i) => {
    const seen = step.value.tracks.map((track) => track[i]);
    const count = (most) => seen.filter((x) => x <= end * most).length / 2000;
    return [count(1 - 1e-9), count(1 + 1e-9)];
  })); }"""


def test_a_loop_in_numbers_is_the_one_of_the_theory(computing):
    grid = [
        {"size": n, "real": k, "curvature": a, "bank": bank and max(bank, k), "prior": prior}
        for n in (2, 100, 10**6, 10**15) for k in (0, 1, 1000) if k <= n
        for a in (-1, 0, 1) for bank in (0, 1, 5000) for prior in (0, 3)
    ]  # fmt: skip
    times = [0, 1, 2, 50, 1000]
    found = np.array(computing.evaluate(NUMBERS, [[one, times] for one in grid]))
    for one, numbers in zip(grid, found, strict=True):
        loop = Loop(one["size"], one["real"], one["curvature"], bank=one["bank"] or None, prior=one["prior"])
        rows = np.stack([loop.wander(times), loop.variance(times), loop.memory(times)], axis=1).ravel()
        expected = np.nan_to_num([loop.effective_points, loop.points, loop.settles, loop.forgets, *rows], posinf=1e300)
        np.testing.assert_allclose(numbers, expected, rtol=1e-9, atol=1e-12, err_msg=str(one))


@pytest.mark.parametrize("family", TRUTHS)
def test_what_is_expected_is_the_recursion_of_the_theory(computing, family):
    mean, variance = TRUTHS[family]
    for size, real, source, regime, prior in (
        (10, 0, "fresh", "replace", 0), (100, 5, "fresh", "replace", 0), (100, 5, "fixed", "replace", 2),
        (50, 10, "fixed", "accumulate", 0), (50, 10, "fresh", "accumulate", 7), (10**12, 1000, "fresh", "replace", 0),
    ):  # fmt: skip
        settings = {**BASE, "family": family, "size": size, "real": real, "source": source, "regime": regime}
        found = computing.evaluate(LAW, {**settings, "prior": prior})
        known = curves(
            41, size, curvature=CURVATURE[family], mean=mean, variance=variance, regime=regime,
            anchor=Anchored(real, kind=source) if real else None,
            prior=Prior(prior, mean, variance) if prior else None,
        )  # fmt: skip
        assert found["kind"]["expected"] == "exact"
        np.testing.assert_allclose(found["expected"], known.variance[1:] / variance, rtol=1e-9, err_msg=str(settings))


def test_categories_left_are_those_of_the_chain(computing):
    for size, tolerance, kind in ((20, 1e-9, "exact"), (100, 1e-9, "exact"), (3000, 0.02, "approximate")):
        found = computing.evaluate(LAW, {**BASE, "family": "categories", "size": size})
        expected = chain.survival(ZIPF, size, np.arange(1, 42)).sum(axis=0)
        assert found["kind"]["expected"] == kind
        np.testing.assert_allclose(found["expected"], expected, rtol=tolerance)


def test_an_anchored_chain_of_two_categories_is_exact(computing):
    found = computing.evaluate(LAW, {**BASE, "family": "bernoulli", "size": 30, "real": 2})
    p = np.arange(31) / 30
    expected = [categorical.law(0.3, 30, t, 2) @ (p * (1 - p)) / 0.21 for t in range(1, 42)]
    np.testing.assert_allclose(found["expected"], expected, rtol=1e-9)
    assert found["kind"] == {"expected": "exact", "band": "exact"}


@pytest.mark.parametrize(
    ("settings", "room"),
    [
        ({"family": "normal", "size": 5}, 0),
        ({"family": "normal", "size": 10**6, "temperature": 0.95}, 0),
        ({"family": "exponential", "size": 3}, 0),
        ({"family": "bernoulli", "size": 30, "real": 3, "temperature": 1.2, "prior": 1}, 0),
        ({"family": "normal", "size": 100, "real": 1}, 0.05),
        ({"family": "exponential", "size": 100, "real": 5}, 0.05),
        ({"family": "poisson", "size": 100, "real": 1}, 0.05),
        ({"family": "bernoulli", "size": 1000}, 0.05),
    ],
    ids=str,
)
def test_a_band_holds_as_many_loops_as_it_says(computing, settings, room):
    settings = {**BASE, **settings, "generations": 30}
    kind = computing.evaluate("settings => lab.law(settings).kind.band", settings)
    assert kind == ("approximate" if room else "exact")
    for share, ends in zip((0.05, 0.5, 0.95), computing.evaluate(SHARES, settings), strict=True):
        below, upto = np.array(ends).T
        # 31 generations of one set of loops: far beyond 1e-6 each
        error = 6 * (share * (1 - share) / 2000) ** 0.5 + room
        assert (below < share + error).all() and (upto > share - error).all()


def test_what_is_not_known_is_not_said(computing):
    for settings in (
        {"family": "bernoulli", "size": 10**6, "temperature": 0.9},
        {"family": "categories", "size": 100, "temperature": 0.9},
    ):
        law = computing.evaluate("settings => lab.law(settings)", {**BASE, **settings})
        assert law["expected"] is None and law["kind"] == {"expected": None, "band": None}
