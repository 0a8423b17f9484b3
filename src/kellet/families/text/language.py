"""Transformer language models, as the library `transformers` builds them: from scratch, or from a checkpoint."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Literal

import msgspec
import numpy as np
from numpy.random import Generator

from kellet.errors import InputError
from kellet.evidence import Points
from kellet.page.wording import settings

if TYPE_CHECKING:
    from kellet.families.text.transformer.writing import LanguageModel


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


class Language(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    omit_defaults=True,
    forbid_unknown_fields=True,
    tag="lm",
    tag_field="kind",
):
    r"""A causal transformer over blocks of tokens, one replicate at a time; needs the extra ``language``.

    A block is a document or a piece of one, a row of tokens padded with -1.  The network gives

    .. math:: \ln p(x) = \sum_i \ln p_\theta(x_i \mid x_1, \dots, x_{i-1}),

    where a block that is shorter than its row ends with an end of its own, and learns by making
    :math:`-\sum_j w_j \ln p(x_j)` small, :math:`w_j` being weights of points; a point of weight 0 is absent.
    Several blocks are packed into one row of a batch, and none sees another.

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

    A network that writes nothing but ends of documents, or whose loss is no number, has collapsed.

    I. Loshchilov and F. Hutter, Decoupled weight decay regularization, ICLR (2019); E. Hu et al., LoRA, ICLR (2022);
    N. Keskar et al., CTRL, arXiv:1909.05858 (2019) (repetition); the protocol with prompts is I. Shumailov et al.,
    Nature 631:755 (2024).

    >>> Language(model="llama-10m").size.width
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

    batched: ClassVar[bool] = False
    weighs: ClassVar[bool] = True
    text: ClassVar[bool] = True

    def __post_init__(self) -> None:
        for name in ("layers", "width", "heads", "steps", "batch", "accumulate", "lora", "top_k", "together"):
            if (value := getattr(self, name)) is not None and value < 1:
                raise InputError(f"{name} of at least 1", value, f"{name}=8")
        for name in ("epochs", "rate", "clip", "temperature", "repetition"):
            if (value := getattr(self, name)) is not None and not 0 < value < np.inf:
                raise InputError(f"a finite {name} > 0", value, f"{name}=1")
        for name in ("prompt", "save"):
            if getattr(self, name) < 0:
                raise InputError(f"{name} of at least 0", getattr(self, name), f"{name}=0")
        if not 0 <= self.warmup <= 1:
            raise InputError("a warmup between 0 and 1, a share of all steps", self.warmup, "warmup=0.1")
        if not 0 <= self.weight_decay < np.inf:
            raise InputError("a finite weight_decay >= 0", self.weight_decay, "weight_decay=0.1")
        if self.top_p is not None and not 0 < self.top_p <= 1:
            raise InputError("a top_p in (0, 1]", self.top_p, "top_p=0.95")
        if self.vocabulary is not None and self.vocabulary < 1:
            raise InputError("a vocabulary of at least 1 token", self.vocabulary, "leaving it out")
        size = self.size
        if self.folder is None and size.width % size.heads:
            raise InputError("a width that its heads divide", f"{size.width} and {size.heads}", "width=128,heads=4")

    def describe(self) -> str:
        return f"a transformer, as large language models are ({settings(self)})"

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
        given = {name: value for name in ("layers", "width", "heads") if (value := getattr(self, name)) is not None}
        return msgspec.structs.replace(named, **given)

    @property
    def highest_rate(self) -> float:
        """The learning rate after warming up."""
        return self.rate or (self.size.rate if self.folder is None else FINE)

    def ready(self) -> Language:
        """The same, once a checkpoint is known to be whole and to have the world's tokens; with its whole path."""
        if (folder := self.folder) is None:
            return self
        if not (folder / "config.json").is_file():
            what = "a folder without config.json" if folder.is_dir() else "no such folder"
            names = f"gpt2, llama or qwen2, with one of {', '.join('-' + size for size in SIZES)}"
            raise InputError(f"the folder of a checkpoint, or {names}", f"{self.model}: {what}", "lm:gpt2-1m")
        if not list(folder.glob("*.safetensors")):
            raise InputError("weights as *.safetensors", f"none in {folder}", "save_pretrained(folder)")
        there = tokens_of(folder)
        if self.vocabulary is not None and self.vocabulary != there:
            raise InputError(
                f"the {there} tokens of the checkpoint {folder}",
                f"{self.vocabulary} tokens of the world",
                f"checkpoint = {str(folder)!r} in the world of the experiment",
            )
        digest = hashlib.sha256()
        for path in sorted(folder.iterdir()):
            if path.suffix in (".json", ".safetensors"):
                with path.open("rb") as stream:
                    digest.update(path.name.encode() + hashlib.file_digest(stream, "sha256").digest())
        contents = digest.hexdigest()[:16]
        if self.contents not in (None, contents):
            raise InputError(f"the checkpoint that this experiment began with, {self.contents}", contents, "its copy")
        return msgspec.structs.replace(self, model=str(folder.absolute()), contents=contents)

    def fit(self, evidence: Points, rng: Generator, previous: LanguageModel | None = None) -> LanguageModel:
        from kellet.families.text.transformer.training import learn

        return learn(self, evidence, int(rng.integers(2**63)), previous)


def tokens_of(folder: Path) -> int:
    """How many tokens a checkpoint's tokeniser has."""
    try:
        told = json.loads((folder / "tokenizer.json").read_text(encoding="utf-8"))
        vocabulary = told["model"]["vocab"]
    except (OSError, ValueError, KeyError, TypeError):
        raise InputError(
            "a checkpoint with its tokeniser", f"no tokenizer.json that can be read in {folder}",
            "tokenizer.save_pretrained(folder)",
        ) from None  # fmt: skip
    last = max([len(vocabulary) - 1, *(token["id"] for token in told.get("added_tokens", ()))])
    return int(last) + 1
