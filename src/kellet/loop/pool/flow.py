"""How many documents of whom lie in a pool and are read, generation by generation, before any is written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from kellet.evidence import Array
from kellet.families import Bernoulli, Categorical, Gaussian
from kellet.laws.blending import MANY
from kellet.loop.numbers import is_free
from kellet.loop.pool.settings import Pool
from kellet.loop.sizes import Size, size_at
from kellet.theory.pool import total

FAR = 2000
"""Generations that are reckoned one by one: by then what is read has settled, but for what people write."""


@dataclass(frozen=True)
class Flow:
    """What models and people write for the generations 1, 2, ..., as far as `FAR`.

    sizes: of all writers, each by itself.  models, people: (T,) documents.  before: people's, of generation 0.
    """

    settings: Pool
    models: Array
    people: Array
    before: float
    last: int

    @staticmethod
    def of(settings: Pool, sizes: Sequence[tuple[Size, int]], last: int) -> Flow:
        """The flow over ``last`` generations; sizes: how much each writer reads, and how many of them do.

        >>> Flow.of(Pool(window=2), [(100, 2), ((50, 10), 1)], last=3).models
        array([210., 210., 210.])
        """
        steps = min(last, FAR)
        longest = min(steps, max(len(size) if isinstance(size, tuple) else 1 for size, _ in sizes))
        models = np.empty(steps)
        for t in range(1, longest + 1):
            models[t - 1 :] = settings.written or float(sum(size_at(size, t) * many for size, many in sizes))
        first = float(models[0])
        people = np.zeros(steps)
        if settings.humans is not None:
            people = np.array([settings.humans.amount(t, first) for t in range(1, steps + 1)])
        before = first if settings.before is None else settings.before
        if settings.before is None and settings.reading == "documents":
            # What writers learnt from at first is there, and as much as models write.
            before = max(settings.written or 0.0, float(sum(size_at(size, 0) * many for size, many in sizes)))
        return Flow(settings, models, people, before, last)

    def share_of_people(self, homes: Array) -> Array:
        """(P, T): people's share of what is read, by the law of each source; NaN where there is nothing to read.

        homes: (P,), the share of what models write that is written in each of the pools.

        >>> Flow.of(Pool(window=1, before=100), [(100, 1)], last=2).share_of_people(np.ones(1))
        array([[0., 0.]])
        """
        pool = self.settings
        machines = pool.bias * (1 - pool.caught) * self._weigh(self.models, pool.window)
        # People who write now are read now, even where nothing is remembered.
        window = None if pool.window is None else max(1, pool.window)
        people = (1 - pool.mistaken) * self._weigh(np.append(self.before, self.people), window)[1:]
        m = pool.migration
        with np.errstate(invalid="ignore", divide="ignore"):
            here = people / (people + pool.pools * homes[:, None] * machines)
            everywhere = np.broadcast_to(people / (people + machines), here.shape)
        return here if m == 0 else everywhere if m == 1 else (1 - m) * here + m * everywhere

    def _weigh(self, amounts: Array, window: int | None) -> Array:
        """What lies in the pool after each generation, by how much it is read."""
        kept = len(amounts) if window is None else min(window, len(amounts))
        weights = self.settings.decay ** np.arange(kept)
        return np.convolve(amounts, weights)[: len(amounts)] if kept else np.zeros(len(amounts))

    def count(self, models: float = 1.0, people: float = 1.0) -> float:
        """How many documents lie in the pools at most; models, people: the share of each that counts.

        >>> Flow.of(Pool(before=50), [(100, 1)], last=3).count(), Flow.of(Pool(window=2), [(100, 1)], last=9).count()
        (350.0, 200.0)
        """
        window, steps = self.settings.window, len(self.models)
        written = models * self.models + people * self.people
        if window is not None and window < self.last:
            kept = max(1, window)
            together = np.append(people * self.before, written)
            most = float(np.convolve(together, np.ones(min(kept, len(together)))).max())
            newest = models * float(self.models[-1]) + people * self.people_at(self.last)
            return most if steps == self.last else max(most, kept * newest)
        rest = self.last - steps
        return float(people * self.before + written.sum() + rest * models * self.models[-1] + people * self._later())

    def people_at(self, t: int) -> float:
        """What people write for any generation t >= 1."""
        return self.settings.humans.amount(t, float(self.models[0])) if self.settings.humans else 0.0

    def _later(self) -> float:
        """What people write after the generations that are reckoned one by one."""
        rest, halving = self.last - len(self.people), self.settings.humans and self.settings.humans.halving
        return float(total(self.people_at(len(self.people) + 1), rest, halving or np.inf)) if rest else 0.0


def is_vast(size: Size) -> bool:
    """Whether all samples are so large that a blend of normal laws will do; a half may be real, or of the writer's own.

    >>> is_vast(10**12), is_vast((10**12, 10**6))
    (True, False)
    """
    return bool(np.min(size) >= 2 * MANY)


def count_batches(pool: Pool, family: object, t: int, size: Size) -> int:
    """How many generations of each writer are read one by one for generation t, where the writers are of this family
    and size.

    >>> from kellet.families import Bernoulli, Gaussian
    >>> count_batches(Pool(), Gaussian(), 9, 10), count_batches(Pool(window=3), Gaussian(), 9, 10)
    (9, 3)
    >>> count_batches(Pool(), Bernoulli(), 9, 10), count_batches(Pool(), Gaussian(), 9, 10**12)
    (1, 1)
    >>> count_batches(Pool(reading="documents", whole=True), Gaussian(), 9, 10)
    1
    """
    normal = isinstance(family, Gaussian) and is_free(family) and is_vast(size)
    blends = pool.window is None and (normal or isinstance(family, Categorical | Bernoulli))
    adds = pool.whole or isinstance(family, Categorical)
    if blends if pool.reading == "laws" else adds and not pool.by_points:
        # One law or sum stands for all that a writer ever wrote.
        return 1
    return max(1, t if pool.window is None else min(pool.window, t))
