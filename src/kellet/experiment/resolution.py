"""What an experiment's world, family and arms must fit together in, and the defaults that depend on its data."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np

from kellet.data import files
from kellet.errors import InputError
from kellet.families import Adapter, Categorical, Command, Language
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
    if isinstance(family, Adapter | Command):
        family = family.ready(getattr(world, "names", None), getattr(source, "levels", {}))
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


def with_prior(family: Any, prior: Prior) -> Any:
    """The family with that prior, if it takes one."""
    if "prior" not in getattr(family, "__struct_fields__", ()):
        raise InputError("a family that takes a prior", type(family).__name__.lower(), "gaussian, or without a prior")
    return msgspec.structs.replace(family, prior=prior)


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
    sizes = experiment.size if isinstance(experiment.size, tuple) else (experiment.size,)
    real = [arm.anchor.points(n) for n in sizes] if arm.anchor else [0]
    if arm.prior:
        with_prior(experiment.family, arm.prior)
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
