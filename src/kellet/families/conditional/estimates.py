"""What classifiers and regressors learnt, and how they write labels."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from kellet.evidence import Array, Integers, Points
from kellet.families.yours.guarded import explain
from kellet.laws.model import Model


@dataclass(frozen=True, eq=False)
class Fit:
    """What one replicate learnt.

    predict: features (N, d) -> numbers (N,), or the chances (N, k) of the ``classes`` (k,) that it knows.  errors: (n,)
    of numbers, and shares: (n,) how often each is drawn, None where all are alike.  reason: why nothing was learnt, an
    outcome.  failures: what its code did wrong.
    """

    predict: Callable[[Array], Array] | None = None
    classes: Integers | None = None
    errors: Array | None = None
    shares: Array | None = None
    reason: str | None = None
    failures: list[str] = field(default_factory=list)

    def expect(self, features: Array, classes: int) -> Array:
        """(N,), or (N, classes); NaN where nothing was learnt."""
        blank = np.full((len(features), classes) if classes else len(features), np.nan)
        if self.predict is None or self.failures:
            return blank
        try:
            found = np.asarray(self.predict(features), dtype=np.float64)
            if self.classes is None:
                return found.reshape(len(features))
            chances = np.zeros(blank.shape)
            chances[:, self.classes] = found
        # Somebody's code may raise anything, and for the loop that is no crash.
        except Exception as error:
            self.failures.append(explain(error, "predict"))
            return blank
        return chances

    @property
    def spread(self) -> float:
        """Standard deviation of the errors."""
        if self.errors is None:
            return np.nan
        mean = np.average(self.errors, weights=self.shares)
        return float(np.sqrt(np.average((self.errors - mean) ** 2, weights=self.shares)))


@dataclass(frozen=True, eq=False)
class Estimates:
    """Models of R replicates.  classes: how many there are, 0 for numbers.  sampled: whether labels are drawn, and not
    the likeliest.  features: what features are drawn from."""

    fits: tuple[Fit, ...]
    classes: int
    sampled: bool
    features: Model

    @property
    def failed(self) -> NDArray[np.bool_]:
        return np.array([bool(fit.failures) for fit in self.fits])

    @property
    def collapsed(self) -> NDArray[np.bool_]:
        return np.array([fit.reason is not None or bool(fit.failures) for fit in self.fits])

    @property
    def absorbed(self) -> NDArray[np.bool_]:
        """(R,): where one class is left."""
        return np.array([fit.classes is not None and len(fit.classes) == 1 for fit in self.fits])

    @property
    def reason(self) -> str | None:
        return next((fit.reason for fit in self.fits if fit.reason), None)

    @property
    def failure(self) -> str | None:
        return next((fit.failures[0] for fit in self.fits if fit.failures), None)

    @property
    def spread(self) -> Array:
        """(R,): standard deviation of the noise of numbers."""
        return np.array([fit.spread for fit in self.fits])

    def expect(self, features: Array) -> Array:
        return np.stack([fit.expect(features, self.classes) for fit in self.fits])

    def beside(self, features: Model) -> Estimates:
        return replace(self, features=features)

    def sample(self, n: int, rng: Generator) -> Points:
        x = self.features.sample(n, rng).values
        drawn = rng.random(x.shape[:2])
        labels = [self._write(fit, rows, chance) for fit, rows, chance in zip(self.fits, x, drawn, strict=True)]
        return Points(np.concatenate([x, np.stack(labels)[..., None]], axis=2))

    def _write(self, fit: Fit, features: Array, drawn: Array) -> Array:
        """Labels (n,) of features (n, d), by numbers (n,) drawn from 0 to 1."""
        found = fit.expect(features, self.classes)
        if self.classes:
            if not self.sampled:
                return np.where(np.isnan(found).any(axis=1), np.nan, found.argmax(axis=1))
            steps = found.cumsum(axis=1)
            # Chances may add up to a little less than 1, and the last class may have none.
            return np.where(np.isnan(steps[:, -1]), np.nan, (drawn[:, None] * steps[:, -1:] >= steps).sum(axis=1))
        if not self.sampled or fit.errors is None:
            return found
        if fit.shares is None:
            return found + fit.errors[(drawn * len(fit.errors)).astype(np.int64)]
        steps = fit.shares.cumsum()
        return np.asarray(found + fit.errors[np.searchsorted(steps, drawn * steps[-1], side="right")])


@dataclass(frozen=True, eq=False)
class Seen:
    """Features (R, n, d) that were learnt from, to be drawn from again by their weights (R, n)."""

    rows: Array
    weights: Array | None

    def sample(self, n: int, rng: Generator) -> Points:
        r, size = self.rows.shape[:2]
        drawn = rng.random((r, n))
        if self.weights is None:
            at = (drawn * size).astype(np.int64)
        else:
            steps = self.weights.cumsum(axis=1)
            found = [
                np.searchsorted(own, own[-1] * chance, side="right") for own, chance in zip(steps, drawn, strict=True)
            ]
            at = np.minimum(np.stack(found), size - 1)
        return Points(self.rows[np.arange(r)[:, None], at])
