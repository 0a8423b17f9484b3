"""Blends of laws: the same statistics as of points that are drawn one by one from one of the laws."""

import numpy as np
import pytest

from kellet.evidence import Moments
from kellet.laws import Normal
from kellet.laws.blending import NormalBlend, blend, gather
from kellet.laws.counts import multinomial

MEANS, SDS, SHARES = (0.0, 3.0, -1.0), (1.0, 0.2, 2.0), np.array([0.5, 0.3, 0.2])
LAWS = [Normal(np.full(20_000, mean), np.full(20_000, sd)) for mean, sd in zip(MEANS, SDS, strict=True)]


def compare(found, expected, what):
    """Two samples of numbers with the same mean and variance, within five standard errors."""
    error = np.sqrt(found.var() / len(found) + expected.var() / len(expected))
    assert abs(found.mean() - expected.mean()) < 5 * error, what
    gap, scale = np.log(found.var() / expected.var()), np.sqrt(2 * (2 / len(found)))
    assert abs(gap) < 7 * scale, what


def draw_source_by_source(n, rng):
    counts = multinomial(n, np.broadcast_to(SHARES, (20_000, 3)), rng)
    total = Moments(0.0, np.zeros(20_000), np.zeros(20_000))
    for law, count in zip(LAWS, counts.T, strict=True):
        total = total + law.statistics(count, rng)
    return total


@pytest.mark.parametrize("n", [2, 5, 1000])
def test_many_normal_sources_at_once_say_what_each_says(n):
    rng = np.random.default_rng(n)
    alone = draw_source_by_source(n, rng)
    together = gather(LAWS, multinomial(n, np.broadcast_to(SHARES, (20_000, 3)), rng), rng)
    compare(together.mean, alone.mean, "mean")
    compare(together.scatter, alone.scatter, "scatter")
    compare(together.mean * together.scatter, alone.mean * alone.scatter, "both")
    assert (together.count == n).all()


def test_the_moments_of_a_blend_say_what_a_large_sample_says():
    rng, n = np.random.default_rng(1), 10**6
    alone, known = draw_source_by_source(n, rng), NormalBlend.of(LAWS, SHARES).statistics(n, rng)
    compare(known.mean, alone.mean, "mean")
    compare(known.scatter, alone.scatter, "scatter")
    # How both go together.
    compare(
        (known.mean - alone.mean.mean()) * (known.scatter - alone.scatter.mean()),
        (alone.mean - alone.mean.mean()) * (alone.scatter - alone.scatter.mean()),
        "both",
    )


def test_a_blend_of_blends_is_the_blend_of_all():
    first = NormalBlend.of(LAWS[:2], SHARES[:2] / SHARES[:2].sum())
    nested, flat = NormalBlend.of([first, LAWS[2]], [0.8, 0.2]), NormalBlend.of(LAWS, SHARES)
    for name in ("mean", "sd", "skewness", "kurtosis"):
        np.testing.assert_allclose(getattr(nested, name)[0], getattr(flat, name)[0], rtol=1e-12)


def test_what_has_collapsed_keeps_its_digits():
    tiny = [Normal(np.array([5.0]), np.array([1e-200])), Normal(np.array([5.0]), np.array([3e-200]))]
    found = NormalBlend.of(tiny, [0.5, 0.5])
    assert found.sd[0] == pytest.approx(np.sqrt(5) * 1e-200) and found.kurtosis[0] > 3
    gone = NormalBlend.of([Normal(np.array([5.0]), np.array([0.0]))] * 2, [0.5, 0.5])
    said = gone.statistics(10**12, np.random.default_rng(0))
    assert (said.mean[0], said.root[0]) == (5.0, 0.0)
    apart = gather(tiny, np.array([[10, 10]]), np.random.default_rng(0))
    assert 1e-201 < apart.root[0] < 1e-198


def test_only_large_samples_of_normal_laws_blend():
    assert blend(LAWS, SHARES) is None
    assert isinstance(blend(LAWS, SHARES, many=True), NormalBlend)
    known = [Normal(law.mean, law.sd, free="mean") for law in LAWS]
    assert blend(known, SHARES, many=True) is None and gather(known, np.ones((20_000, 3), int), None) is None
