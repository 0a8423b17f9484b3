"""How a transformer writes: many blocks at once, remembering what it computed for the tokens before."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from inspect import signature
from typing import Any

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from kellet.evidence import Array, Integers, Points
from kellet.families.neural.ensemble import Tensor, use_one_thread
from kellet.families.text.transformer import served
from kellet.families.text.transformer.activations import Network
from kellet.families.text.transformer.networks import Sequences, Signs, guard_memory, import_transformers
from kellet.families.text.transformer.settings import Decoding, Settings

ROOM = 2**25
"""How many logits are held at once; reading on a processor an eighth: fresh pages would cost it more than the work."""
CACHE = {"cpu": 2**28}
"""Bytes that what is written at once may remember of the tokens before, by device; elsewhere eight times as many."""
MOST = 2048
"""Blocks that are written at once."""
CROWD = 0.8
"""The share of rows that are still written, below which those that have ended leave."""


@dataclass(frozen=True, eq=False)
class LanguageModel:
    """A learnt network of one replicate.

    network: a transformers.PreTrainedModel.  length: tokens of a block.  digest: of all that the fit depended on.
    prompts: (P, k), real beginnings, k = 0 for none.  base: generation 0's model where the recipe goes back to it.
    collapsed: (1,).
    """

    recipe: Settings
    network: Network
    signs: Signs
    length: int
    generation: int
    digest: str
    prompts: NDArray[np.integer]
    base: LanguageModel | None
    decoding: Decoding
    collapsed: NDArray[np.bool_]
    reason: str | None = None

    def end(self, reason: str) -> LanguageModel:
        """The same, marked as collapsed."""
        return replace(self, collapsed=np.array([True]), reason=reason)

    def decode(self, temperature: float = 1.0, top_k: int | None = None, top_p: float | None = None) -> LanguageModel:
        """The same network, writing otherwise."""
        return replace(self, decoding=self.decoding.tighten(temperature, top_k, top_p))

    @property
    def finite(self) -> bool:
        """Whether all weights are numbers."""
        torch, _ = import_transformers()
        return all(bool(torch.isfinite(part).all()) for part in self.network.parameters())

    def sample(self, n: int, rng: Generator, prompts: NDArray[np.integer] | None = None) -> Points:
        """n blocks, (1, n, L); prompts: (n, k), how each of them begins, instead of the recipe's own."""
        torch, _ = import_transformers()
        device = self.network.device
        seed = int(rng.integers(2**63))
        own = prompts is None
        if prompts is None:
            drawn = np.random.default_rng(seed).integers(max(1, len(self.prompts)), size=n)
            prompts = self.prompts[drawn] if len(self.prompts) else np.empty((n, 0), dtype=np.int64)
        heads = np.asarray(prompts, dtype=np.int64)
        written = np.full((n, self.length), -1, dtype=np.int32)
        begun = 0 if own else heads.shape[1]
        written[:, :begun] = heads[:, : self.length] if begun else 0
        if not self.finite or begun >= self.length:
            return Points(written[None])
        if served.serves(self.recipe, self.network, self.decoding):
            how = self.recipe, self.network, self.signs, self.decoding
            written[:, begun:] = served.write(*how, heads, self.length - begun, seed)
            return Points(written[None])
        generator = torch.Generator(device).manual_seed(seed)
        step = max(1, min(self.together, ROOM // self.signs.outputs))
        advice = f"together={max(1, step // 2)}, or a smaller length"
        with use_one_thread(), torch.inference_mode(), guard_memory(advice):
            for start in range(0, n, step):
                some = heads[start : start + step]
                first = np.full((len(some), 1), self.signs.first)
                known = torch.from_numpy(np.concatenate([first, some], axis=1)).to(device)
                here = slice(start, start + len(some))
                written[here, begun:] = self._continue(torch, known, self.length - begun, generator)
        return Points(written[None])

    @property
    def together(self) -> int:
        """How many blocks are written at once."""
        if self.recipe.together is not None:
            return self.recipe.together
        config = self.network.config
        remembered = 8 * (self.length + self.prompts.shape[1]) * config.num_hidden_layers * config.hidden_size
        return int(min(MOST, max(1, CACHE.get(self.network.device.type, 2**31) // remembered)))

    @cached_property
    def _impossible(self) -> Tensor | None:
        return self.signs.mask(self.network.device)

    def _read(self, tokens: Tensor, **options: Any) -> Tensor:
        """Logits (B, T, outputs) behind each of the tokens (B, T), -inf for what is never written."""
        logits = self.network(input_ids=tokens, **options).logits.float()
        return logits if self._impossible is None else logits.masked_fill(self._impossible, -np.inf)

    def _continue(self, torch: Any, known: Tensor, length: int, generator: Any) -> Integers:
        """(B, length): what follows known tokens (B, k), padded with -1 after an end."""
        device, law, signs = known.device, self.decoding, self.signs
        out = torch.full((len(known), length), -1, device=device)
        row = torch.arange(len(known), device=device)
        going = torch.ones(len(known), dtype=torch.bool, device=device)
        seen = None
        if law.repetition != 1:
            seen = torch.zeros(len(known), signs.outputs, dtype=torch.bool, device=device)
            seen.scatter_(1, known[:, 1:], True)
        memory = make_cache(self.network, known.shape[1] + length)
        remembering = {name_cache(self.network): memory, "use_cache": True, "logits_to_keep": 1}
        for t in range(length):
            logits = self._read(known, **remembering)[:, -1]
            token = draw(torch, law.probabilities(logits, seen), generator)
            going &= token != signs.end
            out[row[going], t] = token[going]
            left = int(going.sum())
            if not left:
                break
            known = token.unsqueeze(1)
            if seen is not None:
                seen.scatter_(1, known, True)
            # Those that have ended leave when they are many: every departure moves all that is remembered.
            if left <= CROWD * len(row):
                keep = going.nonzero().squeeze(1)
                memory.batch_select_indices(keep)
                row, known, going = row[keep], known[keep], going[keep]
                seen = None if seen is None else seen[keep]
        return np.asarray(out.cpu().numpy())

    def log_probabilities(self, blocks: NDArray[np.integer]) -> Array:
        """(1, N): the natural logarithm of each block's probability, its end included; blocks: (N, L) or (1, N, L)."""
        torch, _ = import_transformers()
        device = self.network.device
        sequences = Sequences.of(np.asarray(blocks).reshape(-1, blocks.shape[-1]), self.signs)
        total = np.empty(len(sequences.sizes))
        with use_one_thread(), torch.inference_mode(), guard_memory("a smaller length, or a smaller judged"):
            room = ROOM // 8 if device.type == "cpu" else ROOM
            for chosen, most in _group(sequences.sizes, self.signs.outputs, room):
                both = (part[chosen, :most] for part in (sequences.inputs, sequences.targets))
                inputs, targets = (torch.from_numpy(part).to(device) for part in both)
                logits = self._read(inputs, use_cache=False)
                logs = logits.gather(-1, targets.unsqueeze(-1)).squeeze(-1) - logits.logsumexp(-1)
                sizes = torch.from_numpy(sequences.sizes[chosen]).to(device)[:, None]
                counted = torch.arange(most, device=device) < sizes
                total[chosen] = torch.where(counted, logs.double(), 0.0).sum(-1).cpu().numpy()
        return total[None]

    def measure_silence(self) -> float:
        """The probability that a block has nothing in it."""
        torch, _ = import_transformers()
        device = self.network.device
        heads = np.asarray(self.prompts[: self.together], dtype=np.int64)
        heads = heads if heads.size else np.empty((1, 0), dtype=np.int64)
        known = np.concatenate([np.full((len(heads), 1), self.signs.first), heads], axis=1)
        with use_one_thread(), torch.inference_mode():
            logits = self._read(torch.from_numpy(known).to(device), use_cache=False)[:, -1]
            return float(self.decoding.probabilities(logits)[:, self.signs.end].mean())


def make_cache(network: Network, most: int) -> Any:
    """A transformers.DynamicCache with room for so many tokens from the start: what grows is copied for every token.

    Layers that remember in a way of their own keep it.
    """
    _, transformers = import_transformers()
    plain = transformers.cache_utils.DynamicLayer

    class Roomy(plain):  # type: ignore[misc, valid-type]
        """keys, values: (B, heads, tokens so far, width), views of ``rooms``, (B, heads, most, width) each.

        Of what it inherits it uses what every version of transformers says of a layer: these two, `update` and
        `batch_select_indices`.
        """

        keys: Tensor
        values: Tensor
        rooms: tuple[Tensor, ...] = ()

        def update(self, key_states: Tensor, value_states: Tensor, *_: Any, **__: Any) -> tuple[Tensor, Tensor]:
            begun = self.keys.shape[-2] if self.rooms else 0
            if not self.rooms:
                super().update(key_states, value_states)
                both = (key_states, value_states)
                self.rooms = tuple(new.new_empty((*new.shape[:-2], most, new.shape[-1])) for new in both)
            so_far = begun + key_states.shape[-2]
            for room, new in zip(self.rooms, (key_states, value_states), strict=True):
                room[..., begun:so_far, :] = new
            self.keys, self.values = (room[..., :so_far, :] for room in self.rooms)
            return self.keys, self.values

        def batch_select_indices(self, indices: Tensor) -> None:
            so_far = self.keys.shape[-2]
            self.rooms = tuple(room[: len(indices)].copy_(room[indices]) for room in self.rooms)
            self.keys, self.values = (room[..., :so_far, :] for room in self.rooms)

    memory = transformers.DynamicCache(config=network.config)
    memory.layers = [Roomy() if type(layer) is plain else layer for layer in memory.layers]
    return memory


def name_cache(network: Network) -> str:
    """What a network calls its cache: "cache" since 5.24 of transformers, "past_key_values" before."""
    return "cache" if "cache" in signature(network.forward).parameters else "past_key_values"


def draw(torch: Any, p: Tensor, generator: Any) -> Tensor:
    """(B,): one of each row's categories, by p (B, V) that sum to about 1; never one of probability 0."""
    # In 64 bits: in 32 the sum of a large vocabulary forgets its rarest tokens.
    reached = p.double().cumsum(-1)
    chance = torch.rand(len(p), 1, generator=generator, device=p.device, dtype=torch.float64) * reached[:, -1:]
    return torch.searchsorted(reached, chance, right=True).squeeze(1).clamp(max=p.shape[1] - 1)


def _group(sizes: Integers, outputs: int, room: int) -> Iterator[tuple[Integers, int]]:
    """Positions of sequences of about the same length, as many as there is room for, and the longest of them."""
    order = np.argsort(sizes, kind="stable")
    start = 0
    while start < len(order):
        end = start + 1
        while end < len(order) and (end + 1 - start) * int(sizes[order[end]]) * outputs <= room:
            end += 1
        yield order[start:end], int(sizes[order[end - 1]])
        start = end
