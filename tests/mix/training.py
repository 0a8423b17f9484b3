"""A tiny model that two processes train on a mix: by accelerate and by transformers.Trainer, without any callback.

python training.py FOLDER OUT first|second: the first one saves in epoch 2 and goes on to the end; the second begins
with what was saved.  Each process writes which rows it saw and what it learnt.
"""

import json
import sys
from pathlib import Path

import torch
from accelerate import Accelerator
from torch import nn
from transformers import Trainer, TrainingArguments

import kellet

BATCH, STEPS, SAVED = 5, 26, 15
WANTED = ["number", "score"]


class Model(nn.Module):
    """One number from one number."""

    def __init__(self):
        super().__init__()
        torch.manual_seed(0)
        self.line = nn.Linear(1, 1)
        self.seen = []

    def forward(self, number, score):
        self.seen.append(number.tolist())
        return {"loss": ((self.line(number[:, None] / 100) - score[:, None]) ** 2).mean()}


def record(out, name, rank, model, seen):
    weights = [part.tolist() for part in model.state_dict().values()]
    (out / f"{name}-{rank}.json").write_text(json.dumps({"seen": seen, "weights": weights}))


def accelerate(folder, out, part):
    """By accelerate: the loader is registered for checkpoints, and isn't prepared."""
    accelerator = Accelerator(cpu=True)
    rank, ranks = accelerator.process_index, accelerator.num_processes
    model = Model()
    optimizer = torch.optim.AdamW(model.parameters(), lr=0.05)
    wrapped, optimizer = accelerator.prepare(model, optimizer)
    loader = kellet.load_mix(folder, batch=BATCH, rank=rank, ranks=ranks, columns=WANTED)
    accelerator.register_for_checkpointing(loader)
    step = 0
    if part == "second":
        accelerator.load_state(out / "accelerate")
        step = SAVED
    while step < STEPS:
        for batch in loader:
            accelerator.backward(wrapped(**batch)["loss"])
            optimizer.step()
            optimizer.zero_grad()
            step += 1
            if step == SAVED and part == "first":
                accelerator.save_state(out / "accelerate")
            if step == STEPS:
                break
    record(out, f"accelerate-{part}", rank, model, model.seen)


class MixTrainer(Trainer):
    """A Trainer whose batches are a loader's."""

    def get_train_dataloader(self):
        return self.train_dataset


def transformers(folder, out, part):
    """By the Trainer: the loader goes to the step that the checkpoint names."""
    args = TrainingArguments(
        out / "trainer", use_cpu=True, max_steps=STEPS, save_strategy="steps", save_steps=SAVED, learning_rate=0.05,
        ignore_data_skip=True, report_to=[], disable_tqdm=True, logging_strategy="no",
    )  # fmt: skip
    rank, ranks = args.process_index, args.world_size
    loader = kellet.load_mix(folder, batch=BATCH, rank=rank, ranks=ranks, columns=WANTED)
    checkpoint = out / "trainer" / f"checkpoint-{SAVED}" if part == "second" else None
    if checkpoint:
        loader.seek(json.loads((checkpoint / "trainer_state.json").read_text())["global_step"])
    model = Model()
    MixTrainer(model, args, train_dataset=loader).train(resume_from_checkpoint=checkpoint)
    record(out, f"transformers-{part}", rank, model, model.seen)


if __name__ == "__main__":
    mix, where, which = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]
    accelerate(mix, where, which)
    transformers(mix, where, which)
    torch.distributed.destroy_process_group()
