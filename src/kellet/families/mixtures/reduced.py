"""Any family in few dimensions: principal components first, and back into the whole space to write."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, Self, cast

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from kellet.data.source import Source
from kellet.errors import InputError
from kellet.evidence import Array, Points, compress
from kellet.families.abilities import Learner, check_prior
from kellet.families.exponential.gaussian import Gaussian
from kellet.families.family import Family
from kellet.families.mixtures.bootstrap import Bootstrap, Copies
from kellet.families.mixtures.kernel import Kernel
from kellet.families.mixtures.mixture import Mixture
from kellet.families.neural import GAN, VAE, Diffusion, Flow
from kellet.families.yours.python import Adapter
from kellet.laws.model import Model, read_marks

Inner = Gaussian | Mixture | Kernel | Bootstrap | VAE | Flow | Diffusion | GAN | Adapter


class Reduced(Learner, frozen=True, tag="reduced"):
    r"""Learn another family in the first principal components of the points.

    With the mean m and the K leading eigenvectors A (K, D) of the covariance, the family sees :math:`A(x - m)`, and
    what it writes, z, becomes :math:`m + A^T z`.  Points of any shape are vectors of D numbers meanwhile.

    components: K; where points span fewer dimensions the rest of the coordinates are 0.  family: what learns, with a
    prior of its own if it has one, in the components' coordinates.
    basis: "frozen" keeps each replicate's m and A of generation 0 for ever, as one does with a published encoder;
    "anew" takes them from each generation's points, and then the family inside starts anew as well.  What lies outside
    the components is lost with the first generation either way.

    Points of weight 0 are absent.  A replicate is collapsed where the family says so, or without finite points.

    Hotelling, J. Educational Psychology 24:417 (1933).

    >>> line = np.linspace(0.0, 1.0, 5)[:, None] * [3.0, 4.0]
    >>> model = Reduced(Bootstrap(), components=1).fit(Points(line[None]), np.random.default_rng(0))
    >>> model.axes, model.sample(2, np.random.default_rng(0)).values
    (array([[[0.6, 0.8]]]), array([[[2.25, 3.  ],
            [0.75, 1.  ]]]))
    """

    family: Inner = Gaussian()
    components: int = 10
    basis: Literal["frozen", "anew"] = "frozen"

    def __post_init__(self) -> None:
        self.check_least(1, "components")

    def prepare(self, source: Source) -> Self:
        check_prior(self.family, self.components)
        return super().prepare(source)

    def describe(self) -> str:
        return f"{self.family.describe()}, seen through {self.components} main components"

    @property
    def batched(self) -> bool:  # type: ignore[override]
        return self.family.batched

    @property
    def block(self) -> int | None:  # type: ignore[override]
        return self.family.block

    @property
    def device(self) -> str:  # type: ignore[override]
        return self.family.device

    @property
    def resources(self) -> Mapping[str, float]:  # type: ignore[override]
        return self.family.resources

    def fit(self, evidence: Points, rng: Generator, previous: Embedding | None = None) -> Embedding:
        given = Copies.of(Points(np.asarray(evidence.values, dtype=np.float64), evidence.weights))
        rows, most = given.rows, given.rows.shape[2]
        if self.components > most:
            raise InputError(f"at most {most} components, one for each dimension", self.components, f"{most}")
        before: Model | None = None
        if self.basis == "frozen" and previous is not None:
            before, centre, axes = previous.model, previous.centre, previous.axes
        else:
            centre = given.mean.reshape(len(rows), -1)
            axes = _find_axes(given.deviations, given.weights, self.components)
        inside = Points((rows - centre[:, None]) @ axes.swapaxes(1, 2), given.weights, evidence.origin)
        family = cast(Family[Any, Model], self.family)
        model = family.fit(family.summarise(inside) if isinstance(family, Gaussian) else inside, rng, before)
        inner = read_marks(model, len(rows))
        collapsed, reason = given.collapsed | inner.collapsed, given.reason or inner.reason
        return Embedding(model, centre, axes, given.values.shape[2:], collapsed, reason)


@dataclass(frozen=True, eq=False)
class Embedding:
    """A model in few dimensions that writes in the whole space.

    model: what was learnt inside.  centre: (R, D).  axes: (R, K, D), orthonormal rows, 0 beyond the dimensions that
    the points had.  shape: of a point.  collapsed: (R,).  reason: why.
    """

    model: Model
    centre: Array
    axes: Array
    shape: tuple[int, ...]
    collapsed: NDArray[np.bool_]
    reason: str | None = None

    @property
    def absorbed(self) -> NDArray[np.bool_]:
        return read_marks(self.model, len(self.centre)).absorbed

    @property
    def failed(self) -> NDArray[np.bool_]:
        return read_marks(self.model, len(self.centre)).failed

    @property
    def failure(self) -> str | None:
        return read_marks(self.model, len(self.centre)).failure

    def sample(self, n: int, rng: Generator) -> Points:
        written = self.model.sample(n, rng).values @ self.axes
        written += self.centre[:, None]
        return Points(written.reshape(*written.shape[:2], *self.shape))


def _find_axes(apart: Array, weights: Array | None, components: int) -> Array:
    """(R, K, D): leading axes of points less their mean (R, n, D), the largest number of each positive."""
    if weights is not None:
        apart = np.sqrt(weights)[..., None] * apart
    if apart.shape[1] > apart.shape[2]:
        apart = compress(apart).swapaxes(1, 2)
    _, sizes, axes = np.linalg.svd(apart, full_matrices=False)
    # Rounding leaves directions that the points don't have.
    axes = np.where((sizes > 1e-12 * sizes[:, :1])[..., None], axes, 0.0)
    largest = np.take_along_axis(axes, np.abs(axes).argmax(axis=2)[..., None], axis=2)
    axes = np.where(largest < 0, -axes, axes)[:, :components]
    short = components - axes.shape[1]
    return np.pad(axes, ((0, 0), (0, short), (0, 0))) if short > 0 else axes
