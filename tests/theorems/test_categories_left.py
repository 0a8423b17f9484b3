"""Which categories a loop has left, against what theory says: where it is exact, and where it says what it is off by.

Tolerance: Z standard errors of the run, at about 400 places.
"""

import numpy as np
import pytest

import kellet
from kellet import Accumulate, Anchor, Arm, families, worlds
from kellet.laws import Frequencies

Z = 5.5
ARMS = {
    "replace": Arm(),
    "one fresh": Arm(anchor=Anchor(1)),
    "every third": Arm(anchor=Anchor(5, every=3)),
    "a fifth": Arm(anchor=Anchor(share=0.2)),
    "contaminated": Arm(anchor=Anchor(4, contaminated=0.5)),
    "accumulate": Arm(regime=Accumulate()),
    "accumulate, fresh": Arm(regime=Accumulate(), anchor=Anchor(2)),
    "accumulate, fixed": Arm(regime=Accumulate(), anchor=Anchor(2, draw="fixed", weight=3.0)),
}
HORIZONS = [0, 1, 4, 20, 80]


@pytest.mark.parametrize(
    ("world", "size"),
    [(worlds.Zipf(20), 12), (worlds.categorical([0.1] * 10), 8), (worlds.categorical([0.5, 0.5, 0.0]), (20, 5, 10))],
    ids=repr,
)
def test_theory_and_loops_have_the_same_left(world, size):
    arms = {name: arm for name, arm in ARMS.items() if isinstance(size, int) or name != "contaminated"}
    if isinstance(size, tuple):
        arms = {name: arm for name, arm in arms.items() if arm.anchor is None or arm.anchor.share is None}
    run = kellet.run(
        world=world, family=families.Categorical(), size=size, arms=arms, generations=80, replicates=2000, seed=5,
        block=2000, metrics=("surviving_types", "tail_kept"),
    )  # fmt: skip
    known = kellet.predict(run.experiment)
    for arm in arms:
        for metric in ("surviving_types", "tail_kept"):
            seen, said = run.data[metric].sel(arm=arm).values[:, HORIZONS], known[arm][metric]
            assert said.kind == "exact"
            error = seen.std(axis=0) / np.sqrt(len(seen))
            gap = abs(seen.mean(axis=0) - said.values[HORIZONS])
            # Where all loops agree, what happens to fewer than one in 2000 isn't seen.
            assert (gap < Z * error + 1e-3 * (error < 1e-12) + 1e-12).all(), (arm, metric, gap / error)


@pytest.mark.parametrize(("many", "n"), [(10, 50), (2, 10), (10, 5000), (2, 10**9)])
def test_what_is_always_left_is_never_said_to_be_lost(many, n):
    world = worlds.categorical(np.full(many, 1 / many))
    e = kellet.Experiment(world, families.Categorical(), n, {"replace": Arm()}, generations=min(60 * n, 100_000))
    said = kellet.predict(e)["replace"]["surviving_types"]
    assert (said.values > 1 / many - 1e-6).all()
    assert said.kind == ("exact" if n <= 2000 else "approximation")
    if n < 10**9:
        assert said.values[-1] == pytest.approx(1 / many, abs=1e-3)
    else:
        assert "off by at most 0.0015" in said.source


def test_a_large_vocabulary_is_what_simulation_finds():
    rng, p, n, fits = np.random.default_rng(3), 1 / np.arange(1, 5001), 20_000, 60
    p /= p.sum()
    e = kellet.Experiment(worlds.Zipf(5000), families.Categorical(), n, {"replace": Arm()}, generations=fits - 1)
    said = kellet.predict(e)["replace"]["surviving_types"]
    model, left = Frequencies(np.broadcast_to(p, (30, 5000))), []
    for _ in range(fits):
        model = Frequencies(model.statistics(n, rng).values / n)
        left.append((model.probabilities > 0).mean(axis=1))
    error = np.std(left, axis=1) / np.sqrt(30)
    assert (abs(np.mean(left, axis=1) - said.values) < Z * error + 0.0015).all()
