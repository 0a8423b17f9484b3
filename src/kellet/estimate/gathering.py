"""Gathering: of references of any size those documents that an estimate learns from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from kellet.errors import InputError
from kellet.estimate.fingerprints import find_fingerprints
from kellet.estimate.sample import Sample
from kellet.profile.tally import Hashes
from kellet.profile.words import Rule

if TYPE_CHECKING:
    import polars as pl

SHORTEST = 20
"""Words of a document; one with fewer is nearly empty."""
MOST = 4_000
"""Human documents, and all models' together, that are learnt from: more would teach little."""
HUMANS, MODELS = 50, 30
"""Documents that are needed, of humans and of each model."""
BYTES = 1 << 24
"""Of all human documents that are learnt from, and of all models'."""
FEW = 1 << 20
PIECES, SIGNS = 4, 3_000
"""As many pieces of a longer document, of so many signs each, are looked at."""


class Gathering:
    """Documents of one writer, of which those with the smallest hashes are kept: the same ones, however they come.

    room, most: bytes, and documents, that are kept at most.
    """

    def __init__(self, rule: Rule, room: int, most: int | None = None):
        import polars as pl

        # Twice as many as are wanted, since some may turn out to be somebody else's too.
        self.rule, self.room, self.most = rule, room, 2 * MOST if most is None else most
        self.empty = 0
        self.sample = Sample.of(np.empty(0, np.uint64))
        self.kept = pl.DataFrame(schema={"hash": pl.UInt64, "text": pl.String, "words": pl.Int64})
        self.last = np.uint64(2**64 - 1)

    def add(self, texts: pl.Series) -> None:
        """More documents, none of them null."""
        import polars as pl

        hashes, words = find_fingerprints(texts, self.rule)
        enough = words >= SHORTEST
        self.empty += int((~enough).sum())
        self.sample += Sample.of(hashes[enough])
        fresh = pl.DataFrame({"hash": hashes, "text": texts, "words": words}).filter(enough & (hashes <= self.last))
        fresh = fresh.with_columns(_shorten(fresh["text"]))
        every = pl.concat([self.kept, fresh]).sort("hash", "text").unique("hash", keep="first", maintain_order=True)
        fits = (every["text"].str.len_bytes().cum_sum() <= self.room).sum()
        self.kept = every.head(min(int(fits), self.most))
        if len(self.kept) < len(every):
            self.last = np.uint64(self.kept["hash"][-1])


@dataclass(frozen=True, eq=False)
class References:
    """Documents that an estimate learns from.

    human, models: frames of ``hash``, ``text`` and ``words`` (of the whole document).  both, repeated, empty: how many
    were left out, as `Removed` has them.  notes: of what only a part was used, as sentences.
    """

    human: pl.DataFrame
    models: Mapping[str, pl.DataFrame]
    both: int
    repeated: int
    empty: int
    notes: tuple[str, ...]

    @property
    def hashes(self) -> Hashes:
        """Of all documents, sorted."""
        return np.unique(np.concatenate([one["hash"].to_numpy() for one in (self.human, *self.models.values())]))


def gather(rule: Rule, models: Sequence[str]) -> tuple[Gathering, dict[str, Gathering]]:
    """Empty ones, of humans and of models by name."""
    room = max(2 * BYTES // len(models), FEW)
    return Gathering(rule, 2 * BYTES), {name: Gathering(rule, room) for name in models}


def choose(human: Gathering, models: Mapping[str, Gathering]) -> References:
    """The documents of references that are learnt from; bad input where they are too few, or the same."""
    theirs = sum((one.sample for one in models.values()), Sample.of(np.empty(0, np.uint64)))
    common = human.sample.share_in(theirs)
    same = max(common, *(one.sample.share_in(human.sample) for one in models.values()))
    if same > 0.5:
        got = f"references of which {100 * same:.0f} % are the same"
        raise InputError("human and model text that differ", got, "text of which it is known who wrote it")
    kept = [_leave_out(human.kept, theirs.hashes)]
    seen = human.sample.hashes
    for one in models.values():
        kept.append(_leave_out(one.kept, seen))
        seen = np.concatenate([seen, kept[-1]["hash"].to_numpy()])
    gatherings, names = [human, *models.values()], ["human", *(f'"{name}"' for name in models)]
    for name, frame in zip(names, kept, strict=True):
        if len(frame) < (least := HUMANS if frame is kept[0] else MODELS):
            expected = f"at least {least} different {name} documents of {SHORTEST} words or more"
            raise InputError(expected, f"{len(frame)}", f"{least - len(frame)} more of them")
    taken = [*_take(kept[:1]), *_take(kept[1:])]
    notes = tuple(
        f"Of {one.sample.different:,} different {name} documents {len(frame):,} were used, chosen by their hashes."
        for name, one, rest, frame in zip(names, gatherings, kept, taken, strict=True)
        if len(frame) < len(rest)
    )
    return References(
        taken[0], dict(zip(models, taken[1:], strict=True)), round(common * human.sample.different),
        human.sample.repeated + theirs.repeated, sum(one.empty for one in gatherings), notes,
    )  # fmt: skip


def _leave_out(frame: pl.DataFrame, hashes: Hashes) -> pl.DataFrame:
    return frame.filter(~np.isin(frame["hash"].to_numpy(), hashes))


def _take(frames: Sequence[pl.DataFrame]) -> list[pl.DataFrame]:
    """The first of each, as evenly as may be, so that there is room for all."""
    most = MOST
    while True:
        sizes = allot([len(frame) for frame in frames], most)
        taken = [frame.head(size) for frame, size in zip(frames, sizes, strict=True)]
        size = sum(int(text.str.len_bytes().sum()) for text in (one["text"] for one in taken))
        if size <= BYTES or most <= MODELS * len(frames):
            return taken
        most = most * 3 // 4


def allot(sizes: Sequence[int], total: int) -> list[int]:
    """So many of each that their sum is at most the total, as evenly as they are there.

    >>> allot([10, 3, 10], 12), allot([2, 2], 10)
    ([4, 3, 5], [2, 2])
    """
    left, found = total, [0] * len(sizes)
    for rank, place in enumerate(sorted(range(len(sizes)), key=sizes.__getitem__)):
        found[place] = min(sizes[place], left // (len(sizes) - rank))
        left -= found[place]
    return found


def _shorten(texts: pl.Series) -> pl.Series:
    """Of texts so long that not all of them is looked at, pieces that are evenly spread."""
    import polars as pl

    text, size = pl.col(texts.name), pl.col(texts.name).str.len_chars().cast(pl.Int64)
    pieces = [text.str.slice((size - SIGNS) * place // (PIECES - 1), SIGNS) for place in range(PIECES)]
    whole = pl.when(size > PIECES * SIGNS).then(pl.concat_str(pieces, separator="\n")).otherwise(text)
    return texts.to_frame().select(whole.alias(texts.name)).to_series()
