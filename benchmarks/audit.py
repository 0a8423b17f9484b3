"""Whether an audit's p-values are right, and what it finds: same-law pairs, and a loss of a fifth of what occurs once.

Calibration: pairs of samples of one law, Zipf text with bursts, paragraphs of WikiText (skipped where --data has none),
rows of Adult (the same); sizes 1:1, 1:10, 10:1; the share of pairs that are "lost" at the nominal 2.5 %, with its
interval of 95 %, for each measure.  Histories: whole histories of twenty generations, with a gate at each.  Power: at
--tokens tokens.  The documented run:

    python benchmarks/audit.py --pairs 1000 --histories 200 --power 100 --data DIRECTORY
"""

from __future__ import annotations

import os

os.environ.update(dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1"))

import argparse
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table
from scipy.stats import binomtest

from kellet.audit.exchange import Exchange, Zero
from kellet.audit.finding import LEVEL, Finding, Measured
from kellet.audit.history import count_assignments, spend
from kellet.audit.retention import BANDS, name_band, sum_keys
from kellet.audit.richness import measure_richness
from kellet.profile.hashes import mix
from kellet.profile.profile import Profile, deal
from kellet.profile.tally import Tally

Documents = list[np.ndarray]
SIZES = ((300, 300), (150, 1500), (1500, 150))
ZIPF = np.arange(1, 20_001.0) ** -1.1
ZIPF /= ZIPF.sum()


def profile(documents: Documents) -> Profile:
    """Of documents, each an array of numbers that stand for words."""
    groups, many = deal(len(documents))
    each = np.repeat(groups, [len(document) for document in documents])
    return Profile(many, {"words": Tally.of(mix(np.concatenate(documents).astype(np.uint64)), each)})


def bursty(rng: np.random.Generator, n: int) -> Documents:
    """Documents of 12 words of Zipf's law, each of which is said several times."""
    return [np.repeat(words, rng.geometric(0.4, 12)) for words in rng.choice(len(ZIPF), (n, 12), p=ZIPF)]


def draw(rows: Documents) -> Callable[[np.random.Generator, int], Documents]:
    """Documents of a set, no one twice in the pair of one call."""
    return lambda rng, n: [rows[i] for i in rng.choice(len(rows), n, replace=False)]


def read_paragraphs(path: Path) -> Documents:
    numbers: dict[str, int] = {}
    lines = [line.split() for line in path.read_text(encoding="utf-8").splitlines() if len(line) > 80]
    return [np.array([numbers.setdefault(word, len(numbers)) for word in line]) for line in lines]


def read_rows(path: Path) -> Documents:
    """Values of columns, so that no two columns share a key."""
    import polars as pl

    frame = pl.read_csv(path).drop("fnlwgt")
    ranks = [frame[name].cast(pl.String).rank("dense").to_numpy().astype(np.int64) for name in frame.columns]
    return list(np.stack([rank + 1_000_000 * i for i, rank in enumerate(ranks)], axis=1))


def measure(exchange: Exchange) -> Iterator[Measured]:
    """Every measure of keys that has a p-value."""
    sums = sum_keys(exchange, "words")
    yield Measured("rare", "", "rare", sums.rare_retention)
    for (low, high), values in zip(BANDS, sums.retention, strict=True):
        yield Measured(f"{name_band(low, high)}", "", "band", values)
    yield Measured("invented", "", "invented", sums.invented_share, "lacking")
    yield from measure_richness(exchange, "words")


def calibrate(name: str, source: Callable, pairs: int, assignments: int, rng: np.random.Generator) -> Table:
    """Low values at the nominal 2.5 %, and high ones, of same-law pairs."""
    low: dict[str, list[list[float]]] = {}
    high: dict[str, list[list[float]]] = {}
    for i, (mine, theirs) in enumerate(SIZES):
        for _ in range(pairs):
            documents = source(rng, mine + theirs)
            exchange = Exchange.of(profile(documents[:mine]), profile(documents[mine:]), rng, assignments)
            for one in measure(exchange):
                zero = Zero.of(one.values)
                if np.isfinite(zero.less):
                    low.setdefault(one.measure, [[] for _ in SIZES])[i].append(zero.less)
                    high.setdefault(one.measure, [[] for _ in SIZES])[i].append(zero.more)
    table = Table("measure", *[f"{way} {a}:{b}" for a, b in SIZES for way in ("less", "more")], title=name)
    for key in low:
        cells = [_share(side[key][i]) for i in range(len(SIZES)) for side in (low, high)]
        table.add_row(key, *cells)
    return table


def _share(p: list[float]) -> str:
    if not p:
        return "-"
    alarms = int(np.count_nonzero(np.array(p) <= LEVEL / 2))
    low, high = binomtest(alarms, len(p)).proportion_ci()
    return f"{100 * alarms / len(p):.1f} [{100 * low:.1f}, {100 * high:.1f}]"


def count_false_histories(histories: int, generations: int, rng: np.random.Generator) -> int:
    """Histories of same-law generations, with one reference, in which a gate on what is rare ever alarms."""
    alarms = 0
    for _ in range(histories):
        reference = profile(bursty(rng, 240))
        for t in range(1, generations + 1):
            exchange = Exchange.of(reference, profile(bursty(rng, 240)), rng, count_assignments(t))
            one = Measured("rare", "", "rare", sum_keys(exchange, "words").rare_retention)
            if Finding.of(one, spend(t)).verdict in ("lost", "copied"):
                alarms += 1
                break
    return alarms


def find_losses(trials: int, tokens: int, rng: np.random.Generator, part: float = 0.2) -> int:
    """How often "lost" is said where a part of the words that the reference has once is gone from a fresh sample."""
    law = np.arange(1, 500_001.0) ** -1.1
    law /= law.sum()
    found = 0
    for _ in range(trials):
        real, other = rng.choice(len(law), (2, tokens // 100, 100), p=law)
        words, counts = np.unique(real, return_counts=True)
        once = words[counts == 1]
        gone = rng.choice(once, round(part * len(once)), replace=False)
        kept = [document[~np.isin(document, gone)] for document in other]
        exchange = Exchange.of(profile(list(real)), profile(kept), rng, 199)
        found += Finding.of(Measured("once", "", "once", sum_keys(exchange, "words").retention[0])).verdict == "lost"
    return found


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--pairs", type=int, default=30)
    options.add_argument("--assignments", type=int, default=199)
    options.add_argument("--histories", type=int, default=4)
    options.add_argument("--power", type=int, default=3)
    options.add_argument("--tokens", type=int, default=1_000_000)
    options.add_argument("--data", type=Path)
    asked, rng, console = options.parse_args(), np.random.default_rng(0), Console(width=170)
    sources = {"Zipf text with bursts": bursty}
    files = (("wikitext2_test.txt", read_paragraphs), ("adult.csv", read_rows))
    for file, read in files:
        if asked.data and (asked.data / file).exists():
            sources[file] = draw(read(asked.data / file))
    for name, source in sources.items():
        console.print(calibrate(f"{name}: alarms at 2.5 %, %", source, asked.pairs, asked.assignments, rng))
    alarms = count_false_histories(asked.histories, 20, rng)
    console.print(f"histories of 20 with a false alarm: {alarms} of {asked.histories}")
    found = find_losses(asked.power, asked.tokens, rng)
    console.print(f"a fifth of the words seen once, at {asked.tokens:,} tokens: found in {found} of {asked.power}")


if __name__ == "__main__":
    main()
