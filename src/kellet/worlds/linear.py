"""Linear: normal features, and a label that is a line of them and noise."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from kellet import laws
from kellet.data.labelled import LabelledLaw
from kellet.errors import InputError
from kellet.laws.conditional import LinearLaw, Mislabelled
from kellet.worlds.observable import Recipe


class Linear(Recipe, frozen=True, omit_defaults=True, tag="linear"):
    r"""Rows of independent standard normal features x, and a label :math:`y = w^T x` + noise.

    dimensions: d.  signal: the variance of :math:`w^T x`, all d weights being alike.  noise: the variance of the noise.
    mislabelled: this share of the real labels is of :math:`-w^T x`, a target at the squared distance 4 signal; what
    models learnt is judged by the right one.

    >>> source = Linear(dimensions=3).open(2)
    >>> source.first(5, np.random.default_rng(0)).values.shape
    (2, 5, 4)
    """

    dimensions: int = 10
    signal: float = 1.0
    noise: float = 1.0
    mislabelled: float = 0.0

    unit: ClassVar[str] = "labelled rows"
    subject: ClassVar[str] = "labels"

    def __post_init__(self) -> None:
        self.check_least(1, "dimensions")
        self.check_finite("signal", "noise", zero=True)
        if not 0 <= self.mislabelled < 1:
            raise InputError("a mislabelled share in [0, 1)", self.mislabelled, "0.1")

    def describe(self) -> str:
        wrong = f", {self.mislabelled:g} of the labels being of another target" if self.mislabelled else ""
        return f"labels that are a linear function of {self.dimensions} normal features, with noise{wrong}"

    def law(self, replicates: int) -> LinearLaw | Mislabelled:
        """The true law, a model with one row per replicate."""
        r, d = replicates, self.dimensions
        features = laws.MultivariateNormal(np.zeros((r, d)), np.broadcast_to(np.eye(d), (r, d, d)))
        weights = np.full((r, d), np.sqrt(self.signal / d))
        zero, spread = np.zeros(r), np.full(r, np.sqrt(self.noise))
        truth = LinearLaw(features, weights, zero, spread)
        if not self.mislabelled:
            return truth
        return Mislabelled(truth, LinearLaw(features, -weights, zero, spread), self.mislabelled)

    def open(self, replicates: int = 1) -> LabelledLaw:
        """The law, ready to be observed by so many replicates."""
        return LabelledLaw(self.law(replicates), replicates, self.law)
