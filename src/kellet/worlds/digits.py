"""The 1,797 handwritten digits that scikit-learn carries."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from kellet.data.classes import Classes
from kellet.data.source import DataSet, split
from kellet.errors import InputError
from kellet.evidence import Array
from kellet.worlds.observable import Recipe

SEEN = 24
"""Components that metrics and the classifier see pixels through."""


class Digits(Recipe, frozen=True, omit_defaults=True, tag="digits"):
    """Real handwritten digits, 8x8 pixels of 0 to 16, seen through ``dims`` principal components (0: pixel by pixel).

    The components and the classifier that reads what models write are fitted once, on the real training split, and stay
    frozen like a tokeniser; of pixels only metrics and the classifier see them, 24 of them.  E. Alpaydin and C. Kaynak,
    UCI Machine Learning Repository, Optical Recognition of Handwritten Digits (1998).
    """

    dims: int = 24
    seed: int = 0

    things: ClassVar[str] = "digits"
    unit: ClassVar[str] = "pictures"
    subject: ClassVar[str] = "handwritten digits"

    def __post_init__(self) -> None:
        self.check_least(0, "seed")
        if not 0 <= self.dims <= 64:
            raise InputError("between 0 and 64 dimensions", self.dims, "24, or 0 for pixels")

    def describe(self) -> str:
        seen = f"seen through their {self.dims} main components" if self.dims else "pixel by pixel"
        return f"1,797 real handwritten digits, small grey pictures of 8 × 8 pixels, {seen}"

    def open(self, replicates: int = 1) -> DataSet:
        (training, reserve, heldout), classes, view = _points(self.dims, self.seed)
        return DataSet(training, reserve, heldout, replicates, classes=classes, view=view)

    def pictures(self, points: Array) -> NDArray[np.uint8]:
        """Points (n, dims) as grey pictures (n, 8, 8), ink dark."""
        if self.dims:
            _, _, mean, components = _view(self.dims, self.seed)
            points = points @ components + mean
        ink = np.clip(points / 16, 0, 1).reshape(-1, 8, 8)
        return np.asarray(255 * (1 - ink), dtype=np.uint8)


@lru_cache(maxsize=4)
def _view(dims: int, seed: int) -> tuple[Array, NDArray[np.int64], Array, Array]:
    from sklearn.datasets import load_digits

    data: Any = load_digits()
    training = split(len(data.data), seed)[0]
    mean = data.data[training].mean(axis=0)
    _, _, components = np.linalg.svd(data.data[training] - mean, full_matrices=False)
    # The sign of a singular vector is arbitrary: fix it, so that every machine sees the same points.
    components *= np.sign(components[np.arange(len(components)), abs(components).argmax(axis=1)])[:, None]
    return (data.data - mean) @ components[:dims].T, data.target.astype(np.int64), mean, components[:dims]


@lru_cache(maxsize=4)
def _points(dims: int, seed: int) -> tuple[tuple[Array, Array, Array], Classes, Array | None]:
    from sklearn.datasets import load_digits

    values, labels, mean, components = _view(dims or SEEN, seed)
    training, reserve, heldout = split(len(values), seed)
    if not dims:
        values = values + mean @ components.T
    names = tuple("0123456789")
    classes = Classes.learn(names, (values[training], labels[training]), (values[heldout], labels[heldout]))
    if dims:
        return (values[training], values[reserve], values[heldout]), classes, None
    pixels: Array = load_digits().data
    return (pixels[training], pixels[reserve], pixels[heldout]), classes, components.T
