"""An n-gram law that writes at another temperature, or only its likeliest tokens."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from kellet.evidence import Array, Integers, Points
from kellet.laws.frequencies import reach, search
from kellet.laws.ngram import NGramCounts, NGrams

ROOM = 2**23
"""How many probabilities are held at once."""
ROUNDS = 200
"""Proposals for a token before all probabilities of its state are computed after all."""


@dataclass(frozen=True, eq=False)
class NGramDecoder:
    r"""Blocks in which each next token, or the end, has probability :math:`\propto p^{1/\tau}`, and of these only the
    top_k likeliest, and of these as few as together have probability top_p; of ties, the first.

    Without a cut, tokens are drawn by rejection: the law itself proposes one, which is taken with probability
    :math:`(p/M)^{1/\tau-1}`, M being a bound of all p in that state, from above where :math:`\tau<1` and from below
    where :math:`\tau>1`.  So no state's probabilities need ever be computed all.
    """

    law: NGrams
    temperature: float = 1.0
    top_k: int | None = None
    top_p: float | None = None

    @property
    def collapsed(self) -> NDArray[np.bool_]:
        return self.law.collapsed

    def decode(self, temperature: float = 1.0, top_k: int | None = None, top_p: float | None = None) -> NGramDecoder:
        return NGramDecoder(self.law, temperature, top_k, top_p)

    def log_probabilities(self, blocks: NDArray[np.integer]) -> Array:
        return self.law.log_probabilities(blocks)

    def sample(self, n: int, rng: Generator) -> Points:
        """n blocks per replicate, (R, n, L)."""
        law = self.law
        rows = len(law.first) * n
        written = np.full((rows, law.length), -1, dtype=np.int32)
        state, alive = np.repeat(law.first, n), np.arange(rows)
        bound = self._bound() if self.top_k is None and self.top_p is None and self.temperature > 0 else None
        for t, own in enumerate(rng.spawn(law.length)):
            # As many numbers whoever is still writing: what one replicate wrote changes no other's.
            if bound is None:
                token = self._draw(state, own.random(rows)[alive])
                going = token < law.vocabulary
                after = law.read(state[going], token[going])[1]
            else:
                token, after = self._propose(state, bound, own, rows, alive)
                going = token < law.vocabulary
                after = after[going]
            alive, state = alive[going], after
            written[alive, t] = token[going]
        return Points(written.reshape(-1, n, law.length))

    def statistics(self, n: int | Integers, rng: Generator) -> NGramCounts:
        """The counts of n blocks per replicate, or of n[r]."""
        return NGramCounts.of(self.sample(int(np.max(n)), rng).head(n), self.law.order, self.law.vocabulary)

    def _bound(self) -> Array | None:
        """(S,): what no probability in a state exceeds, or, above temperature 1, falls below; None where that is 0."""
        law = self.law
        total, mass = np.diff(law.cumulative[law.start]), np.diff(law.cumulative)
        likeliest = np.zeros(len(law.keep))
        some = np.flatnonzero(np.diff(law.start))
        if self.temperature <= 1 and len(some):
            likeliest[some] = np.maximum.reduceat(mass, law.start[some]) / np.where(total[some] > 0, total[some], 1.0)
        states = np.arange(len(law.keep))
        even = 1 / (law.vocabulary + law.ends[law.replicate_of(states)])
        deeper = (law.shorter >= 0) & law.mixes
        bound = even
        for _ in range(law.order):
            bound = law.keep * likeliest + (1 - law.keep) * np.where(deeper, bound[law.shorter], even)
        return bound if bound.min(initial=1.0) > 0 else None

    def _propose(
        self, state: Integers, bound: Array, rng: Generator, rows: int, alive: Integers
    ) -> tuple[Integers, Integers]:
        """The next token of each state, and the state it leads to; alive: (S,), which of all rows they are."""
        law = self.law
        token, after = np.empty_like(state), np.empty_like(state)
        todo = np.arange(len(state))
        for _ in range(ROUNDS):
            chances = rng.random((2, rows))[:, alive[todo]]
            proposed, leads = law.write(state[todo], chances[0])
            p = law.read(state[todo], proposed)[0]
            taken = chances[1] < (p / bound[state[todo]]) ** (1 / self.temperature - 1)
            token[todo[taken]], after[todo[taken]] = proposed[taken], leads[taken]
            todo = todo[~taken]
            if not len(todo):
                return token, after
        token[todo] = self._draw(state[todo], rng.random(rows)[alive[todo]])
        after[todo] = law.read(state[todo], token[todo])[1]
        return token, after

    def _draw(self, state: Integers, chance: Array) -> Integers:
        """The next token of each state, by one number in [0, 1) each."""
        states, which = np.unique(state, return_inverse=True)
        order = np.argsort(which, kind="stable")
        token = np.empty(len(state), dtype=np.int64)
        step = max(1, ROOM // (self.law.vocabulary + 1))
        for start in range(0, len(states), step):
            some = order[slice(*np.searchsorted(which[order], (start, start + step)))]
            reached = np.cumsum(self.probabilities(states[start : start + step]), axis=1)
            token[some] = search(reached / reached[:, -1:], which[some] - start, chance[some])
        return token

    def probabilities(self, states: Integers) -> Array:
        """(S, V + 1): of every token and of the end."""
        law = self.law
        v = law.vocabulary
        ends = law.ends[law.replicate_of(states)]
        p = np.where((np.arange(v + 1) < v) | ends[:, None], 1 / (v + ends[:, None]), 0.0)
        chain = [states]
        while law.mixes and (chain[-1] >= 0).any():
            chain.append(np.where(chain[-1] >= 0, law.shorter[chain[-1]], -1))
        for level in reversed(chain):
            rows = np.flatnonzero(level >= 0)
            s = level[rows]
            low, arcs = law.start[s], law.start[s + 1] - law.start[s]
            mass = law.cumulative[low + arcs] - law.cumulative[low]
            p[rows] *= 1 - law.keep[s, None]
            spread = np.repeat(np.arange(len(s)), arcs)
            arc = np.arange(arcs.sum()) - np.repeat(np.cumsum(arcs) - arcs, arcs) + low[spread]
            own = law.cumulative[arc + 1] - law.cumulative[arc]
            p[rows[spread], law.token[arc]] += (law.keep[s] / np.where(mass > 0, mass, 1.0))[spread] * own
        return self._cut(p)

    def _cut(self, p: Array) -> Array:
        if self.temperature == 0:
            likeliest: NDArray[np.bool_] = np.arange(p.shape[1]) == p.argmax(axis=1, keepdims=True)
            return likeliest.astype(float)
        with np.errstate(divide="ignore"):
            logs = np.log(p)
        p = np.exp((logs - logs.max(axis=1, keepdims=True)) / self.temperature)
        if self.top_k is None and self.top_p is None:
            return p
        order = np.argsort(-p, axis=1, kind="stable")
        ranked = np.take_along_axis(p, order, axis=1)
        if self.top_k is not None:
            ranked[:, self.top_k :] = 0
        if self.top_p is not None:
            ranked[~reach(ranked / ranked.sum(axis=1, keepdims=True), self.top_p)] = 0
        np.put_along_axis(p, order, ranked, axis=1)
        return p
