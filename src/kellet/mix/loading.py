"""Loading: a mix in PyTorch, with workers that read ahead and a state that is what the consumer received.

Where batches are prepared, batch j of a rank comes from worker j mod k, as PyTorch's DataLoader asks its workers in
turn.  Where they are only read, workers are threads, each with a shard: rows would take longer to come from another
process than from the file.  So the order is the same for any number of workers, and what they have read ahead is
nowhere in the state.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from copy import copy
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

from kellet.errors import InputError, extra
from kellet.mix.reading import MixReader, State, open_mix

Prepare = Callable[[Any], Any]


def import_data() -> Any:
    """torch.utils.data, or an InputError that names the extra."""
    try:
        from torch.utils import data
    except ImportError:
        raise InputError("PyTorch, to load a mix", "it is not installed", extra("neural")) from None
    return data


def load_mix(
    folder: str | Path,
    *,
    batch: int,
    workers: int = 0,
    prepare: Prepare | None = None,
    rank: int | None = None,
    ranks: int | None = None,
    options: Mapping[str, Any] | None = None,
    **reading: Any,
) -> MixLoader:
    """A loader of a mix for PyTorch.

    batch: rows of a batch, of one rank.  workers: processes that read ahead, or threads if nothing is to be prepared.
    prepare: what is done to each batch in the worker, such as tokenising; a function of a module.  rank, ranks: None
    for those of torch.distributed, if it has begun.  options: of PyTorch's DataLoader, such as pin_memory.  reading: as
    `open_mix` has it.
    """
    import_data()
    from torch import distributed

    if distributed.is_available() and distributed.is_initialized():
        rank = distributed.get_rank() if rank is None else rank
        ranks = distributed.get_world_size() if ranks is None else ranks
    reader = open_mix(folder, batch=batch, rank=rank or 0, ranks=ranks or 1, **reading)
    return MixLoader(reader, workers=workers, prepare=prepare, options=options)


class MixDataset:
    """A torch IterableDataset of whole batches: give it to a DataLoader with batch_size=None, or to torchdata's
    StatefulDataLoader.  Loops go on where the last one ended.  But a DataLoader starts its workers anew for each loop,
    and they know of none before: a reader of all epochs in one loop, or `set_epoch` before each, is then required.
    """

    def __init__(self, reader: MixReader, prepare: Prepare | None = None):
        # As a subclass it could not be defined before PyTorch is imported.
        import_data().IterableDataset.register(type(self))
        self.reader, self.prepare = copy(reader), prepare
        self.until: int | None = None
        self.ahead: int | None = None
        self.placed = reader.epochs is not None
        self.threads: int | None = None
        self.home = os.getpid()

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self.home = os.getpid()

    def __iter__(self) -> Iterator[Any]:
        if os.getpid() != self.home:
            attempt = 'DataLoader(..., multiprocessing_context="spawn"), or kellet.load_mix'
            raise InputError("workers started anew", "a fork, in which Polars never answers", attempt)
        worker, workers = find_worker()
        if worker is not None and not self.placed:
            raise InputError("epochs, or set_epoch before each loop", "neither, with workers", "epochs=3")
        reader = self.reader
        end = reader.end if self.until is None else self.until
        spans = reader.steps.walk(reader.position, end)
        if self.threads is not None:
            yield from reader.read_shards(spans, self.threads)
            return
        turn = (worker or 0) if self.ahead is None else self.ahead
        self.until, self.ahead = end, turn
        for batch, after in reader.read(islice(spans, turn, None, workers)):
            reader.position, self.ahead = after, workers - 1
            yield batch if self.prepare is None else self.prepare(batch)
        reader.position, self.until, self.ahead = max(reader.position, end), None, None

    def set_epoch(self, epoch: int) -> None:
        """Go to the beginning of an epoch, unless this is somewhere in it."""
        self.placed = True
        if epoch != self.reader.epoch:
            self.until = self.ahead = None
            self.reader.position = epoch * self.reader.steps.size

    def state_dict(self) -> State:
        """Where this is; in a worker also how many batches of other workers come before its next, and the loop's
        end."""
        state = self.reader.state_dict()
        worker, workers = find_worker()
        return state if worker is None else {**state, "workers": workers, "ahead": self.ahead, "until": self.until}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Go on from there."""
        _, workers = find_worker()
        if state.get("workers", workers) != workers:
            raise InputError(f"the state of one of {workers} workers", f"one of {state['workers']}", "as many workers")
        self.reader.load_state_dict(state)
        self.until, self.ahead, self.placed = state.get("until"), state.get("ahead"), True


class MixLoader:
    """Loads a mix; made by `load_mix`.  It has the reader's places and state, and may be looped over as often."""

    def __init__(
        self,
        reader: MixReader,
        *,
        workers: int = 0,
        prepare: Prepare | None = None,
        options: Mapping[str, Any] | None = None,
    ):
        self.reader, self.workers, self.prepare = reader, workers, prepare
        self.options = dict(options or {})
        self._running: tuple[int, Any] | None = None

    def __len__(self) -> int:
        """Steps of an epoch."""
        return len(self.reader)

    def __iter__(self) -> Iterator[Any]:
        from torch import from_numpy

        reader = self.reader
        spans = reader.steps.walk(reader.position, reader.end)
        loader = self._start()
        if self.prepare is not None:
            for span, batch in zip(spans, loader, strict=True):
                reader.position = span.after
                yield batch
        else:
            for batch, after in reader.cut(loader, spans):
                reader.position = after
                if isinstance(batch, dict):
                    parts = batch.items()
                    yield {name: from_numpy(part) if isinstance(part, np.ndarray) else part for name, part in parts}
                else:
                    yield batch
        # Processes that came to the end of a loop begin the next one there.
        self._running = (reader.position, loader) if self.prepare is not None and self.workers else None

    def _start(self) -> Any:
        """A DataLoader whose workers begin where the reader is: the last one, if they do."""
        running, self._running = self._running, None
        if running is not None and running[0] == self.reader.position:
            return running[1]
        options, dataset, workers = self.options, MixDataset(self.reader, self.prepare), self.workers
        dataset.placed = True
        if self.prepare is None:
            dataset.threads, workers = workers, 0
        if workers:
            # Polars hangs in forks of a process that has used it.
            options = {"multiprocessing_context": "spawn", "persistent_workers": True} | options
        return import_data().DataLoader(dataset, batch_size=None, num_workers=workers, collate_fn=_pass, **options)

    def seek(self, steps: int) -> None:
        """Go to the place after so many steps, from the beginning of epoch 0."""
        self.reader.seek(steps)

    def state_dict(self) -> State:
        """Where the consumer is."""
        return self.reader.state_dict()

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Go on from there."""
        self.reader.load_state_dict(state)


def find_worker() -> tuple[int | None, int]:
    """Which of how many workers this process is; None for one that has none."""
    found = import_data().get_worker_info()
    return (None, 1) if found is None else (found.id, found.num_workers)


def _pass(batch: Any) -> Any:
    return batch
