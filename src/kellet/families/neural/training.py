r"""How networks learn: Adam, on the points of every replicate at once, none of them knowing of another.

Each step takes a batch of every replicate's own points and follows the gradient of the sum of the replicates' losses,

.. math:: \sum_r \frac1B \sum_{i \in \text{batch}} \frac{w_{ri}}{\bar w_r}\, \ell_\theta(x_{ri}; \theta_r),

whose rows are the gradients of each alone.  Nothing is shared: the moments of Adam are per number, early stopping is
per replicate, and random numbers are drawn for all replicates at every step whether they have stopped or not.

Kingma and Ba, Adam, ICLR (2015); Loshchilov and Hutter, Decoupled weight decay regularization, ICLR (2019), and their
cosine schedule, SGDR, ICLR (2017).
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator
from contextlib import nullcontext
from typing import Any, ClassVar, Literal

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from kellet.errors import InputError
from kellet.evidence import Array, Points
from kellet.families.family import NO_POINTS, NOT_FINITE
from kellet.families.neural.ensemble import Ensemble, Tensor, Writer, find_device, import_torch, use_one_thread

LOOK = 25
"""Steps between two looks at the held-out points."""
WIDEST = 256
"""The widest networks that are trained together on a cpu, where products of 512 gain nothing."""
TOGETHER = 2**28
"""Weights that are trained together on a GPU, where one step of a large ensemble takes hardly longer than one of a
small network; with their gradients and Adam's moments they take about 6 GiB."""


class Network(Writer, frozen=True, kw_only=True):
    """What the neural families share.

    hidden, layers: how wide and how many the hidden layers are.
    steps: of Adam in every generation, however much evidence there is.  batch: points of one step, drawn without
    repetition until all have been seen.  rate: the first learning rate; it falls to 0 along a cosine.
    start: each generation's first weights: new ones ("scratch"), the last generation's ("previous"), or generation 0's
    ("base").
    weight_decay: pulls all weights to 0 at the rate ``rate * weight_decay`` a step.  pull: the same towards
    generation 0's weights: a prior that knows what the first model knew.
    patience: stop a replicate after so many steps without a better loss on a tenth of its *training evidence*, kept
    aside, and take its best weights; None trains to the end on everything.
    scale: what points are divided by before they are learnt: one width for "all" of their numbers, which keeps
    the shape of the cloud, or one for "each".  Mean and width are learnt once, in generation 0, and then carried along.
    device: "auto" takes cuda, else mps, else cpu.  Numbers repeat bit for bit on the cpu alone.
    precision: "auto" computes the products of training in bfloat16 on cuda, but weights, losses and Adam's moments in
    float32; "full" computes everything in float32.
    ensemble: all replicates of a block in one product, or one after the other; None decides by the width on a cpu, and
    by what a GPU has room for.

    Points keep their shape: pictures (h, w, c) are learnt as h*w*c numbers and written as pictures.  Points of weight
    0 are absent, others count by their weight in the loss.  A replicate whose loss stops being a finite number has
    collapsed, "diverged at step s", and the others go on.
    """

    hidden: int = 64
    layers: int = 1
    steps: int = 1000
    batch: int = 64
    rate: float = 3e-3
    start: Literal["scratch", "previous", "base"] = "scratch"
    weight_decay: float = 0.0
    pull: float = 0.0
    patience: int | None = None
    scale: Literal["all", "each"] = "all"
    device: Literal["auto", "cpu", "cuda", "mps"] = "auto"
    precision: Literal["auto", "full"] = "auto"
    ensemble: bool | None = None

    block = 16
    momenta: ClassVar[tuple[float, float]] = (0.9, 0.999)
    halves: ClassVar[bool] = True
    """Whether bfloat16 is safe."""

    def __post_init__(self) -> None:
        self.check_least(1, "hidden", "layers", "steps", "batch", "patience")
        self.check_finite("rate")
        self.check_finite("weight_decay", "pull", zero=True)

    @abstractmethod
    def begin(self, replicates: int, d: int, generator: Any) -> tuple[Tensor, ...]:
        """New weights (R, P), one tensor for each player."""

    @abstractmethod
    def losses(self, player: int, parts: tuple[Tensor, ...], x: Tensor, w: Tensor, generator: Any) -> Tensor:
        """(R,): what a player makes smaller, on points x (R, B, d) of weights w (R, B), whose mean is about 1."""

    def breadth(self, d: int) -> int:
        return d + self.hidden

    def fit(self, evidence: Points, rng: Generator, previous: Ensemble | None = None) -> Ensemble:
        torch = import_torch()
        seeds = rng.integers(2**63, size=evidence.replicates)
        values = np.asarray(evidence.values)
        r, n, *shape = values.shape
        d = int(np.prod(shape))
        absent = np.less_equal(evidence.weighed, 0)
        empty = np.all(absent, axis=1)
        given = np.where(absent, 0.0, evidence.weighed)
        standard, mean, width = _standardise(values.reshape(r, n, d), given, self.scale, previous)
        broken = ~np.all(np.isfinite(standard), axis=(1, 2))
        # Whoever has nothing to learn from is given something to compute with, and is marked below.
        standard[broken] = 0.0
        given[empty] = 1.0
        device = find_device(self.device)
        x = torch.from_numpy(standard).to(device)
        w = torch.from_numpy(given.astype(np.float32)).to(device)

        size = self._size_group(r, d, device)
        groups = [slice(i, min(i + size, r)) for i in range(0, r, size)]
        trained, diverged = [], np.full(r, -1)
        with use_one_thread():
            for group in groups:
                generator = torch.Generator(device).manual_seed(int(seeds[group.start]))
                fresh = self.begin(group.stop - group.start, d, generator)
                first = _choose_weights(torch, self.start, fresh, previous, group)
                base = _choose_weights(torch, "base", first, previous, group) if previous and self.pull else None
                parts, diverged[group] = train(self, x[group], w[group], first, base, generator)
                trained.append(parts)
        parts = tuple(torch.cat(same) for same in zip(*trained, strict=True))
        origin = parts if previous is None else previous.ancestor
        ancestor = origin if self.pull or self.start == "base" else None
        collapsed = broken | empty | (diverged >= 0)
        reason = None
        if collapsed.any():
            worst = int(collapsed.argmax())
            late = f"diverged at step {diverged[worst]}"
            reason = NO_POINTS if empty[worst] else NOT_FINITE if broken[worst] else late
        return Ensemble(self, parts, ancestor, mean, width, tuple(shape), values.dtype, collapsed, reason)

    def _size_group(self, replicates: int, d: int, device: Any) -> int:
        """How many replicates are trained as one ensemble."""
        if self.ensemble is not None:
            return replicates if self.ensemble else 1
        if device.type == "cpu":
            return replicates if self.hidden <= WIDEST else 1
        each: int = sum(part.numel() for part in self.begin(1, d, import_torch().Generator(device)))
        return max(1, TOGETHER // each)


def train(
    recipe: Network, x: Tensor, w: Tensor, first: tuple[Tensor, ...], base: tuple[Tensor, ...] | None, generator: Any
) -> tuple[tuple[Tensor, ...], NDArray[np.int64]]:
    """Train the networks of x (R, n, d), weights w (R, n), from first weights.

    base: what ``pull`` pulls to, if anything.  Returns the weights, and (R,) the step at which a loss was no finite
    number, or -1.
    """
    torch = import_torch()
    r, device = len(x), x.device
    players = tuple(part.clone().requires_grad_() for part in first)
    quick = {"fused": True} if device.type in ("cpu", "cuda") else {}
    settings = {"lr": recipe.rate, "betas": recipe.momenta, "weight_decay": recipe.weight_decay, **quick}
    optimisers = [torch.optim.AdamW([part], **settings) for part in players]
    held, w = (None, w) if recipe.patience is None else _keep_aside(torch, x, w, generator)
    stopping = _Stopping(torch, recipe, players, held, generator) if held else None
    weigh = w / (w.sum(1, keepdim=True) / (w > 0).sum(1, keepdim=True).clamp(min=1)).clamp(min=1e-30)
    rows = torch.arange(r, device=device).unsqueeze(1)
    lost = torch.full((r,), -1, device=device)
    # Older cards only emulate bfloat16, slowly.
    half = device.type == "cuda" and torch.cuda.is_bf16_supported(including_emulation=False)
    half = half and recipe.halves and recipe.precision == "auto"
    computing = torch.autocast("cuda", torch.bfloat16) if half else nullcontext()

    for step, chosen in zip(range(recipe.steps), _draw_batches(torch, w, recipe.batch, generator), strict=False):
        rate = recipe.rate * 0.5 * (1 + np.cos(np.pi * step / recipe.steps))
        some, weighed = x[rows, chosen], weigh[rows, chosen]
        for player, (part, optimiser) in enumerate(zip(players, optimisers, strict=True)):
            with computing:
                loss = recipe.losses(player, players, some, weighed, generator).float()
            (part.grad,) = torch.autograd.grad(loss.sum(), part)
            optimiser.param_groups[0]["lr"] = rate
            optimiser.step()
            bad = ~torch.isfinite(loss.detach()) & (lost < 0)
            lost = torch.where(bad if stopping is None else bad & ~stopping.over, step, lost)
        if base is not None:
            with torch.no_grad():
                for part, towards in zip(players, base, strict=True):
                    part.lerp_(towards, min(1.0, rate * recipe.pull))
        if stopping is not None and ((step + 1) % LOOK == 0 or step == recipe.steps - 1) and stopping.look(step):
            break
    parts = tuple(part.detach() for part in players) if stopping is None else stopping.best
    for part in parts:
        lost[~torch.isfinite(part).all(1) & (lost < 0)] = recipe.steps - 1
    return parts, lost.cpu().numpy()


class _Stopping:
    """Which replicates have stopped, and the best weights of each so far."""

    def __init__(self, torch: Any, recipe: Network, players: tuple[Tensor, ...], held: Any, generator: Any) -> None:
        self.torch, self.recipe, self.players, (self.x, self.w) = torch, recipe, players, held
        r, device = len(self.x), self.x.device
        self.seed = int(torch.randint(2**62, (1,), generator=generator, device=device))
        self.best = tuple(part.detach().clone() for part in players)
        self.least = torch.full((r,), torch.inf, device=device)
        self.when = torch.zeros(r, dtype=torch.long, device=device)
        self.over = torch.zeros(r, dtype=torch.bool, device=device)

    def look(self, step: int) -> bool:
        """Judge by the held-out points, with the same noise at every look; whether all have stopped."""
        torch = self.torch
        noise = torch.Generator(self.x.device).manual_seed(self.seed)
        with torch.no_grad():
            loss = self.recipe.losses(0, self.players, self.x, self.w, noise)
        better = (loss < self.least) & ~self.over
        for best, part in zip(self.best, self.players, strict=True):
            best[better] = part.detach()[better]
        self.least[better], self.when[better] = loss[better], step
        # Stopped for good: what it learns while others still train must not count.
        self.over |= step - self.when >= self.recipe.patience
        return bool(self.over.all())


def _draw_batches(torch: Any, w: Tensor, size: int, generator: Any) -> Iterator[Tensor]:
    """Positions (R, B) of points that are there, all of a replicate's before any comes again."""
    r, n = w.shape
    size = min(size, n)
    there = (w > 0).sum(1, keepdim=True).clamp(min=1)
    within = torch.arange(size, device=w.device)
    while True:
        keys = torch.rand(r, n, generator=generator, device=w.device) + 2.0 * (w <= 0)
        order = keys.argsort(dim=1, stable=True)
        for start in range(0, n, size):
            yield order.gather(1, (start + within) % there)


def _keep_aside(torch: Any, x: Tensor, w: Tensor, generator: Any) -> tuple[tuple[Tensor, Tensor], Tensor]:
    """A tenth of each replicate's points with their weights, mean 1, for judging; and the weights left for training.

    A replicate with a single point is judged by that point.
    """
    keys = torch.rand(*w.shape, generator=generator, device=w.device) + 2.0 * (w <= 0)
    order = keys.argsort(dim=1, stable=True)
    there = (w > 0).sum(1, keepdim=True)
    aside = (there + 9) // 10
    # As many for all as for a replicate without absent points, so that nobody's noise depends on another's weights.
    most = (w.shape[1] + 9) // 10
    chosen = order[:, :most]
    counted = torch.arange(most, device=w.device) < aside
    judged = w.gather(1, chosen) * counted
    judged = judged / judged.mean(1, keepdim=True).clamp(min=1e-30)
    left = w.scatter(1, chosen, torch.where(counted & (there > 1), 0.0, w.gather(1, chosen)))
    return (x[torch.arange(len(x), device=x.device).unsqueeze(1), chosen], judged), left


def _choose_weights(
    torch: Any, start: str, fresh: tuple[Tensor, ...], previous: Ensemble | None, group: slice
) -> tuple[Tensor, ...]:
    """The weights to start from: fresh ones, too, for whoever had none that are numbers."""
    earlier = None
    if previous is not None and start != "scratch":
        earlier = previous.parts if start == "previous" else previous.ancestor
    if earlier is None:
        return fresh
    if [part.shape[1:] for part in earlier] != [part.shape[1:] for part in fresh]:
        raise InputError("a previous model of the same layers", "other layers", "start='scratch'")
    usable = torch.stack([torch.isfinite(part[group]).all(1) for part in earlier]).all(0).unsqueeze(1)
    return tuple(torch.where(usable, part[group], new) for part, new in zip(earlier, fresh, strict=True))


def _standardise(
    values: NDArray[Any], weights: Array, scale: str, previous: Ensemble | None
) -> tuple[NDArray[np.float32], Array, Array]:
    """Points (R, n, d) less their mean, over their width; and the mean and the width, (R, d) each.

    Absent points are 0.  A width is 1 where all points agree.  One replicate after the other, since in double precision
    all would take several times the room of the points.
    """
    r, n, d = values.shape
    standard = np.empty((r, n, d), dtype=np.float32)
    mean, width = (np.zeros((r, d)), np.ones((r, d))) if previous is None else (previous.mean, previous.width)
    with np.errstate(over="ignore", invalid="ignore"):
        for i in range(r):
            rows = values[i].astype(np.float64)
            rows[weights[i] == 0] = 0.0
            total = weights[i].sum()
            if previous is None and total > 0:
                share = weights[i] / total
                mean[i] = share @ rows
                variance = share @ (rows - mean[i]) ** 2
                deviation = np.sqrt(np.full(d, variance.mean()) if scale == "all" else variance)
                width[i] = np.where((deviation > 0) & np.isfinite(deviation), deviation, 1.0)
            standard[i] = (rows - mean[i]) / width[i]
            standard[i, weights[i] == 0] = 0.0
    mean = np.where(np.isfinite(mean), mean, 0.0)
    return standard, mean, width
