"""Nearness: rows that share most of their runs of five words.

Two rows are near where one band of their MinHash signatures is the same: of rows with 80 % of all their runs in common
that are 92 in a hundred, with half of them 5.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from kellet.data.minhash import BANDS, SHINGLE, signatures
from kellet.evidence import Integers
from kellet.mix.strata import SALT, WORDS
from kellet.profile.hashes import join
from kellet.profile.tally import Hashes
from kellet.profile.words import find_words

if TYPE_CHECKING:
    import polars as pl

HELD = 1 << 20
"""Words whose runs are hashed at once."""
LONGEST = 4096
"""Words of a row that are looked at."""


def sign(frame: pl.DataFrame) -> tuple[Integers, Hashes]:
    """Rows of five words and more, shorter ones first, and (N, bands) what near ones have in common.

    >>> import polars as pl
    >>> told = "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen"
    >>> rows, bands = sign(pl.DataFrame({"text": [told, f"{told} more", told[::-1], "short"]}))
    >>> rows.tolist(), bool((bands[0] == bands[1]).any()), bool((bands[0] == bands[2]).any())
    ([0, 2, 1], False, True)
    """
    import polars as pl

    columns = [name for name, kind in frame.schema.items() if kind == pl.String]
    if not columns:
        return np.empty(0, np.int64), np.empty((0, BANDS), np.uint64)
    texts = frame.select(pl.concat_str(columns, separator=" ", ignore_nulls=True).fill_null("")).to_series()
    found, bands = [np.empty(0, np.int64)], [np.empty((0, BANDS), np.uint64)]
    for places, words in find_words(texts, WORDS, SALT):
        ends = np.cumsum(words.counts)
        order = np.argsort(words.counts, kind="stable")
        order = order[words.counts[order] >= SHINGLE]
        while len(order):
            # Rows of like length together, so that little is padded.
            longest = np.minimum(words.counts[order], LONGEST)
            many = max(1, int(np.searchsorted(longest * np.arange(1, len(order) + 1), HELD, "right")))
            some, order = order[:many], order[many:]
            length = int(longest[many - 1])
            at = np.arange(length)
            inside = at < np.minimum(words.counts[some], length)[:, None]
            which = np.where(inside, (ends - words.counts)[some][:, None] + at, 0)
            tokens = (words.hashes >> np.uint64(1)).astype(np.int64)[which]
            found.append(places[some])
            bands.append(_band(signatures(np.where(inside, tokens, -1))))
    return np.concatenate(found), np.concatenate(bands)


def _band(signed: Hashes) -> Hashes:
    """(n, bands) a hash of each band, and of which it is."""
    parts = signed.reshape(len(signed), BANDS, -1)
    hashes = np.broadcast_to(np.arange(BANDS, dtype=np.uint64), parts.shape[:2])
    for place in range(parts.shape[2]):
        hashes = join(hashes, parts[:, :, place])
    return hashes
