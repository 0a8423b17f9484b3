"""Reading: the rows of a mix, batch by batch, in an order that never depends on who reads.

The state is four values: the manifest's root, the seed, the epoch and the position, which is how many rows have been
taken from the global order since the beginning of epoch 0.  Whoever goes on from it reads what would have come, in a
new process and with another number of ranks.
"""

from __future__ import annotations

import warnings
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import islice, starmap, tee
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from kellet.errors import InputError, quote
from kellet.mix.batches import Columns, Rows, cut_columns, cut_frames
from kellet.mix.opening import MixFolder
from kellet.mix.steps import Span, Steps

if TYPE_CHECKING:
    import polars as pl

Form = Literal["columns", "frames"]
State = dict[str, Any]


def open_mix(
    folder: str | Path,
    *,
    batch: int,
    rank: int = 0,
    ranks: int = 1,
    seed: int = 0,
    epochs: int | None = None,
    start: int = 0,
    drop: bool = False,
    columns: Sequence[str] | None = None,
    form: Form = "columns",
) -> MixReader:
    """A reader of a mix.

    batch: rows of a batch, of one rank.  rank, ranks: which of how many readers this is.  seed: of the order of epochs
    after the first.  epochs: None for one each time that the reader is looped over (or what is left of it); a number
    for a single loop to the end of so many.  start: how many rows of the global order have been read before.  drop:
    whether an epoch's last step is left out unless it is full.  columns: None for all.  form: of batches, a dict of
    columns or a polars frame.
    """
    opened = MixFolder.open(folder)
    steps = Steps(opened.manifest.size, batch, rank, ranks, drop)
    return MixReader(opened, steps, seed=seed, epochs=epochs, start=start, columns=columns, form=form)


class MixReader:
    """Reads a mix; made by `open_mix`.  position: rows of the global order that have been read."""

    def __init__(
        self,
        folder: MixFolder,
        steps: Steps,
        *,
        seed: int = 0,
        epochs: int | None = None,
        start: int = 0,
        columns: Sequence[str] | None = None,
        form: Form = "columns",
    ):
        if unknown := [name for name in columns or () if name not in folder.columns]:
            raise InputError(f"columns among {quote(folder.columns)}", quote(unknown), "one of them")
        if start < 0 or (epochs is not None and epochs < 1):
            raise InputError("a start of at least 0 and epochs of at least 1", f"{start}, {epochs}", "epochs=3")
        if form not in ("columns", "frames"):
            raise InputError('form as "columns" or "frames"', repr(form), '"columns"')
        self.folder, self.steps, self.epochs, self.form = folder, steps, epochs, form
        self.columns = None if columns is None else list(columns)
        self.order = folder.order(seed)
        self.position = start
        if steps.left_out and not steps.drop:
            said = f"{steps.left_out} of {steps.size:,} rows of each epoch are left out: fewer than {steps.ranks} ranks"
            warnings.warn(said, stacklevel=3)

    @property
    def epoch(self) -> int:
        """The epoch that the next row belongs to, counted from 0."""
        return self.position // self.steps.size

    def __len__(self) -> int:
        """Steps of an epoch."""
        return len(self.steps)

    @property
    def end(self) -> int:
        """The position at which a loop that begins now ends."""
        return self.steps.size * (self.epoch + 1 if self.epochs is None else self.epochs)

    def __iter__(self) -> Iterator[Columns | pl.DataFrame]:
        for batch, after in self.read(self.steps.walk(self.position, self.end)):
            self.position = after
            yield batch

    def seek(self, steps: int) -> None:
        """Go to the place after so many steps, from the beginning of epoch 0."""
        self.position = self.steps.find(steps)

    def state_dict(self) -> State:
        """Where this reader is; plain values."""
        root, seed = self.folder.manifest.root, self.order.seed
        return {"root": root, "seed": seed, "epoch": self.epoch, "position": self.position}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Go on from there."""
        own = self.state_dict()
        if state.keys() < own.keys() or not all(isinstance(state[key], type(own[key])) for key in own):
            raise InputError(f"a state with {quote(own)}", repr(dict(state)), "what state_dict() gave")
        if state["root"] != own["root"]:
            attempt = "the mix that the state is of, or a start from 0"
            raise InputError(f"a state of the mix with root {own['root']}", state["root"], attempt)
        if state["seed"] != own["seed"]:
            raise InputError(f"a state with the seed {own['seed']}", state["seed"], f"seed={state['seed']}")
        if state["position"] < 0 or state["epoch"] != state["position"] // self.steps.size:
            got = f"position {state['position']:,} in epoch {state['epoch']}"
            raise InputError(f"a position in epochs of {self.steps.size:,} rows", got, "what state_dict() gave")
        self.position = state["position"]

    def read(self, spans: Iterable[Span]) -> Iterator[tuple[Columns | pl.DataFrame, int]]:
        """The batches of spans, and where the next step begins."""
        ahead, spans = tee(spans)
        return self.cut(self.read_shards(ahead), spans)

    def cut(self, rows: Iterable[Rows], spans: Iterable[Span]) -> Iterator[tuple[Columns | pl.DataFrame, int]]:
        """The same, of rows that have been read."""
        return (cut_frames if self.form == "frames" else cut_columns)(rows, spans)

    def read_shards(self, spans: Iterable[Span], ahead: int = 0) -> Iterator[Rows]:
        """The rows of spans, shard by shard.  ahead: how many shards are read beforehand, by as many threads."""
        visits = self._visit(spans)
        if not ahead:
            yield from starmap(self._read_shard, visits)
            return
        with ThreadPoolExecutor(ahead) as pool:
            waiting = deque(pool.submit(self._read_shard, *visit) for visit in islice(visits, ahead))
            while waiting:
                rows = waiting.popleft().result()
                waiting.extend(pool.submit(self._read_shard, *visit) for visit in islice(visits, 1))
                yield rows

    def _visit(self, spans: Iterable[Span]) -> Iterator[tuple[int, list[Piece]]]:
        """At which positions the shards of spans begin, and which of their rows are read."""
        pieces: list[Piece] = []
        begin = end = 0
        for span in spans:
            start = span.start
            while start < span.stop:
                if start >= end:
                    if pieces:
                        yield begin, pieces
                    place = self.order.find(start)
                    begin = start - place.row
                    end, pieces = begin + self.order.rows[place.shard], []
                stop = min(span.stop, end)
                pieces.append((start - begin, stop - begin))
                start = stop
        if pieces:
            yield begin, pieces

    def _read_shard(self, begin: int, pieces: list[Piece]) -> Rows:
        """Rows of the shard whose first one comes at this position."""
        place = self.order.find(begin)
        first, last = pieces[0][0], pieces[-1][1]
        if not place.epoch:
            frame = self.folder.load(place.shard, self.columns)
            if sum(stop - start for start, stop in pieces) == last - first:
                return Rows(frame.slice(first, last - first))
            return Rows(frame, np.concatenate([np.arange(*piece) for piece in pieces]))
        wanted = None if self.columns is None else [*dict.fromkeys([*self.columns, *self.folder.labels])]
        frame = self.folder.load(place.shard, wanted)
        order = self.order.inside(place.epoch, place.shard, self.folder.number_kinds(frame))
        # In one chunk, picking rows of text takes a tenth of the time.
        frame = (frame if self.columns is None else frame.select(self.columns)).rechunk()
        return Rows(frame, np.concatenate([order[start:stop] for start, stop in pieces]), self.order.window)


Piece = tuple[int, int]
"""Rows of a shard."""
