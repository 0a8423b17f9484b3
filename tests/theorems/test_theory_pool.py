"""Pools, islands of writers and networks of regressions, simulated here point by point or by sums, against their laws.

Tolerance: 5 standard errors of the simulation; the seeds are fixed.
"""

import numpy as np
import pytest

from kellet.theory import Loop, pool, writers
from kellet.theory.islands import Islands, best_count

TRUTH = 0.3
FAMILIES = {-1: "bernoulli", 0: "poisson", 1: "exponential"}
VARIANCE = {-1: lambda mean: mean * (1 - mean), 0: lambda mean: mean, 1: lambda mean: mean**2}
V0 = {a: of(TRUTH) for a, of in VARIANCE.items()}


def add(rng, a, count, mean):
    """Sums of so many points each of this mean, of the family of curvature a."""
    if a == -1:
        return rng.binomial(count, np.clip(mean, 0, 1))
    return rng.poisson(count * mean) if a == 0 else rng.gamma(count + 0 * mean) * mean


def pick(rng, values, readers, size):
    """Sums (replicates, readers) of ``size`` of the values (replicates, readers or 1, stock), none of them twice."""
    if not size:
        return np.zeros((len(values), readers))
    shape = (len(values), readers, values.shape[-1])
    chosen = np.argpartition(rng.random(shape), size - 1, axis=-1)[..., :size]
    return np.take_along_axis(np.broadcast_to(values, shape), chosen, axis=-1).sum(axis=-1)


def read(rng, a, mean, web, replicates):
    """What each writer's points from the pool come to: sums, of new points or of a finite pool's."""
    size, count = round(web.migration * web.n), web.writers
    sources = np.concatenate([mean, np.full((replicates, 1), TRUTH)], axis=1)
    chances = np.append(np.full(count, (1 - web.people) / count), web.people)
    if np.isinf(web.documents):
        origins = rng.multinomial(size, chances, (replicates, count))
        return add(rng, a, origins, sources[:, None, :]).sum(axis=-1)
    wrote = rng.choice(count + 1, (replicates, int(web.documents)), p=chances)
    texts = add(rng, a, 1, np.take_along_axis(sources, wrote, axis=1))
    return pick(rng, texts[:, None, :], count, size)


def simulate(rng, web, fits, replicates):
    """Means (replicates, K) after each fit."""
    n, count, k, a = web.n, web.writers, web.vault, web.curvature
    own = n - k - round(web.migration * n)
    endless = np.isinf(web.stock)
    stock = k if endless else web.stock
    vault = add(rng, a, 1, np.full((replicates, 1 if web.common and not endless else count, max(stock, 1)), TRUTH))
    held = pick(rng, vault, count, k)
    mean = np.full((replicates, count), TRUTH)
    for _ in range(fits):
        if endless and not web.fixed:
            held = add(rng, a, k, np.full(mean.shape, TRUTH)) if k else 0.0
        elif not web.fixed:
            held = pick(rng, vault, count, k)
        mean = (add(rng, a, own, mean) + read(rng, a, mean, web, replicates) + held) / n
        yield mean


def same(seen, expected, z=5.0):
    """Whether the mean of ``seen`` over replicates (axis 0) is as expected, up to z standard errors."""
    error = seen.std(axis=0) / np.sqrt(len(seen))
    return (abs(seen.mean(axis=0) - expected) < z * error + 1e-12).all()


SETTINGS = [
    {"migration": 1.0},
    {"migration": 0.2},
    {"migration": 0.5, "people": 0.2},
    {"migration": 1.0, "people": 0.1},
    {"migration": 0.4, "vault": 2},
    {"migration": 0.4, "vault": 3, "stock": 6},
    {"migration": 0.8, "vault": 4, "stock": 9, "common": False, "people": 0.3},
    {"migration": 0.4, "vault": 3, "stock": 6, "fixed": True},
    {"migration": 0.4, "vault": 3, "stock": 3},
    {"migration": 0.2, "vault": 2, "fixed": True, "common": False},
    {"migration": 1.0, "documents": 30},
    {"migration": 0.5, "documents": 12, "people": 0.25, "vault": 2},
]


@pytest.mark.parametrize("count", [3, *(pytest.param(k, marks=pytest.mark.slow) for k in (1, 5))])
@pytest.mark.parametrize("a", FAMILIES, ids=FAMILIES.get)
@pytest.mark.parametrize("setting", SETTINGS, ids=repr)
def test_writers_go_astray_together_and_apart(setting, a, count):
    web = Islands(count, 20, a, **setting)
    for t, mean in enumerate(simulate(np.random.default_rng(1), web, 4, 3000), start=1):
        expected, off = web.after(t), mean - TRUTH
        within, pooled = (off**2).mean(axis=1) / V0[a], off.mean(axis=1) ** 2 / V0[a]
        assert same(off.mean(axis=1), 0.0)
        assert same(within, expected.within)
        assert same(pooled, expected.pooled)
        assert same(VARIANCE[a](mean).mean(axis=1) / V0[a], expected.variance)
        if count > 1:
            assert same((count * pooled - within) / (count - 1), expected.between)


@pytest.mark.parametrize("m", [0.05, 0.5])
@pytest.mark.parametrize("count", [2, 6])
def test_diversity_and_differentiation_of_categories(count, m):
    rng, p, n, replicates = np.random.default_rng(2), np.array([0.5, 0.3, 0.2]), 20, 5000
    web, truth = Islands(count, n, -1, migration=m), 1 - (p**2).sum()
    q = np.broadcast_to(p, (replicates, count, 3))
    for t in range(1, 41):
        common = q.mean(axis=1, keepdims=True) + 0 * q
        q = (rng.multinomial(n - round(m * n), q) + rng.multinomial(round(m * n), common)) / n
        if t in (1, 5, 40):
            within, together = 1 - (q**2).sum(axis=2).mean(axis=1), 1 - (q.mean(axis=1) ** 2).sum(axis=1)
            expected = web.after(t)
            assert same(within / truth, expected.variance)
            assert same(together / truth, expected.pooled_variance)
            assert same(together - within - expected.differentiation * together, 0.0)


@pytest.mark.parametrize(
    ("count", "m"), [(3, 0.1), *(pytest.param(*one, marks=pytest.mark.slow) for one in [(8, 0.2), (4, 0.5)])]
)
def test_without_people_the_difference_lasts_while_all_is_lost(count, m):
    """The share between writers, and the time that all together take to lose a factor e."""
    rng, n, replicates = np.random.default_rng(3), 20, 6000
    web = Islands(count, n, -1, migration=m)
    slow, _ = web.scales
    q, first = np.full((replicates, count), 0.5), 60
    for t in range(1, 101):
        common = q.mean(axis=1, keepdims=True) + 0 * q
        q = (rng.binomial(n - round(m * n), q) + rng.binomial(round(m * n), common)) / n
        if t == first:
            early = (2 * q * (1 - q)).mean(axis=1)
    late, together = (2 * q * (1 - q)).mean(axis=1), 2 * q.mean(axis=1) * (1 - q.mean(axis=1))
    assert same(together - late - web.lasting_differentiation * together, 0.0)
    assert same(late - np.exp(-40 / slow) * early, 0.0)


@pytest.mark.slow
@pytest.mark.parametrize("a", FAMILIES, ids=FAMILIES.get)
@pytest.mark.parametrize(
    "setting",
    [
        {"migration": 0.5, "people": 0.4},
        {"migration": 0.5, "vault": 5, "stock": 10},
        {"migration": 0.3, "vault": 6, "stock": 20, "fixed": True},
        {"migration": 0.6, "people": 0.5, "vault": 4, "stock": 4},
        {"n": 8, "migration": 0.5, "people": 0.25, "documents": 4},
    ],
    ids=repr,
)
def test_readers_of_a_pool_settle(setting, a):
    web = Islands(writers=4, curvature=a, **{"n": 20, **setting})
    *_, mean = simulate(np.random.default_rng(4), web, 40, 8000)
    within = ((mean - TRUTH) ** 2).mean(axis=1) / V0[a]
    settled = web.settled
    assert same(mean.var(axis=1, ddof=1) / V0[a], settled.within - settled.between)
    assert same(within * web.effective_points, 1.0)
    assert same((mean.mean(axis=1) - TRUTH) ** 2 / V0[a], settled.pooled)
    assert settled.within == pytest.approx(web.after(10**6).within, rel=1e-9)
    assert settled.differentiation == pytest.approx(web.lasting_differentiation, rel=1e-9)


@pytest.mark.parametrize("a", [-1, 0])
def test_writers_that_all_read_the_same_text_are_held_together_by_it(a):
    web = Islands(4, 2, a, migration=0.5, people=0.2, documents=1)
    *_, mean = simulate(np.random.default_rng(13), web, 30, 8000)
    settled = web.settled
    assert same(mean.var(axis=1, ddof=1) / V0[a], settled.within - settled.between)
    assert same((mean.mean(axis=1) - TRUTH) ** 2 / V0[a], settled.pooled)


@pytest.mark.parametrize("a", [-1, 0, 1])
@pytest.mark.parametrize(
    ("k", "vault"), [(3, {}), (3, {"stock": 8}), (5, {"stock": 5}), (5, {"fixed": True})], ids=repr
)
def test_a_lone_writer_is_the_loop(a, k, vault):
    loop = Loop(100, k, a, bank=vault.get("stock", k if "fixed" in vault else None))
    web = Islands(1, 100, a, migration=0.5, vault=k, **vault)
    t = np.array([1, 2, 10, 1000])
    np.testing.assert_allclose(web.after(t).within, loop.wander(t), rtol=1e-10)
    assert web.effective_points == pytest.approx(loop.effective_points, rel=1e-10)


def test_many_vaults_and_pools_are_looked_at_at_once():
    stock, documents = np.array([5.0, 9.0, np.inf]), np.array([20.0, 60.0, np.inf])
    webs = Islands(3, 20, -1, migration=0.5, vault=4, stock=stock, documents=documents)
    for of in (lambda web: web.settled.within, lambda web: web.after(7).pooled):
        pairs = zip(stock, documents, strict=True)
        alone = [of(Islands(3, 20, -1, migration=0.5, vault=4, stock=s, documents=d)) for s, d in pairs]
        assert of(webs).tolist() == pytest.approx(alone, rel=1e-12)


def test_writers_that_read_nobody_and_extremes():
    alone = Islands(4, 50, [-1, 0, 1], migration=0)
    assert alone.settled.within.tolist() == [1, np.inf, np.inf]
    assert alone.settled.pooled[0] == 0.25
    np.testing.assert_allclose(alone.lasting_differentiation, [1, 1, 0.75 / 1.75], rtol=1e-12)
    np.testing.assert_allclose(alone.after(10).between, 0, atol=1e-15)  # what each loses is its own
    huge = Islands(10, 1e14, -1, migration=1e-14).after(1e15)
    small = Islands(10, 1e5, -1, migration=1e-5).after(1e6)
    assert huge.within == pytest.approx(small.within, rel=1e-4)
    assert Islands(7, 1e15, -1, migration=1).scales[0] == pytest.approx(7e15, rel=1e-6)
    for wrong in (
        {"vault": 5, "stock": 4},
        {"migration": 0.5, "documents": 4},
        {"people": 1.2},
        {"migration": 0.9, "vault": 5},
    ):
        with pytest.raises(ValueError, match=r"expected .* got"):
            Islands(2, 10, -1, **{"migration": 0.1, **wrong})


@pytest.mark.slow
def test_the_best_number_of_writers_grows_with_the_horizon():
    n, m, horizons = 48, 0.25, [1, 60, 100, 200]
    counts = [1, 2, 4, 12]
    astray = np.zeros((len(counts), len(horizons)))
    error = np.zeros_like(astray)
    for at, count in enumerate(counts):
        rng, size = np.random.default_rng(5), n // count
        q, shared = np.full((4000, count), 0.5), round(m * size)
        for t in range(1, horizons[-1] + 1):
            common = q.mean(axis=1, keepdims=True) + 0 * q
            q = (rng.binomial(size - shared, q) + rng.binomial(shared, common)) / size
            if t in horizons:
                each = ((q - 0.5) ** 2).mean(axis=1) * 4
                place = horizons.index(t)
                astray[at, place], error[at, place] = each.mean(), each.std() / np.sqrt(len(q))
    expected = [Islands(c, n / c, -1, migration=m).after(horizons).within for c in counts]
    assert (abs(astray - expected) < 5 * error).all()
    best = best_count(horizons, n, m)
    assert best[0] == 1 and (np.diff(best) >= 0).all() and best[-1] > 4
    for place, horizon in enumerate(horizons):
        every = [Islands(c, n / c, -1, migration=m).after(horizon).within for c in range(1, n + 1)]
        assert best[place] == 1 + np.argmin(every)
        assert min(every) <= astray[:, place].min() + 5 * error[:, place].max()
    assert (best_count(horizons, n, m, 0.0) == 1).all() and (best_count(horizons, n, m, 1.0) == 1).all()


@pytest.mark.parametrize("halves", [np.inf, 2.5, -4.0])
@pytest.mark.parametrize("window", [None, 1, 4])
def test_the_share_of_model_text_is_that_of_documents_drawn(halves, window):
    rng, t = np.random.default_rng(6), np.arange(9)
    people = pool.amount(400.0, t, halves)
    machines = 150.0 + 10 * t
    share = pool.model_share(people, machines, window=window, before=0 if window else 300)
    written = [rng.random(int(people[g] + machines[g])) * (people[g] + machines[g]) < machines[g] for g in t]
    for g in t:
        lies = written[max(0, g + 1 - window) : g + 1] if window else [np.zeros(300, bool), *written[: g + 1]]
        drawn = rng.choice(np.concatenate(lies), 4000)
        texts = sum(map(len, lies))
        assert abs(drawn.mean() - share[g]) < 5 * np.sqrt(0.25 / 4000 + 0.25 / texts) + len(lies) / texts
    assert pool.total(400.0, t + 1, halves) == pytest.approx(np.cumsum(people), rel=1e-12)


@pytest.mark.parametrize(("s", "b"), [(0.1, 2.0), (0.67, 2.0), (0.5, 0.2), (0.9, 10.0)])
def test_what_is_found_more_often_is_read_more_often(s, b):
    rng, draws = np.random.default_rng(7), 100_000
    model = rng.permutation(np.arange(10_000) < s * 10_000)
    heavy = np.where(model, b, 1.0)
    drawn = rng.choice(model, draws, p=heavy / heavy.sum()).mean()
    expected = pool.retrieve(s, b)
    assert abs(drawn - expected) < 5 * np.sqrt(expected * (1 - expected) / draws)


@pytest.mark.parametrize(
    ("s", "r", "f", "q", "g"), [(0.5, 0.9, 0.05, 0.1, 0.2), (0.9, 0.5, 0.3, 0.4, 0.0), (0.2, 0.99, 0.01, 0.02, 0.5)]
)
def test_a_filter_leaves_what_it_takes_for_people_and_fewer_of_the_minority(s, r, f, q, g):
    rng, texts = np.random.default_rng(8), 200_000
    model = rng.random(texts) < s
    rare = ~model & (rng.random(texts) < q)
    kept = rng.random(texts) >= np.where(model, r, np.where(rare, g, f))
    left = pool.sieve(s, r, f, minority=q, minority_wrong=g)
    for seen, expected in [
        (kept, left.kept),
        (model[kept], left.models),
        (~kept[~model], left.lost),
        (~kept[rare], left.minority_lost),
        (rare[kept & ~model], left.minority),
    ]:
        assert abs(seen.mean() - expected) <= 5 * np.sqrt(expected * (1 - expected) / len(seen))
    assert pool.real_points(1000, left.models) == pytest.approx(1000 * (1 - left.models))


@pytest.mark.parametrize("a", FAMILIES, ids=FAMILIES.get)
@pytest.mark.parametrize("s", [0.3, 0.8])
def test_a_lone_reader_is_worth_so_many_points(s, a):
    rng, n, mean = np.random.default_rng(9), 25, np.full(10_000, TRUTH)
    for _ in range(40):
        models = rng.binomial(n, s, len(mean))
        mean = (add(rng, a, models, mean) + add(rng, a, n - models, TRUTH)) / n
    assert same((mean - TRUTH) ** 2 / V0[a] * pool.effective_points(n, s, a), 1.0)
    assert pool.effective_points(n, s, a) == pytest.approx(Loop(n, n * (1 - s), a, random=True).effective_points)


def test_the_minority_is_lost_to_the_filter_and_not_to_the_loop():
    rng, n, replicates = np.random.default_rng(10), 500, 4000
    q, caught, wrong, minority_wrong = 0.1, 0.8, 0.05, 0.4
    left = pool.sieve(0.7, caught, wrong, minority=q, minority_wrong=minority_wrong)
    share = np.full(replicates, q)
    for t in range(1, 21):
        model = rng.binomial(n, left.models, replicates)
        share = (rng.binomial(model, share) + rng.binomial(n - model, left.minority)) / n
        assert same(share, pool.minority_after(t, q, left.minority, left.models))


MIXES = {
    "unequal": [[0.5, 0.2, 0.1], [0.3, 0.3, 0.4], [0.0, 0.0, 0.9]],
    "ring": [[0.6, 0.4, 0.0], [0.0, 0.6, 0.4], [0.4, 0.0, 0.6]],
    "one is read by all": [[0.5, 0.0, 0.0], [0.5, 0.4, 0.0], [1.0, 0.0, 0.0]],
}


@pytest.mark.parametrize("random", [False, True], ids=["counted", "drawn"])
@pytest.mark.parametrize("a", FAMILIES, ids=FAMILIES.get)
@pytest.mark.parametrize("mix", MIXES.values(), ids=MIXES)
def test_writers_of_any_size_that_read_whom_they_like(mix, a, random):
    rng, n, replicates = np.random.default_rng(11), np.array([10, 20, 50]), 5000
    chances = np.column_stack([mix, 1 - np.sum(mix, axis=1)]).clip(0)
    expected = writers.covary(5, n, mix, a, random=random)
    mean = np.full((replicates, 3), TRUTH)
    for t in range(1, 6):
        sources = np.column_stack([mean, np.full(replicates, TRUTH)])
        origins = (
            rng.multinomial(n, chances, (replicates, 3)) if random else np.rint(n[:, None] * chances).astype(int)[None]
        )
        mean = add(rng, a, origins, sources[:, None, :]).sum(axis=2) / n
        off = mean - TRUTH
        assert same(off[:, :, None] * off[:, None, :] / V0[a], expected[t])


def test_writers_that_are_alike_are_islands():
    with pytest.raises(ValueError, match="add up"):
        writers.covary(1, 10, [[0.9, 0.2], [0.0, 1.0]], 0.0)
    count, n, m, u = 4, 50, 1.0, 0.1
    mix = np.full((count, count), m * (1 - u) / count)
    state = writers.covary(30, n, mix, 1.0, random=True)
    expected = Islands(count, n, 1.0, migration=m, people=u).after(np.arange(31))
    np.testing.assert_allclose(state[:, 0, 0], expected.within, rtol=1e-12)
    np.testing.assert_allclose(state[:, 0, 1], expected.between, rtol=1e-12)


def regress(rows, labels, weights):
    """Weighted least squares for each replicate; rows (rows, d), labels (replicates, rows)."""
    return labels @ (np.linalg.solve((rows.T * weights) @ rows, rows.T * weights)).T


@pytest.mark.parametrize("shared", [True, False], ids=["one pool", "own draws"])
@pytest.mark.parametrize("labels", ["fresh", "fixed"])
@pytest.mark.parametrize("weight", [1.0, 0.3])
def test_regressions_over_a_pool(weight, labels, shared):
    rng, replicates, count, d, noise = np.random.default_rng(12), 3000, 3, 2, 0.7
    people = [rng.normal(size=(size, d)) for size in (4, 6, 12)]
    written = [rng.normal(size=(size, d)) for size in (5, 10, 3)]
    truths = np.array([[0.0, 1.0], [1.0, 0.0], [-1.0, 0.5]])
    law = writers.Regressions(
        [x.T @ x for x in people], [x.T @ x for x in written], truths, weight, noise, labels, shared
    )
    means, covariances = law.after(6)

    def label(x, theta):
        return theta @ x.T + np.sqrt(noise) * rng.normal(size=(replicates, len(x)))

    theta = np.broadcast_to(truths, (replicates, count, d))
    told = [label(x, truths[i]) for i, x in enumerate(people)]
    for t in range(1, 7):
        web = [label(x, theta[:, j]) for j, x in enumerate(written)]
        then = []
        for i in range(count):
            new = label(people[i], truths[i]) if labels == "fresh" else told[i]
            texts = web if shared else [label(x, theta[:, j]) for j, x in enumerate(written)]
            rows = np.concatenate([people[i], *written])
            weights = np.r_[np.ones(len(people[i])), np.full(len(rows) - len(people[i]), weight)]
            then.append(regress(rows, np.concatenate([new, *texts], axis=1), weights))
        theta = np.stack(then, axis=1)
        off = (theta - means[t]).reshape(replicates, -1)
        assert same(off, 0.0)
        assert same(off[:, :, None] * off[:, None, :], covariances[t])
    mean, covariance = law.settled
    far = law.after(400)
    np.testing.assert_allclose(far[0][-1], mean, rtol=1e-6)
    np.testing.assert_allclose(far[1][-1], covariance, rtol=1e-6, atol=1e-12)


def test_regressions_settle_iff_the_spectral_radius_is_below_one():
    """A direction in no real row is nobody's to keep: an offset in it stays, and its noise adds up."""
    blind = np.array([np.diag([5.0, 0.0])] * 2)
    full = np.array([np.diag([5.0, 5.0]), np.diag([5.0, 0.0])])
    text = np.array([10 * np.eye(2)] * 2)
    truths = np.zeros((2, 2))
    lost = writers.Regressions(blind, text, truths)
    assert lost.radius == pytest.approx(1, abs=1e-12)
    with pytest.raises(ValueError, match="spectral radius"):
        _ = writers.Regressions(0 * blind, text, truths).settled
    growth = np.diff([np.trace(c) for c in lost.after(200)[1]])
    assert growth[-1] == pytest.approx(growth[-50], rel=1e-9) and growth[-1] > 0.01
    held = writers.Regressions(full, text, truths)
    assert held.radius < 1
    np.testing.assert_allclose(held.after(2000)[1][-1], held.settled[1], rtol=1e-6, atol=1e-9)
    alike = writers.Regressions(full, 1000 * text, [[0.0, 0.0], [1.0, 1.0]]).settled[0]
    assert abs(alike[0] - alike[1]).max() < 0.01
