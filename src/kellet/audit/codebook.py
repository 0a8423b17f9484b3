"""A codebook: cells of a space of points, frozen on a part of the reference, so that they are counted like words."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator

from kellet.audit.points import Vectors, thin
from kellet.errors import InputError
from kellet.evidence import Array, Integers
from kellet.profile.hashes import hash_word, hash_words
from kellet.profile.profile import SALT, Profile, deal_whole
from kellet.profile.tally import Hashes, Tally

KIND = "cell"
PART, LARGEST_PART = 0.25, 10_000
"""How much of the reference the cells are learnt from: a share, and at most so many points."""
EACH, FEWEST, MOST = 2, 2, 1000
"""Points of this part for each cell; and how many cells there are at least and at most."""
COMPONENTS = 50
"""Of the part, where points have more numbers."""
STEPS = 25
"""Of k-means at most: cells need to be cells, not the best ones."""
BLOCK = 4096


@dataclass(frozen=True, eq=False)
class Codebook:
    """Cells by their centres; a point belongs to the nearest.

    mean: (D,) and axes: (D, d) principal components of the part; centres: (K, d).  part: the rows of the reference that
    all this was learnt from.  examples: (K,) the row of the part that is nearest to each centre.

    Points of the part lie nearer to their centres than others of their law, and no cell is without one of them, so
    they aren't exchangeable with a candidate's: they are not counted (`profile_rest`).
    """

    mean: Array
    axes: Array
    centres: Array
    part: Integers
    examples: Integers

    @staticmethod
    def learn(reference: Vectors, rng: Generator, clusters: Hashes | None = None) -> Codebook:
        """Freeze cells on a part of the reference (n, D), by whole clusters where there are any.

        How many cells: one for two points of the part, so that many are rare in the rest, and at most 1,000.
        S. Lloyd, Least Squares Quantization in PCM, IEEE Trans. Inf. Theory 28:129 (1982).
        """
        from sklearn.cluster import KMeans

        part = _part(reference, rng, clusters)
        points = reference[part].astype(np.float64)
        mean = points.mean(axis=0)
        axes = np.eye(reference.shape[1])
        if reference.shape[1] > COMPONENTS:
            axes = np.linalg.svd(points - mean, full_matrices=False)[2][:COMPONENTS].T
        reduced = (points - mean) @ axes
        cells = min(max(len(part) // EACH, FEWEST), MOST, len(np.unique(reduced, axis=0)))
        seed = int(rng.integers(2**31))
        found = KMeans(cells, init="random", n_init=1, max_iter=STEPS, random_state=seed).fit(reduced)
        centres = np.asarray(found.cluster_centers_, np.float64)
        return Codebook(mean, axes, centres, part, part[_nearest(centres, reduced)])

    def assign(self, points: Vectors) -> Integers:
        """(N,) the cell of each point; -1 where there is no point."""
        if points.shape[1] != len(self.mean):
            got = f"{points.shape[1]}"
            raise InputError(f"points of {len(self.mean)} numbers", got, "the model, or size, of the reference")
        cells = np.full(len(points), -1)
        there = np.flatnonzero(np.isfinite(points).all(axis=1))
        for start in range(0, len(there), BLOCK):
            rows = there[start : start + BLOCK]
            cells[rows] = _nearest((points[rows] - self.mean) @ self.axes, self.centres)
        return cells

    def profile(
        self, points: Vectors, clusters: Hashes | None = None, things: str = "embeddings", salt: str = SALT
    ) -> Profile:
        """Counts of cells of points (N, D): keys of the kind ``cell``, such as that of the word "cell 12"."""
        import polars as pl

        groups, documents, whole = deal_whole(len(points), clusters)
        keys = hash_words((f"cell {cell}" for cell in range(len(self.centres))), salt)
        names = [f"cell {i}, like row {row + 1:,} of the reference" for i, row in enumerate(self.examples)]
        keys, names = np.append(keys, np.uint64(hash_word("missing", salt))), [*names, "missing"]
        frame = pl.DataFrame({"key": keys, "name": names}, schema={"key": pl.UInt64, "name": pl.String})
        tally = Tally.of(keys[self.assign(points)], groups, names=frame)
        dealing = "in turn" if clusters is None else "by cluster"
        return Profile(documents, {KIND: tally}, things, dealing, salt, clusters=whole)  # type: ignore[arg-type]

    def profile_rest(
        self, reference: Vectors, clusters: Hashes | None = None, things: str = "embeddings", salt: str = SALT
    ) -> Profile:
        """The same of the reference, without the part that the cells were learnt from."""
        rest = np.setdiff1d(np.arange(len(reference)), self.part)
        return self.profile(reference[rest], None if clusters is None else clusters[rest], things, salt)


def _part(reference: Vectors, rng: Generator, clusters: Hashes | None) -> Integers:
    there = np.flatnonzero(np.isfinite(reference).all(axis=1))
    most = min(int(PART * len(there)), LARGEST_PART)
    if most < FEWEST:
        raise InputError("at least 8 embeddings or pictures", f"{len(there)}", "more of them")
    return there[thin(len(there), None if clusters is None else clusters[there], most, rng)]


def _nearest(points: Array, centres: Array) -> Integers:
    """(N,) which centre is nearest to each point."""
    return np.asarray(np.argmin((centres**2).sum(axis=1) - 2 * (points @ centres.T), axis=1), np.int64)
