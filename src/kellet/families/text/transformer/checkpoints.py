"""What is kept of transformers: the weights of generations, and where one was interrupted.

A fit is known by a digest of all that its numbers depend on: recipe, evidence, seed, and the fit before it.  Done
again, it finds itself under that name, finished or half done, and goes on.  So a run that was killed replays what is
cheap and trains nothing twice.  Every file and folder is written under another name and renamed when it is whole.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from kellet.data.tokenizers import foreign
from kellet.data.tokens import Tokeniser
from kellet.errors import InputError
from kellet.evidence import Array
from kellet.families.abilities import Archive
from kellet.families.neural.ensemble import Tensor
from kellet.families.text.transformer.activations import Network
from kellet.families.text.transformer.networks import hush, import_transformers, load
from kellet.families.text.transformer.settings import NO_NUMBERS, Settings

OUTCOME = "kellet.json"


def make_digest(
    recipe: Settings, blocks: NDArray[np.integer], weights: Array, seed: int, previous: str | None, device: str
) -> str:
    """What a fit's numbers depend on, as one name; previous: that of the fit before it."""
    torch, transformers = import_transformers()
    plain = {name: value for name, value in msgspec.to_builtins(recipe).items() if name not in NO_NUMBERS}
    versions = [torch.__version__, transformers.__version__, device]
    name = hashlib.sha256(json.dumps([plain, seed, versions, previous, blocks.shape], sort_keys=True).encode())
    for part in (np.asarray(blocks, dtype=np.int64), np.asarray(weights, dtype=np.float64)):
        name.update(np.ascontiguousarray(part).tobytes())
    return name.hexdigest()


@dataclass(frozen=True)
class Checkpoint:
    """Where one fit is kept.  digest: its own.  tokeniser: goes with it."""

    folder: Path
    generation: int
    digest: str
    tokeniser: Tokeniser | None = None

    @staticmethod
    def of(archive: Archive, generation: int, digest: str) -> Checkpoint | None:
        """The place of a fit in an archive, if models are kept there."""
        if archive.models is None:
            return None
        archive.models.mkdir(parents=True, exist_ok=True)
        folder = archive.models / f"generation-{generation}-{digest[:8]}"
        return Checkpoint(folder, generation, digest, archive.tokeniser)

    @property
    def pause_file(self) -> Path:
        return self.folder.with_name(self.folder.name + ".safetensors")

    def read(self) -> tuple[Network, str | None] | None:
        """The network and why it collapsed, if the fit was finished."""
        try:
            outcome = json.loads((self.folder / OUTCOME).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return None
        return (load(self.folder), outcome["reason"]) if outcome.get("fit") == self.digest else None

    def finish(self, network: Network, reason: str | None) -> None:
        """Keep what was learnt, as transformers saves it."""
        with tempfile.TemporaryDirectory(prefix=".", suffix=".tmp", dir=self.folder.parent) as name:
            whole = Path(name) / "whole"
            with hush():
                network.save_pretrained(whole)
            if self.tokeniser is not None:
                save_tokeniser(self.tokeniser, whole)
            outcome = {"fit": self.digest, "generation": self.generation, "reason": reason}
            (whole / OUTCOME).write_text(json.dumps(outcome, indent=2) + "\n", encoding="utf-8")
            shutil.rmtree(self.folder, ignore_errors=True)
            whole.replace(self.folder)
        self.pause_file.unlink(missing_ok=True)

    def pause(self, step: int, learning: list[Tensor], optimiser: Any, lost: Tensor) -> None:
        """Keep where a fit stands after so many steps."""
        from safetensors.torch import save_file

        torch, _ = import_transformers()
        tensors = {f"weights.{i}": part.detach() for i, part in enumerate(learning)}
        for i, state in optimiser.state_dict()["state"].items():
            tensors |= {f"optimiser.{i}.{name}": value for name, value in state.items()}
        tensors |= {"lost": lost, "random": torch.get_rng_state()}
        if learning[0].device.type == "cuda":
            tensors["random.cuda"] = torch.cuda.get_rng_state(learning[0].device)
        tensors = {what: value.contiguous() for what, value in tensors.items()}
        with tempfile.TemporaryDirectory(prefix=".", suffix=".tmp", dir=self.folder.parent) as name:
            whole = Path(name) / "whole"
            save_file(tensors, whole, {"fit": self.digest, "step": str(step)})
            whole.replace(self.pause_file)

    def read_pause(self, device: Any) -> Pause | None:
        """Where the fit stood, if it was interrupted."""
        from safetensors import SafetensorError, safe_open

        if not self.pause_file.exists():
            return None
        try:
            with safe_open(self.pause_file, "pt", device=str(device)) as stream:
                about = stream.metadata() or {}
                tensors = {name: stream.get_tensor(name) for name in stream.keys()}  # noqa: SIM118 -- no mapping
        except SafetensorError as error:
            raise InputError("a checkpoint that Kellet wrote", f"{self.pause_file}: {error}", "deleting it") from None
        return Pause(int(about["step"]), tensors) if about.get("fit") == self.digest else None


@dataclass(frozen=True)
class Pause:
    """Where a fit stood after so many steps."""

    step: int
    tensors: dict[str, Tensor]

    def restore(self, learning: list[Tensor], optimiser: Any) -> tuple[int, Tensor]:
        """Bring weights and optimiser to where they were; the number of steps and the mark of divergence."""
        torch, _ = import_transformers()
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


def save_tokeniser(tokeniser: Tokeniser, folder: Path) -> None:
    """A tokeniser beside its model, so that transformers reads both."""
    foreign(tokeniser).save(str(folder / "tokenizer.json"))
    config = {"tokenizer_class": "PreTrainedTokenizerFast", "clean_up_tokenization_spaces": False}
    (folder / "tokenizer_config.json").write_text(json.dumps(config, indent=2) + "\n", encoding="utf-8")


def tidy(folder: Path, keep: str) -> None:
    """Of the models in a folder keep "all", those of the "last" generation or "none", and no interrupted training."""
    for pause in folder.glob("generation-*.safetensors"):
        pause.unlink()
    generations = {model: int(model.name.split("-")[1]) for model in folder.glob("generation-*")}
    last = max(generations.values(), default=-1)
    for model, generation in generations.items():
        if keep == "none" or (keep == "last" and generation < last):
            shutil.rmtree(model, ignore_errors=True)
    if folder.is_dir() and not any(folder.iterdir()):
        folder.rmdir()
