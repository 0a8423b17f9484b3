"""Resolution: what world, family and arms must fit together in, and the defaults that depend on the data."""

from __future__ import annotations

from typing import Any

import msgspec
import numpy as np

from kellet.data.source import DataSet, Law, Source
from kellet.errors import InputError
from kellet.experiment.arm import Arm
from kellet.experiment.experiment import Experiment
from kellet.experiment.resolved import Resolved
from kellet.experiment.span import plain_grid
from kellet.families import Adapter, Categorical, Command, Language, SpinGlass
from kellet.families.family import is_exact
from kellet.laws import Frequencies
from kellet.loop.regimes import Subsample
from kellet.worlds.opening import identify, opened


def resolve(experiment: Experiment) -> Resolved:
    """The experiment with every default that depends on its data filled in, checked against them.

    >>> import kellet
    >>> world, family = kellet.worlds.zipf(50), kellet.families.Categorical()
    >>> resolved = resolve(kellet.Experiment(world, family, 100, {"replace": kellet.Arm()}, generations=5))
    >>> resolved.experiment.family.size, resolved.block, [cell.id for cell in resolved.cells.values()]
    (50, 1310, ['6c58c501649b92c6'])
    """
    if experiment.grid:
        got = f"a grid of {', '.join(experiment.grid)}"
        raise InputError("an experiment without a grid", got, "kellet.sweep")
    return Opening().resolve(typed(experiment))


def complete(experiment: Experiment) -> Experiment:
    """A gridded experiment with what depends on its data filled in, as far as it is the same at every point."""
    experiment = typed(experiment)
    return Opening().resolve(experiment).experiment if not experiment.grid else Opening().fill(experiment)[0]


def typed(experiment: Experiment) -> Experiment:
    """The same through plain values once, so that 5 and 5.0 are the same setting."""
    if experiment.grid:
        experiment = msgspec.structs.replace(experiment, grid=plain_grid(experiment.grid))
    return msgspec.convert(msgspec.to_builtins(experiment), Experiment) if experiment.written else experiment


class Opening:
    """Resolves experiments; a world and a family that stay the same objects are opened and made ready once."""

    def __init__(self) -> None:
        self._before: tuple[Any, Any] = None, None
        self._ready: tuple[Any, Any, Any] = None, None, None

    def resolve(self, experiment: Experiment) -> Resolved:
        """An experiment without a grid, whose settings have their types already."""
        filled, source = self.fill(experiment)
        block = experiment.block or _block(filled, source)
        return Resolved(msgspec.structs.replace(filled, block=block))

    def fill(self, experiment: Experiment) -> tuple[Experiment, Source]:
        """All but the block: how many replicates fit into memory together is for each point of a grid to say."""
        if self._before[0] is not experiment.world or self._before[1] is not experiment.family:
            self._ready = _opened(experiment.world, experiment.family)
            self._before = experiment.world, experiment.family
        world, family, source = self._ready
        sizes = experiment.sizes
        if not isinstance(source, Law) and sizes[0] > len(source.training):
            raise InputError(
                f"at most the {len(source.training)} training points as the first size",
                sizes[0],
                f"--size {len(source.training) // 2}",
            )
        judged = experiment.judged or max(2, min(1000, max(sizes)))
        filled = msgspec.structs.replace(experiment, world=world, family=family, judged=judged)
        if isinstance(source, DataSet):
            check_span(family, source)
        for name, arm in experiment.arms.items():
            check_arm(name, arm, filled, source)
        for arm in experiment.arms.values():
            check_prior(arm.learns_by(family), source)
        return filled, source


def _block(experiment: Experiment, source: Source) -> int:
    """How many replicates fit into memory together."""
    family: Any = experiment.family
    if wished := getattr(family, "block", None):
        return int(wished)
    if not getattr(family, "batched", True):
        return 1
    numbers = 1
    if not isinstance(source, Law):
        numbers = max(experiment.sizes) * int(source.training[0].size)
    elif isinstance(source.truth, Frequencies):
        numbers = source.truth.size
    elif isinstance(family, SpinGlass):
        numbers = 2**family.spins
    elif not is_exact(family):
        numbers = max(experiment.sizes)
    return max(1, min(10_000, 2**16 // numbers))


def _opened(world: Any, family: Any) -> tuple[Any, Any, Any]:
    world = identify(world)
    source: Any = opened(world)
    if isinstance(family, Adapter | Command):
        family = family.ready(*((source.names or None, source.levels) if isinstance(source, DataSet) else (None, {})))
    truth = source.truth
    family = _of_text(family, source)
    if isinstance(family, Categorical):
        if not hasattr(truth, "probabilities"):
            raise InputError(
                "a world of categories for the categorical family",
                type(world).__name__.lower(),
                "--family gaussian, or one --columns",
            )
        family = msgspec.structs.replace(family, size=truth.size)
    elif hasattr(truth, "probabilities"):
        raise InputError(
            "the categorical family for a world of categories",
            type(family).__name__.lower(),
            "--family categorical",
        )
    return world, family, source


def _of_text(family: Any, source: Any) -> Any:
    """Families of text learn from worlds of text, and know how many tokens there are."""
    tokeniser, reads = getattr(source, "tokeniser", None), getattr(family, "text", False)
    if tokeniser is None:
        if reads:
            kind = family.__struct_config__.tag
            raise InputError(
                f"a world of text for the {kind} family",
                "another",
                f"a text file, or `kellet run text --family {kind}`",
            )
        return family
    if not reads:
        if isinstance(family, msgspec.Struct):
            raise InputError(
                "a family of text for a world of text", family.__struct_config__.tag, "--family ngram:order=3"
            )
        return family
    given = getattr(family, "vocabulary", None)
    if given is not None and given != tokeniser.size:
        raise InputError(f"the tokeniser's vocabulary of {tokeniser.size}", given, "leaving it out of the family")
    if hasattr(family, "vocabulary"):
        family = msgspec.structs.replace(family, vocabulary=tokeniser.size)
    return family.ready() if isinstance(family, Language) else family


def check_span(family: Any, source: Any) -> None:
    """Data must lie where the laws of a family can put points."""
    if (span := getattr(family, "span", None)) is None:
        return
    whole = bool(getattr(family, "discrete", False))
    values = np.concatenate([np.ravel(part) for part in (source.training, source.reserve)])
    outside = (values < span[0]) | (values > span[1]) | (whole & (values % 1 != 0))
    if outside.any():
        low, high = span
        kind = "whole numbers" if whole else "positive numbers" if 0 < low < 1e-300 else "numbers"
        where = (
            f" from {low:g} to {high:g}" if high < np.inf else f" of at least {low:g}" if low >= 1 or low == 0 else ""
        )
        other = f"--family rbm:top={values.max():g}" if hasattr(family, "top") else "--family gaussian"
        raise InputError(
            f"{kind}{where} for the {family.__struct_config__.tag} family",
            f"{values[outside][0]:g}",
            'scale = "raw" in the world of an experiment file' if values.min() < 0 else other,
        )


def check_arm(name: str, arm: Arm, experiment: Experiment, source: Any) -> None:
    """The data must have the real points that an arm asks for, and the family take them."""
    sizes = experiment.sizes
    real = [arm.anchor.points(n) for n in sizes] if arm.anchor else [0]
    arm.learns_by(experiment.family)
    family: Any = experiment.family
    if arm.anchor and arm.anchor.weight != 1 and not getattr(family, "weighs", getattr(family, "batched", True)):
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


def check_prior(family: Any, source: Any) -> None:
    """A prior's mean must lie where the points lie."""
    prior = getattr(family, "prior", None)
    if prior is None or prior.mean is None:
        return
    truth = source.truth
    mean, several = np.ravel(prior.mean), isinstance(prior.mean, tuple)
    if isinstance(family, Categorical):
        if not several or len(mean) != truth.size or mean.min() < 0 or mean.sum() <= 0:
            raise InputError(
                f"a prior mean with one number >= 0 for each of the {truth.size} categories",
                f"{str(prior.mean)[:40]}",
                "leaving the mean out, to spread them evenly",
            )
        return
    d = int(source.training[0].size if truth is None else np.ravel(truth.mean[0]).size)
    if several and len(mean) != d:
        raise InputError(f"a prior mean with one number for each of {d} dimensions", len(mean), "one number for all")
