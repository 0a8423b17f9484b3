"""Verdicts are calibrated: of loops that truly stand, fall or settle at most 5 % are told wrongly.

One run of many replicates says what is true; cut into groups it is many runs of few replicates, each with a verdict.
A word is false where the median of all replicates has another one, and "still falling" or "no longer falling" where
the loop does the opposite.  Theory's word is left out here: what it proves needs no test.
"""

from dataclasses import dataclass

import numpy as np
import pytest
from scipy.stats import binom

import kellet
from kellet import Accumulate, Anchor, Arm, Prior, families, worlds
from kellet.experiment.verdict import level
from kellet.experiment.verdict.summary import Left, summarise, what_is_left
from kellet.metrics import find_metric

GROUPS = 300
NORMAL, ZIPF = (worlds.Normal(), families.Gaussian(), "variance_ratio"), (worlds.Zipf(20), families.Categorical())
ALL_REAL, SOME_REAL = Arm(anchor=Anchor(share=1.0)), Arm(anchor=Anchor(share=0.2))


@dataclass(frozen=True)
class Loops:
    """values: (N, G) of loops that truly stand, fall or settle.  share, word: what is truly left."""

    metric: str
    values: np.ndarray

    @property
    def share(self):
        return float(np.median(self.values[:, -1]) / np.median(self.values[:, 0]))

    @property
    def at_an_edge(self):
        """Whether what is left can't be told from where one word ends and the next begins, with all replicates."""
        return level.measure(self.values[:, 0], self.values[:, -1]).word is None

    def verdicts(self, replicates) -> list[Left]:
        """Of as many groups as there are, at most GROUPS; every other one beside arms that began alike."""
        metric, found, total = find_metric(self.metric), [], len(self.values)
        for i in range(min(GROUPS, total // replicates)):
            own = np.arange(i * replicates, (i + 1) * replicates)
            alike = np.arange(own[0], own[0] + (6 if i % 2 else 1) * replicates) % total
            found.append(what_is_left(self.values[own], "spread", metric, first=self.values[alike, 0]))
        return found


def perform(case, size, arm, generations=100, replicates=6_400):
    world, family, metric = case
    run = kellet.run(
        world=world, family=family, size=size, arms={"arm": arm}, generations=generations, replicates=replicates,
        seed=5, metrics=(metric,),
    )  # fmt: skip
    return Loops(metric, run.values("arm", metric))


def few(count, groups, chance=0.05):
    """Whether so many of the groups are no more than chance lets happen, one time in a thousand."""
    return count <= binom.ppf(0.999, groups, chance)


def check(loops, many, opposite):
    """No more false words than allowed, of level and heading together."""
    truth = level.word(loops.share)
    for replicates in many:
        found = loops.verdicts(replicates)
        wrong = [left.kind not in ("can't tell", truth) and not loops.at_an_edge for left in found]
        against = [left.trend.direction == opposite for left in found]
        false = int((np.array(wrong) | np.array(against)).sum())
        assert few(false, len(found)), (replicates, false, sum(wrong), len(found))


FAST = ([5, 50, 1000], [2, 4, 16, 64])
FULL = ([5, 10, 30, 100, 300, 1000], [2, 3, 4, 5, 6, 8, 12, 16, 32, 64])
STANDING = {
    "variance": (*NORMAL, ALL_REAL),
    "categories": (*ZIPF, "surviving_types", ALL_REAL),
    "effective number": (*ZIPF, "effective_types", ALL_REAL),
}
SETTLED = {
    "fresh": (*NORMAL, SOME_REAL),
    "prior": (*NORMAL, Arm(prior=Prior(200.0, variance=0.5))),
    "fresh categories": (*ZIPF, "surviving_types", SOME_REAL),
    "fresh effective number": (*ZIPF, "effective_types", SOME_REAL),
}
FALLING = {"variance": (*NORMAL, Arm()), "effective number": (*ZIPF, "effective_types", Arm())}


def parametrise(cases, fast):
    """Each case at each size; those of the fast list, with few numbers of replicates, are not slow."""
    sizes, many = FULL
    for name, (*case, arm) in cases.items():
        for size in sizes:
            quick = name in fast and size in FAST[0]
            yield pytest.param(case, size, arm, FAST[1] if quick else many, id=f"{name}-{size}",
                               marks=() if quick else pytest.mark.slow)  # fmt: skip


@pytest.mark.parametrize(("case", "size", "arm", "many"), [*parametrise(STANDING, ["variance", "categories"])])
def test_what_stands_is_not_said_to_lose_or_to_fall(case, size, arm, many):
    """Every training set is real."""
    loops = perform(case, size, arm)
    assert level.word(loops.share) == "kept"
    check(loops, many, "falling")


@pytest.mark.parametrize(("case", "size", "arm", "many"), [*parametrise(SETTLED, ["fresh"])])
def test_what_has_settled_is_not_said_to_fall_nor_put_on_another_level(case, size, arm, many):
    check(perform(case, size, arm), many, "falling")


@pytest.mark.parametrize(("case", "size", "arm", "many"), [*parametrise(FALLING, ["variance"])])
def test_what_falls_is_not_said_to_fall_no_longer(case, size, arm, many):
    """A variance falls for ever; an effective number until one category alone is left."""
    loops = perform(case, size, arm)
    least = 1 / loops.values[:, 0].max()
    check(loops, many, "steady" if np.median(loops.values[:, -1]) > 1.01 * least else "nothing")


@pytest.mark.parametrize(
    ("size", "arm", "replicates", "kind", "direction"),
    [
        (1000, ALL_REAL, 16, "kept", None),
        (200, ALL_REAL, 64, "kept", None),
        (50, Arm(), 64, "collapsed", "falling"),
        (200, Arm(), 400, "lost half", "falling"),
        (1000, Arm(prior=Prior(200.0, variance=0.5)), 64, "lost some", "steady"),
    ],
)
def test_with_enough_replicates_it_is_told(size, arm, replicates, kind, direction):
    """Never to tell would be no art."""
    found = perform(NORMAL, size, arm).verdicts(replicates)
    right = [left.kind == kind and direction in (None, left.trend.direction) for left in found]
    assert np.mean(right) > 0.75


@pytest.mark.parametrize(
    ("arm", "size"), [(ALL_REAL, 200), (SOME_REAL, 200), (Arm(), 200), (Arm(regime=Accumulate()), 50)]
)
def test_so_many_replicates_as_would_do_do(arm, size):
    """Of what four and sixteen replicates ask for, the middle of many groups."""
    loops = perform(NORMAL, size, arm)
    for few_replicates in (4, 16):
        asked = [left.level.needed for left in loops.verdicts(few_replicates) if left.level.needed]
        enough = loops.verdicts(int(np.median(asked)))
        assert np.mean([left.kind != "can't tell" for left in enough]) > 0.75


def test_theory_has_the_word_where_it_proves_a_fall():
    run = kellet.run(
        world=worlds.Normal(), family=families.Gaussian(), size=100, generations=20, replicates=4,
        arms={"replace": Arm(), "known variance": Arm(prior=Prior(1.0))},
    )  # fmt: skip
    proved, other = summarise(run).outcomes
    assert [left.trend.direction for left in proved.left] == ["proved"] * 2
    assert other.deciding.trend.direction == "unknown"
    assert "is proved to fall for ever" in run.answer().sentence
    assert "no longer" not in run.answer().sentence
