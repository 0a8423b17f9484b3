r"""What lies in a pool that people and models write into, what of it is read, and what a filter leaves.

Amounts are in whatever people and models are counted in, documents or words, generation by generation; shares are of
that. A share of model text is from 0 to 1; a share of people's text is what is missing to 1.

What the writers that read the pool then become is in `kellet.theory.islands`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from kellet.theory.loop import geometric_sum
from kellet.theory.numbers import Array, Numbers, real


def amount(first: Numbers, t: Numbers, halves: Numbers = np.inf) -> Array:
    r"""What is written in generation t = 0, 1, ...: :math:`h_0 2^{-t/s}`.

    halves: s, in how many generations it falls by half; infinite where it is constant, below 0 where it doubles.

    >>> amount(1000, [0, 5, 10], 5), amount(1000, [0, 5, 10], -5)
    (array([1000.,  500.,  250.]), array([1000., 2000., 4000.]))
    """
    return (real(first) * np.exp2(-real(t) / real(halves)))[()]


def total(first: Numbers, t: Numbers, halves: float = np.inf) -> Array:
    r"""What is written in the generations 0 to t - 1: :math:`h_0 (1-2^{-t/s})/(1-2^{-1/s})`.

    However long people go on, what falls by half every s generations comes to about 1.44 s + 1/2 times the first.

    >>> total(1000, [1, 10, 1e9]), total(1000, [1, 10, 1e9], 5).round()
    (array([1.e+03, 1.e+04, 1.e+12]), array([1000., 5794., 7725.]))
    """
    return (real(first) * geometric_sum(float(-np.expm1(-np.log(2) / halves)), t))[()]


def model_share(people: Numbers, models: Numbers, *, window: int | None = None, before: float = 0.0) -> Array:
    """The share of model text in the pool after each generation.

    people, models: (..., T), what each wrote in each generation; a number counts for every one.  window: only the
    newest so many generations lie in the pool; all without one.  before: what people wrote before the first.

    >>> people = amount(1000, np.arange(4), 1)
    >>> model_share(people, 500).round(3), model_share(people, 500, window=1).round(3)
    (array([0.333, 0.4  , 0.462, 0.516]), array([0.333, 0.5  , 0.667, 0.8  ]))
    """
    people, models = np.broadcast_arrays(real(people), real(models))
    if window is None:
        humans, machines = before + np.cumsum(people, axis=-1), np.cumsum(models, axis=-1)
    else:
        # Not as differences of long sums, which would lose the digits of what shrinks.
        empty = np.zeros((*people.shape[:-1], window - 1))
        humans, machines = (
            sliding_window_view(np.concatenate([empty, one], axis=-1), window, axis=-1).sum(axis=-1)
            for one in (people, models)
        )
    return real(machines / (humans + machines))[()]


def retrieve(share: Numbers, bias: Numbers) -> Array:
    r"""The share of model text in what is read, where it is b times as likely to be found: :math:`sb/(sb+1-s)`.

    share: s, in the pool.  bias: b; below 1 where people's text is preferred.  Of single draws, each from the whole
    pool. The odds are multiplied by b.  A pool of 67 % that is read as one of 80 %, as Yu, Kim and Kim (2026) saw, has
    b = 2.

    >>> retrieve([0.1, 0.5, 0.67], 2).round(3)
    array([0.182, 0.667, 0.802])
    """
    s, b = real(share), real(bias)
    return (s * b / (s * b + (1 - s)))[()]


@dataclass(frozen=True)
class Passed:
    """What a filter leaves of a pool.

    kept: share of all texts.  models: the share that models wrote, of what is left.  lost, minority_lost: the share of
    people's texts, and of the minority's, that is thrown away.  minority: its share of people's texts that are left.
    """

    kept: Array
    models: Array
    lost: Array
    minority_lost: Array
    minority: Array


def sieve(
    share: Numbers,
    caught: Numbers,
    wrong: Numbers,
    *,
    minority: Numbers = 0.0,
    minority_wrong: Numbers | None = None,
) -> Passed:
    r"""What is left after a filter that throws away what it takes for model text.

    share: s of the pool that models wrote.  caught: r of these it throws away.  wrong: f of people's texts too; of the
    minority's, which are a share q of people's, ``minority_wrong`` f'.  Of the rest, models wrote

    .. math:: \frac{s(1-r)}{s(1-r) + (1-s)(1-\bar f)}, \qquad \bar f = (1-q) f + q f' ,

    and the minority :math:`q(1-f')/(1-\bar f)` of people's.  Bayes' rule.

    >>> left = sieve(0.5, 0.9, 0.05, minority=0.1, minority_wrong=0.2)
    >>> print(f"{left.models:.3f} {left.minority:.3f}")
    0.097 0.086
    """
    s, r, f, q = real(share), real(caught), real(wrong), real(minority)
    g = f if minority_wrong is None else real(minority_wrong)
    lost = (1 - q) * f + q * g
    machines, people = s * (1 - r), (1 - s) * (1 - lost)
    with np.errstate(invalid="ignore"):
        models, theirs = machines / (machines + people), q * (1 - g) / (1 - lost)
    return Passed((machines + people)[()], models[()], lost[()], (g + 0 * lost)[()], theirs[()])


def real_points(n: Numbers, share: Numbers) -> Array:
    """How many of n points that are read people wrote, on average: n (1 - s).

    >>> print(real_points(1000, 0.9).round(9))
    100.0
    """
    return (real(n) * (1 - real(share)))[()]


def effective_points(n: Numbers, share: Numbers, curvature: Numbers) -> Array:
    r"""How many real points a lone reader of n points is worth, settled; models wrote the share s of what it reads.

    .. math:: n(1-s^2) - s(1+a) + s^2

    Who wrote each point is left to chance, people's are always new, and models' are the reader's own: V0/Var(mean) of a
    family whose variance has this ``curvature`` a; 0 where Var(mean) grows for ever. For categories about 2k + 1, k
    being `real_points`.  Of several readers: `kellet.theory.islands`.  Derived here.

    >>> effective_points(1000, [0, 0.9, 0.99], -1)
    array([1000.    ,  190.81  ,   20.8801])
    """
    s = real(share)
    return np.maximum(real(n) * (1 - s) * (1 + s) - s * (1 + real(curvature)) + s**2, 0.0)[()]


def minority_after(t: Numbers, minority: Numbers, passed: Numbers, share: Numbers) -> Array:
    r"""Share of the minority's way of writing in what models write after t fits: :math:`q' + s^{t}\,(q-q')`.

    minority: q, its share of people's texts, at which the models begin.  passed: q', its share of people's texts that a
    filter leaves (`Passed.minority`).  share: s of what is read models wrote, in every generation; what they write like
    the minority is caught as often as the rest. So the loop goes where the filter sends it and no further, within
    1/(1 - s) generations.  Expectations; derived here.

    >>> minority_after([0, 1, 10, 100], 0.1, 0.05, 0.9).round(4)
    array([0.1   , 0.095 , 0.0674, 0.05  ])
    """
    start, end = real(minority), real(passed)
    return (end + real(share) ** real(t) * (start - end))[()]
