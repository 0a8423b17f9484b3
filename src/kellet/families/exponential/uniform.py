"""The uniform family: from 0 up to somewhere."""

from __future__ import annotations

from typing import Literal

import numpy as np

from kellet.evidence import Points
from kellet.families.abilities import Learner
from kellet.families.exponential.domain import Domain
from kellet.laws.uniform import Uniform as Law
from kellet.page.wording import settings

NOT_NEGATIVE = Domain("uniform", 0.0, np.inf, True, "a world of numbers from 0 up")


class Uniform(Learner, frozen=True, tag="uniform"):
    r"""Learn where a uniform law from 0 ends: at the largest point.

    estimator: "mle", the largest of n points; or "unbiased", (n + 1)/n of it.  By maximum likelihood each generation is
    shorter than the last, to n/(n + 1) of it on average; unbiased, the average stays, and yet the logarithm loses
    :math:`1/n - \ln(1 + 1/n)`, about 1/(2n^2), a generation.

    A replicate is collapsed when its largest point is 0, when it has none, or when one is not finite.  Points must be
    >= 0; those of weight 0 are absent, and other weights matter only to n.

    >>> Uniform().fit(Points(np.array([[1.0, 2.0, 6.0]]))).upper
    array([6.])
    >>> Uniform("unbiased").fit(Points(np.array([[1.0, 2.0, 6.0]]))).upper
    array([8.])
    """

    estimator: Literal["mle", "unbiased"] = "mle"

    def describe(self) -> str:
        return f"a law that is even from 0 to its largest number ({settings(self)})"

    def fit(self, evidence: Points, rng: object = None, previous: object = None) -> Law:
        rows = NOT_NEGATIVE.rows(evidence)
        upper = rows.values.max(axis=1)
        if self.estimator == "unbiased":
            upper *= 1 + 1 / np.where(rows.lost, 1.0, rows.count)
        upper[rows.lost] = np.nan
        return Law(rows.give(upper), rows.mark((upper == 0) | rows.lost))
