"""Expectations: what a fresh real sample would have, put beside what was measured."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

import numpy as np
from numpy.random import Generator

from kellet.audit.exchange import Exchange
from kellet.audit.finding import Measured
from kellet.audit.fresh import Fresh, expect_fresh, thin_holdout
from kellet.audit.retention import BANDS, name_band, sum_keys
from kellet.evidence import Array
from kellet.profile.profile import Profile

NAMES = (*(name_band(*band) for band in BANDS), "rare", "invented")


def expect(exchange: Exchange, kinds: Mapping[str, str], holdout: Profile | None, rng: Generator) -> dict[str, Fresh]:
    """What is known of each column, and under "" of all of them together.

    kinds: column -> its kind of keys.
    """
    mine, theirs = (int(side[0]) for side in exchange.documents)
    found, sizes = dict[str, Fresh](), dict[str, Array]()
    seen = replace(exchange, chosen=exchange.chosen[:, :1])
    for about, kind in kinds.items():
        fresh = None
        if holdout is not None and kind in holdout.tallies:
            fresh = thin_holdout(exchange.reference, holdout, kind, theirs, rng)
        fresh = fresh or expect_fresh(exchange.reference, kind, theirs / mine, rng)
        if fresh is not None:
            found[about] = fresh
            sums = sum_keys(seen, kind)
            sizes[about] = np.concatenate([sums.sizes, sums.rare[None], sums.total[1:]])[:, 0]
    if found and "" not in kinds:
        found[""] = _pool(found, sizes)
    return found


def attach(measured: Iterable[Measured], known: Mapping[str, Fresh]) -> Iterator[Measured]:
    """The same, each with what a fresh real sample would have, where that is known."""
    for one in measured:
        fresh = known.get(one.about)
        if fresh is None or one.measure not in NAMES or one.fresh is not None:
            yield one
            continue
        value = float(_rows(fresh)[NAMES.index(one.measure), 0])
        yield replace(one, fresh=value) if np.isfinite(value) else one


def _rows(fresh: Fresh) -> Array:
    """(bands + 2, 3)"""
    return np.concatenate([fresh.retention, fresh.rare[None], fresh.invented[None]])


def _pool(found: Mapping[str, Fresh], sizes: Mapping[str, Array]) -> Fresh:
    """Of all columns: means, weighted by how many keys each has, or for what is invented by how often they occur."""
    rows = np.stack([_rows(found[about]) for about in found])
    weights = np.stack([sizes[about] for about in found])[..., None] * np.isfinite(rows)
    with np.errstate(invalid="ignore", divide="ignore"):
        return Fresh.of(np.nansum(rows * weights, axis=0) / weights.sum(axis=0))
