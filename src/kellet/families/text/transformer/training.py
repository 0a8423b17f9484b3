r"""How a transformer learns blocks of tokens: AdamW, several blocks in one row, the same numbers after a pause.

Of a step's rows the loss is :math:`\frac1T\sum_i \frac{w_i}{\bar w}\,(-\ln p_i)` over the T tokens and ends that are
predicted, :math:`w_i` the weight of the block that token i belongs to, and :math:`\bar w` the mean over all evidence.
The order of blocks depends on the seed and the number of times that they were read alone, so that a step can be found
again without those before it.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterator
from contextlib import nullcontext
from itertools import islice
from typing import Any

import numpy as np

from kellet.errors import InputError
from kellet.evidence import Array, Integers, Points
from kellet.families.abilities import Archive
from kellet.families.neural.ensemble import Tensor, find_device, use_one_thread
from kellet.families.text.transformer.activations import Network
from kellet.families.text.transformer.checkpoints import Checkpoint, make_digest
from kellet.families.text.transformer.networks import (
    WHERE,
    Sequences,
    Signs,
    begin,
    guard_memory,
    import_transformers,
    read_signs,
)
from kellet.families.text.transformer.settings import Settings
from kellet.families.text.transformer.writing import LanguageModel
from kellet.laws.ngram import SILENT

ROW = 256
"""Tokens of a row, of which a recipe's batch speaks, if a block is not longer."""
FULL = 0.97
"""The share of rows that should be filled."""
OPEN = 16
"""Rows that are filled at the same time."""


def learn(
    recipe: Settings, evidence: Points, seed: int, previous: LanguageModel | None, archive: Archive | None = None
) -> LanguageModel:
    """What a recipe learns from the points of one replicate; from the archive what was learnt already."""
    torch, _ = import_transformers()
    if evidence.replicates != 1:
        raise InputError("the evidence of one replicate", f"{evidence.replicates} replicates", "OneByOne")
    weights = evidence.weighed[0]
    blocks = np.asarray(evidence.values[0])[weights > 0]
    weights = weights[weights > 0]
    length = evidence.values.shape[-1]
    size = previous.signs.vocabulary if previous else recipe.vocabulary or int(blocks.max(initial=0)) + 1
    if blocks.max(initial=-1) >= size:
        raise InputError(f"tokens below the vocabulary of {size}", int(blocks.max()), "the tokeniser's own size")
    if previous is None:
        long = blocks[(blocks >= 0).sum(axis=1) >= recipe.prompt]
        if not len(long) and len(blocks):
            raise InputError(f"documents of at least the prompt's {recipe.prompt} tokens", "none", "a shorter prompt")
        prompts = long[:, : recipe.prompt]
    else:
        prompts = previous.prompts
    device = find_device(recipe.device)
    digest = make_digest(recipe, blocks, weights, seed, None if previous is None else previous.digest, device.type)
    generation = 0 if previous is None else previous.generation + 1
    base = None if previous is None or recipe.start != "base" else previous.base or previous

    def model(network: Network, signs: Signs, reason: str | None) -> LanguageModel:
        learnt = LanguageModel(
            recipe, network.to(device), signs, length, generation, digest, prompts, base, recipe.decoding,
            np.array([reason is not None]), reason,
        )  # fmt: skip
        return learnt.end(SILENT) if reason is None and learnt.measure_silence() > 0.999 else learnt

    before = {"scratch": None, "base": base, "previous": previous}[recipe.start]
    checkpoint = None if archive is None else Checkpoint.of(archive, generation, digest)
    with use_one_thread(), torch.random.fork_rng(devices=[device] if device.type == "cuda" else []):
        torch.manual_seed(seed)
        if checkpoint and (outcome := checkpoint.read()):
            network, reason = outcome
            return model(network, read_signs(network, size), reason)
        network, signs = begin(recipe, size, length + recipe.prompt)
        if before is not None and before.finite:
            network.load_state_dict(before.network.state_dict())
        network = network.to(device)
        reason = "it was given nothing but empty documents"
        if (blocks >= 0).any():
            network, reason = train(recipe, network, Sequences.of(blocks, signs), weights, seed, checkpoint)
        learnt = model(network, signs, reason or None)
    if checkpoint:
        checkpoint.finish(network, learnt.reason)
    return learnt


def train(
    recipe: Settings, network: Network, sequences: Sequences, weights: Array, seed: int, checkpoint: Checkpoint | None
) -> tuple[Network, str]:
    """The network after all steps, and what went wrong, empty where nothing did."""
    torch, _ = import_transformers()
    device = next(network.parameters()).device
    if recipe.lora is not None:
        network = _add_lora(network, recipe.lora)
    network.train()
    learning = [part for part in network.parameters() if part.requires_grad]
    fused = device.type in ("cpu", "cuda")
    optimiser = torch.optim.AdamW(learning, betas=(0.9, 0.95), weight_decay=recipe.weight_decay, fused=fused)
    width, a_time = _choose_width(sequences, narrow=device.type == "cpu")
    together = recipe.batch * max(ROW, sequences.inputs.shape[1]) // width
    per_step = together * recipe.accumulate
    steps = recipe.steps or max(1, round(recipe.epochs * a_time / per_step))
    share = weights / np.average(weights, weights=sequences.sizes)
    # The network is an argument: what was compiled for one generation serves all.
    loss_of = torch.compile(_loss) if device.type == "cuda" and recipe.compile == "auto" else _loss
    half = device.type == "cuda" and recipe.precision == "auto"
    lost = torch.full((), -1, device=device)
    start = 0
    if checkpoint and (pause := checkpoint.read_pause(device)):
        start, lost = pause.restore(learning, optimiser)
    rows = islice(_order_rows(sequences.sizes, width, seed), start * per_step, None)

    advice = f"batch={max(1, recipe.batch // 2)},accumulate={2 * recipe.accumulate}, or a smaller length"
    for step in range(start, steps):
        for group in optimiser.param_groups:
            group["lr"] = recipe.highest_rate * scale_rate(step, steps, recipe.warmup)
        chosen = [list(islice(rows, together)) for _ in range(recipe.accumulate)]
        predicted = sum(int(sequences.sizes[row].sum()) for part in chosen for row in part)
        total = torch.zeros((), device=device)
        with guard_memory(advice):
            for part in chosen:
                batch = _fill_batch(torch, sequences, share, part, width, device)
                with torch.autocast("cuda", torch.bfloat16) if half else nullcontext():
                    loss = loss_of(torch, network, *batch) / predicted
                loss.backward()
                total += loss.detach()
            torch.nn.utils.clip_grad_norm_(learning, recipe.clip)
            optimiser.step()
            optimiser.zero_grad(set_to_none=True)
        lost = torch.where((lost < 0) & ~torch.isfinite(total), step, lost)
        if checkpoint and recipe.save and (step + 1) % recipe.save == 0 and step + 1 < steps:
            checkpoint.pause(step + 1, learning, optimiser, lost)
    if recipe.lora is not None:
        network = network.merge_and_unload()
    network.eval()
    return network, f"diverged at step {int(lost)}" if lost >= 0 else ""


def _choose_width(sequences: Sequences, narrow: bool) -> tuple[int, int]:
    """Tokens of a row, and how many rows all sequences take.

    narrow: attention is computed between all tokens of a row, so a processor takes the narrowest rows that are hardly
    emptier; a GPU does not care, and would compile anew for each width.
    """
    longest = sequences.inputs.shape[1]
    width = longest if narrow else max(ROW, longest)
    while True:
        rows = len(pack(sequences.sizes, width))
        if 2 * width > max(ROW, longest) or sequences.sizes.sum() >= FULL * rows * width:
            return width, rows
        width *= 2


def pack(sizes: Integers, width: int) -> list[Integers]:
    """Rows of at most ``width`` tokens, the positions of the sequences in each; every sequence is in one row.

    Each goes into the fullest of a few open rows that has room for it.

    >>> [row.tolist() for row in pack(np.array([5, 4, 3, 2]), 7)]
    [[0, 3], [1, 2]]
    """
    full: list[Integers] = []
    rows: list[tuple[int, list[int]]] = []
    for i, size in enumerate(sizes.tolist()):
        fits = [(left, j) for j, (left, _) in enumerate(rows) if left >= size]
        if fits:
            left, j = min(fits)
            members = rows[j][1]
            members.append(i)
            rows[j] = (left - size, members)
            continue
        if len(rows) == OPEN:
            j = min(range(OPEN), key=lambda j: rows[j][0])
            full.append(np.array(rows.pop(j)[1]))
        rows.append((width - size, [i]))
    return full + [np.array(members) for _, members in rows]


def scale_rate(step: int, steps: int, warmup: float) -> float:
    """The share of the highest learning rate: rising in a straight line, then along half a cosine to 0.

    >>> [round(scale_rate(step, 10, 0.2), 2) for step in (0, 1, 2, 6, 9)]
    [0.5, 1.0, 1.0, 0.5, 0.04]
    """
    rising = math.ceil(steps * warmup)
    if step < rising:
        return (step + 1) / rising
    return 0.5 * (1 + math.cos(math.pi * (step - rising) / max(1, steps - rising)))


def _order_rows(sizes: Integers, width: int, seed: int) -> Iterator[Integers]:
    """Rows for ever: all sequences in an order of their own each time."""
    reading = 0
    while True:
        rng = np.random.default_rng([seed, reading])
        order = rng.permutation(len(sizes))
        rows = pack(sizes[order], width)
        for i in rng.permutation(len(rows)):
            yield order[rows[i]]
        reading += 1


def _fill_batch(
    torch: Any, sequences: Sequences, share: Array, rows: list[Integers], width: int, device: Any
) -> tuple[Tensor, ...]:
    """inputs, targets, positions, blocks, shares (B, T) of rows; what is empty counts nothing."""
    shape = (len(rows), width)
    inputs, targets, positions = (np.zeros(shape, dtype=np.int64) for _ in range(3))
    belongs, counts = np.full(shape, -1), np.zeros(shape, dtype=np.float32)
    for row, members in enumerate(rows):
        at = 0
        for i in members:
            size = int(sequences.sizes[i])
            here = slice(at, at + size)
            inputs[row, here] = sequences.inputs[i, :size]
            targets[row, here] = sequences.targets[i, :size]
            positions[row, here] = np.arange(size)
            belongs[row, here], counts[row, here] = i, share[i]
            at += size
    return tuple(torch.from_numpy(part).to(device) for part in (inputs, targets, positions, belongs, counts))


def _loss(
    torch: Any, network: Network, inputs: Tensor, targets: Tensor, positions: Tensor, belongs: Tensor, counts: Tensor
) -> Tensor:
    """The weighed sum over a batch; each block sees itself alone, up to where it is."""
    width = inputs.shape[1]
    earlier = torch.ones(width, width, dtype=torch.bool, device=inputs.device).tril()
    seen = (belongs[:, None, :, None] == belongs[:, None, None, :]) & earlier
    logits = network(input_ids=inputs, attention_mask=seen, position_ids=positions, use_cache=False).logits
    losses = torch.nn.functional.cross_entropy(logits.flatten(0, 1).float(), targets.flatten(), reduction="none")
    return (losses * counts.flatten()).sum()


def _add_lora(network: Network, rank: int) -> Network:
    """The network with changes of low rank, which alone are learnt."""
    try:
        from peft import LoraConfig, get_peft_model
    except ImportError:
        raise InputError("the package peft for lora", "it is not installed", WHERE) from None
    # GPT-2 keeps its matrices the other way round.
    turned = any(type(part).__name__ == "Conv1D" for part in network.modules())
    which = {"target_modules": "all-linear", "fan_in_fan_out": turned, "task_type": "CAUSAL_LM"}
    settings = LoraConfig(r=rank, lora_alpha=2 * rank, **which)
    with warnings.catch_warnings():
        # It asks transformers for what that calls by another name by now.
        warnings.simplefilter("ignore", FutureWarning)
        return get_peft_model(network, settings)
