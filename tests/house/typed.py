"""What an editor says of a user's program: mypy reads it with ours, and every "ignore" must have something to ignore.

Nothing here is run.
"""

from dataclasses import dataclass
from typing import assert_type

import numpy as np
import xarray
from numpy.random import Generator
from numpy.typing import NDArray

import kellet
from kellet import Arm, Points


@dataclass(frozen=True)
class Between:
    low: NDArray[np.float64]
    high: NDArray[np.float64]

    def sample(self, n: int, rng: Generator) -> Points:
        return Points(self.low[:, None] + (self.high - self.low)[:, None] * rng.random((len(self.low), n)))


class Range:
    def fit(self, evidence: Points, rng: Generator, previous: Between | None = None) -> Between:
        return Between(evidence.values.min(axis=1), evidence.values.max(axis=1))


class Speechless:
    def sample(self, n: int, rng: Generator) -> Points:
        return Points(np.zeros((1, n)))


def check_what_is_right() -> None:
    world, family = kellet.worlds.Normal(), kellet.families.Gaussian()
    run = kellet.run(world=world, family=family, size=9, generations=1, arms={"replace": Arm()}, out="run", jobs=2)
    sweep = kellet.sweep(world=world, family=family, size=9, generations=1, grid={"size": (9, 99)}, metrics=("kl",))
    kellet.plan(world=world, family=family, size=99, generations=9, keep={"variance": 0.5}, confidence=0.9)
    kellet.run(world=world, family=Range(), size=9, generations=1)
    loop = kellet.generations(world, Range(), size=9, rng=np.random.default_rng(0))
    assert_type(run.data, xarray.Dataset)
    assert_type(sweep.data, xarray.Dataset)
    assert_type(next(loop).model, Between)


def check_what_is_wrong() -> None:
    world, family = kellet.worlds.Normal(), kellet.families.Gaussian()
    kellet.run(world=world, family=family, sise=9, generations=1)  # type: ignore[call-arg]
    kellet.sweep(world=world, family=family, size=9, generations=1, gird={"size": (9, 99)})  # type: ignore[call-arg]
    kellet.plan(world=world, family=family, size=99, generations=9, keeps={"variance": 0.5})  # type: ignore[call-arg]
    kellet.run(world=world, family=family, size="9", generations=1)  # type: ignore[arg-type]
    kellet.run(world=world, family=family, size=9, generations=1, arms=[Arm()])  # type: ignore[arg-type]
    kellet.run(world=world, family=Speechless(), size=9, generations=1)  # type: ignore[arg-type]
    kellet.generations(world, Speechless(), size=9, rng=np.random.default_rng(0))  # type: ignore[arg-type]
