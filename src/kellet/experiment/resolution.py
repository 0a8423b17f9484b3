"""What an experiment's world, family and arms must fit together in, and the defaults that depend on its data."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from kellet.data import files
from kellet.errors import InputError
from kellet.families import Categorical
from kellet.families.abilities import abilities, ready
from kellet.families.family import Prior
from kellet.loop.regimes import Subsample

if TYPE_CHECKING:
    from kellet.experiment.arm import Arm
    from kellet.experiment.experiment import Experiment


class Opened:
    """The world and the family of experiments, resolved and opened once as long as they stay the same objects."""

    def __init__(self) -> None:
        self._asked: tuple[Any, Any] = None, None
        self._found: tuple[Any, Any, Any] = None, None, None

    def of(self, experiment: Experiment) -> tuple[Any, Any, Any]:
        """World and family with what depends on the data filled in, and the world, opened."""
        if self._asked[0] is not experiment.world or self._asked[1] is not experiment.family:
            self._found = _opened(experiment.world, experiment.family)
            self._asked = experiment.world, experiment.family
        return self._found


def _opened(world: Any, family: Any) -> tuple[Any, Any, Any]:
    if getattr(world, "path", None):
        # Absolute, since a run folder must find its data from anywhere.
        digest, path = world.digest or files.digest(world.path), str(Path(world.path).absolute())
        world = msgspec.structs.replace(world, digest=digest, path=path)
    source: Any = world.open(1)
    return world, ready(family, source), source


def with_prior(family: Any, prior: Prior) -> Any:
    """The family with that prior, if it takes one."""
    return abilities(family).with_prior(prior)


def check_arm(name: str, arm: Arm, experiment: Experiment, source: Any) -> None:
    """The data must have the real points that an arm asks for, and the family take them."""
    sizes = experiment.size if isinstance(experiment.size, tuple) else (experiment.size,)
    real = [arm.anchor.points(n) for n in sizes] if arm.anchor else [0]
    if arm.prior:
        with_prior(experiment.family, arm.prior)
    if arm.anchor and arm.anchor.weight != 1 and not abilities(experiment.family).weighs:
        raise InputError(
            f"an anchor of weight 1 for the arm {name!r} of an adapted model", arm.anchor.weight, "more points"
        )
    if isinstance(experiment.family, Categorical):
        _check_counts(name, arm, sizes, experiment.generations)
    if arm.anchor is None or source.truth is not None:
        return
    needed, there = max(arm.anchor.bank or 0, *real), len(source.reserve)
    attempt = f"an anchor of at most {there}, or more data"
    if arm.anchor.once:
        steps = [*real, *[real[-1]] * max(0, experiment.generations + 1 - len(real))]
        needed = sum(steps[1 : experiment.generations + 1])
        attempt = "fewer generations, a smaller anchor, or once = false"
    if needed > there:
        raise InputError(f"at least {needed} real points in the reserve for the arm {name!r}", there, attempt)


def _check_counts(name: str, arm: Arm, sizes: tuple[int, ...], generations: int) -> None:
    """Counts drawn from without replacement must be whole, and fewer than NumPy's hypergeometric tells apart."""
    bank = (arm.anchor.bank if arm.anchor else None) or 0
    pool = 0
    if isinstance(arm.regime, Subsample):
        if arm.anchor and arm.anchor.weight != 1:
            raise InputError(
                f"an anchor of weight 1 for the arm {name!r}, which draws from counts", arm.anchor.weight, "accumulate"
            )
        pool = sum(sizes) + sizes[-1] * max(0, generations + 1 - len(sizes))
    if max(bank, pool) >= 10**9:
        raise InputError(
            f"fewer than 10^9 points to draw from in the arm {name!r}", max(bank, pool), "a smaller size or bank"
        )
