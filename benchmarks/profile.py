"""How quickly texts and tables are counted, and in how much memory; and what a sample of the keys says of all of them.

Text beside Polars' bare count of words by the same expression, in one process and one thread; tables by the command
line, as it is.  python benchmarks/profile.py [GB of the stream] [rows of the table] [MB for the sample] [FILE of text]
"""

from __future__ import annotations

import os

os.environ.update(dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "POLARS_MAX_THREADS"), "1"))

import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import numpy as np
import polars as pl
from rich.console import Console
from rich.table import Table

from kellet.audit.rule import make_rule
from kellet.profile import tally
from kellet.profile.file import write
from kellet.profile.profile import Profile, deal
from kellet.profile.tally import FINE
from kellet.profile.text import Text

LETTERS = np.frombuffer(b"etaoinshrdlucmfwypvbgkqjxz", np.uint8)
VOCABULARY, ROUNDS = 2_000_000, 5
RUN = """
import resource, sys
from kellet.cli.main import main
try:
    main(sys.argv[1:])
except SystemExit as end:
    assert not end.code
used = resource.getrusage(resource.RUSAGE_SELF)
print(f"{used.ru_utime + used.ru_stime:.0f} {used.ru_maxrss * 1024 / 1e6:.0f}")
"""


def make_words(rng: np.random.Generator) -> pl.Series:
    """Words, the frequent ones short."""
    lengths = np.clip(rng.poisson(1 + 0.55 * np.log(1 + np.arange(VOCABULARY))), 1, 20)
    letters = LETTERS[np.minimum(rng.geometric(0.12, lengths.sum()) - 1, 25)].tobytes().decode()
    ends = np.cumsum(lengths)
    return pl.Series([letters[a:b] for a, b in zip((ends - lengths).tolist(), ends.tolist(), strict=True)])


def stream(size: float, rng: np.random.Generator, words: pl.Series | None = None) -> Iterator[pl.Series]:
    """Documents of about so many bytes together, in batches of some MB: Zipf's law, of which each document has its own
    few rare words again and again; stops, commas and capitals."""
    words = make_words(rng) if words is None else words
    steps = np.cumsum(1 / np.arange(1, VOCABULARY + 1) ** 1.05)
    signs = pl.Series(["", ",", ".", ";"])
    while size > 0:
        lengths = rng.poisson(rng.gamma(2, 60, 6000)) + 1
        n = int(lengths.sum())
        drawn = np.searchsorted(steps, rng.random(n) * steps[-1])
        own = np.repeat(np.searchsorted(steps, rng.random(6000) * steps[-1]), lengths)
        drawn = np.where(rng.random(n) < 0.02, own, drawn)
        told = words.gather(drawn) + signs.gather(rng.choice(4, n, p=(0.87, 0.07, 0.05, 0.01)))
        frame = pl.DataFrame({"document": np.repeat(np.arange(6000), lengths), "word": told})
        texts = frame.group_by("document", maintain_order=True).agg(pl.col("word"))["word"].list.join(" ")
        batch = texts.str.head(1).str.to_uppercase() + texts.str.slice(1)
        size -= float(batch.str.len_bytes().sum())
        yield batch


def spend(work: Callable[[], object]) -> float:
    """Seconds of the processor."""
    before = time.process_time()
    work()
    return time.process_time() - before


def compare(texts: pl.Series, name: str) -> Iterator[tuple[str, ...]]:
    """Both, one after the other, again and again: from nothing, and once it goes on; without what documents are as a
    whole, and with it."""
    rule, groups = make_rule(), np.arange(len(texts)) % FINE
    size = float(texts.str.len_bytes().sum()) / 1e6
    for prose in (False, True):
        bare, first, later = [], [], []
        for _ in range(ROUNDS):
            text = Text(rule, "kellet", prose=prose)
            bare.append(spend(lambda: texts.str.to_lowercase().str.extract_all(rule.word).explode().value_counts()))
            first.append(spend(partial(text.add, texts, groups)))
            later.append(spend(partial(text.add, texts, groups)))
        shown = [size / np.median(times) for times in (bare, first, later)]
        ratios = [np.median(np.array(times) / bare) for times in (first, later)]
        counted = "everything" if prose else "words, 2- and 3-grams"
        yield name, counted, f"{size:.0f}", *(f"{one:.1f}" for one in shown), *(f"{one:.2f}" for one in ratios)


def run_through(size: float) -> None:
    """A stream, its profile, the memory and the file."""
    text, height, spent, done = Text(make_rule(), "kellet"), 0, 0.0, 0.0
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    for batch in stream(size, np.random.default_rng(1)):
        groups = (height + np.arange(len(batch))) % FINE
        spent += spend(partial(text.add, batch, groups))
        height += len(batch)
        done += float(batch.str.len_bytes().sum())
    spent += spend(text.take)
    tallies = text.take()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "a.kprof")
        writing = spend(lambda: write(Profile(deal(height)[1], tallies), path))
        file = path.stat().st_size / 1e6
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    kept = ", ".join(f"{kind} 1 in {1 / one.share:.0f}: {len(one.keys):,}" for kind, one in tallies.items())
    print(f"{done / 1e9:.2f} GB: {done / 1e6 / spent:.1f} MB/s, peak {peak:.0f} MiB ({before:.0f} at the start)")
    print(f"kept {kept}; a file of {file:.1f} MB in {writing:.2f} s")


def make_table(rows: int, rng: np.random.Generator) -> pl.DataFrame:
    """Twenty columns: categories of few and of very many values, whole numbers, others, days, names of rows, gaps."""

    def draw(name: str, many: int, tail: float = 1.1) -> pl.Series:
        weights = np.arange(1, many + 1) ** -tail
        return pl.Series([f"{name} {i}" for i in range(many)]).gather(rng.choice(many, rows, p=weights / weights.sum()))

    def leave_out(share: float, values: pl.Series) -> pl.Series:
        return pl.select(pl.when(pl.Series(rng.random(rows) >= share)).then(values)).to_series()

    moments = pl.Series((1.6e15 + 1e14 * rng.random(rows)).astype(np.int64)).cast(pl.Datetime("us"))
    return pl.DataFrame(
        {
            "sex": draw("sex", 3, 0.5), "state": draw("state", 50), "education": draw("level", 16),
            "job": leave_out(0.05, draw("job", 90)), "country": draw("country", 110, 1.5),
            "city": draw("city", 20_000), "product": draw("product", 200_000),
            "channel": leave_out(0.3, draw("channel", 6)), "age": rng.integers(17, 95, rows),
            "children": rng.poisson(1.2, rows), "hours": leave_out(0.02, pl.Series(rng.integers(0, 100, rows))),
            "clicks": rng.negative_binomial(1, 0.002, rows),
            "pay": leave_out(0.1, pl.Series(rng.lognormal(10, 1, rows))), "height": rng.normal(170, 9, rows),
            "score": rng.standard_t(3, rows), "price": np.round(rng.gamma(2, 20, rows), 2),
            "latitude": rng.uniform(-90, 90, rows),
            "born": pl.Series(rng.integers(18_000, 19_500, rows).astype(np.int32)).cast(pl.Date),
            "seen": leave_out(0.03, moments), "user": [f"u{i:x}" for i in rng.integers(0, 2**40, rows)],
        }
    )  # fmt: skip


def profile_tables(rows: int) -> None:
    """Parquet, and a tenth of it as CSV and JSON lines: seconds of the command, of both processors, and peak memory."""
    shown = Table(
        "table", "rows", "MB", "s", "s of processors", "peak, MB", "profile, MB", title="Tables of 20 columns"
    )
    environment = {name: value for name, value in os.environ.items() if not name.endswith("_THREADS")}
    for ending, part in (("parquet", rows), ("csv", rows // 10), ("jsonl", rows // 10)):
        with tempfile.TemporaryDirectory() as folder:
            rng, step = np.random.default_rng(0), min(part, 500_000)
            for i in range(part // step):
                frame, path = make_table(step, rng), Path(folder, f"{i:03}.{ending}")
                {"parquet": frame.write_parquet, "csv": frame.write_csv, "jsonl": frame.write_ndjson}[ending](path)
            size = sum(path.stat().st_size for path in Path(folder).iterdir()) / 1e6
            out = Path(folder, "a.kprof")
            command = [sys.executable, "-c", RUN, "profile", f"{folder}/*.{ending}", "-o", str(out), "--quiet"]
            before = time.perf_counter()
            told = subprocess.run(command, env=environment, check=True, capture_output=True, text=True).stdout.split()
            seconds, file = time.perf_counter() - before, out.stat().st_size / 1e6
            numbers = (f"{size:.0f}", f"{seconds:.0f}", told[0], told[1], f"{file:.0f}")
            shown.add_row(ending, f"{part // step * step:,}", *numbers)
    Console().print(shown)


def sample_keys(size: float) -> None:
    """Two texts of one law, counted whole, and by 1 in 64 of the keys."""
    tally.ROWS = 1 << 27
    sides, words = [], make_words(np.random.default_rng(0))
    for seed in (1, 2):
        text, height = Text(make_rule(), "kellet", most=1 << 26, prose=False), 0
        for batch in stream(size, np.random.default_rng(seed), words):
            text.add(batch, (height + np.arange(len(batch))) % FINE)
            height += len(batch)
        sides.append({kind: count_keys(one) for kind, one in text.take().items()})
    shown = Table("kind", "keys", "rare left, all", "1 in 64", "seen once, of all occurrences", "1 in 64, relative")
    for kind, mine in sides[0].items():
        pair = mine.join(sides[1][kind].rename({"times": "theirs"}), "key", "left")
        low = pair.filter(pl.col("key") < (1 << 58))
        left = [1 - one.filter(pl.col("times") <= 3)["theirs"].is_null().mean() for one in (pair, low)]
        once = [float((one["times"] == 1).sum()) for one in (pair, low)]
        total = float(pair["times"].sum())
        numbers = (f"{left[0]:.4f}", f"{left[1]:.4f}", f"{once[0] / total:.4f}", f"{64 * once[1] / once[0]:.4f}")
        shown.add_row(kind, f"{pair.height:,}", *numbers)
    Console().print(shown)


def count_keys(one: tally.Tally) -> pl.DataFrame:
    """How often each key occurs."""
    return one.rows.group_by("key").agg(times=pl.col("count").sum())


def main() -> None:
    size, rows, sampled = (
        float(sys.argv[i]) if len(sys.argv) > i else usual for i, usual in ((1, 1.0), (2, 1e7), (3, 60.0))
    )
    if rows:
        profile_tables(int(rows))
    if sampled:
        sample_keys(sampled * 1e6)
    if size:
        run_through(size * 1e9)
    table = Table(
        "text", "we count", "MB", "Polars, words", "ours, from nothing", "ours, later", "times", "times, later"
    )
    table.title = "MB/s of one core: Polars words alone, ours as told, with names"
    for row in compare(pl.concat(list(stream(1e7, np.random.default_rng(0)))), "made up"):
        table.add_row(*row)
    for path in sys.argv[4:]:
        lines = [line for line in Path(path).read_text(encoding="utf-8").splitlines() if line.strip()]
        for row in compare(pl.Series(lines), Path(path).name):
            table.add_row(*row)
    Console().print(table)


if __name__ == "__main__":
    main()
