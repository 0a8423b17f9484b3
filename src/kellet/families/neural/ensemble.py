r"""Networks of many replicates as one: every weight has a leading replicate axis.

A layer is :math:`y_r = x_r W_r + b_r` for all replicates r in one batched product.  At a width of 64 one product of 32
small matrices takes a quarter of the time of 32 products, since most of a small one is overhead.  All numbers of one
replicate's network lie in one row of a matrix (R, P), so that an optimiser is a few passes over one array, and what
happens to one row never touches another.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from kellet.errors import InputError, extra
from kellet.evidence import Array, Points
from kellet.families.abilities import Learner
from kellet.laws.room import blocks

ROOM = 2**24
"""How many numbers of one layer are held at once while points are written; on a GPU 16 times as many."""

Tensor = Any
"""A torch.Tensor; the package must be readable where PyTorch is not installed."""


def import_torch() -> Any:
    """PyTorch, or an InputError that names the extra."""
    try:
        import torch
    except ImportError:
        raise InputError("PyTorch for a neural family", "it is not installed", extra("neural")) from None
    return torch


def find_device(name: str) -> Any:
    """The torch.device of a name, "auto" being the best that is here."""
    torch = import_torch()
    there = {"cpu": True, "cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available()}
    if name == "auto":
        name = next(name for name in ("cuda", "mps", "cpu") if there[name])
    if not there[name]:
        raise InputError(f"the device {name}", "PyTorch sees none here", "device=auto")
    return torch.device(name)


@contextmanager
def use_one_thread() -> Iterator[None]:
    """One thread inside: small products gain nothing from two, and their sums then always have the same order."""
    torch = import_torch()
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


@dataclass(frozen=True)
class Layers:
    """Fully connected layers.  widths: of the input, of each hidden layer, of the output.

    activation: a function of torch.nn.functional between them.

    >>> Layers((64, 256, 16)).numbers
    20752
    """

    widths: tuple[int, ...]
    activation: str = "relu"

    @property
    def pairs(self) -> list[tuple[int, int]]:
        """(in, out) of each layer."""
        return list(zip(self.widths[:-1], self.widths[1:], strict=True))

    @cached_property
    def sizes(self) -> list[int]:
        """How many numbers each matrix and each bias has."""
        return [size for wide, out in self.pairs for size in (wide * out, out)]

    @property
    def numbers(self) -> int:
        """How many numbers one replicate's weights are."""
        return sum(self.sizes)

    def begin(self, replicates: int, generator: Any) -> Tensor:
        """(R, P): new weights, uniform: He et al., ICCV (2015), but smaller in the last layer and the biases."""
        torch = import_torch()
        bounds = [bound for wide, _ in self.pairs for bound in (np.sqrt(6 / wide), 1 / np.sqrt(wide))]
        bounds[-2] = bounds[-1]
        bound = torch.tensor(np.repeat(bounds, self.sizes), dtype=torch.float32, device=generator.device)
        drawn = torch.rand(replicates, self.numbers, generator=generator, device=generator.device)
        return (2 * drawn - 1) * bound

    def __call__(self, weights: Tensor, values: Tensor) -> Tensor:
        """(R, n, out) from weights (R, P) and values (R, n, in)."""
        torch = import_torch()
        activate = getattr(torch.nn.functional, self.activation)
        parts = weights.split(self.sizes, dim=1)
        for i, (wide, out) in enumerate(self.pairs):
            values = activate(values) if i else values
            matrix, bias = parts[2 * i].view(-1, wide, out), parts[2 * i + 1].unsqueeze(1)
            values = torch.baddbmm(bias, values, matrix)
        return values


class Writer(Learner, frozen=True):
    """What a recipe knows about writing."""

    @abstractmethod
    def write(self, parts: tuple[Tensor, ...], n: int, d: int, generator: Any) -> Tensor:
        """(R, n, d): standardised points from weights, one (R, P) for each player."""

    @abstractmethod
    def breadth(self, d: int) -> int:
        """How many numbers are held for one point while it is written."""


@dataclass(frozen=True, eq=False)
class Ensemble:
    """The learnt networks of R replicates.

    parts: the weights (R, P), one tensor for each player (a GAN has two).  ancestor: those of generation 0, None where
    the recipe doesn't ask for them.  mean (R, d), width (R, d): what generation 0 standardised by.  shape, dtype: of
    one point.  collapsed: (R,), replicates that learnt nothing; they write NaN.  reason: why the first of them did.
    """

    recipe: Writer
    parts: tuple[Tensor, ...]
    ancestor: tuple[Tensor, ...] | None
    mean: Array
    width: Array
    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    collapsed: NDArray[np.bool_]
    reason: str | None = None

    def sample(self, n: int, rng: Generator) -> Points:
        """Write n points per replicate, some at a time."""
        torch = import_torch()
        replicates, d = self.mean.shape
        device = self.parts[0].device
        generator = torch.Generator(device).manual_seed(int(rng.integers(2**63)))
        values = np.empty((replicates, n, d))
        room = ROOM if device.type == "cpu" else 16 * ROOM
        with use_one_thread(), torch.inference_mode():
            for part in blocks(n, replicates * self.recipe.breadth(d), room):
                written = self.recipe.write(self.parts, len(range(n)[part]), d, generator)
                values[:, part] = written.float().cpu().numpy()
        values *= self.width[:, None]
        values += self.mean[:, None]
        values[self.collapsed] = np.nan
        return Points(_as_kind(values, self.dtype).reshape(replicates, n, *self.shape))


def _as_kind(values: Array, dtype: np.dtype[Any]) -> NDArray[Any]:
    """Where the real points are whole numbers, the nearest ones that the type can hold; 0 for what is none."""
    if dtype.kind not in "iu":
        return values
    limits = np.iinfo(dtype)
    whole = np.rint(np.nan_to_num(values, posinf=float(limits.max), neginf=float(limits.min)))
    return np.clip(whole, float(limits.min), np.nextafter(float(limits.max), 0)).astype(dtype)
