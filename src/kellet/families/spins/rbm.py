"""The restricted Boltzmann machine: ones and zeros, or shades between them, through hidden units."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from kellet.errors import InputError
from kellet.evidence import Array, Points
from kellet.families.abilities import Learner
from kellet.families.family import ALL_THE_SAME
from kellet.families.mixtures.bootstrap import Copies

Single = NDArray[np.float32]
AHEAD = 50
"""Minibatches drawn at a time."""


class BernoulliRBM(Learner, frozen=True, tag="rbm"):
    r"""Learn a restricted Boltzmann machine by contrastive divergence, all replicates at once.

    .. math:: p(v) \propto \sum_{h} \exp(b^T v + c^T h + v^T W h), \qquad v \in \{0,1\}^d,\ h \in \{0,1\}^m

    Each update takes a minibatch of points and as many chains of the model, and adds

    .. math:: \Delta W = \eta\,(\langle v\,p(h|v)^T\rangle_{points} - \langle v\,p(h|v)^T\rangle_{chains} - \lambda W)

    and the same for b and c, without :math:`\lambda`.  Points are divided by ``top`` first; what then lies between 0
    and 1 is taken as a probability.  Where a replicate's points have such shades, its model writes shades, the
    probabilities :math:`p(v|h)`; else zeros and ones; both times ``top``.

    hidden: units, m.  epochs: passes through the points; each minibatch is drawn with replacement, in proportion to
    the points' weights.  learning_rate: :math:`\eta`.  minibatch: points, and chains.  steps: Gibbs steps of the
    chains in an update, k.  persistent: the chains go on from update to update (persistent contrastive divergence);
    else they start at the minibatch each time (CD-k).  decay: of the weights, :math:`\lambda`.  burn: Gibbs steps from
    independent pixels to a written point; a machine that mixes slowly needs more.  top: the largest value of a point.
    warm_start: go on from what the previous generation learnt, where it did, rather than anew.

    A new machine starts with :math:`W \sim N(0, 0.01^2)`, c = 0 and, for b, the log odds of each column (half a point
    of either kind added).  Points of weight 0 are absent.  A replicate is collapsed when it has no points, a value that
    isn't finite, points that all coincide, or when learning diverged.

    P. Smolensky, Information processing in dynamical systems: harmony theory (1986); G. Hinton, Neural Computation
    14:1771 (2002), CD; T. Tieleman, ICML 2008, persistent chains; G. Hinton, A Practical Guide to Training Restricted
    Boltzmann Machines (2010), for the start.

    >>> halves = np.repeat([[1.0, 1.0, 0.0, 0.0], [0.0, 0.0, 1.0, 1.0]], 20, axis=0)
    >>> model = BernoulliRBM(hidden=4, epochs=200).fit(Points(halves[None]), np.random.default_rng(0))
    >>> written = model.sample(100, np.random.default_rng(1)).values[0]
    >>> bool((written[:, 0] == written[:, 1]).mean() > 0.9)
    True
    """

    hidden: int = 64
    epochs: int = 100
    learning_rate: float = 0.1
    minibatch: int = 10
    steps: int = 1
    persistent: bool = True
    decay: float = 0.0
    burn: int = 50
    top: float = 1.0
    warm_start: bool = False

    def __post_init__(self) -> None:
        self.check_least(1, "hidden", "epochs", "minibatch", "steps", "burn")
        self.check_finite("learning_rate", "top")
        self.check_finite("decay", zero=True)

    def describe(self) -> str:
        return f"a restricted Boltzmann machine with {self.hidden} hidden units"

    @property
    def span(self) -> tuple[float, float]:
        return 0.0, self.top

    def advise(self, values: Array) -> str:
        return f"--family rbm:top={values.max():g}"

    def fit(self, evidence: Points, rng: Generator, previous: Machine | None = None) -> Machine:
        copies = Copies.of(evidence)
        rows = (copies.rows / self.top).astype(np.float32)
        if ((rows < 0) | (rows > 1)).any():
            low, high = copies.rows.min(), copies.rows.max()
            attempt = f"rbm:top={max(high, 1):g}" if low >= 0 else "another family"
            expected = f"points between 0 and top = {self.top:g} for the rbm family"
            raise InputError(expected, f"{low:g} to {high:g}", attempt)
        start = self._start(copies, rows, rng, previous)
        # Whoever has fewer points' worth makes fewer updates: those beyond leave its machine as it is.
        updates = self.epochs * np.ceil(np.broadcast_to(copies.count, len(rows)) / self.minibatch).astype(np.int64)
        with np.errstate(over="ignore", invalid="ignore"):
            self._learn(start, copies, rows, updates, rng)
        return _mark(start, rows, copies.reason)

    def _start(self, copies: Copies, rows: Single, rng: Generator, previous: Machine | None) -> Machine:
        r, n, d = rows.shape
        weights = rng.standard_normal((r, d, self.hidden), dtype=np.float32) * np.float32(0.01)
        share = np.full((r, n), 1 / n) if copies.weights is None else copies.weights / copies.count[:, None]
        mean = np.einsum("rn,rnd->rd", share, rows)
        half = 0.5 / (copies.count[:, None] + 1)
        odds = mean * (1 - 2 * half) + half
        visible = np.log(odds / (1 - odds)).astype(np.float32)
        hidden = np.zeros((r, self.hidden), dtype=np.float32)
        if self.warm_start and previous is not None:
            if previous.weights.shape != weights.shape:
                got = previous.weights.shape
                raise InputError(f"a previous machine of shape {weights.shape}", got, "warm_start=false")
            go = ~previous.collapsed
            weights[go], visible[go], hidden[go] = previous.weights[go], previous.visible[go], previous.hidden[go]
        shades = np.asarray(((rows > 0) & (rows < 1)).any(axis=(1, 2)))
        shape, dtype = copies.values.shape[2:], copies.values.dtype
        return Machine(weights, visible, hidden, shades, shape, self.burn, self.top, dtype, copies.collapsed)

    def _learn(self, model: Machine, copies: Copies, rows: Single, updates: NDArray[np.int64], rng: Generator) -> None:
        r = len(rows)
        at = np.arange(r)[:, None]
        rate = self.learning_rate / self.minibatch
        chains = np.zeros((r, self.minibatch, self.hidden), dtype=np.float32)
        for step in range(int(updates.max())):
            if step % AHEAD == 0:
                drawn = copies.draw(AHEAD * self.minibatch, rng).reshape(r, AHEAD, self.minibatch)
            points = rows[at, drawn[:, step % AHEAD]]
            known = model.infer_hidden(points)
            if not self.persistent:
                chains = _flip(known, rng)
            for _ in range(self.steps):
                written = _flip(model.infer_visible(chains), rng)
                guessed = model.infer_hidden(written)
                chains = _flip(guessed, rng)
            # The last replicate to stop must not change what the others learn.
            pace = np.where(step < updates, rate, 0.0).astype(np.float32)[:, None]
            change = points.swapaxes(1, 2) @ known
            change -= written.swapaxes(1, 2) @ guessed
            if self.decay:
                change -= np.float32(self.decay * self.minibatch) * model.weights
            change *= pace[..., None]
            model.weights[...] += change
            model.visible[...] += pace * (points - written).sum(axis=1)
            model.hidden[...] += pace * (known - guessed).sum(axis=1)


@dataclass(frozen=True, eq=False)
class Machine:
    """Restricted Boltzmann machines.

    weights: (R, d, m).  visible: (R, d) and hidden: (R, m), biases.  shades: (R,), whether probabilities are written
    rather than zeros and ones.  shape, dtype: of a point.  burn: Gibbs steps to a written point.  top: what 1 stands
    for.  collapsed: (R,).  reason: why.
    """

    weights: Single
    visible: Single
    hidden: Single
    shades: NDArray[np.bool_]
    shape: tuple[int, ...]
    burn: int
    top: float
    dtype: np.dtype[Any]
    collapsed: NDArray[np.bool_]
    reason: str | None = None

    def sample(self, n: int, rng: Generator) -> Points:
        with np.errstate(over="ignore"):
            r, d = self.visible.shape
            chance = np.broadcast_to(_sigmoid(self.visible.copy())[:, None], (r, n, d))
            for _ in range(self.burn):
                states = _flip(self.infer_hidden(_flip(chance, rng)), rng)
                chance = self.infer_visible(states)
            written = np.where(self.shades[:, None, None], chance, _flip(chance, rng)).astype(np.float64) * self.top
        values = np.round(written) if self.dtype.kind in "iub" else written
        return Points(values.astype(self.dtype).reshape(len(values), n, *self.shape))

    def free_energy(self, values: NDArray[Any]) -> Array:
        r"""(R, n): :math:`F(v) = -b^Tv - \sum_j \ln(1 + e^{c_j + (v^TW)_j})` of points (R, n, ...), so that
        :math:`p(v) \propto e^{-F(v)}`.
        """
        rows = np.asarray(values, dtype=np.float64).reshape(*values.shape[:2], -1) / self.top
        inside = rows @ self.weights.astype(np.float64) + self.hidden[:, None]
        return -(rows @ self.visible[..., None].astype(np.float64))[..., 0] - np.logaddexp(0, inside).sum(axis=2)  # type: ignore[no-any-return]

    def infer_hidden(self, points: Single) -> Single:
        """(R, n, m): the probability that each hidden unit is on."""
        return _sigmoid(_multiply(points, self.weights) + self.hidden[:, None])

    def infer_visible(self, states: Single) -> Single:
        """(R, n, d): the probability that each visible unit is on."""
        return _sigmoid(_multiply(states, self.weights.swapaxes(1, 2)) + self.visible[:, None])


def _mark(model: Machine, rows: Single, reason: str | None) -> Machine:
    """The machine with its marks: what saw nothing but one point, or ran away, has learnt nothing."""
    equal = (rows == rows[:, :1]).all(axis=(1, 2))
    numbers = (model.weights, model.visible, model.hidden)
    burst = ~np.all([np.isfinite(part.reshape(len(part), -1)).all(axis=1) for part in numbers], axis=0)
    if (burst & ~model.collapsed).any():
        reason = reason or "learning diverged"
    elif (equal & ~model.collapsed).any():
        reason = reason or ALL_THE_SAME
    for part in numbers:
        part[burst] = 0.0
    return replace(model, collapsed=model.collapsed | equal | burst, reason=reason)


def _multiply(rows: Single, weights: Single) -> Single:
    # Wide kernels of OpenBLAS look past the end of short rows, and warn of what they see there.
    with np.errstate(invalid="ignore"):
        return np.asarray(rows @ weights)


def _sigmoid(x: Single) -> Single:
    np.negative(x, out=x)
    np.exp(x, out=x)
    x += 1
    return np.reciprocal(x, out=x)


def _flip(chance: Single, rng: Generator) -> Single:
    """Ones and zeros with these chances of a one."""
    return (rng.random(chance.shape, dtype=np.float32) < chance).astype(np.float32)
