"""The settings of a transformer: plain values, which all that learns and writes with one reads."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import msgspec

from kellet.errors import InputError
from kellet.families.abilities import Reader
from kellet.families.neural.ensemble import Tensor, import_torch


class Size(msgspec.Struct, frozen=True):
    """layers, width and heads; rate: the learning rate that suits them."""

    layers: int
    width: int
    heads: int
    rate: float


SIZES = {
    "1m": Size(4, 128, 4, 2e-3),
    "10m": Size(6, 384, 6, 1e-3),
    "50m": Size(8, 640, 10, 8e-4),
    "124m": Size(12, 768, 12, 6e-4),
    "350m": Size(24, 1024, 16, 3e-4),
}
FINE = 1e-4
"""The learning rate for a checkpoint."""
NO_NUMBERS = frozenset({"save", "keep", "together"})
"""Settings that no number depends on."""


@dataclass(frozen=True)
class Decoding:
    """What becomes of logits before a token is drawn.

    temperature: they are divided by it.  top_k: the likeliest so many.  top_p: the likeliest that together have this
    probability, as few as that takes.  repetition: logits of tokens that were written are divided by it where positive,
    multiplied where negative, first of all.
    """

    temperature: float = 1.0
    top_k: int | None = None
    top_p: float | None = None
    repetition: float = 1.0

    def probabilities(self, logits: Tensor, written: Tensor | None = None) -> Tensor:
        """(B, V): from logits (B, V) and marks (B, V) of what was written."""
        torch = import_torch()
        if written is not None and self.repetition != 1:
            less = torch.where(logits > 0, logits / self.repetition, logits * self.repetition)
            logits = torch.where(written, less, logits)
        if self.temperature == 0:
            return torch.nn.functional.one_hot(logits.argmax(-1), logits.shape[-1]).to(logits.dtype)
        if self.temperature != 1:
            logits = logits / self.temperature
        if self.top_k is not None and self.top_k < logits.shape[-1]:
            order = logits.argsort(dim=-1, descending=True, stable=True)
            logits = logits.scatter(-1, order[:, self.top_k :], -torch.inf)
        p = logits.softmax(-1)
        if self.top_p is not None and self.top_p < 1:
            ranked, order = p.sort(dim=-1, descending=True, stable=True)
            behind = ranked.flip(-1).double().cumsum(-1).flip(-1)
            few = behind <= (1 - self.top_p) * (1 + 1e-6)
            few[..., 0] = False
            p = p.scatter(-1, order, ranked.masked_fill(few, 0.0))
            p = p / p.sum(-1, keepdim=True)
        return p

    def tighten(self, temperature: float = 1.0, top_k: int | None = None, top_p: float | None = None) -> Decoding:
        """The stricter of both, temperatures multiplied."""
        return Decoding(
            self.temperature * temperature,
            min((k for k in (self.top_k, top_k) if k is not None), default=None),
            min((p for p in (self.top_p, top_p) if p is not None), default=None),
            self.repetition,
        )


class Settings(Reader, frozen=True, kw_only=True):
    """What can be set of a transformer.

    model: an architecture that transformers knows and a size of SIZES, "gpt2-1m", "llama-10m", "qwen2-124m", from
    scratch; or the folder of a checkpoint with its tokeniser, to be fine-tuned.
    layers, width, heads: of a new network, None takes those of its size.
    epochs: times that each generation reads its evidence.  steps: of AdamW, None as many as that takes.
    batch: rows of 256 tokens (or one block) a step, read ``accumulate`` times before each step.
    rate: the highest learning rate, reached after the share ``warmup`` of all steps and then falling to 0 along a
    cosine; None takes that of the size, for a checkpoint 0.0001.  clip: the largest norm of a gradient.
    weight_decay: of AdamW.
    start: each generation's first weights: new ones, or the checkpoint's ("scratch"), what generation 0 learnt
    ("base"), or what the last generation learnt ("previous").
    lora: learn changes of this rank alone, None all weights.
    temperature, top_k, top_p, repetition: how it writes; repetition above 1 is a penalty on what was written before.
    prompt: so many tokens of generation 0's documents come before everything that is written, and aren't part of it;
    0 begins with nothing.
    together: blocks written at once, None as many as a cache of 256 MiB has room for, on a GPU of 2 GiB, and 2048 at
    most.  save: steps between two checkpoints inside a generation, 0 for none.
    keep: the generations whose weights stay in the run folder.
    device, precision: as in the neural families; numbers repeat bit for bit on the cpu alone.  compile: on a GPU the
    training step is compiled, once a process, which takes up to a minute; "never" where that is longer than it saves.
    writer: where vLLM is installed and there is a GPU it writes ("auto"), unless Kellet is to do so itself ("own").
    vocabulary: how many tokens there are, filled in by an experiment.  contents: a digest of the checkpoint, too.

    >>> Settings(model="llama-10m").size.width
    384
    """

    model: str = "gpt2-1m"
    layers: int | None = None
    width: int | None = None
    heads: int | None = None
    epochs: float = 4.0
    steps: int | None = None
    batch: int = 8
    accumulate: int = 1
    rate: float | None = None
    warmup: float = 0.1
    clip: float = 1.0
    weight_decay: float = 0.1
    start: Literal["scratch", "base", "previous"] = "scratch"
    lora: int | None = None
    temperature: float = 1.0
    top_k: int | None = None
    top_p: float | None = None
    repetition: float = 1.0
    prompt: int = 0
    together: int | None = None
    save: int = 200
    keep: Literal["last", "all", "none"] = "last"
    device: Literal["auto", "cpu", "cuda", "mps"] = "auto"
    precision: Literal["auto", "full"] = "auto"
    compile: Literal["auto", "never"] = "auto"
    writer: Literal["auto", "own"] = "auto"
    vocabulary: int | None = None
    contents: str | None = None

    def __post_init__(self) -> None:
        self.check_least(1, "layers", "width", "heads", "steps", "batch", "accumulate", "lora", "top_k", "together")
        self.check_least(1, "vocabulary")
        self.check_least(0, "prompt", "save")
        self.check_finite("epochs", "rate", "clip", "temperature", "repetition")
        self.check_finite("weight_decay", zero=True)
        if not 0 <= self.warmup <= 1:
            raise InputError("a warmup between 0 and 1, a share of all steps", self.warmup, "warmup=0.1")
        if self.top_p is not None and not 0 < self.top_p <= 1:
            raise InputError("a top_p in (0, 1]", self.top_p, "top_p=0.95")
        size = self.size
        if self.folder is None and size.width % size.heads:
            raise InputError("a width that its heads divide", f"{size.width} and {size.heads}", "width=128,heads=4")

    @property
    def architecture(self) -> str | None:
        """What transformers calls a new network; None for a checkpoint."""
        kind, _, size = self.model.rpartition("-")
        if size not in SIZES or "/" in kind or not kind:
            return None
        return {"qwen": "qwen2", "gpt-neox": "gpt_neox"}.get(kind, kind)

    @property
    def folder(self) -> Path | None:
        """The checkpoint, if it is one."""
        return Path(self.model) if self.architecture is None else None

    @property
    def size(self) -> Size:
        """Of a new network."""
        named = SIZES.get(self.model.rpartition("-")[2], SIZES["1m"])
        return Size(self.layers or named.layers, self.width or named.width, self.heads or named.heads, named.rate)

    @property
    def highest_rate(self) -> float:
        """The learning rate after warming up."""
        return self.rate or (self.size.rate if self.folder is None else FINE)

    @property
    def decoding(self) -> Decoding:
        """How it writes."""
        return Decoding(self.temperature, self.top_k, self.top_p, self.repetition)
