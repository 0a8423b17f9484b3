"""Models that copy, with noise and without: closed form against simulation."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.random import default_rng

import kellet
from kellet import Accumulate, Anchor, Arm, Experiment, generations, predict, worlds
from kellet.evidence import Array
from kellet.families import Bootstrap, Categorical, Gaussian, Kernel
from kellet.theory import chain
from kellet.theory.forgetting import coalescent_ancestors, distinct_originals
from kellet.theory.normal import kernel_variance


def close(sample: Array, expected: Array) -> None:
    """The mean over replicates (axis 0) is the expectation, within 5 of its own standard errors."""
    error = sample.std(axis=0, ddof=1) / np.sqrt(len(sample))
    assert (np.abs(sample.mean(axis=0) - expected) < 5 * error).all()


def loop(world: Any, family: Any, last: int, **settings: Any) -> Iterator[Any]:
    for g in generations(world, family, rng=default_rng(4), **settings):
        yield g
        if g.t == last:
            return


def test_a_fixed_bandwidth_grows_towards_n_minus_one_squared_bandwidths() -> None:
    """v is the variance (divisor n) of what fit t is given, which the model widens by h^2."""
    n, h = 20, 0.3
    seen = loop(worlds.Normal(), Kernel(h), 15, size=n, replicates=10_000)
    found = np.stack([g.model.variance - h**2 for g in seen], axis=1)
    close(found, kernel_variance(n, h, np.arange(1, 17)))
    # In the long run the noise is all there is: a loop that starts without any variance gets there too.
    start = Kernel(h).fit(kellet.Points(np.zeros((2000, n))))
    *_, last = loop(worlds.Normal(), Kernel(h), 250, size=n, replicates=2000, start=start)
    close(last.model.variance - h**2, np.array((n - 1) * h**2))


@pytest.mark.parametrize("rule", ["silverman", "scott"])
def test_a_rule_makes_variances_grow_and_covariances_shrink(rule: Any) -> None:
    n, d, last = 40, 2, 6
    f2 = (n if rule == "scott" else n * (d + 2) / 4) ** (-2 / (d + 4))
    world = worlds.multivariate_normal([0.0, 0.0], [[1.0, 0.8], [0.8, 4.0]])
    seen = loop(world, Kernel(rule), last, size=n, replicates=10_000)
    found = np.stack([g.model.copies.covariance for g in seen], axis=1)
    t = np.arange(last + 1)
    lost = (1 - 1 / n) ** (t + 1)
    close(found[:, :, 0, 0], lost * (1 + f2) ** t)
    close(found[:, :, 1, 1], 4 * lost * (1 + f2) ** t)
    close(found[:, :, 0, 1], 0.8 * lost)


@pytest.mark.parametrize("fresh", [2, 5, 9])
def test_fresh_points_hold_a_rule_only_if_there_are_enough_of_them(fresh: int) -> None:
    """Of n points, m are written with variance s = (1 + f^2) v about their model's mean, the others are real:

    E v' = (1 - 1/n)(k + m s)/n + k m E mean^2/n^2 and E mean'^2 = (m/n)^2 E mean^2 + (k + m s)/n^2, in a unit world.
    The variance stays bounded where the real share is above f^2/(1 + f^2), about.
    """
    n, last = 20, 8
    f2 = n ** (-2 / 5)
    v, drift, m = 1 - 1 / n, 1 / n, n - fresh
    expected = [v]
    for _ in range(last):
        s = (1 + f2) * v
        v, drift = (
            (1 - 1 / n) * (fresh + m * s) / n + fresh * m * drift / n**2,
            (m / n) ** 2 * drift + (fresh + m * s) / n**2,
        )
        expected.append(v)
    settings: dict[str, Any] = {"size": n, "replicates": 20_000, "anchor": Anchor(fresh)}
    found = np.stack(
        [g.model.copies.variance for g in loop(worlds.Normal(), Kernel("scott"), last, **settings)], axis=1
    )
    close(found, np.array(expected))
    growing = expected[-1] - expected[-2] > expected[-2] - expected[-3]
    assert growing == (fresh / n < f2 / (1 + f2))


def test_accumulating_slows_the_growth_to_a_logarithm() -> None:
    """Of N points with variance v the next n have v + h^2 about the same mean; the pool's scatter then has the
    expectation N v + (v + h^2)(n - 1 + N/(N + n)).
    """
    n, h, last = 20, 0.5, 12
    seen = loop(worlds.Normal(), Kernel(h), last, size=n, regime=Accumulate(), replicates=10_000)
    found = np.stack([g.model.copies.variance for g in seen], axis=1)
    v, expected = 1 - 1 / n, [1 - 1 / n]
    for t in range(1, last + 1):
        pool = n * t
        v = (pool * v + (v + h**2) * (n - 1 + pool / (pool + n))) / (pool + n)
        expected.append(v)
    close(found, np.array(expected))
    # Replacing would add h^2 every generation.
    assert expected[-1] < 1 + h**2 * np.log(last + 1) < kernel_variance(n, h, last + 1)


def occupied(n: int, most: int) -> Array:
    """(most + 1, n + 1): the law of how many of n boxes a balls fall into, row a."""
    law = np.zeros((most + 1, n + 1))
    law[0, 0] = 1.0
    boxes = np.arange(n + 1)
    for a in range(most):
        law[a + 1] = law[a] * boxes / n
        law[a + 1, 1:] += law[a, :-1] * (n - boxes[:-1]) / n
    return law


def ancestors(n: int, steps: int) -> Array:
    """(steps,): the expected number of first points that have copies after 1, 2, ... redraws, exactly.

    Seen backwards: the a ancestors of the last generation so far chose their parents as a balls choose boxes.
    """
    law, now, found = occupied(n, n), np.eye(n + 1)[n], []
    for _ in range(steps):
        now = now @ law
        found.append(now @ np.arange(n + 1))
    return np.array(found)


def test_what_is_left_of_the_originals_is_a_count_of_ancestors() -> None:
    n, last = 50, 60
    seen = loop(worlds.Normal(), Bootstrap(), last, size=n, replicates=4000)
    found = np.stack([1 + (np.diff(np.sort(g.evidence.values, axis=1), axis=1) > 0).sum(axis=1) for g in seen], axis=1)
    assert (found[:, 0] == n).all()
    close(found[:, 1:], ancestors(n, last))


def test_the_closed_forms_are_near_the_exact_count() -> None:
    n, exact = 500, ancestors(500, 400)
    early = np.array([1, 2, 5, 10, 20])
    np.testing.assert_allclose(distinct_originals(n, early), exact[early - 1], rtol=0.02)
    # The coalescent is a limit for t of the order of n: it errs by 6 % at n/10 and by 1 % at n.
    late = np.array([50, 100, 200, 400])
    gap = coalescent_ancestors(n, late) / exact[late - 1] - 1
    assert (np.abs(gap) < [0.065, 0.04, 0.02, 0.01]).all()
    # Each original is a category that the first redraw meets with chance 1/n.
    np.testing.assert_allclose(n * chain.survival([1 / n], n, np.arange(1, 401))[0], exact, rtol=1e-7)


def test_a_run_counts_the_originals_that_theory_expects(tmp_path: Path) -> None:
    np.savetxt(tmp_path / "rows.csv", default_rng(0).normal(size=(200, 2)), delimiter=",", header="a,b", comments="")
    arms = {"replace": Arm(), "one fresh": Arm(anchor=Anchor(1))}
    for world in (worlds.Normal(), worlds.Table(str(tmp_path / "rows.csv"))):
        study = Experiment(world, Bootstrap(), 30, arms, generations=20, replicates=2000, seed=1)
        known = predict(study)
        assert known["one fresh"] == {}
        assert known["replace"]["distinct_originals"].kind == "exact"
        run = kellet.run(study, metrics=("distinct_originals",))
        found, wanted = run.values("replace", "distinct_originals"), known["replace"]["distinct_originals"].values
        assert (found[:, 0] == 1).all() and wanted[0] == 1
        close(found[:, 1:], wanted[1:])
        assert (
            run.values("one fresh", "distinct_originals")[:, -1] > run.values("replace", "distinct_originals")[:, -1]
        ).mean() > 0.9
    tied = worlds.Poisson()
    assert predict(Experiment(tied, Bootstrap(), 30, arms, generations=3)) == {"replace": {}, "one fresh": {}}


def test_for_categories_the_bootstrap_is_the_categorical_family() -> None:
    settings: dict[str, Any] = {"size": 60, "replicates": 4000}
    world = worlds.Zipf(40)
    copied = loop(world, Bootstrap(), 12, **settings)
    counted = loop(world, Categorical(size=40), 12, **settings)
    for one, other in zip(copied, counted, strict=True):
        counts = (one.evidence.values[:, :, None] == np.arange(40)).sum(axis=1)
        others = other.evidence.dense()
        for measure in (lambda c: (c > 0).sum(axis=1), lambda c: ((c / 60) ** 2).sum(axis=1), lambda c: c[:, 0] / 60):
            a, b = measure(counts), measure(others)
            error = np.sqrt((a.var() + b.var()) / 4000)
            assert abs(a.mean() - b.mean()) < 5 * error


ARMS = {
    "replace": Arm(),
    "one fresh real point": Arm(anchor=Anchor(1)),
    "a fixed fifth": Arm(anchor=Anchor(share=0.2, draw="fixed")),
    "weighted": Arm(anchor=Anchor(3, weight=4.0)),
    "accumulate": Arm(regime=Accumulate()),
}


def test_second_moments_forget_as_those_of_the_gaussian_family_do() -> None:
    """Their expectations close, whatever a law's shape: only the mean and variance of what is written matter."""
    settings: dict[str, Any] = {"size": 25, "arms": ARMS, "generations": 12}
    expected = predict(Experiment(worlds.Normal(mean=2.0, variance=3.0), Gaussian(), **settings))
    run = kellet.run(
        world=worlds.Normal(mean=2.0, variance=3.0), family=Bootstrap(), replicates=10_000, judged=2, seed=5, **settings
    )
    for arm in ARMS:
        for metric in ("variance_ratio", "mean_drift"):
            known = expected[arm][metric]
            assert known.kind == "exact"
            close(run.values(arm, metric), known.values)
