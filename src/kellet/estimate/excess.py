"""Excess vocabulary: at least how many documents of a period models had a hand in, by dates and human text alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from kellet.errors import InputError
from kellet.estimate.counterfactual import Comparison, Flags, Shares, weigh_up
from kellet.estimate.subjects import find_foreign, find_subjects
from kellet.estimate.wording import FOLDS, compare, mark
from kellet.evidence import Integers
from kellet.page.wording import percent

if TYPE_CHECKING:
    from scipy.sparse import csr_array

LEAST = 100
"""Documents of a period, below which nothing is said of it."""
LOW = 0.05
"""How often the limit may lie above the truth."""
DRIFT = 0.1
"""The largest placebo beside which anything is said."""
LENGTHS = 5
PLACEBOS = 4
"""How often human periods are taken for targets."""


@dataclass(frozen=True)
class ExcessWord:
    """A word that carries a bound.

    documents: of the period, that have it.  observed, expected: shares of the period's documents.
    """

    name: str
    documents: int
    observed: float
    expected: float


@dataclass(frozen=True)
class ExcessBound:
    """At least how many documents of a period models wrote or edited.

    period: its number.  base: the human periods it is compared with, one (whose shares of words are then expected) or
    two (whose trend is then prolonged).  documents: of the period, that were looked at.  foreign: the share of them
    that is unlike any human ones and carries nothing; of human ones a tenth is.  low: the limit, under the truth in 95
    of 100 samples.  point: the bound itself, (P - Q) / (1 - Q) beyond the placebo.  observed: P, the share of documents
    with one or more of the words.  expected: Q, the share if humans had gone on.  placebo: the bound that the same
    procedure finds in human text at most.  words: those that carry it, of the largest gap first.  reason: why there is
    no bound, or what it doesn't know; empty where nothing is to be said.

    >>> ExcessBound(2024, (2021, 2022), 900, 0.1, 0.09, 0.12, 0.4, 0.3, 0.02, (), "").gap.__round__(3)
    0.1
    """

    period: int
    base: tuple[int, ...]
    documents: int
    foreign: float
    low: float
    point: float
    observed: float
    expected: float
    placebo: float
    words: tuple[ExcessWord, ...]
    reason: str

    @property
    def gap(self) -> float:
        """P - Q, the bound of Kobak et al. (2025), who take no placebo from it."""
        return self.observed - self.expected


@dataclass(frozen=True)
class ExcessBounds:
    """What excess vocabulary says: bounds, one a period that isn't human, and placebos, the same of human periods."""

    bounds: tuple[ExcessBound, ...]
    placebos: tuple[ExcessBound, ...]


def bound_excess(
    matrix: csr_array,
    names: Sequence[str],
    periods: Integers,
    human: Sequence[int],
    lengths: Integers | None = None,
    subjects: Integers | None = None,
    seed: int = 0,
) -> ExcessBounds:
    r"""At least how many documents of each period that isn't human models had a hand in.

    matrix: (D, V), 1 where a document has a word, no document twice; some 50,000 at most, in memory.  names: (V,).
    periods: (D,), times as whole numbers.  human: those of them before models.  lengths: (D,), words of documents.
    subjects: (D,), a few labels, of subjects or sources; found if not given.

    On four fifths of the documents words are chosen that the period has more often than the trend of human periods
    lets expect, in whichever subjects, and how many of them make the set; on the last fifth it is counted who has one
    or more of the set, and so on around, so that the choice doesn't flatter.  With P the share that has and Q the share
    expected, at least (P - Q)/(1 - Q) were written or edited by models.  Q is the largest of what human documents say
    as they are, at the lengths of the period's, and at its subjects.  Documents unlike any human ones have no word at
    all here: they are of a new subject or genre.

    Human periods go through the same, as if they were targets, and of a target no more documents are looked at than of
    them; the target's own words are looked for in them, too.  What that finds at most is the drift b of human text, and
    the bound is what exceeds it, :math:`1 - (1 - (P-Q)/(1-Q)) / (1 - b)`.  The limit has the sampling errors of P, Q
    and b in it, by a bootstrap over documents, and takes for granted that human text drifts twice as much at most as in
    the worst human period, the words by themselves no more than they did.  An event that documents of all subjects
    speak of, as no event before it, isn't told from a model.

    D. Kobak, R. González-Márquez, E.-Á. Horvát, J. Lause, Science Advances 11 (2025), arXiv:2406.07016.
    """
    from scipy.sparse import csr_array

    if not matrix.shape[1]:
        raise InputError("documents with words in common", "none", "longer documents, or more of them")
    sizes = dict(zip(*(part.tolist() for part in np.unique(periods, return_counts=True)), strict=True))
    large = [one for one in sorted(set(human)) if sizes.get(one, 0) >= LEAST]
    targets = [one for one in sizes if one not in set(human)]
    if not large:
        most = max((sizes.get(one, 0) for one in human), default=0)
        raise InputError(
            f"{LEAST} human documents or more of one period", f"{most}", "longer periods, or more documents"
        )
    if not targets:
        raise InputError("documents that aren't known to be human", "none", "to call only older ones human")
    known = np.isin(periods, large)
    subjects = find_subjects(matrix, known, seed) if subjects is None else np.unique(subjects, return_inverse=True)[1]
    foreign = find_foreign(matrix, known, seed)
    strata = [np.asarray(subjects, np.int64)]
    if lengths is not None:
        strata.append(np.searchsorted(np.quantile(lengths, np.arange(1, LENGTHS) / LENGTHS), lengths))
    plain = csr_array(matrix.multiply(~foreign[:, None]))
    corpus = _Corpus(plain, names, np.asarray(periods, np.int64), strata, foreign, seed)
    placebos: dict[Comparison, _Found] = {}
    bounds = []
    for one in targets:
        base = tuple(period for period in large if period < one)[-2:]
        if not base or sizes[one] < LEAST:
            reason = f"fewer than {LEAST} documents" if base else f"no human period of {LEAST} documents before it"
            bounds.append(ExcessBound(one, base, sizes[one], np.nan, 0.0, 0.0, np.nan, np.nan, np.nan, (), reason))
            continue
        trials = _try(Comparison(one, base), large)
        placebos |= {trial: corpus.measure(trial) for trial in trials if trial not in placebos}
        most = max((sizes[trial.target] for trial in trials), default=sizes[one])
        found = corpus.measure(Comparison(one, base), most, trials)
        bounds.append(_tell(found, [placebos[trial] for trial in trials]))
    return ExcessBounds(tuple(bounds), tuple(replace(_tell(found, []), reason="") for found in placebos.values()))


@dataclass(frozen=True, eq=False)
class _Found:
    """What one comparison found: the words, and shares of documents that have one, as counted and drawn; of the target
    and, by the same words, of placebos."""

    comparison: Comparison
    documents: int
    foreign: float
    counted: Shares
    drawn: Shares
    earlier: list[tuple[Shares, Shares]]
    words: tuple[ExcessWord, ...]


@dataclass(frozen=True, eq=False)
class _Corpus:
    matrix: csr_array
    names: Sequence[str]
    periods: Integers
    strata: list[Integers]
    foreign: Flags
    seed: int

    def measure(self, comparison: Comparison, most: int | None = None, trials: Sequence[Comparison] = ()) -> _Found:
        """What a comparison finds, with so many documents of the target at most."""
        rng = np.random.default_rng([self.seed, comparison.target])
        places = [np.flatnonzero(self.periods == one) for one in (comparison.target, *comparison.base)]
        places[0] = rng.permutation(places[0])[:most]
        more = {one for trial in trials for one in (trial.target, *trial.base)} - {comparison.target, *comparison.base}
        rows = np.sort(np.concatenate([*places, np.flatnonzero(np.isin(self.periods, list(more)))]))
        matrix, periods, strata = self.matrix[rows], self.periods[rows], [labels[rows] for labels in self.strata]
        having, often = mark(matrix, periods, comparison, strata, self.seed)
        counts = np.array([matrix[periods == one].sum(axis=0) for one in (comparison.target, *comparison.base)])
        excess = compare(counts, np.array([[len(part)] for part in places]), comparison)
        words = np.flatnonzero(often > FOLDS / 2)
        words = words[np.argsort((excess.expected - excess.observed)[words], kind="stable")]

        def weigh(one: Comparison) -> tuple[Shares, Shares]:
            return weigh_up(having, periods, one, strata, None), weigh_up(having, periods, one, strata, rng)

        return _Found(
            comparison,
            len(places[0]),
            float(self.foreign[places[0]].mean()),
            *weigh(comparison),
            [weigh(trial) for trial in trials],
            tuple(
                ExcessWord(self.names[v], int(counts[0, v]), float(excess.observed[v]), float(excess.expected[v]))
                for v in words.tolist()
            ),
        )


def _tell(found: _Found, placebos: list[_Found]) -> ExcessBound:
    """The bound, beyond what placebos found; drift goes on at their pace if the target is further from its base."""
    drift, drawn = 0.0, np.zeros(1)
    for other, (counted, some) in zip(placebos, found.earlier, strict=True):
        further = max(1.0, found.comparison.lag / other.comparison.lag)
        own = further * max(0.0, float(other.counted.bound[0]))
        drift = max(drift, own, further * float(counted.bound[0]))
        # Twice: of a few periods' drifts the next is often larger than the largest.
        drawn = np.max(np.broadcast_arrays(drawn, own + further * other.drawn.bound, further * some.bound), axis=0)
    draws = 1 - (1 - found.drawn.bound) / (1 - np.minimum(drawn, 1 - 1e-9))
    point = 1 - (1 - float(found.counted.bound[0])) / (1 - min(drift, 1 - 1e-9))
    reason = (
        "" if placebos else "one human period: how human text has drifted since can't be told from what models wrote"
    )
    if drift > DRIFT:
        draws = np.zeros(1)
        reason = f"human text drifts too fast: of a human period, too, {percent(drift)} would be said to be models'"
    return ExcessBound(
        found.comparison.target,
        found.comparison.base,
        found.documents,
        found.foreign,
        max(0.0, float(np.quantile(draws, LOW))),
        max(0.0, point),
        float(found.counted.observed[0]),
        float(found.counted.expected[0]),
        drift if placebos else np.nan,
        found.words,
        reason,
    )


def _try(comparison: Comparison, human: list[int]) -> list[Comparison]:
    """Placebos: human periods as far from their base as the target is, or as far as there is one, and the latest of
    those whose base is the longest.  Their base may also lie after them: what goes out of use drifts as what comes in.
    """
    found = []
    for one in human:
        for side in [period for period in human if period < one], [period for period in human if period > one][::-1]:
            far = [period for period in side if abs(one - period) >= comparison.lag]
            if side:
                found.append(Comparison(one, tuple((far or side)[-len(comparison.base) :])))
    longest = max((len(one.base) for one in found), default=0)
    return [one for one in found if len(one.base) == longest][-PLACEBOS:]
