"""The n-gram family: language models that anyone can read, from counts that add."""

from __future__ import annotations

from itertools import pairwise

import msgspec
import numpy as np
from numpy.random import Generator

from kellet.errors import InputError
from kellet.evidence import Array, Integers, Points
from kellet.families.abilities import Reader
from kellet.laws.ngram import NGramCounts, NGrams, rank, tally


class NGram(Reader, frozen=True, tag="ngram"):
    r"""Learn how each token depends on the n - 1 before it.

    order: n, 1 to 5; of order 1 it is the categorical family over tokens.  vocabulary: how many tokens there are, None
    takes it from the evidence (an experiment fills it in from the world's tokeniser).

    alpha None: interpolated Kneser-Ney with one discount a level,

    .. math:: p(w|h) = \frac{\max(a(hw) - D, 0)}{a(h)} + \frac{\sum_v \min(a(hv), D)}{a(h)}\,p(w|h'),
              \qquad D = \frac{n_1 + 1/2}{n_1 + 2n_2 + 1},

    where a is the count for the longest context, for shorter ones the number of different tokens seen before hw (the
    count where hw begins a block), h' is h without its oldest token, below the shortest comes the even law, and
    :math:`n_1, n_2` n-grams have a of at most 1, of 1 to 2; the halves keep D off 0 and 1.  R. Kneser and H. Ney,
    ICASSP 1995; S. Chen and J. Goodman, Computer Speech and Language 13:359 (1999).

    alpha given: :math:`p(w|h) = (c(hw) + \alpha)/(c(h) + \alpha V)`, the mean under an even Dirichlet prior worth
    :math:`\alpha V` tokens in each context; 0 is maximum likelihood.  A context that was never seen is read as its
    longest ending that was.

    >>> blocks = Points(np.array([[[0, 1, 0, 2]]]))
    >>> family = NGram(order=1, vocabulary=3, alpha=0)
    >>> np.exp(family.fit(family.summarise(blocks)).log_probabilities(np.array([[0], [1], [2]]))).round(3)
    array([[0.5 , 0.25, 0.25]])
    """

    order: int = 3
    alpha: float | None = None
    vocabulary: int | None = None

    learns = NGramCounts
    models = (NGrams,)

    def __post_init__(self) -> None:
        if not 1 <= self.order <= 5:
            raise InputError("an order of 1 to 5", self.order, "3")
        if self.alpha is not None and not 0 <= self.alpha < np.inf:
            raise InputError("a finite alpha >= 0", self.alpha, "0.1, or leaving it out for Kneser-Ney")
        self.check_least(1, "vocabulary")

    def describe(self) -> str:
        if self.order == 1:
            return "a list of how often each token occurs"
        before = "the one token" if self.order == 2 else f"the {self.order - 1} tokens"
        return f"a table of which token follows {before} before it (an n-gram model)"

    def summarise(self, points: Points) -> NGramCounts:
        return NGramCounts.of(points, self.order, self.vocabulary)

    def fit(self, evidence: NGramCounts, rng: Generator | None = None, previous: object = None) -> NGrams:
        v, replicates = evidence.vocabulary, evidence.replicates
        levels = _count_levels(evidence, raw=self.alpha is not None)
        whose, newest = evidence.grams[0], evidence.grams[-1]
        ends, lives = (np.bincount(whose[which], minlength=replicates) > 0 for which in (newest == v, newest < v))
        states, shorter, after, first = _build_automaton(levels, v, replicates)

        counts = np.concatenate([level.counts for level in levels])
        number = shorter.size
        total = np.bincount(states, counts, number)
        if self.alpha is None:
            discounts = [_discount(level, replicates)[level.grams[0]] for level in levels]
            mass = counts - np.minimum(counts, np.concatenate(discounts))
            share = np.bincount(states, mass, number) / np.where(total > 0, total, 1.0)
        else:
            mass = counts
            root = np.concatenate([np.arange(replicates), *(level.contexts[0] for level in levels[1:])])
            share = total / np.where(total > 0, total + self.alpha * (v + ends[root]), 1.0)
        start = np.concatenate([[0], np.cumsum(np.bincount(states, minlength=number))])
        token = np.concatenate([level.grams[-1] for level in levels])
        cumulative = np.concatenate([[0.0], np.cumsum(mass)])
        arcs, marks = (start, token, after, cumulative), (ends, ~lives, self.alpha is None)
        return NGrams(evidence.order, v, evidence.length, *arcs, share, shorter, first, *marks)


class _Level(msgspec.Struct, frozen=True):
    """The k-grams that were seen, ascending.

    grams: (1 + k, M).  counts: (M,), a of `NGram`.  into: (M,), which (k - 1)-gram is left without the oldest token.
    context: (M,), which of contexts each continues.  contexts: (k, C), replicate and k - 1 tokens, ascending.
    """

    grams: Integers
    counts: Array
    into: Integers
    context: Integers
    contexts: Integers


def _count_levels(evidence: NGramCounts, raw: bool) -> list[_Level]:
    """Levels 1 to n.  raw: counts at every level, not numbers of different predecessors."""
    before, base = evidence.vocabulary + 1, evidence.vocabulary + 2
    grams, times, counts = evidence.grams, evidence.times, evidence.times
    levels: list[_Level] = []
    for k in range(evidence.order, 0, -1):
        context = grams[:-1]
        new = np.concatenate([[True], (context[:, 1:] != context[:, :-1]).any(axis=0)])[: context.shape[1]]
        if k == 1:
            which, contexts, into = grams[0], np.arange(evidence.replicates)[None], np.empty(0, dtype=np.int64)
            levels.append(_Level(grams, counts, into, which, contexts))
            break
        shorter, shorter_times, into = tally(np.delete(grams, 1, axis=0), times, base)
        levels.append(_Level(grams, counts, into, np.cumsum(new) - 1, context[:, new]))
        different = np.bincount(into, minlength=shorter.shape[1]).astype(float)
        begins = shorter[1] == before if k > 2 else False
        counts = shorter_times if raw else np.where(begins, shorter_times, different)
        grams, times = shorter, shorter_times
    return levels[::-1]


def _discount(level: _Level, replicates: int) -> Array:
    """(R,): D of one level."""
    a, whose = level.counts, level.grams[0]
    once, twice = (np.bincount(whose, (low < a) & (a <= low + 1), replicates) for low in (0, 1))
    return (once + 0.5) / (once + 2 * twice + 1)


def _build_automaton(levels: list[_Level], v: int, replicates: int) -> tuple[Integers, Integers, Integers, Integers]:
    """The state of each arc, the next shorter of each state, the state each arc leads to, and the first states."""
    states, shorter = [levels[0].context], [np.full(replicates, -1)]
    afters: list[Integers] = []
    first, offset = np.arange(replicates), replicates
    for below, level in pairwise(levels):
        # Which k-gram is the context of a (k + 1)-gram?  None where it is all from before the block.
        every = rank(np.concatenate([below.grams, level.contexts], axis=1), v + 2)
        known, wanted = every[: below.grams.shape[1]], every[below.grams.shape[1] :]
        place = np.minimum(np.searchsorted(known, wanted), max(0, len(known) - 1))
        there = known[place] == wanted
        grown = np.full(len(known), -1)
        grown[place[there]] = offset + np.flatnonzero(there)
        fallen = below.grams[0] if not afters else afters[-1][below.into]
        afters.append(np.where(grown >= 0, grown, fallen))
        begins = np.concatenate([[True], level.context[1:] != level.context[:-1]])[: len(level.context)]
        shorter.append(states[-1][level.into[begins]])
        blank = (level.contexts[1:] == v + 1).all(axis=0)
        first = first.copy()
        first[level.contexts[0, blank]] = offset + np.flatnonzero(blank)
        states.append(offset + level.context)
        offset += level.contexts.shape[1]
    last = levels[-1]
    afters.append(afters[-1][last.into] if afters else last.grams[0])
    return np.concatenate(states), np.concatenate(shorter), np.concatenate(afters), first
