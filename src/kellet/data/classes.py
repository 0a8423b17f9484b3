"""Classes: a fixed reader, learnt once from real labelled points, that says what models still write."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from kellet.errors import InputError
from kellet.evidence import Array

MOST = 200
"""Classes that a reader tells apart."""


@dataclass(frozen=True, eq=False)
class Classes:
    r"""Quadratic discriminants over C classes, fitted to real points and then frozen.

    names: C names.  shares: (C,), each class's real share.  doubt: a point whose best score is lower is unreadable;
    it is where the hundredth part of the held-out real points lies that score lowest.  The score of class c is
    :math:`\ln\pi_c - \tfrac12\ln|\Sigma_c| - \tfrac12(x-\mu_c)^T\Sigma_c^{-1}(x-\mu_c)`, held as one linear form on
    (x, all products of two coordinates, 1): one matrix product reads any number of points.
    R. A. Fisher's discriminant with a covariance per class; covariances are shrunk towards their own scale.
    """

    names: tuple[str, ...]
    shares: Array
    form: Array
    doubt: float = -np.inf
    accuracy: float = 0.0

    @staticmethod
    def learn(
        names: tuple[str, ...],
        training: tuple[Array, NDArray[np.int64]],
        heldout: tuple[Array, NDArray[np.int64]],
        shrinkage: float = 0.05,
    ) -> Classes:
        """Fit to (points, labels) of the training split; accuracy is measured on the held-out points."""
        points, labels = training
        _require_classes(np.bincount(labels, minlength=len(names)))
        shares = np.bincount(np.concatenate([labels, heldout[1]]), minlength=len(names)).astype(float)
        upper = np.triu_indices(points.shape[1])
        rows = []
        for c in range(len(names)):
            own = points[labels == c]
            if len(own) < 2:
                rows.append(np.r_[np.zeros(points.shape[1] + len(upper[0])), -np.inf])
                continue
            mean, covariance = own.mean(axis=0), np.cov(own.T, ddof=0).reshape(points.shape[1], -1)
            scale = max(np.trace(covariance) / len(covariance), 1e-12)
            covariance = (1 - shrinkage) * covariance + shrinkage * scale * np.eye(len(covariance))
            precision = np.linalg.inv(covariance)
            products = -0.5 * precision * (2 - np.eye(len(precision)))
            constant = (
                np.log(len(own) / len(points)) - 0.5 * np.linalg.slogdet(covariance)[1] - 0.5 * mean @ precision @ mean
            )
            rows.append(np.r_[precision @ mean, products[upper], constant])
        reader = Classes(names, shares / shares.sum(), np.array(rows).T)
        doubt = float(np.quantile(reader._scores(heldout[0]).max(axis=1), 0.01))
        reader = replace(reader, doubt=doubt)
        return replace(reader, accuracy=float((reader.read(heldout[0]) == heldout[1]).mean()))

    def read(self, points: Array) -> NDArray[np.int64]:
        """The class of each point (..., d), -1 where it is unreadable."""
        scores = self._scores(points)
        return np.where(scores.max(axis=-1) < self.doubt, -1, scores.argmax(axis=-1))

    def _scores(self, points: Array) -> Array:
        d = points.shape[-1]
        products = np.empty((*points.shape[:-1], len(self.form) - 1))
        products[..., :d] = points
        start = d
        # Coordinate by coordinate: gathering all pairs at once takes four times as long.
        for i in range(d):
            np.multiply(points[..., i : i + 1], points[..., i:], out=products[..., start : start + d - i])
            start += d - i
        return products @ self.form[:-1] + self.form[-1]  # type: ignore[no-any-return]

    def shares_of(self, points: Array) -> Array:
        """(R, C): the share of each class among points (R, n, d); what is missing to 1 is unreadable."""
        found = self.read(points)
        return (found[..., None] == np.arange(len(self.names))).mean(axis=1)  # type: ignore[no-any-return]


def _require_classes(counts: NDArray[np.int64]) -> None:
    """Refuse a label that says nothing about kinds: what names points has one of each."""
    several = int((counts >= 2).sum())
    if several < 2 or len(counts) > MOST:
        expected = f"a label of 2 to {MOST} classes, at least two of them with two points to learn from"
        raise InputError(
            expected, f"{len(counts):,} classes, {several:,} of them with so many", "another --label, or none"
        )
