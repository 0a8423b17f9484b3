"""Training: an audit of what a model writes at each evaluation of a Trainer of Hugging Face's."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from kellet.audit.exchange import FEWEST
from kellet.audit.finding import LEVEL
from kellet.audit.gates import check_gates, hold
from kellet.audit.scalars import list_scalars
from kellet.data import reading
from kellet.data.content import Documents, Rows
from kellet.data.documents import collect
from kellet.data.selection import choose, write_rows
from kellet.data.spool import spool
from kellet.errors import InputError, extra
from kellet.places.watching import Sample, Watch, count_texts
from kellet.places.writing import Writer, find_first
from kellet.profile import file
from kellet.profile.profile import Profile
from kellet.struct import checked


@checked
def audit_training(
    trainer: Any,
    reference: Any,
    *,
    sample: Sample | None = None,
    prompts: Sequence[str] = (),
    n: int = 512,
    length: int = 128,
    batch: int = 64,
    text: str | None = None,
    gates: Sequence[str] = (),
    stop: bool = False,
    after: int = 0,
    looks: int = 20,
    seed: int = 0,
) -> Any:
    """Audit what the model of a ``transformers.Trainer`` writes at each evaluation; the callback that does it, which
    this adds to the trainer.

    The trainer logs ``eval_rare/value``, ``/low``, ``/high`` and ``/zero``, the same of ``invented``, and
    ``eval_verdict``: 0 pass, 1 inconclusive, 2 more, 3 copied, 4 lost.  ``callback.watch.looks`` is all that was found.
    Training is what it is without: mode and random numbers are put back, and a sample that fails is a warning.

    reference: texts, a file of them (text: its column), or a profile.  sample: ``sample(model, tokenizer)`` gives
    texts; otherwise n are written, by temperature 1, of `length` tokens at most, to which texts of the reference are
    cut as well; prompts begin them, in turn, and are no part of them.  stop: whether training ends where a gate fails
    by more than chance, or without gates where something is lost, not before step `after`.  looks: evaluations that
    share a level of 5 %, so that at most so many whole trainings alarm falsely; later ones never alarm.
    """
    for name, number, least in (("n", n, FEWEST), ("length", length, 1), ("batch", batch, 1), ("looks", looks, 1)):
        if number < least:
            raise InputError(f"{name} of at least {least}", number, f"{name}={20 * least}")
    check_gates(gates)
    if _is_sharded(trainer):
        raise InputError(
            "a model that lies whole in one process", "one that is sharded", "auditing checkpoints instead"
        )
    writer, tokenizer = Writer(n, length, batch, tuple(prompts)), trainer.processing_class
    if sample is None and tokenizer is None:
        raise InputError("a trainer with a processing_class, or a way to sample", "neither", "sample=...")
    if sample is None and not prompts:
        find_first(tokenizer)
    real = _read(reference, text, None if sample else partial(writer.cut, tokenizer=tokenizer))
    watch = Watch(real, sample or writer.sample, tuple(gates), looks, seed)
    # What can't be compared with itself is told now, and not hours later.
    tuple(hold(watch.compare(real, "the reference", LEVEL), gates))
    callback = make_callback(trainer, watch, after if stop else None)
    trainer.add_callback(callback)
    return callback


def _is_sharded(trainer: Any) -> bool:
    """Whether each process has but a part of the model, which can't write then."""
    plugin = getattr(trainer.accelerator.state, "deepspeed_plugin", None)
    return bool(trainer.is_fsdp_enabled or getattr(plugin, "zero_stage", 0) == 3)


def _read(reference: Any, text: str | None, cut: Callable[[Sequence[str]], Sequence[str]] | None) -> Profile:
    """The reference, counted once; cut: its texts as the model could have written them."""
    if isinstance(reference, Profile):
        return reference
    path = str(reference) if isinstance(reference, str | Path) else spool(reference)
    if Path(path).is_file() and file.is_profile(path):
        return file.read(path)
    content = reading.read(path)
    if isinstance(content, Documents):
        texts = list(collect(content, path).texts)
    elif isinstance(content, Rows):
        texts = write_rows(choose(content.frame, (text,) if text else None, path))
    else:
        raise InputError("texts, which a trainer's model writes", f"pictures in {path}", "a file of texts")
    return count_texts(cut(texts) if cut else texts, "texts")


def make_callback(trainer: Any, watch: Watch, after: int | None) -> Any:
    """A ``transformers.TrainerCallback``.  after: the step from which training stops where something is lost."""
    try:
        from accelerate.utils import broadcast_object_list
        from transformers import TrainerCallback
    except ImportError:
        raise InputError("transformers and accelerate", "no such packages", extra("language")) from None

    class AuditCallback(TrainerCallback):  # type: ignore[misc]
        """Audits at each evaluation, once a step, in the main process alone."""

        def __init__(self) -> None:
            self.watch, self.last = watch, -1

        def on_evaluate(self, args: Any, state: Any, control: Any, metrics: Any = None, **_: Any) -> None:
            """Several data sets are evaluated one after the other, at one step."""
            if state.global_step == self.last:
                return
            self.last = state.global_step
            mine = _look(watch, trainer, state.global_step) if state.is_world_process_zero else ({}, False)
            # All processes stop together, or wait for each other for ever.
            ((scalars, alarm),) = broadcast_object_list([mine])
            if scalars:
                trainer.log(dict(scalars))
            if metrics is not None:
                metrics.update(scalars)
            if alarm and after is not None and state.global_step >= after:
                control.should_training_stop = True

    return AuditCallback()


def _look(watch: Watch, trainer: Any, step: int) -> tuple[dict[str, float], bool]:
    """Scalars of the next look, and whether it alarms; neither where it fails, which ends no training."""
    try:
        look = watch.look(trainer.model, trainer.processing_class, f"step {step}")
    except Exception as error:
        reason = " ".join(str(error).split()) or type(error).__name__
        warnings.warn(f"No audit at step {step}: {reason}", stacklevel=2)
        return {}, False
    if watch.alarm:
        warnings.warn(f"Step {step}: {watch.alarm}", stacklevel=2)
    return {f"eval_{name}": number for name, number in list_scalars(look).items()}, bool(watch.alarm)
