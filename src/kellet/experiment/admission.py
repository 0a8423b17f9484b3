"""Admission: what an arm asks of the world's data and of the family; bad input where they don't have it."""

from __future__ import annotations

from kellet.data.source import Law, Source
from kellet.errors import InputError
from kellet.experiment.arm import Arm
from kellet.experiment.experiment import Experiment
from kellet.experiment.pool_admission import check_pool
from kellet.experiment.reserve import count_anchor, count_once
from kellet.families import Categorical
from kellet.families.abilities import abilities
from kellet.loop.regimes import DRAWN, Subsample


def check_arm(name: str, arm: Arm, experiment: Experiment, source: Source) -> None:
    """The data must have the real points that an arm asks for, and the family take them."""
    if arm.pool is not None:
        check_pool(name, arm, experiment, source)
        return
    if arm.anchor and arm.anchor.weight != 1 and not abilities(experiment.family).weighs:
        raise InputError(
            f"an anchor of weight 1 for the arm {name!r} of an adapted model", arm.anchor.weight, "more points"
        )
    most = count_anchor(arm.anchor, experiment.size, experiment.generations) if arm.anchor else 0
    if isinstance(experiment.family, Categorical):
        _check_counts(name, arm, experiment.sizes, experiment.generations)
    if arm.anchor is None or isinstance(source, Law):
        return
    needed, there = max(arm.anchor.bank or 0, most), len(source.reserve)
    attempt = f"an anchor of at most {there}, or more data"
    if arm.anchor.once:
        needed = count_once(arm.anchor, experiment.size, experiment.generations)
        attempt = "fewer generations, a smaller anchor, or once = false"
    if needed > there:
        raise InputError(f"at least {needed} real points in the reserve for the arm {name!r}", there, attempt)


def _check_counts(name: str, arm: Arm, sizes: tuple[int, ...], generations: int) -> None:
    """Counts drawn from without replacement must be whole, and fewer than NumPy's hypergeometric tells apart."""
    bank = (arm.anchor.bank if arm.anchor else None) or 0
    pool, every = 0, sum(sizes[: generations + 1]) + sizes[-1] * max(0, generations + 1 - len(sizes))
    batches = arm.regime.batches(generations)
    if batches > 1 and (together := min(every, batches * max(sizes))) > 2**63 - 1:
        raise InputError(f"fewer than 9 10^18 points in all in the arm {name!r}", together, "a smaller size")
    if isinstance(arm.regime, Subsample):
        if arm.anchor and arm.anchor.weight != 1:
            raise InputError(
                f"an anchor of weight 1 for the arm {name!r}, which draws from counts", arm.anchor.weight, "accumulate"
            )
        pool = every
    if max(bank, pool) >= DRAWN:
        raise InputError(
            f"fewer than 10^9 points to draw from in the arm {name!r}", max(bank, pool), "a smaller size or bank"
        )
