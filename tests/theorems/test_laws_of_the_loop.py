"""Where a loop ends, what it forgets and when: whole laws, not only expectations, of our own loop against theory.

About 60 tests of significance, each with the false-alarm rate ALPHA (or Z standard errors, which is as rare).
"""

from itertools import islice

import numpy as np
import pytest
from scipy.stats import binom, chisquare, ks_1samp, ks_2samp

import kellet
from kellet import Accumulate, Anchor, Counts, Prior, generations, worlds
from kellet.families import Categorical, Gaussian
from kellet.laws.counts import invert, multinomial
from kellet.theory import accumulation, categorical, forgetting, laws, multivariate, normal, stationary

ALPHA = 1e-7
Z = 5.3


def after(t, world, family, replicates=2000, seed=1, **settings):
    """What generation t learnt."""
    loop = generations(world, family, replicates=replicates, rng=np.random.default_rng(seed), **settings)
    return next(islice(loop, t, None)).model


def assert_law(seen, cdf):
    found = ks_1samp(seen, cdf)
    assert found.pvalue > ALPHA, f"Kolmogorov-Smirnov distance {found.statistic:.3f} over {len(seen)}"


@pytest.mark.parametrize(("k", "n"), [(1, 600), (2, 600), (5, 1000)])
def test_fresh_points_hold_a_normal_at_its_stationary_law(k, n):
    # Five relaxation times: the mean begins at the truth, and only its scatter has to settle.
    model = after(5 * n // k, worlds.Normal(mean=1.0, variance=2.0), Gaussian(), size=n, anchor=Anchor(k))
    spread, centre = stationary.normal(k, 1.0, 2.0)
    assert_law(model.variance, spread.cdf)
    assert_law(model.mean, centre.cdf)


def test_a_prior_holds_a_normal_at_the_prior_and_forgets_the_truth():
    family = Gaussian(prior=Prior(2.0, mean=-1.0, variance=3.0))
    model = after(4000, worlds.Normal(mean=5.0, variance=2.0), family, size=600)
    spread, centre = stationary.normal(2.0, -1.0, 3.0)
    assert_law(model.variance, spread.cdf)
    assert_law(model.mean, centre.cdf)


def test_fresh_points_hold_the_covariance_at_an_inverse_wishart_law():
    sigma = np.array([[1.0, 0.6], [0.6, 2.0]])
    world = worlds.multivariate_normal([0.0, 0.0], sigma)
    model = after(600, world, Gaussian(), replicates=1000, size=400, anchor=Anchor(3))
    law = stationary.covariance(3, sigma)
    drawn = law.sample(np.random.default_rng(2), 4000)
    turn = np.array([1.0, -2.0])
    for view in (np.linalg.slogdet, lambda s: (0, turn @ s @ turn), lambda s: (0, s[:, 0, 1])):
        assert ks_2samp(view(model.covariance)[1], view(drawn)[1]).pvalue > ALPHA
    logs = np.linalg.slogdet(model.covariance)[1]
    assert abs(logs.mean() - law.log_det_mean) < Z * logs.std() / np.sqrt(len(logs))


@pytest.mark.parametrize("family", [Categorical(), Categorical(prior=Prior(3.0, mean=(0.5, 0.3, 0.2)))], ids=repr)
def test_fresh_points_or_a_prior_hold_categories_at_a_dirichlet_law(family):
    anchor = Anchor(3) if family.prior is None else None
    p = np.array([0.5, 0.3, 0.2])
    world = worlds.categorical(p if anchor else [0.01, 0.01, 0.98])
    model = after(2000, world, family, size=1000, anchor=anchor)
    law = stationary.categorical(3, p)
    for category in range(3):
        assert_law(model.dense()[:, category], law.marginal(category).cdf)


def test_one_fixed_point_does_not_prevent_collapse_and_one_fresh_point_does():
    settings = {"world": worlds.Normal(), "family": Gaussian(), "replicates": 500, "size": 20}
    alone = np.median(after(800, **settings).variance)
    fixed = np.median(after(800, anchor=Anchor(1, draw="fixed"), **settings).variance)
    fresh = after(800, anchor=Anchor(1), **settings).variance
    assert alone < 1e-10
    assert fixed < 1e-10
    # Of few points the stationary law is only roughly that of many, whose median is 0.46.
    assert 0.3 < np.median(fresh) < 0.6
    assert (fresh > 0).all()


def test_a_fixed_point_pulls_the_collapsed_model_to_itself():
    loop = generations(
        worlds.Normal(),
        Gaussian(),
        size=20,
        anchor=Anchor(1, draw="fixed"),
        replicates=50,
        rng=np.random.default_rng(3),
    )
    first, last = next(loop), next(islice(loop, 900, None))
    del first
    assert (last.model.sd < 1e-5).all()
    # The means lie where single standard normal points lie.
    assert_law(last.model.mean, laws.Normal(0.0, 1.0).cdf)


def test_unbiased_variance_stays_in_the_mean_and_dies_in_the_median():
    settings = {"world": worlds.Normal(), "family": Gaussian("unbiased"), "size": 30, "replicates": 4000}
    early = after(5, **settings).variance
    assert abs(early.mean() - 1) < Z * early.std() / np.sqrt(len(early))
    late = after(400, **settings).variance
    assert np.median(late) < 1e-3


def test_log_variance_falls_by_what_digamma_says_in_each_generation():
    logs = [
        np.log(after(t, worlds.Normal(), Gaussian(), size=10, replicates=4000, seed=t).variance) for t in (0, 4, 30)
    ]
    for t, seen in zip((1, 5, 31), logs, strict=True):
        expected = normal.expected_log_variance(10, t)
        spread = normal.log_variance_variance(10, t)
        assert abs(seen.mean() - expected) < Z * np.sqrt(spread / len(seen))
        assert abs(seen.var() / spread - 1) < Z * np.sqrt((((seen - seen.mean()) ** 2).std() / spread) ** 2 / len(seen))


def test_the_determinant_falls_by_what_digammas_say():
    covariance = [[2.0, 0.5, 0.0], [0.5, 1.0, 0.3], [0.0, 0.3, 1.5]]
    model = after(9, worlds.multivariate_normal([0.0, 0.0, 0.0], covariance), Gaussian(), size=12, replicates=4000)
    logs = np.linalg.slogdet(model.covariance)[1] - np.linalg.slogdet(covariance)[1]
    expected = 10 * multivariate.log_det_drift(12, 3)
    spread = 10 * multivariate.log_det_variance(12, 3)
    assert abs(logs.mean() - expected) < Z * np.sqrt(spread / len(logs))


def test_accumulating_keeps_the_variance_above_what_theory_keeps():
    model = after(300, worlds.Normal(), Gaussian(), size=10, regime=Accumulate(), replicates=4000)
    expected = 1 - accumulation.wander(10, 301, -1)
    assert abs(model.variance.mean() - expected) < Z * model.variance.std() / np.sqrt(4000)
    assert np.median(model.variance) > 0.5


@pytest.mark.parametrize("k", [0, 1, 3])
def test_two_categories_follow_the_exact_transition_matrix(k):
    n, t, replicates = 12, 4, 40_000
    model = after(t - 1, worlds.categorical([0.3, 0.7]), Categorical(), size=n, anchor=Anchor(k), replicates=replicates)
    counts = np.rint(model.dense()[:, 0] * n).astype(int)
    law = categorical.law(0.3, n, t, k)
    seen, expected = np.bincount(counts, minlength=n + 1), law * replicates
    common = expected > 5
    pooled = [np.r_[x[common], x[~common].sum()] for x in (seen, expected)]
    if pooled[1][-1] < 5:
        pooled = [np.r_[x[:-2], x[-2:].sum()] for x in pooled]
    assert chisquare(*pooled).pvalue > ALPHA


def test_words_are_forgotten_by_the_law_of_branching():
    # So rare, against so many tokens, that the branching limit is off by less than a millionth.
    often, types, n = np.array([0.5, 2.0, 8.0]), 400, 10**7
    rare = np.repeat(often / n, types)
    world = worlds.categorical([1 - rare.sum(), *rare])
    loop = generations(world, Categorical(), size=n, replicates=10, rng=np.random.default_rng(4))
    for g in islice(loop, 25):
        alive = (g.model.dense()[:, 1:] > 0).reshape(-1, len(often), types).mean(axis=(0, 2))
        expected = forgetting.survival(often, g.t + 1)
        error = np.sqrt(expected * (1 - expected) / (types * 10))
        # Words of one replicate compete for the same tokens: so weakly that they are as good as independent.
        assert (abs(alive - expected) < Z * error + 1e-6).all(), g.t


def test_the_last_category_left_is_each_with_its_own_probability():
    p = np.array([0.6, 0.3, 0.1])
    model = after(400, worlds.categorical(p), Categorical(), size=15, replicates=5000)
    final = model.dense()
    assert (final.max(axis=1) == 1).all()
    assert chisquare(np.count_nonzero(final, axis=0), 5000 * p).pvalue > ALPHA


def test_the_words_of_a_real_text_are_forgotten_as_predicted():
    experiment = kellet.Experiment(
        worlds.Words(), Categorical(), 20_000, {"replace": kellet.Arm()}, generations=20, replicates=8, seed=5, block=8
    )
    run, expected = kellet.run(experiment), kellet.predict(experiment)["replace"]
    for metric in ("surviving_types", "tail_kept"):
        assert expected[metric].kind == "approximation"
        off = abs(run.values("replace", metric).mean(axis=0) - expected[metric].values)
        # Frequent words follow the approximation less well: it is good to O(p), and no word of a text is above 0.1.
        assert (off < 0.01).all(), off.max()


# The exact multinomial: by NumPy's conditional binomials, by Poisson counts with a top-up, or by inversion alone.
LAWS = {
    "few categories": (np.array([0.5, 0.3, 0.15, 0.05]), 1000),
    "a category that is dead": (np.array([0.5, 0.0, 0.5]), 40),
    "many draws over many": (1 / np.arange(1, 501) / (1 / np.arange(1, 501)).sum(), 3000),
    "few draws over many": (1 / np.arange(1, 501) / (1 / np.arange(1, 501)).sum(), 300),
    "as many draws as categories": (np.full(200, 1 / 200), 200),
    "so many draws that binomials are quicker": (1 / np.arange(1, 3001) / (1 / np.arange(1, 3001)).sum(), 600_000),
    "one draw": (np.array([0.2, 0.5, 0.3]), 1),
}


@pytest.mark.parametrize("key", list(LAWS))
def test_counts_are_exactly_multinomial(key):
    p, n = LAWS[key]
    replicates = 4000 if n < 10**5 else 400
    rows = np.broadcast_to(p, (replicates, len(p)))
    ours = multinomial(n, rows, np.random.default_rng(5))
    numpys = np.random.default_rng(6).multinomial(n, p, replicates)
    assert ours.shape == numpys.shape
    assert ours.dtype == np.int64
    assert (ours.sum(axis=1) == n).all()
    assert (ours >= 0).all()
    assert (ours[:, p == 0] == 0).all()
    # All rows together are one large multinomial.
    living = p > 0
    assert chisquare(ours.sum(axis=0)[living], n * replicates * p[living]).pvalue > ALPHA
    # Each row scatters as it should, in itself and in the sum of any part of it.
    scatter = [(((x - n * p) ** 2)[:, living] / (n * p[living])).sum(axis=1) for x in (ours, numpys)]
    assert ks_2samp(*scatter, method="asymp").pvalue > ALPHA
    assert ks_2samp(ours.max(axis=1), numpys.max(axis=1), method="asymp").pvalue > ALPHA
    for part in (slice(0, 1), slice(0, len(p) // 2), slice(None, None, 2)):
        share = p[part].sum()
        sums = ours[:, part].sum(axis=1)
        assert abs(sums.mean() - n * share) <= Z * np.sqrt(n * share * (1 - share) / replicates)
        law = binom(n, share)
        found = ks_1samp(sums - np.random.default_rng(7).random(replicates), lambda x, law=law: _smooth(law, x))
        assert found.pvalue > ALPHA


def _smooth(law, x):
    """The distribution function of an integer less a uniform number."""
    below = np.floor(x)
    return law.cdf(below) + (x - below) * law.pmf(below + 1)


def test_rows_of_different_laws_keep_to_their_own():
    p = np.array([[0.9, 0.1, 0.0], [0.0, 0.1, 0.9]]).repeat(300, axis=0)
    for n in (1, 3, 100):
        drawn = multinomial(n, p, np.random.default_rng(8))
        assert (drawn.sum(axis=1) == n).all()
        assert (drawn[:300, 2] == 0).all()
        assert (drawn[300:, 0] == 0).all()


def test_poisson_counts_that_are_too_many_are_drawn_again():
    class Generous:
        """A generator whose first Poisson counts come out three times too large for every other row."""

        def __init__(self):
            self.rng, self.calls = np.random.default_rng(11), 0

        def poisson(self, mean, shape=None):
            self.calls += 1
            drawn = self.rng.poisson(mean, shape)
            return np.where((np.arange(len(drawn)) % 2 == 0)[:, None], 3 * drawn, drawn) if self.calls == 1 else drawn

        def __getattr__(self, name):
            return getattr(self.rng, name)

    p, n = LAWS["many draws over many"]
    rng = Generous()
    drawn = multinomial(n, np.broadcast_to(p, (2000, len(p))), rng)
    assert rng.calls >= 2
    assert (drawn.sum(axis=1) == n).all()
    assert chisquare(drawn[::2].sum(axis=0), n * 1000 * p).pvalue > ALPHA


@pytest.mark.parametrize("n", [10**12, 10**15])
def test_totals_are_exact_however_many_are_drawn(n):
    p = 1 / np.arange(1, 2001) / (1 / np.arange(1, 2001)).sum()
    drawn = multinomial(n, np.stack([p, p]), np.random.default_rng(9))
    assert (drawn.sum(axis=1) == n).all()
    z = (drawn - n * p) / np.sqrt(n * p * (1 - p))
    # Two thousand standard deviates: their mean square is 1 within its own error.
    assert abs((z**2).mean() - 1) < Z * np.sqrt(2 / z.size)


def test_inversion_never_leaves_its_row():
    rng = np.random.default_rng(10)
    p = rng.dirichlet(np.full(7, 0.3), size=50)
    numbers = rng.integers(0, 40, 50)
    found = invert(p, numbers, rng)
    assert (np.bincount(found // 7, minlength=50) == numbers).all()
    assert (p.ravel()[found] > 0).all()


def test_counts_of_written_points_are_the_counts_that_were_drawn():
    law = after(0, worlds.Zipf(50), Categorical(size=50), replicates=300, size=100)
    points = law.sample(60, np.random.default_rng(1))
    counts = Categorical(size=50).summarise(points)
    assert isinstance(counts, Counts)
    assert (counts.count == 60).all()
    # A point's place in the row says nothing about what it is: the first is drawn like the last.
    first, last = (np.bincount(points.values[:, i], minlength=50)[:5] for i in (0, -1))
    both = first + last
    assert chisquare(np.r_[first, last], np.r_[both, both] / 2, ddof=4).pvalue > ALPHA
