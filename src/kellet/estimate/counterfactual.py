"""Counterfactual: what share of a period's documents would have something, had humans gone on as before."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kellet.evidence import Array, Integers

Flags = NDArray[np.bool_]
DRAWS = 2_000


@dataclass(frozen=True)
class Comparison:
    """A period and the human ones, before it or after it, that it is compared with.

    target: its number; numbers are times, in any unit, such as years.  base: one or two human periods, the nearer last.
    """

    target: int
    base: tuple[int, ...]

    @property
    def lag(self) -> int:
        """How far the nearer human period is."""
        return abs(self.target - self.base[-1])

    @property
    def reach(self) -> float:
        """How often the step between the two human periods fits into the lag; 0 where there is one."""
        return self.lag / abs(self.base[1] - self.base[0]) if len(self.base) == 2 else 0.0

    def expect(self, shares: Array) -> Array:
        r"""(...) the share to be expected, :math:`q = f_B + r \max(0, f_B - f_A)`, of shares (1 or 2, ...).

        A trend upwards goes on, one downwards ends: so that no excess is a trend's that had begun before.
        D. Kobak et al., Science Advances 11 (2025), arXiv:2406.07016, where f are those of 2021 and 2022, r = 2.

        >>> Comparison(2024, (2021, 2022)).expect(np.array([[0.0277, 0.1], [0.0296, 0.09]])).round(4).tolist()
        [0.0334, 0.09]
        """
        return np.asarray(np.minimum(shares[-1] + self.reach * np.maximum(shares[-1] - shares[0], 0), 1 - 1e-9))

    def vary(self, expected: Array, sizes: Array) -> Array:
        """(...) the variance of what is expected, by the sampling of so many documents (1 or 2,) of the base."""
        steps = (1 + self.reach) ** 2 / sizes[-1] + (self.reach**2 / sizes[0] if len(sizes) == 2 else 0.0)
        return np.asarray(expected * (1 - expected) * steps)


@dataclass(frozen=True, eq=False)
class Shares:
    """Shares of documents that have something.

    observed: (n,), of the target.  expected: (n,), had humans gone on.  Either one value, n = 1, or so many draws.
    """

    observed: Array
    expected: Array

    @property
    def bound(self) -> Array:
        r"""(n,) the least share of documents that models had a hand in, :math:`(P - Q) / (1 - Q)`: the target is
        :math:`P = (1 - \alpha) Q + \alpha M`, and M, what models write, is at most 1."""
        return (self.observed - self.expected) / (1 - self.expected)


def weigh_up(
    having: Flags, periods: Integers, comparison: Comparison, strata: list[Integers], rng: np.random.Generator | None
) -> Shares:
    """Shares of documents that have something, as counted, or with ``rng`` DRAWS of a Bayesian bootstrap over them.

    having, periods: (D,).  strata: labels (D,) of documents, such as by length: human documents are also counted as if
    their strata were as frequent as the target's, and the largest of those shares is what is expected.  In the
    bootstrap (D. Rubin, Ann. Statist. 9:130, 1981) a share is of a Beta law; half a document with and half a document
    without are added, so that nothing is certain because it was never seen.

    >>> having, periods = np.repeat([True, False, True, False], [20, 80, 30, 70]), np.repeat([0, 1], 100)
    >>> shares = weigh_up(having, periods, Comparison(1, (0,)), [], None)
    >>> shares.observed.round(3), shares.expected.round(3), shares.bound.round(3)
    (array([0.302]), array([0.203]), array([0.124]))
    """

    def share(period: int, labels: Integers, weights: Array) -> Array:
        here = periods == period
        sizes = np.bincount(labels[here], minlength=len(weights))
        some = sizes > 0
        added = 0.5 * sizes[some] / sizes.sum()
        have = np.bincount(labels[here & having], minlength=len(weights))[some] + added
        without = sizes[some] + 2 * added - have
        found = (have / (have + without))[None] if rng is None else rng.beta(have, without, (DRAWS, len(have)))
        known = weights[some] if weights[some].any() else sizes[some]
        return np.asarray(found @ (known / known.sum()))

    there = periods == comparison.target
    expected = []
    for labels in [np.zeros_like(periods), *strata]:
        weights = np.bincount(labels[there], minlength=labels.max() + 1).astype(np.float64)
        expected.append(comparison.expect(np.array([share(one, labels, weights) for one in comparison.base])))
    return Shares(share(comparison.target, np.zeros_like(periods), np.ones(1)), np.max(expected, axis=0))
