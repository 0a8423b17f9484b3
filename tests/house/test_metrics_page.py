"""docs/metrics.md has every metric, and says what the code says."""

import importlib.util
from itertools import chain
from pathlib import Path

import numpy as np
import pytest
from scipy.special import gammaln, psi

from kellet import families, generations, worlds
from kellet.metrics import Look, find_metric, real_of
from kellet.metrics.tails import rare_types

spec = importlib.util.spec_from_file_location("watched", Path(__file__).with_name("watched.py"))
watched = importlib.util.module_from_spec(spec)
spec.loader.exec_module(watched)

TEXT = watched.PAGE.read_text(encoding="utf-8")


def test_the_page_says_what_the_code_says():
    anew = "docs/metrics.md is not what the code says: python tests/house/watched.py writes its boxes anew"
    assert watched.write(TEXT) == TEXT, anew


def test_every_metric_has_one_section():
    written = sorted(chain(*watched.find_sections(TEXT)))
    assert written == sorted(watched.METRICS), "write a section in docs/metrics.md"


def test_every_section_has_a_formula_a_range_and_a_zero():
    for section in TEXT.split("\n### ")[1:]:
        name = section.splitlines()[0]
        for part in ("* Formula: ", "* Range: ", "* Zero: "):
            assert section.count(f"\n{part}") == 1, f"{name} lacks {part}"
        assert "$" in section.split("* Formula: ")[1].split("\n")[0], f"{name} has a formula in words alone"


def test_every_metric_is_had_by_some_setting():
    assert not [name for name, settings in watched.ask()[0].items() if not settings]


N = 30
CHI = np.sqrt(2 / N) * np.exp(gammaln(N / 2) - gammaln((N - 1) / 2))
LOG = psi((N - 1) / 2) + np.log(2 / N)
HALVES = (N - np.arange(1, 3)) / 2
ZIPF = worlds.Zipf(30)
Q = ZIPF.open(1).truth.probabilities[0]
DRAWN = 1 - (1 - Q) ** N
LOOPS = {
    (worlds.Normal(), families.Gaussian()): {
        "variance_ratio": 1 - 1 / N, "mean_drift": 1 / N, "deviation_ratio": CHI, "log_variance": LOG,
        "wasserstein_2_squared": 2 - 2 * CHI, "kl": ((N + 1) / (N - 3) - 1 + LOG) / 2,
    },
    (worlds.multivariate_normal([0, 0], [[1, 0.5], [0.5, 1]]), families.Gaussian()): {
        "spread": 2 / N * np.exp((gammaln(HALVES + 1 / 2) - gammaln(HALVES)).sum()),
        "log_spread": np.log(2 / N) + psi(HALVES).mean(),
    },
    (ZIPF, families.Categorical()): {
        "surviving_types": DRAWN.mean(), "heterozygosity": 1 - 1 / N, "rare_mass": 1.0,
        "tail_kept": rare_types(Q) @ DRAWN / rare_types(Q).sum(),
    },
    (worlds.Bernoulli(0.1), families.Bernoulli()): {"alive": 1 - 0.1**N - 0.9**N},
    (worlds.NegativeBinomial(0.1, 2.0), families.NegativeBinomial(size=2.0)): {"alive": 1 - (2 / 2.1) ** (2 * N)},
    (worlds.Poisson(0.1), families.Poisson()): {"alive": 1 - np.exp(-0.1 * N)},
}  # fmt: skip
"""The zeros that the page writes out, by what is learnt."""


@pytest.mark.parametrize(("loop", "zeros"), LOOPS.items(), ids=lambda x: repr(x[1]) if isinstance(x, tuple) else "")
def test_zeros_that_are_exact_are_what_a_fresh_real_sample_gives(loop, zeros):
    world, family = loop
    rng = np.random.default_rng(0)
    model = next(generations(world, family, size=N, replicates=4000, rng=rng)).model
    look = Look(model, real_of(world.open(1)), N, rng)
    for name, zero in zeros.items():
        values = find_metric(name).measure(look)
        assert abs(values.mean() - zero) < 6 * values.std() / np.sqrt(len(values)), name
