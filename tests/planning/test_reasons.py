"""The three reasons: known losses are found again, and what they ask for is what simple theory asks for."""

import numpy as np
import pytest

import kellet
from kellet import Anchor, Arm, families, worlds
from kellet.planning import reasons
from kellet.planning.reasons import Kinds, Losses
from kellet.theory import Loop

RARE_MIX = 1 / np.arange(1, 201)
ZIPF = RARE_MIX / RARE_MIX.sum()


def made_up(rng, bias, shrinking, step, size, generations, loops=40_000):
    """(R, 2): a metric that loses bias + shrinking/n per generation and moves by step/n."""
    start = 1 + rng.normal(size=loops) * np.sqrt(step / size)
    lost = generations * (bias + shrinking / size)
    moved = start - lost + rng.normal(size=loops) * np.sqrt(generations * step / size)
    return np.stack([start, moved], axis=1)


@pytest.mark.parametrize(("bias", "shrinking"), [(0.02, 0.0), (0.0, 1.0), (0.01, 2.0), (-0.01, 1.0)])
@pytest.mark.parametrize("lower", [False, True])
def test_losses_of_a_made_up_loop_are_found_again(bias, shrinking, lower):
    rng = np.random.default_rng(1)
    sign = -1 if lower else 1
    full, quarter = (made_up(rng, sign * bias, sign * shrinking, 2.0, n, 4) for n in (400, 100))
    found = Losses.of(full, quarter, 4, lower)
    # Relative to the median, which is 1.
    for (value, error), truth in zip((found.bias, found.sampling), (bias, shrinking / 400), strict=True):
        assert abs(value - truth) < 5 * error + 1e-4
        assert error < 0.001
    assert found.step == pytest.approx(2.0 / 400, rel=0.08)


def test_a_loss_that_its_error_explains_is_no_bias():
    loop = Loop(100, 1, 0)
    assert Losses(0.0, (0.0, 0.0), (0.01, 0.006)).by_bias(loop, 1000) == 0
    assert Losses(0.0, (0.0, 0.0), (0.01, 0.001)).by_bias(loop, 100_000) == pytest.approx(1.0)


def test_bias_asks_for_a_share_and_variance_for_a_number():
    needs, horizon = {}, 10**6
    for size in (1000, 8000):
        loss = Losses(2 / size, (0.0, 0.0), (0.01, 0.0001))

        def biased(k, loss=loss, size=size):
            return loss.by_bias(Loop(size, k, 0), horizon)

        def sampled(k, loss=loss, size=size):
            return loss.by_variance(Loop(size, k, 0), horizon, 1.28)

        needs[size] = reasons.find_least(biased, 0.1, size), reasons.find_least(sampled, 0.2, size)
    assert needs[8000][0] / needs[1000][0] == pytest.approx(8, rel=0.02)
    assert needs[8000][1] / needs[1000][1] == pytest.approx(1, rel=0.05)


def test_the_variance_reason_is_the_autoregression_of_a_normal_law():
    # n points move ln s^2 by 2/n, k/n of it is pulled back: a scatter of sqrt(1/k), and 1.28 of them may be 0.2.
    size, level = 10_000, 0.8
    loss = Losses(2 / size, (0.0, 0.0), (0.0, 0.0))
    k = reasons.find_least(lambda k: loss.by_variance(Loop(size, k, 0), 10**6, 1.2816), 1 - level, size)
    assert k == pytest.approx((1.2816 / 0.2) ** 2, rel=0.03)


def test_fixed_points_keep_their_own_scatter():
    loss = Losses(2 / 1000, (0.0, 0.0), (0.0, 0.0))
    fresh = reasons.find_least(lambda k: loss.by_variance(Loop(1000, k, 0), 10**6, 1.28), 0.2, 1000)
    fixed = reasons.find_least(lambda k: loss.by_variance(Loop(1000, k, 0, bank=k), 10**6, 1.28), 0.2, 1000)
    # 1/k of the loop and 2/k of the points themselves.
    assert fixed / fresh == pytest.approx(3, rel=0.1)


def test_nothing_is_asked_for_where_nothing_is_lost_and_everything_where_it_never_suffices():
    assert reasons.find_least(lambda _: 0.05, 0.1, 100) == 0
    assert reasons.find_least(lambda _: 0.2, 0.1, 100) == float("inf")


def test_the_rare_reason_agrees_with_simulation():
    size, k, horizon = 400, 40, 60
    run = kellet.run(
        world=worlds.categorical(ZIPF), family=families.Categorical(), size=size, generations=horizon,
        arms={"k": Arm(anchor=Anchor(k))}, replicates=400, metrics=("tail_kept", "surviving_types"), seed=3,
    )  # fmt: skip
    for metric, weights in (("tail_kept", reasons.rare_types(ZIPF)), ("surviving_types", np.ones(200))):
        kinds = Kinds(tuple(map(str, range(200))), ZIPF, weights)
        kept = run.data[metric].values[0]
        relative = kept[:, -1] / kept[:, 0].mean()
        # The genealogy is good to a few per cent.
        assert reasons.find_share(kinds, size, k, horizon, 0.5) == pytest.approx(relative.mean(), rel=0.04)
        tenth = reasons.find_share(kinds, size, k, horizon, 0.9)
        assert tenth == pytest.approx(np.quantile(relative, 0.1), rel=0.08)
        reason = reasons.explain_rarity(metric, tenth, kinds, size, horizon, 0.9)
        assert reason.points == pytest.approx(k, rel=0.03)


def test_a_few_categories_are_counted_one_by_one():
    p = 0.6 ** np.arange(10)
    kinds = Kinds(tuple(map(str, range(10))), p / p.sum(), np.ones(10))
    k, size, horizon = 30, 300, 40
    run = kellet.run(
        world=worlds.categorical(p / p.sum()), family=families.Categorical(), size=size, generations=horizon,
        arms={"k": Arm(anchor=Anchor(k))}, replicates=600, metrics=("surviving_types",), seed=3,
    )  # fmt: skip
    kept = run.data["surviving_types"].values[0]
    tenth = np.quantile(kept[:, -1], 0.1, method="lower") / np.median(kept[:, 0])
    # One category more or less.
    assert reasons.find_share(kinds, size, k, horizon, 0.9) == pytest.approx(tenth, abs=0.11)
    shown = [reasons.find_share(kinds, size, k, horizon, 0.9) for k in range(1, 100, 7)]
    assert shown == sorted(shown)


def test_the_scatter_of_judging_is_no_step():
    rng = np.random.default_rng(0)
    exact = made_up(rng, 0.0, 0.0, 2.0, 400, 4)
    judged = exact + rng.normal(size=exact.shape) * 0.2
    assert Losses.of(exact, exact, 4, lower=False).step == pytest.approx(2 / 400, rel=0.05)
    assert Losses.of(judged, judged, 4, lower=False, judged=True).step == pytest.approx(2 / 400, rel=0.25)


def test_the_rarest_category_kept_is_kept_with_that_confidence():
    size, k, horizon = 400, 40, 40
    kinds = Kinds(tuple(map(str, range(200))), ZIPF, np.ones(200))
    name, p = reasons.find_rarest(kinds, size, k, horizon, 0.9)
    assert ZIPF[int(name)] == p
    loop = kellet.generations(
        worlds.categorical(ZIPF), families.Categorical(200), size=size, anchor=Anchor(k), replicates=600,
        rng=np.random.default_rng(4),
    )  # fmt: skip
    last = next(g for g in loop if g.t == horizon)
    there = (last.model.dense()[:, int(name)] > 0).mean()
    assert there > 0.9 - 0.04 - 5 * np.sqrt(0.09 / 600)
    assert reasons.find_rarest(kinds, size, 0, 10**9, 0.9) is None or ZIPF.max() > 0.9


def test_kinds_of_words_have_names_and_frequencies():
    world = worlds.Words()
    kinds = reasons.find_kinds(world.open(1), world, "surviving_types")
    assert "the" in kinds.names
    assert kinds.probabilities.sum() == pytest.approx(1)
    assert kinds.weights.max() == 1
    rare = reasons.find_kinds(world.open(1), world, "tail_kept")
    assert rare.weights[kinds.probabilities.argmax()] == 0


def test_kinds_of_digits_are_their_classes():
    world = worlds.Digits(dims=8)
    kinds = reasons.find_kinds(world.open(1), world, "surviving_classes")
    assert len(kinds.names) == 10
    assert kinds.probabilities.sum() == pytest.approx(1)
    assert reasons.find_kinds(world.open(1), world, "coverage") is None


def test_kinds_of_a_mixed_table_are_the_levels_of_its_columns(tmp_path):
    path = tmp_path / "t.csv"
    rows = [f"{i % 50},{'often' if i % 100 else 'seldom'}" for i in range(1000)]
    path.write_text("age,how\n" + "\n".join(rows) + "\n", encoding="utf-8")
    world = worlds.Mixed(str(path))
    source = world.open(1)
    kinds = reasons.find_kinds(source, world, "surviving_levels")
    assert any(name.startswith("how: ") and "seldom" in name for name in kinds.names)
    assert reasons.find_kinds(source, world, "coverage") is None
