"""Whether an estimate of the share that models wrote is right, or says that it isn't one.

Real text: human documents and those of some generators, one a line, in two domains.  References are one half of them,
corpora are drawn from the other half with a known share of one generator's: of each generator among the references
("seen"), of each left out of them ("unseen"), of a domain that the references don't have ("foreign"), and with
references of both domains ("pooled").  Own: text of this project's n-grams.  Tables: rows of synthesizers.  Speed: a
gigabyte of shuffled sentences.  What others say of such corpora is told by estimate_rivals.py.  The documented run:

    python benchmarks/estimate.py DIRECTORY --resamples 200 --jobs 2
"""

from __future__ import annotations

import os

os.environ.update(
    dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "POLARS_MAX_THREADS"), "1")
)

import argparse
import contextlib
import gzip
import json
import multiprocessing
import random
import re
import tempfile
import threading
import time
from collections import defaultdict
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl
from estimating.cases import EACH, SHARES, Case, draw, halve, tabulate
from estimating.tables import try_tables
from rich.console import Console
from rich.table import Table

import kellet
from kellet.audit.rule import make_rule
from kellet.estimate.judging import judge
from kellet.estimate.reference import Reference
from kellet.evidence import Points
from kellet.families.text.ngram import NGram

BLOCKS = {"abstracts": ((0, 815), (0, 185)), "books": ((840, 1540), (205, 370))}
"""Where each domain stands in the file of humans, and in those of generators."""


@dataclass(frozen=True)
class Task:
    folder: Path
    kind: str
    domain: str
    left: str | None
    seed: int


def read(folder: Path, name: str, domain: str) -> list[str]:
    lines = gzip.decompress((folder / f"raid_{name}.txt.gz").read_bytes()).decode().split("\n")
    start, stop = BLOCKS[domain][name != "human"]
    return lines[start:stop]


def find_generators(folder: Path) -> list[str]:
    names = sorted(path.name.removeprefix("raid_").removesuffix(".txt.gz") for path in folder.glob("raid_*.txt.gz"))
    return [name for name in names if name != "human"]


def work(task: Task) -> list[Case]:
    """Estimates of corpora of one division of the documents."""
    rng = np.random.default_rng(task.seed)
    names = ["human", *find_generators(task.folder)]
    halves = {domain: {name: halve(read(task.folder, name, domain), rng) for name in names} for domain in BLOCKS}
    domains = list(BLOCKS) if task.kind == "pooled" else [task.domain]
    other = next(domain for domain in BLOCKS if domain != task.domain)
    taught = {
        name: pl.Series([text for domain in domains for text in halves[domain][name][0]])
        for name in names
        if name != task.left
    }
    reference = Reference.learn(taught.pop("human"), taught, make_rule(), task.seed)
    rest = {name: halves[other if task.kind == "foreign" else task.domain][name][1] for name in names}
    texts = pl.Series([text for name in names for text in rest[name]])
    owner = np.repeat(np.arange(len(names)), [len(rest[name]) for name in names])
    parts = reference.count(texts, np.arange(len(texts)), len(texts))[0]
    return draw(reference, parts, owner, names, (task.kind, task.domain), task.left, rng)


def try_references(asked: argparse.Namespace, pool: ProcessPoolExecutor) -> list[Table]:
    folder = asked.data / "text-pairs"
    divisions = range(max(1, asked.resamples // EACH))
    generators = find_generators(folder)
    kinds = [("seen", None), *(("unseen", name) for name in generators), ("foreign", None), ("pooled", None)]
    tasks = [
        Task(folder, kind, domain, left, seed)
        for seed in divisions
        for kind, left in kinds
        for domain in BLOCKS
        if not asked.only or kind in asked.only
    ]
    found = [case for cases in pool.map(work, tasks) for case in cases]
    each: dict[str, dict[tuple[str, ...], list[Case]]] = {"kind": defaultdict(list), "all": defaultdict(list)}
    shares: dict[tuple[str, ...], list[Case]] = defaultdict(list)
    for case in found:
        chat = "chat" if "chat" in case.generator or case.generator in ("gpt4", "chatgpt") else "base"
        each["kind"][case.kind, chat].append(case)
        each["all"][case.kind, case.domain, case.generator].append(case)
        shares[case.kind, chat, f"{case.share:.0%}"].append(case)
    return [
        tabulate("by writer and domain", each["all"], ("references", "domain", "generator")),
        tabulate("by share", shares, ("references", "writers", "true share")),
        tabulate("all", each["kind"], ("references", "writers")),
    ]


def try_own(asked: argparse.Namespace) -> Table:
    """Text of n-gram models that learnt from a third of human passages, beside the other two."""
    rng = np.random.default_rng(0)
    texts = gzip.decompress((asked.data / "text-pairs" / "raid_human.txt.gz").read_bytes()).decode().split("\n")
    texts.append((asked.data / "wikitext2_test.txt").read_text(encoding="utf-8"))
    words = [re.findall(r"\w+", text.lower()) for text in texts]
    passages = [own[i : i + 50] for own in words for i in range(0, len(own) - 49, 50)]
    passages = [passages[i] for i in rng.permutation(len(passages))]
    names = sorted({word for passage in passages for word in passage})
    number = {word: i for i, word in enumerate(names)}
    learnt, human, rest = passages[:4000], passages[4000:8000], passages[8000:]
    table = Table(title="own models, up to 10,000 passages of 50 words")
    for head in ("order", "true share", "documents", "verdict", "share", "from", "to"):
        table.add_column(head, justify="right")
    for order in (2, 3, 4):
        family = NGram(order=order, vocabulary=len(names))
        points = Points(np.array([[[number[word] for word in passage] for passage in learnt]]))
        tokens = family.fit(family.summarise(points)).sample(9000, rng).values[0]
        written = [" ".join(names[i] for i in row) for row in tokens]
        taught = {"n-gram": pl.Series(written[:4000])}
        reference = Reference.learn(pl.Series([" ".join(one) for one in human]), taught, make_rule())
        for share in SHARES:
            size = min(10_000, int(len(rest) / (1 - share)))
            k = round(share * size)
            corpus = pl.Series([*(" ".join(one) for one in rest[: size - k]), *written[4000 : 4000 + k]])
            found = judge(reference, reference.count(corpus, np.zeros(size, np.int64), 1)[0][0])
            ends = [("-" if end is None else f"{100 * end:.1f} %") for end in (found.share, found.low, found.high)]
            table.add_row(str(order), f"{share:.0%}", str(size), found.verdict, *ends)
    return table


def try_speed(asked: argparse.Namespace) -> Table:
    """A gigabyte of text in eight files: seconds, and memory of all processes together."""
    rng = random.Random(0)
    folder = asked.data / "text-pairs"
    table = Table(title="speed")
    for head in ("text, MB", "documents", "processes", "seconds", "MB a second", "peak memory, MB"):
        table.add_column(head, justify="right")
    with tempfile.TemporaryDirectory() as name:
        place = Path(name)
        for writer in ("human", "chatgpt"):
            texts = read(folder, writer, "abstracts")
            sentences = [sentence for text in texts[len(texts) // 2 :] for sentence in text.split(". ")]
            taught = [". ".join(rng.choices(sentences, k=rng.randint(4, 10))) for _ in range(4000)]
            (place / f"{writer}.txt").write_text("\n".join(taught), encoding="utf-8")
        sentences = [one for text in read(folder, "human", "abstracts")[:400] for one in text.split(". ")]
        for i in range(8):
            with (place / f"{i}.jsonl").open("w", encoding="utf-8") as file:
                while file.tell() < asked.bytes / 8:
                    text = ". ".join(rng.choices(sentences, k=rng.randint(4, 10)))
                    file.write(json.dumps({"text": text, "source": f"s{rng.randrange(30)}"}) + "\n")
        size = sum(path.stat().st_size for path in place.glob("*.jsonl")) / 1e6
        peak, stop = [0.0], threading.Event()
        watcher = threading.Thread(target=watch, args=(peak, stop))
        watcher.start()
        start = time.perf_counter()
        found = kellet.estimate(
            str(place / "*.jsonl"), human=place / "human.txt", model={"chatgpt": place / "chatgpt.txt"}, jobs=asked.jobs
        )
        seconds = time.perf_counter() - start
        stop.set()
        watcher.join()
    documents = found.whole.documents
    table.add_row(
        f"{size:.0f}", f"{documents:,.0f}", str(asked.jobs), f"{seconds:.0f}", f"{size / seconds:.1f}", f"{peak[0]:.0f}"
    )
    return table


def watch(peak: list[float], stop: threading.Event) -> None:
    """The largest sum of what this process and its children have to themselves, shared pages shared out."""
    while not stop.wait(0.2):
        total = 0.0
        for path in Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError, IndexError, ValueError):
                parent = int((path / "stat").read_text().rsplit(")", 1)[1].split()[1])
                if os.getpid() in (int(path.name), parent):
                    rows = (path / "smaps_rollup").read_text().splitlines()
                    total += sum(int(row.split()[1]) for row in rows if row.startswith("Pss:")) / 1e3
        peak[0] = max(peak[0], total)


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("data", type=Path, help="a folder with text-pairs, wikitext2_test.txt, adult.csv, census")
    options.add_argument("--resamples", type=int, default=200, help="corpora of each share, generator and domain")
    options.add_argument("--only", nargs="+", help="parts: seen, unseen, foreign, pooled, own, tables, speed")
    options.add_argument("--bytes", type=float, default=1e9, help="of text, for speed")
    options.add_argument("--jobs", type=int, default=2)
    asked, console = options.parse_args(), Console(width=170)
    if not asked.only or "own" in asked.only:
        console.print(try_own(asked))
    if not asked.only or "speed" in asked.only:
        console.print(try_speed(asked))
    with ProcessPoolExecutor(asked.jobs, multiprocessing.get_context("spawn")) as pool:
        if not asked.only or "tables" in asked.only:
            console.print(*try_tables(asked.data, max(1, asked.resamples // EACH), pool))
        if not asked.only or set(asked.only) - {"own", "tables", "speed"}:
            console.print(*try_references(asked, pool))


if __name__ == "__main__":
    main()
