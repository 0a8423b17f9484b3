"""What is kept of transformers: the weights of generations, and where one was interrupted.

A fit is known by a digest of all that its numbers depend on: recipe, evidence, seed, and the fit before it.  Done
again, it finds itself under that name, finished or half done, and goes on.  So a run that was killed replays what is
cheap and trains nothing twice.  Every file and folder is written under another name and renamed when it is whole.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from kellet.errors import InputError
from kellet.families.text.language import NO_NUMBERS
from kellet.families.text.transformer.networks import Network, Tensor, libraries, load, quiet

if TYPE_CHECKING:
    from kellet.families.text.language import Language
    from kellet.families.text.transformer.writing import LanguageModel

OUTCOME = "kellet.json"


@dataclass(frozen=True)
class Shelf:
    """Where models are kept.  tokeniser: a tokenizers.Tokenizer to go with each.  places: those that were used."""

    folder: Path
    tokeniser: Any = None
    places: list[Place] = field(default_factory=list)


SHELF: ContextVar[Shelf | None] = ContextVar("kellet.families.transformer.checkpoints.SHELF", default=None)
"""Where models go; a run sets it for every block of replicates."""


@contextmanager
def kept(folder: Path | None, tokeniser: Any = None) -> Iterator[None]:
    """Models that are learnt inside are kept in that folder; in the end those alone that their recipe wants to keep."""
    shelf = None if folder is None else Shelf(folder, tokeniser)
    token = SHELF.set(shelf)
    try:
        yield
    finally:
        SHELF.reset(token)
    if shelf:
        last = max((place.generation for place in shelf.places), default=-1)
        for place in shelf.places:
            place.paused_at.unlink(missing_ok=True)
            if place.keep == "none" or (place.keep == "last" and place.generation < last):
                shutil.rmtree(place.folder, ignore_errors=True)
        if shelf.places and not any(shelf.folder.iterdir()):
            shelf.folder.rmdir()


def place(recipe: Language, generation: int, known: str) -> Place | None:
    """Where a fit is kept, None where none is."""
    shelf = SHELF.get()
    if shelf is None:
        return None
    shelf.folder.mkdir(parents=True, exist_ok=True)
    here = Place(shelf.folder / f"generation-{generation}-{known[:8]}", generation, known, recipe.keep, shelf.tokeniser)
    shelf.places.append(here)
    return here


def digest(
    recipe: Language,
    blocks: NDArray[Any],
    weights: NDArray[Any],
    seed: int,
    previous: LanguageModel | None,
    device: str,
) -> str:
    """What a fit's numbers depend on, as one name."""
    torch, transformers = libraries()
    plain = {name: value for name, value in msgspec.to_builtins(recipe).items() if name not in NO_NUMBERS}
    versions = [torch.__version__, transformers.__version__, device]
    told = json.dumps([plain, seed, versions, previous and previous.known, blocks.shape], sort_keys=True)
    name = hashlib.sha256(told.encode())
    for part in (np.asarray(blocks, dtype=np.int64), np.asarray(weights, dtype=np.float64)):
        name.update(np.ascontiguousarray(part).tobytes())
    return name.hexdigest()


@dataclass(frozen=True)
class Place:
    """Where one fit is kept.  known: its digest."""

    folder: Path
    generation: int
    known: str
    keep: str
    tokeniser: Any

    @property
    def paused_at(self) -> Path:
        return self.folder.with_name(self.folder.name + ".safetensors")

    def finished(self) -> tuple[Network, str | None] | None:
        """The network and why it collapsed, if the fit was finished."""
        try:
            told = json.loads((self.folder / OUTCOME).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return None
        return (load(self.folder), told["reason"]) if told.get("fit") == self.known else None

    def finish(self, network: Network, reason: str | None) -> None:
        """Keep what was learnt, as transformers saves it."""
        with tempfile.TemporaryDirectory(prefix=".", suffix=".tmp", dir=self.folder.parent) as name:
            whole = Path(name) / "whole"
            with quiet():
                network.save_pretrained(whole)
            if self.tokeniser is not None:
                save_tokeniser(self.tokeniser, whole)
            outcome = {"fit": self.known, "generation": self.generation, "reason": reason}
            (whole / OUTCOME).write_text(json.dumps(outcome, indent=2) + "\n", encoding="utf-8")
            shutil.rmtree(self.folder, ignore_errors=True)
            whole.replace(self.folder)
        self.paused_at.unlink(missing_ok=True)

    def pause(self, step: int, learning: list[Tensor], optimiser: Any, lost: Tensor) -> None:
        """Keep where a fit stands after so many steps."""
        from safetensors.torch import save_file

        torch, _ = libraries()
        tensors = {f"weights.{i}": part.detach() for i, part in enumerate(learning)}
        for i, state in optimiser.state_dict()["state"].items():
            tensors |= {f"optimiser.{i}.{name}": value for name, value in state.items()}
        tensors |= {"lost": lost, "random": torch.get_rng_state()}
        if learning[0].device.type == "cuda":
            tensors["random.cuda"] = torch.cuda.get_rng_state(learning[0].device)
        handle, name = tempfile.mkstemp(prefix=".", suffix=".tmp", dir=self.folder.parent)
        os.close(handle)
        temporary = Path(name)
        try:
            tensors = {what: value.contiguous() for what, value in tensors.items()}
            save_file(tensors, temporary, {"fit": self.known, "step": str(step)})
            temporary.replace(self.paused_at)
        finally:
            temporary.unlink(missing_ok=True)

    def paused(self, device: Any) -> Pause | None:
        """Where the fit stood, if it was interrupted."""
        from safetensors import SafetensorError, safe_open

        if not self.paused_at.exists():
            return None
        try:
            with safe_open(self.paused_at, "pt", device=str(device)) as kept:
                told = kept.metadata() or {}
                tensors = {name: kept.get_tensor(name) for name in kept.keys()}  # noqa: SIM118 -- no mapping
        except SafetensorError as error:
            raise InputError("a checkpoint that Kellet wrote", f"{self.paused_at}: {error}", "deleting it") from None
        return Pause(int(told["step"]), tensors) if told.get("fit") == self.known else None


@dataclass(frozen=True)
class Pause:
    """Where a fit stood after so many steps."""

    step: int
    tensors: dict[str, Tensor]

    def restore(self, learning: list[Tensor], optimiser: Any) -> tuple[int, Tensor]:
        """Bring weights and optimiser to where they were; the number of steps and the mark of divergence."""
        torch, _ = libraries()
        with torch.no_grad():
            for i, part in enumerate(learning):
                part.copy_(self.tensors[f"weights.{i}"])
        states: dict[int, dict[str, Tensor]] = {}
        for name, value in self.tensors.items():
            if name.startswith("optimiser."):
                _, number, what = name.split(".", 2)
                states.setdefault(int(number), {})[what] = value
        optimiser.load_state_dict({"state": states, "param_groups": optimiser.state_dict()["param_groups"]})
        torch.set_rng_state(self.tensors["random"].cpu())
        if "random.cuda" in self.tensors:
            torch.cuda.set_rng_state(self.tensors["random.cuda"].cpu(), learning[0].device)
        return self.step, self.tensors["lost"]


def save_tokeniser(tokeniser: Any, folder: Path) -> None:
    """A tokeniser beside its model, so that transformers reads both."""
    tokeniser.save(str(folder / "tokenizer.json"))
    told = {"tokenizer_class": "PreTrainedTokenizerFast", "clean_up_tokenization_spaces": False}
    (folder / "tokenizer_config.json").write_text(json.dumps(told, indent=2) + "\n", encoding="utf-8")
