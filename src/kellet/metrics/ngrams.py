"""N-grams: which tokens, pairs and triples of real text are still written, the rare and the frequent apart."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from kellet.evidence import Array, Integers
from kellet.laws.model import Model
from kellet.metrics.corpus import BANDS, RealText, place
from kellet.metrics.look import Look, once
from kellet.metrics.metric import Metric, Part
from kellet.metrics.perplexity import write
from kellet.metrics.real import Real

NAMES = {1: "tokens", 2: "pairs", 3: "triples"}
PARTS: dict[tuple[int, str | None], Part] = {(2, None): "diversity", (2, "rare"): "rare"}
Found = Callable[[Look], NDArray[np.bool_]]


def lister(n: int) -> Callable[[Look], list[Integers]]:
    """What lists the different n-grams that each replicate's model writes, as numbers in order."""

    @once
    def listed(look: Look) -> list[Integers]:
        return [np.unique(look.text.grams(blocks, n)[0]) for blocks in write(look)]

    return listed


LISTS = {n: lister(n) for n in NAMES}
"""Length -> what lists n-grams: once a look, whoever asks."""


def finder(n: int) -> Found:
    """Which (R, T) of the held-out types of length n are written."""

    @once
    def found(look: Look) -> NDArray[np.bool_]:
        # As one look at keys that are sorted once.
        types = look.text.types(n).keys
        return np.stack([place(keys, types) < len(keys) for keys in LISTS[n](look)])

    return found


def kept(n: int, band: str | None, found: Found) -> Callable[[Look], Array]:
    """The share of held-out types of length n that are still written, relative to as many real blocks."""

    def measure(look: Look) -> Array:
        texts = look.text
        types = texts.types(n)
        which = types.band(band)
        return found(look)[:, which].sum(axis=1) / types.expect(len(texts.training), look.size)[which].sum()  # type: ignore[no-any-return]

    measure.__doc__ = kept.__doc__
    return measure


def _has(n: int, band: str | None) -> Callable[[Real, Model | None], bool]:
    def suits(real: Real, model: Model | None) -> bool:
        if not isinstance(real, RealText):
            return False
        types = real.types(n)
        return bool(types.blocks[types.band(band)].any())

    return suits


def _metric(n: int, band: str | None, found: Found) -> Metric:
    name, things = NAMES[n], "different tokens" if n == 1 else f"{NAMES[n]} of tokens"
    grams = "{things}" if n == 1 else f"{NAMES[n]} of {{things}}"
    low, high = BANDS[band] if band else (1, 2**62)
    times = f"{low} to {high} times" if high < 2**62 else f"{low} times or more"
    often, which = (f" that occur {times}", f"{band} ") if band else ("", "")
    return Metric(
        f"{name}_kept{f'_{band}' if band else ''}",
        f"{which}{name} still written",
        f"Share of the {things} in held-out real text{often} that are still written, "
        "relative to a real sample of the same size.",
        kept(n, band, found),
        _has(n, band),
        part=PARTS.get((n, band)),
        unit=f"of the {which}{grams}",
        noun=f"the {which}{grams}",
        less=f"wrote fewer than half as many different {which}{name} of the real text as generation 0",
        limits=f"It asks whether a {name[:-1]} is written at all among the judged blocks, not whether in its place.",
    )


KEPT = tuple(_metric(n, band, found) for n, found in ((n, finder(n)) for n in NAMES) for band in (None, *BANDS))
