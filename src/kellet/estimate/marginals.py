"""Marginals: whether a corpus's rows speak of the same things as those of the references.

Asked of columns whose values are as frequent with models as with humans: what differs there is no model's doing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from kellet.estimate.coding import learn_coding
from kellet.estimate.layout import Layout
from kellet.evidence import Array
from kellet.profile.tally import Hashes

ALIKE = 0.05
"""Distance between a model's rows and human ones, up to which a column doesn't separate them."""


@dataclass(frozen=True, eq=False)
class Likeness:
    r"""How far a corpus lies from the mixture of references that suits it best.

    distance: :math:`\sum_v (c_v - r_v)^2`, less what chance would make it, over :math:`\sum_v h_v^2`, by the shares of
    corpus c, mixture r and human rows h that have each value v of the columns; nan where there is no such column.
    columns: their names.  each: the same of each of them alone.
    """

    distance: float
    columns: tuple[str, ...]
    each: Array


def compare_marginals(layout: Layout, references: Sequence[Hashes], corpus: Hashes, weights: Array) -> Likeness:
    """The likeness of a corpus's rows and references'; numbers are in bins of the human reference.

    references: human rows and each model's, as `Layout.read` gives them.  weights: of each in the mixture; their sum
    is 1.
    """
    coding = learn_coding(references[0], layout.numeric)
    codes = [coding.code(rows) for rows in (*references, corpus)]
    sizes = [len(rows) for rows in codes]
    names, parts = [], []
    for j, (column, size) in enumerate(zip(layout.columns, coding.sizes, strict=True)):
        rates = np.array([np.bincount(rows[:, j], minlength=size) / len(rows) for rows in codes])
        noise = (rates * (1 - rates)).sum(axis=1) / sizes
        scale = (rates[0] ** 2).sum()
        apart = ((rates[1:-1] - rates[0]) ** 2).sum(axis=1) - noise[1:-1] - noise[0]
        if (apart <= ALIKE * scale).all():
            far = ((rates[-1] - weights @ rates[:-1]) ** 2).sum() - noise[-1] - weights**2 @ noise[:-1]
            names.append(column.name)
            parts.append((far, scale))
    found = np.array(parts).reshape(-1, 2)
    distance = float(found[:, 0].sum() / found[:, 1].sum()) if names else float("nan")
    return Likeness(distance, tuple(names), found[:, 0] / found[:, 1])
