"""Transformer language models, as the library `transformers` builds them: from scratch, or from a checkpoint."""

from __future__ import annotations

import hashlib
from typing import Self

import msgspec
from numpy.random import Generator

from kellet.data.source import Source
from kellet.data.tokenizers import native
from kellet.errors import InputError
from kellet.evidence import Points
from kellet.families.abilities import Archive
from kellet.families.text.transformer import checkpoints, training
from kellet.families.text.transformer.settings import SIZES, Settings
from kellet.families.text.transformer.writing import LanguageModel


class Language(Settings, frozen=True, kw_only=True, tag="lm"):
    r"""A causal transformer over blocks of tokens, one replicate at a time; needs the extra ``language``.

    A block is a document or a piece of one, a row of tokens padded with -1.  The network gives

    .. math:: \ln p(x) = \sum_i \ln p_\theta(x_i \mid x_1, \dots, x_{i-1}),

    where a block that is shorter than its row ends with an end of its own, and learns by making
    :math:`-\sum_j w_j \ln p(x_j)` small, :math:`w_j` being weights of points; a point of weight 0 is absent.
    Several blocks are packed into one row of a batch, and none sees another.

    What can be set is in `kellet.families.text.transformer.settings`.

    A network that writes nothing but ends of documents, or whose loss is no number, has collapsed.

    I. Loshchilov and F. Hutter, Decoupled weight decay regularization, ICLR (2019); E. Hu et al., LoRA, ICLR (2022);
    N. Keskar et al., CTRL, arXiv:1909.05858 (2019) (repetition); the protocol with prompts is I. Shumailov et al.,
    Nature 631:755 (2024).
    """

    words = "a transformer, as large language models are ({settings})"
    batched = False
    weighs = True
    archives = True

    def prepare(self, source: Source) -> Self:
        return super().prepare(source).with_checkpoint()

    def with_checkpoint(self) -> Self:
        """The same, once a checkpoint is known to be whole and to have the world's tokens; with its whole path."""
        if (folder := self.folder) is None:
            return self
        if not (folder / "config.json").is_file():
            what = "a folder without config.json" if folder.is_dir() else "no such folder"
            names = f"gpt2, llama or qwen2, with one of {', '.join('-' + size for size in SIZES)}"
            raise InputError(f"the folder of a checkpoint, or {names}", f"{self.model}: {what}", "lm:gpt2-1m")
        if not list(folder.glob("*.safetensors")):
            raise InputError("weights as *.safetensors", f"none in {folder}", "save_pretrained(folder)")
        there = native(folder).size
        if self.vocabulary is not None and self.vocabulary != there:
            attempt = f"checkpoint = {str(folder)!r} in the world of the experiment"
            expected = f"the {there} tokens of the checkpoint {folder}"
            raise InputError(expected, f"{self.vocabulary} tokens of the world", attempt)
        digest = hashlib.sha256()
        for path in sorted(folder.iterdir()):
            if path.suffix in (".json", ".safetensors"):
                with path.open("rb") as stream:
                    digest.update(path.name.encode() + hashlib.file_digest(stream, "sha256").digest())
        contents = digest.hexdigest()[:16]
        if self.contents not in (None, contents):
            raise InputError(f"the checkpoint that this experiment began with, {self.contents}", contents, "its copy")
        return msgspec.structs.replace(self, model=str(folder.absolute()), contents=contents)

    def fit(
        self, evidence: Points, rng: Generator, previous: LanguageModel | None = None, archive: Archive | None = None
    ) -> LanguageModel:
        return training.learn(self, evidence, int(rng.integers(2**63)), previous, archive)

    def tidy(self, archive: Archive) -> None:
        if archive.models is not None:
            checkpoints.tidy(archive.models, self.keep)
