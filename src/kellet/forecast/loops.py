"""The loops that have an outlook."""

from __future__ import annotations

from typing import Any

from kellet.errors import InputError
from kellet.families import Gaussian
from kellet.loop.anchors import AnyAnchor
from kellet.loop.numbers import Closing, is_free, is_likeliest, quantify
from kellet.theory import Loop

MOST = 1_000_000
"""Dimensions."""


def loop_of(family: Any, size: int, dim: int, anchor: AnyAnchor | None) -> Loop:
    """What is asked for, in numbers; bad input where there is no closed form."""
    if not isinstance(family, Closing):
        raise InputError(
            "a family with closed forms", type(family).__name__.lower(), "gaussian, categorical or poisson"
        )
    if not is_likeliest(family):
        raise InputError("maximum likelihood, whose recursion closes", repr(family), "leaving the estimator out")
    if size < 1:
        raise InputError("a size of at least 1 point a generation", size, "1000")
    if dim > MOST:
        raise InputError(f"at most {MOST:,} dimensions", dim, "fewer")
    if dim < 1 or (dim > 1 and family != Gaussian(prior=family.prior)):
        raise InputError("dimensions for a gaussian with nothing known, 1 for any other", dim, "--family gaussian")
    if is_free(family) and size <= dim:
        raise InputError(f"more points than dimensions, {dim}, to learn a variance from", size, f"{dim + 1} or more")
    if anchor is not None and not anchor.plain:
        raise InputError("a plain anchor", anchor, "count or share, fresh, fixed or from a bank; kellet run for others")
    return quantify(family, size, anchor)
