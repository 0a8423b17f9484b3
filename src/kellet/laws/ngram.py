"""Laws over blocks of tokens in which each token depends on the few before it; and the counts they are learnt from."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from kellet.errors import InputError
from kellet.evidence import Array, Integers, Points

SILENT = "it writes nothing but ends of documents"


@dataclass(frozen=True, eq=False)
class NGramCounts:
    r"""How often each n-gram occurred in blocks of tokens.  Evidence: it adds.

    A block is a row of token ids 0 to V - 1, padded with -1.  A block that is shorter than its row ended there: an
    end, V, was seen after its last token; a full row was cut, and nothing is known of what follows.  V + 1 stands for
    what is before the first token.

    grams: (1 + n, M), the replicate and the n tokens of each different n-gram, the newest last; columns ascend.
    times: (M,), how often each occurred.  count: (R,) blocks.  vocabulary: V.  length: tokens a row.

    >>> blocks = Points(np.array([[[0, 1, -1], [0, 1, 0]]]))
    >>> counts = NGramCounts.of(blocks, order=2, vocabulary=2)
    >>> counts.grams[1:].T.tolist(), counts.times
    ([[0, 1], [1, 0], [1, 2], [3, 0]], array([2., 1., 1., 2.]))
    >>> twice = counts + 2.0 * counts
    >>> twice.count, twice.times
    (array([6.]), array([6., 3., 3., 6.]))
    """

    grams: Integers
    times: Array
    count: Array
    vocabulary: int
    length: int

    @staticmethod
    def of(points: Points, order: int, vocabulary: int | None = None) -> NGramCounts:
        """Count blocks (R, n, L); without a vocabulary the largest token is the last."""
        replicates, blocks, length = points.values.shape
        rows = np.asarray(points.values, dtype=np.int64).reshape(-1, length)
        size = int(rows.max(initial=0)) + 1 if vocabulary is None else vocabulary
        if rows.size and rows.max() >= size:
            raise InputError(f"tokens below the vocabulary of {size}", int(rows.max()), "the tokeniser's own size")
        seen = events(rows)
        before = np.full((len(rows), order - 1), size + 1)
        line = np.concatenate([before, np.where(rows < 0, size, rows)], axis=1)
        which = np.repeat(np.arange(replicates), blocks)
        spread = np.broadcast_to(which[:, None], rows.shape)
        grams = np.stack([spread[seen], *(line[:, j : j + length][seen] for j in range(order))])
        weights = np.broadcast_to(points.weighed.reshape(-1, 1), rows.shape)[seen]
        if points.weights is not None:
            grams, weights = grams[:, weights > 0], weights[weights > 0]
        count = np.broadcast_to(np.asarray(points.count, dtype=float), replicates)
        return NGramCounts(*tally(grams, weights, size + 2)[:2], count, size, length)

    @property
    def order(self) -> int:
        return len(self.grams) - 1

    @property
    def replicates(self) -> int:
        return len(self.count)

    def __add__(self, other: NGramCounts) -> NGramCounts:
        mine, theirs = ((c.order, c.vocabulary, c.length) for c in (self, other))
        if mine != theirs:
            raise ValueError(f"expected counts of the same (order, vocabulary, length) {mine}; got {theirs}")
        grams = np.concatenate([self.grams, other.grams], axis=1)
        pooled = tally(grams, np.concatenate([self.times, other.times]), self.vocabulary + 2)[:2]
        return NGramCounts(*pooled, self.count + other.count, self.vocabulary, self.length)

    def __rmul__(self, weight: float) -> NGramCounts:
        return NGramCounts(self.grams, weight * self.times, weight * self.count, self.vocabulary, self.length)


@dataclass(frozen=True, eq=False)
class NGrams:
    r"""An automaton that writes blocks: each state is what was last written, each arc a token that followed it.

    From state s the next token comes from its arcs with probability ``keep[s]``, arc a then with probability
    proportional to its mass; else, where ``mixes``, from the next shorter state, and below the root, or at once where
    the law doesn't mix, evenly from all tokens.  That is

    .. math:: p(w|s) = k_s\,m(s, w)/m(s) + (1 - k_s)\,p(w|s'),

    the interpolated form of every n-gram model; drawing first which state speaks, then the token, is exact.
    A context that was never seen is read as its longest ending that was.

    start: (S + 1,), where each state's arcs begin; states 0 to R - 1 are the replicates' roots.  token, after: (A,),
    what each arc writes and the state it leads to.  cumulative: (A + 1,), the mass of all arcs before.  shorter: (S,),
    -1 for roots.  first: (R,), the states before anything is written.  ends: (R,), whether a block was ever seen to
    end.  collapsed: (R,), nothing but ends was seen.
    """

    order: int
    vocabulary: int
    length: int
    start: Integers
    token: Integers
    after: Integers
    cumulative: Array
    keep: Array
    shorter: Integers
    first: Integers
    ends: NDArray[np.bool_]
    collapsed: NDArray[np.bool_]
    mixes: bool = True
    key: Integers = field(init=False, repr=False)

    def __post_init__(self) -> None:
        state = np.repeat(np.arange(len(self.keep)), np.diff(self.start))
        object.__setattr__(self, "key", state * (self.vocabulary + 1) + self.token)

    @property
    def reason(self) -> str | None:
        """Why nothing can be learnt any more."""
        return SILENT if self.collapsed.any() else None

    def sample(self, n: int, rng: Generator, prompts: NDArray[np.integer] | None = None) -> Points:
        """n blocks per replicate, (R, n, L), all at once, token by token; prompts: (n, k), how each of them begins."""
        rows = len(self.first) * n
        written = np.full((rows, self.length), -1, dtype=np.int32)
        state, alive = np.repeat(self.first, n), np.arange(rows)
        begun = 0 if prompts is None else prompts.shape[1]
        if prompts is not None:
            written[:, :begun] = np.tile(prompts, (len(self.first), 1))
            for t in range(begun):
                state = self.read(state, written[:, t].astype(np.int64))[1]
        for t in range(begun, self.length):
            # As many numbers whoever is still writing: what one replicate wrote changes no other's.
            token, state = self.write(state, rng.random(rows)[alive])
            going = token < self.vocabulary
            alive, state = alive[going], state[going]
            written[alive, t] = token[going]
        return Points(written.reshape(-1, n, self.length))

    def statistics(self, n: int | Integers, rng: Generator) -> NGramCounts:
        """The counts of n blocks per replicate, or of n[r]."""
        return NGramCounts.of(self.sample(int(np.max(n)), rng).head(n), self.order, self.vocabulary)

    def log_probabilities(self, blocks: NDArray[np.integer]) -> Array:
        """(R, N): the natural logarithm of each block's probability, its end included.

        blocks: (N, L), the same for all replicates, or (R, N, L).  -inf for what can't be written.
        """
        replicates, length = len(self.first), blocks.shape[-1]
        rows = np.broadcast_to(blocks, (replicates, *blocks.shape[-2:])).reshape(-1, length).astype(np.int64)
        total, state = np.zeros(len(rows)), np.repeat(self.first, blocks.shape[-2])
        seen = events(rows)
        for t in range(length):
            which = np.flatnonzero(seen[:, t])
            symbol = np.where(rows[which, t] < 0, self.vocabulary, rows[which, t])
            probability, state[which] = self.read(state[which], symbol)
            with np.errstate(divide="ignore"):
                total[which] += np.log(probability)
        return total.reshape(replicates, -1)

    def write(self, state: Integers, chance: Array) -> tuple[Integers, Integers]:
        """The next token of each state, and the state it leads to; one number in [0, 1) decides all."""
        at, todo = state.copy(), np.arange(len(state))
        token, after = np.empty_like(state), np.full(len(state), -1)
        while len(todo):
            s, keep = at[todo], self.keep[at[todo]]
            stays = chance < keep
            low, high = self.start[s[stays]], self.start[s[stays] + 1]
            mass = self.cumulative[high] - self.cumulative[low]
            target = self.cumulative[low] + chance[stays] / keep[stays] * mass
            arc = np.clip(np.searchsorted(self.cumulative, target, side="right") - 1, low, high - 1)
            token[todo[stays]] = self.token[arc]
            own = s[stays] == state[todo[stays]]
            after[todo[stays][own]] = self.after[arc[own]]
            todo, chance = todo[~stays], (chance[~stays] - keep[~stays]) / (1 - keep[~stays])
            down = self.shorter[at[todo]] if self.mixes else np.full(len(todo), -1)
            last = down < 0
            options = self.vocabulary + self.ends[self.replicate_of(at[todo[last]])]
            token[todo[last]] = np.minimum((chance[last] * options).astype(np.int64), options - 1)
            at[todo] = down
            todo, chance = todo[~last], chance[~last]
        elsewhere = np.flatnonzero(after < 0)
        after[elsewhere] = self.read(state[elsewhere], token[elsewhere])[1]
        return token, after

    def read(self, state: Integers, token: Integers) -> tuple[Array, Integers]:
        """The probability of each token in its state, and the state it leads to."""
        probability, after = np.zeros(len(state)), np.full(len(state), -1)
        # What the shorter states still have to say; where the law doesn't mix, the first state leaves it to the base.
        rest, at, todo = np.ones(len(state)), state.copy(), np.arange(len(state))
        base = np.ones(len(state))
        while len(todo):
            s = at[todo]
            wanted = s * (self.vocabulary + 1) + token[todo]
            arc = np.minimum(np.searchsorted(self.key, wanted), len(self.key) - 1)
            there = self.key[arc] == wanted
            hit, a = todo[there], arc[there]
            mass = self.cumulative[self.start[s[there] + 1]] - self.cumulative[self.start[s[there]]]
            own = (self.cumulative[a + 1] - self.cumulative[a]) / np.where(mass > 0, mass, 1.0)
            probability[hit] += rest[hit] * self.keep[s[there]] * own
            after[hit] = np.where(after[hit] < 0, self.after[a], after[hit])
            base[todo] *= np.where(self.mixes | (s == state[todo]), 1 - self.keep[s], 1.0)
            rest[todo] *= 1 - self.keep[s] if self.mixes else 0.0
            down = self.shorter[s]
            after[todo] = np.where((down < 0) & (after[todo] < 0), s, after[todo])
            at[todo] = down
            todo = todo[(down >= 0) & ((rest[todo] > 0) | (after[todo] < 0))]
        ends = self.ends[self.replicate_of(after)]
        even = np.where((token < self.vocabulary) | ends, 1 / (self.vocabulary + ends), 0.0)
        return probability + base * even, after

    def replicate_of(self, state: Integers) -> Integers:
        """Whose state it is: down the shorter ones to the root."""
        for _ in range(self.order - 1):
            state = np.where(self.shorter[state] < 0, state, self.shorter[state])
        return state


def events(rows: NDArray[np.integer]) -> NDArray[np.bool_]:
    """(N, L): where something was written in rows (N, L): a token, or the end after the last one.

    >>> events(np.array([[5, -1, -1], [5, 6, 7]])).astype(int)
    array([[1, 1, 0],
           [1, 1, 1]])
    """
    before = np.zeros(rows.shape, dtype=bool)
    before[:, 1:] = rows[:, :-1] < 0
    return ~before


def tally(columns: Integers, times: Array, base: int) -> tuple[Integers, Array, Integers]:
    """The different columns (k, M), ascending, the sum of each one's times (M,), and where each given column went (N,).

    All numbers below the first row are less than base.
    """
    if not columns.shape[1]:
        return columns, times, np.empty(0, dtype=np.int64)
    key = rank(columns, base)
    order = np.argsort(key, kind="stable")
    key = key[order]
    new = np.concatenate([[True], key[1:] != key[:-1]])
    first = np.flatnonzero(new)
    into = np.empty(len(order), dtype=np.int64)
    into[order] = np.cumsum(new) - 1
    return columns[:, order[first]], np.add.reduceat(times[order], first), into


def rank(columns: Integers, base: int) -> Integers:
    """(N,): one number for each column (k, N), in the same order, equal where columns are equal.

    >>> rank(np.array([[0, 0, 1], [7, 3, 0]]), 10)
    array([ 7,  3, 10])
    """
    key = columns[0].astype(np.int64)
    top = int(key.max(initial=0)) + 1
    for column in columns[1:]:
        if top * base >= 2**62:
            # Too large for one number: close the gaps.
            key = np.unique(key, return_inverse=True)[1]
            top = int(key.max(initial=0)) + 1
        key = key * base + column
        top *= base
    return key  # type: ignore[no-any-return]
