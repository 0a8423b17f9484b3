"""Pools: what theory says of many writers who read one pool, beside simulations, and beside what else theory says."""

import numpy as np
import pytest
from scipy.special import ndtri

import kellet
from kellet import Accumulate, Anchor, Arm, Experiment, Prior, Subsample, Window, families, worlds
from kellet.loop.curation.documents import Dedup
from kellet.loop.curation.sampling import Shrink
from kellet.loop.pool.settings import Detector, Humans, Pool, Writer
from kellet.theory import writers as mixes
from kellet.theory.islands import Islands

GENERATIONS, SEED = 8, 5
ALARM = 1e-5
"""Chance that right theory is cried wrong, of all comparisons of a test together."""

FAMILIES = {
    "bernoulli": (worlds.Bernoulli(0.3), families.Bernoulli(), ("variance_ratio", "mean_drift")),
    "poisson": (worlds.Poisson(2.0), families.Poisson(), ("variance_ratio", "mean_drift")),
    "normal": (worlds.Normal(mean=1, variance=2), families.Gaussian(), ("variance_ratio", "mean_drift")),
    "exponential": (worlds.Exponential(), families.Exponential(), ("variance_ratio", "mean_drift")),
    "categories": (worlds.categorical([0.4, 0.3, 0.2, 0.07, 0.03]), families.Categorical(), ("heterozygosity",)),
}
TWO, FIVE = {"w": Writer(many=2)}, {"w": Writer(many=5)}
UNLIKE = {"small": Writer(size=6, share=0.15), "large": Writer(size=30), "slow": Writer(every=3)}
"""Sizes, shares of what is written, and times to learn of their own."""
FEWER = Humans(share=0.3, halving=2)
VAULTS = {
    "one": Writer(anchor=Anchor(5, draw="bank", bank=8)),
    "other": Writer(anchor=Anchor(3, draw="bank", bank=8), private=2),
    "own": Writer(anchor=Anchor(3, draw="fixed", every=2)),
    "free": Writer(size=8, anchor=Anchor(2)),
}


def finite(**settings):
    return Pool(reading="documents", **settings)


ARMS = {
    "all": Arm(pool=Pool(), writers=TWO),
    "newest": Arm(pool=Pool(window=1), writers=FIVE),
    "window": Arm(pool=Pool(window=3), writers=TWO),
    "halving": Arm(pool=Pool(halving=1.5), writers=FIVE),
    "window and halving": Arm(pool=Pool(window=3, halving=1, humans=Humans(count=5)), writers=UNLIKE),
    "unlike": Arm(pool=Pool(), writers=UNLIKE),
    "unlike, newest": Arm(pool=Pool(window=1, humans=Humans(share=0.1)), writers=UNLIKE),
    "people": Arm(pool=Pool(window=1, humans=Humans(share=0.2)), writers=TWO),
    "fewer people": Arm(pool=Pool(humans=FEWER), writers=TWO),
    "more people": Arm(pool=Pool(humans=Humans(count=2, halving=-2), before=10), writers=TWO),
    "people's newest": Arm(pool=Pool(window=0, humans=Humans(count=10)), writers=TWO),
    "bias": Arm(pool=Pool(window=2, humans=FEWER, bias=3), writers=TWO),
    "against models": Arm(pool=Pool(humans=FEWER, bias=0.4), writers=UNLIKE),
    "filter": Arm(pool=Pool(window=1, humans=FEWER, filter=Detector(0.8, 0.2)), writers=FIVE),
    "filter and bias": Arm(pool=Pool(humans=FEWER, filter=Detector(0.6, 0.1), bias=2, halving=3), writers=UNLIKE),
    "much written": Arm(pool=Pool(written=1e6, before=1e3, humans=Humans(count=1e4)), writers=UNLIKE),
    "walls": Arm(pool=Pool(pools=2, window=1), writers=FIVE),
    "migration": Arm(pool=Pool(pools=2, migration=0.2, humans=FEWER), writers=UNLIKE),
    "migration, newest": Arm(pool=Pool(pools=3, migration=0.1, window=1), writers=FIVE),
    "migration, all of it": Arm(pool=Pool(pools=2, migration=1.0, window=2, bias=2, humans=FEWER), writers=TWO),
    "fresh": Arm(pool=Pool(), anchor=Anchor(4), writers=TWO),
    "fresh share": Arm(pool=Pool(window=1), anchor=Anchor(share=0.2, every=2), writers=UNLIKE),
    "random": Arm(pool=Pool(window=2, humans=FEWER), anchor=Anchor(share=0.2, random=True), writers=TWO),
    "bank": Arm(pool=Pool(window=1), anchor=Anchor(4, draw="bank", bank=6), writers=FIVE),
    "fixed": Arm(pool=Pool(halving=2), anchor=Anchor(share=0.3, draw="fixed"), writers=TWO),
    "private": Arm(pool=Pool(), writers={"rich": Writer(private=6), "poor": Writer(many=2)}),
    "vaults": Arm(pool=Pool(window=2, humans=FEWER, filter=Detector(0.5)), writers=VAULTS),
    "prior": Arm(pool=Pool(window=1), prior=Prior(3.0), writers=TWO),
    "prior and bank": Arm(pool=Pool(), prior=Prior(2.0), anchor=Anchor(3, draw="bank", bank=5), writers=UNLIKE),
    "alone": Arm(pool=Pool(humans=FEWER)),
    "documents": Arm(pool=finite(), writers=FIVE),
    "documents, newest": Arm(pool=finite(window=1, humans=Humans(count=10)), writers=TWO),
    "documents, unlike": Arm(pool=finite(window=2, written=80, before=70), writers=UNLIKE),
    "documents, vaults": Arm(pool=finite(humans=Humans(count=4)), writers=VAULTS),
    "documents, walls": Arm(pool=finite(pools=2, humans=Humans(count=6)), writers=FIVE),
    "whole": Arm(pool=finite(whole=True, written=80, before=56), writers=UNLIKE),
    "whole window": Arm(pool=finite(whole=True, window=2, humans=Humans(count=9)), prior=Prior(2.0), writers=TWO),
    "whole, anchor": Arm(pool=finite(whole=True), anchor=Anchor(4, draw="bank", bank=6), writers=TWO),
    "few documents": Arm(pool=finite(window=0, humans=Humans(count=8)), anchor=Anchor(6), writers=TWO),
    "people's newest documents": Arm(pool=finite(window=0, humans=Humans(count=25)), writers=TWO),
}
SIFTED = {
    "minority": Arm(pool=Pool(humans=FEWER, filter=Detector(0.6, 0.1, 0.15, 0.5)), writers=UNLIKE),
    "minority and prior": Arm(
        pool=Pool(window=1, humans=FEWER, filter=Detector(0.6, 0.1, 0.15, 0.5), pools=2, migration=0.3),
        prior=Prior(2.0, mean=(1.0, 0.0, 0.0, 1.0, 2.0)), writers=VAULTS,
    ),
}  # fmt: skip
"""What a filter does to categories."""
SIZES = {"documents, unlike": (20, 24, 18)}


def simulate(key, names, replicates, generations=GENERATIONS):
    """The comparisons of theory and simulation, arm by arm of one family."""
    world, family, metrics = FAMILIES[key]
    arms = {name: (ARMS | SIFTED)[name] for name in names}
    for size in {SIZES.get(name, 20) for name in arms}:
        own = {name: arm for name, arm in arms.items() if SIZES.get(name, 20) == size}
        yield from kellet.run(
            world=world, family=family, size=size, arms=own, generations=generations, replicates=replicates,
            metrics=metrics, seed=SEED,
        ).check().overlaps  # fmt: skip


def judge(overlaps):
    """None is wrong, none has no number, and none is off as a whole."""
    for overlap in overlaps:
        if overlap.metric.startswith("model_share") and overlap.error == 0:
            assert overlap.simulated == pytest.approx(overlap.predicted, rel=1e-12), str(overlap)
    sound = [overlap for overlap in overlaps if overlap.sound]
    bound = -ndtri(ALARM / 4 / len(sound))
    worst = max(sound, key=lambda overlap: abs(overlap.z))
    assert abs(worst.z) < bound, str(worst)
    assert len(sound) > 0.7 * len(overlaps)
    assert not any(np.isnan(overlap.z) for overlap in overlaps)
    for metric in {overlap.metric.split("@")[0] for overlap in sound if overlap.error > 0}:
        arms = {overlap.arm for overlap in sound if overlap.metric == metric}
        means = [np.mean([o.z for o in sound if o.arm == arm and o.metric == metric]) for arm in arms]
        # Each is a standard normal number at most, since generations of an arm go together.
        score = float(np.sum(means)) / np.sqrt(len(means))
        assert abs(score) < -ndtri(ALARM / 40), f"{metric} is off as a whole, by {score:.1f}"


def deal():
    """Family -> arms, each arm dealt to one of the families, in turn, and every other to two."""
    dealt = {key: [] for key in FAMILIES}
    for i, name in enumerate(ARMS):
        for step in (0, 2)[: 1 + i % 2]:
            dealt[list(FAMILIES)[(i + step) % len(FAMILIES)]].append(name)
    dealt["categories"] += list(SIFTED)
    return dealt


def test_theory_and_simulation_agree_in_many_settings():
    dealt = deal()
    assert sum(map(len, dealt.values())) >= 60
    overlaps = {key: list(simulate(key, names, 200, generations=6)) for key, names in dealt.items()}
    for key, names in dealt.items():
        assert {overlap.arm for overlap in overlaps[key] if FAMILIES[key][2][0] in overlap.metric} == set(names), key
    judge([overlap for one in overlaps.values() for overlap in one])


@pytest.mark.slow
@pytest.mark.parametrize("key", list(FAMILIES))
def test_theory_and_simulation_agree_everywhere(key):
    judge(list(simulate(key, [*ARMS, *(SIFTED if key == "categories" else ())], 4000)))


def predict(arm, key="normal", size=20):
    world, family, _ = FAMILIES[key]
    return kellet.predict(Experiment(world, family, size, {"a": arm}, generations=GENERATIONS))["a"]


ONE = {
    "replace": (Arm(), Pool(window=1)),
    "prior": (Arm(prior=Prior(3.0)), Pool(window=1)),
    "fresh": (Arm(anchor=Anchor(4)), Pool(window=1)),
    "random": (Arm(anchor=Anchor(share=0.2, random=True)), Pool(window=1)),
    "every other": (Arm(anchor=Anchor(4, draw="fixed", every=2)), Pool(window=1)),
    "bank and prior": (Arm(anchor=Anchor(4, draw="bank", bank=7), prior=Prior(2.0)), Pool(window=1)),
    "accumulate": (Arm(Accumulate()), finite(whole=True)),
    "window": (Arm(Window(3)), finite(whole=True, window=3)),
    "subsample": (Arm(Subsample()), finite()),
}


@pytest.mark.parametrize("key", ["normal", "exponential", "categories"])
@pytest.mark.parametrize("one", list(ONE))
def test_a_pool_of_one_writer_without_people_is_a_loop(one, key):
    arm, pool = ONE[one]
    # What is written for a generation is as much as it reads, and not as the one that wrote it read.
    size = (10, 30, 15) if arm.regime == kellet.Replace() else 20
    alone = predict(arm, key, size)
    lone = predict(Arm(pool=pool, anchor=arm.anchor, prior=arm.prior), key, size)
    for metric in FAMILIES[key][2]:
        np.testing.assert_allclose(lone[metric].values, alone[metric].values, rtol=1e-12)


def test_writers_without_memory_are_a_mix():
    shares, n, u = np.array([0.5, 0.2, 0.3]), np.array([10, 20, 40]), 0.25
    state = mixes.covary(GENERATIONS + 1, n, np.tile((1 - u) * shares, (3, 1)), -1.0, random=True)[1:]
    three = {f"w{i}": Writer(size=int(n[i]), share=shares[i]) for i in range(3)}
    found = predict(Arm(pool=Pool(window=1, humans=Humans(share=u)), writers=three))
    for i in range(3):
        np.testing.assert_allclose(found[f"mean_drift@w{i}"].values, state[:, i, i], rtol=1e-12)
    apart = sum((state[:, i, i] + state[:, j, j]) / 2 - state[:, i, j] for i in range(3) for j in range(i)) / 3
    np.testing.assert_allclose(found["writers_apart"].values, apart, rtol=1e-12)


@pytest.mark.parametrize("islands", [
    Islands(5, 20, -1.0),
    Islands(5, 20, -1.0, people=0.2),
    Islands(5, 20, -1.0, people=0.2, migration=0.8, vault=4, stock=6),
    Islands(5, 20, -1.0, migration=0.8, vault=4, stock=4, fixed=True, common=False),
], ids=["alike", "people", "bank", "fixed"])  # fmt: skip
def test_writers_who_are_alike_are_islands(islands):
    u, vault = float(islands.people), int(islands.vault)
    pool = Pool(window=1, humans=Humans(share=u) if u else None)
    anchor = Anchor(vault, draw="fixed") if islands.fixed else Anchor(vault, draw="bank", bank=6) if vault else None
    found, expected = predict(Arm(pool=pool, anchor=anchor, writers=FIVE)), islands.after(np.arange(1, GENERATIONS + 2))
    np.testing.assert_allclose(found["mean_drift"].values, expected.within, rtol=1e-12)
    np.testing.assert_allclose(found["variance_ratio"].values, expected.variance, rtol=1e-12)
    np.testing.assert_allclose(found["differentiation"].values, expected.differentiation, rtol=1e-12)
    np.testing.assert_allclose(found["writers_apart"].values, expected.within - expected.between, rtol=1e-12)


@pytest.mark.parametrize("arm", [
    Arm(pool=Pool(), anchor=Anchor(4, weight=2.0)),
    Arm(pool=Pool(), anchor=Anchor(4, contaminated=0.5)),
    Arm(pool=Pool(), curation=Shrink(0.9)),
    Arm(pool=finite(humans=FEWER, filter=Detector(0.5))),
    Arm(pool=finite(bias=2.0)),
    Arm(pool=finite(dedup=Dedup())),
    Arm(pool=finite(pools=2, migration=0.1), writers=TWO),
    Arm(pool=finite(), anchor=Anchor(share=0.2, random=True)),
    Arm(pool=Pool(), writers={"w": Writer(), "v": Writer(family=families.Gaussian(covariance="diagonal"))}),
])  # fmt: skip
def test_of_other_moments_nothing_is_said(arm):
    found = predict(arm)
    assert "variance_ratio" not in found
    assert "model_share" in found


def test_nothing_is_proved_of_pools():
    from kellet.experiment.predicting.absorption import predict_survival
    from kellet.experiment.proof import falls_for_ever
    from kellet.experiment.verdict.absorption import absorption_of

    world, family, _ = FAMILIES["bernoulli"]
    arms = {"web": Arm(pool=Pool(window=1, humans=Humans(share=0.01)), writers=TWO), "alone": Arm()}
    found = kellet.run(world=world, family=family, size=3, arms=arms, generations=10, replicates=200)
    assert [falls_for_ever(found.experiment, arm) for arm in arms] == [False, True]
    assert [absorption_of(found, arm).stays for arm in arms] == [False, True]
    cells = found.resolved.cells
    assert [predict_survival(cells[arm], found.resolved.source) is None for arm in arms] == [True, False]
