"""How quickly a mix is read: through a DataLoader against the bare Parquet in order, and how quickly a reader resumes;
beside MosaicML Streaming and datasets.interleave_datasets.

Rows a second, as the median of several turns in which each way has its own; ratios travel.
python benchmarks/mix_reading.py [--rows N] [--turns T] [--others FOLDER]

--others: a folder for packages that only this benchmark needs; it installs them there.
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from hashlib import sha256
from importlib.machinery import ModuleSpec
from itertools import islice, product
from pathlib import Path
from statistics import median
from types import ModuleType

import msgspec
import numpy as np
import polars as pl

from kellet.mix import manifest as manifests
from kellet.mix.batches import to_columns
from kellet.mix.loading import load_mix
from kellet.mix.reading import open_mix
from kellet.mix.recipe import GENERATION, ID, ORIGIN, Recipe
from kellet.mix.schema import select_content

WINDOW, SHARD, BATCH = 1000, 200_000, 1000
OTHERS = (
    "mosaicml-streaming", "datasets", "pyarrow", "multiprocess", "dill", "xxhash", "requests", "urllib3", "certifi",
    "charset-normalizer", "catalogue", "Brotli", "python-snappy", "cramjam", "zstd",
)  # fmt: skip
SOURCES = {"real": 0.2, "ada": 0.8}


def make_rows(rows: int, rng: np.random.Generator) -> pl.DataFrame:
    """Texts of 200 bytes and two numbers, a fifth of them real, with labels."""
    words = np.array([f"w{i}" for i in range(5000)])
    texts = [" ".join(words[rng.integers(0, 5000, 33)]) for _ in range(20_000)]
    real = np.arange(rows) % 5 == 0
    return pl.DataFrame(
        {
            "text": [f"{texts[i % 20_000]} {i}" for i in range(rows)],
            "number": np.arange(rows),
            "score": rng.random(rows),
            ORIGIN: np.where(real, "real", "ada"),
            GENERATION: pl.Series((~real).astype(np.int32)),
            ID: [rng.bytes(16).hex() for _ in range(rows)],
        }
    )


def describe(shards: list[manifests.Shard], size: int, columns: dict[str, str]) -> manifests.Manifest:
    """A manifest of so many rows."""
    counts = tuple(
        manifests.Count(
            origin=name, generation=int(name != "real"), stratum=None, asked=size * share, rows=int(size * share),
            least=int(WINDOW * share), most=int(WINDOW * share),
        )
        for name, share in SOURCES.items()
    )  # fmt: skip
    recipe = Recipe(size=size, anchor="20%", window=WINDOW)
    return manifests.seal(
        manifests.Manifest(
            sentence="Made up.", inputs=(), origins=tuple(SOURCES), columns=columns, shards=tuple(shards),
            counts=counts, recipe=recipe, rows="0" * 64,
        )
    )  # fmt: skip


def write_mix(folder: Path, frame: pl.DataFrame) -> Path:
    """As `kellet mix` writes one."""
    folder.mkdir()
    parts = range(0, frame.height, SHARD)
    shards = []
    for i, start in enumerate(parts):
        path = folder / f"data-{i:05}-of-{len(parts):05}.parquet"
        part = frame.slice(start, SHARD)
        part.write_parquet(path)
        raw = path.read_bytes()
        mark = manifests.FileMark(name=path.name, bytes=len(raw), sha256=sha256(raw).hexdigest())
        shards.append(manifests.Shard(file=mark, rows=part.height, sums=""))
    columns = {name: str(kind) for name, kind in select_content(frame.schema).items()}
    sealed = describe(shards, frame.height, columns)
    (folder / manifests.NAME).write_bytes(json.dumps(msgspec.to_builtins(sealed)).encode())
    return folder


def read_bare(folder: Path, batch: int) -> Iterator[object]:
    """The same batches, by nothing but Polars, in order."""
    for path in sorted(folder.glob("*.parquet")):
        for part in pl.read_parquet(path).iter_slices(batch):
            yield to_columns(part)


def time_turns(
    ways: dict[str, Callable[[], Iterable[object]]], rows: int, turns: int
) -> dict[str, tuple[float, float]]:
    """Rows a second of each, on the wall, which means something on an idle machine only, and of processor time.  From
    the first batch on: what a way needs to begin is no part of it.
    """
    found: dict[str, list[tuple[float, float]]] = {name: [] for name in ways}
    for _ in range(turns):
        for name, way in ways.items():
            batches = iter(way())
            next(batches)
            before, began = time.process_time(), time.perf_counter()
            for _ in batches:
                pass
            wall, spent = time.perf_counter() - began, time.process_time() - before
            found[name].append((rows / wall, rows / spent))
    return {name: (median(one for one, _ in times), median(two for _, two in times)) for name, times in found.items()}


def compare_ways(folder: Path, rows: int, turns: int) -> None:
    """Print what a DataLoader gives of what bare Parquet does."""
    for batch, epoch in product((BATCH, BATCH // 10), (0, 1)):
        ways: dict[str, Callable[[], Iterable[object]]] = {
            "bare Parquet, in order": lambda batch=batch: read_bare(folder, batch)
        }
        for workers in (0, 1, 2):
            ways[f"DataLoader, {workers} workers"] = lambda batch=batch, workers=workers, epoch=epoch: load_mix(
                folder, batch=batch, workers=workers, start=epoch * rows
            )
        speeds = time_turns(ways, rows, turns)
        bare = speeds["bare Parquet, in order"]
        print(f"\nepoch {epoch}, million rows a second, batches of {batch:,}:       wall         processor time")
        for name, speed in speeds.items():
            print(
                f"  {name:<36}"
                + "".join(f"{one / 1e6:10.2f}{one / of:7.0%}" for one, of in zip(speed, bare, strict=True))
            )


def time_resuming(folder: Path, home: Path) -> None:
    """Print how long it takes to go on at position 10^9 of a mix of 1.5 * 10^9 rows."""
    first = manifests.read(folder)
    many = 7500
    made = home / "huge"
    made.mkdir()
    shard = first.shards[0]
    shards = [
        manifests.Shard(file=msgspec.structs.replace(shard.file, name=f"{i}.parquet"), rows=shard.rows, sums="")
        for i in range(many)
    ]
    for i in range(many):
        os.link(folder / shard.file.name, made / f"{i}.parquet")
    sealed = describe(shards, many * shard.rows, first.columns)
    (made / manifests.NAME).write_bytes(json.dumps(msgspec.to_builtins(sealed)).encode())
    for position in (10**9, 10**9 + many * shard.rows):
        began = time.perf_counter()
        reader = open_mix(made, batch=BATCH)
        state = {**reader.state_dict(), "epoch": position // reader.steps.size, "position": position}
        reader.load_state_dict(state)
        next(iter(reader))
        print(f"resumed at {position:,} (epoch {reader.epoch}) in {time.perf_counter() - began:.2f} s")


def write_streams(frame: pl.DataFrame, home: Path) -> None:
    """The same rows as MosaicML's shards, by source."""
    from streaming import MDSWriter

    kinds = {"text": "str", "number": "int", "score": "float64", ORIGIN: "str", GENERATION: "int", ID: "str"}
    for name in SOURCES:
        with MDSWriter(out=str(home / name), columns=kinds) as out:
            for row in frame.filter(pl.col(ORIGIN) == name).iter_rows(named=True):
                out.write(row)


def open_mosaic(home: Path, state: dict[str, object] | None = None) -> object:
    """Both sources, mixed by proportion, in a loader with a state."""
    from streaming import Stream, StreamingDataLoader, StreamingDataset
    from streaming.base.util import clean_stale_shared_memory

    clean_stale_shared_memory()
    streams = [Stream(local=str(home / name), proportion=share) for name, share in SOURCES.items()]
    data = StreamingDataset(streams=streams, shuffle=True, shuffle_seed=0, batch_size=BATCH)
    loader = StreamingDataLoader(data, batch_size=BATCH)
    if state is not None:
        loader.load_state_dict(state)
    return loader


def open_interleaved(home: Path, state: dict[str, object] | None = None) -> object:
    """Both sources as streams of Parquet, interleaved by probability."""
    import datasets

    sources = [
        datasets.load_dataset(
            "parquet", data_files=str(home / f"{name}.parquet"), split="train", streaming=True,
            cache_dir=str(home / "cache"),
        )
        for name in SOURCES
    ]  # fmt: skip
    mixed = datasets.interleave_datasets(sources, probabilities=list(SOURCES.values()), seed=0)
    mixed = mixed.shuffle(seed=0, buffer_size=1000).batch(BATCH)
    if state is not None:
        mixed.load_state_dict(state)
    return mixed


def compare_others(folder: Path, frame: pl.DataFrame, home: Path) -> None:
    """Print rows a second, time to resume in the middle of an epoch, and whether the order is the same after it."""
    few = frame.head(200_000)
    small = write_mix(home / "small", few)
    for name in SOURCES:
        few.filter(pl.col(ORIGIN) == name).write_parquet(home / f"{name}.parquet")

    def open_ours(state: dict[str, object] | None = None) -> object:
        loader = load_mix(small, batch=BATCH)
        if state is not None:
            loader.load_state_dict(state)
        return loader

    ways = {"kellet.load_mix": open_ours, "interleave_datasets": lambda state=None: open_interleaved(home, state)}
    try:
        write_streams(few, home / "mds")
        ways["MosaicML Streaming"] = lambda state=None: open_mosaic(home / "mds", state)
    except ImportError as error:
        print(f"MosaicML Streaming isn't there: {error}")
    print(f"\n{'200,000 rows':<24}{'million rows a second':>24}{'seconds to resume':>20}{'same order':>12}")
    half = len(range(0, few.height, BATCH)) // 2
    for name, way in ways.items():
        began = time.perf_counter()
        orders = [list(map(int, batch["number"])) for batch in way()]
        spent = time.perf_counter() - began
        first = way()
        for _ in islice(iter(first), half):
            pass
        state = first.state_dict()
        began = time.perf_counter()
        again = iter(way(state))
        rest = [list(map(int, next(again)["number"]))]
        resumed = time.perf_counter() - began
        rest += [list(map(int, batch["number"])) for batch in again]
        same = "yes" if rest == orders[half:] else "no"
        print(f"{name:<24}{sum(map(len, orders)) / spent / 1e6:>24.2f}{resumed:>20.2f}{same:>12}")


def install(folder: Path) -> None:
    """What the others need, into a folder of their own."""
    if not (folder / "streaming").exists():
        command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target", str(folder), *OTHERS]
        subprocess.run(command, check=True)
    sys.path.append(str(folder))
    importlib.invalidate_caches()
    import transformers  # noqa: F401

    # For pictures, of which there are none here; its build would have to fit PyTorch's.
    for name in ("torchvision", "torchvision.datasets", "torchvision.transforms", "torchvision.transforms.functional"):
        stand_in = sys.modules[name] = ModuleType(name)
        stand_in.__spec__ = ModuleSpec(name, None)
        stand_in.VisionDataset = stand_in.ToTensor = stand_in.to_tensor = object  # type: ignore[attr-defined]


def main() -> None:
    """Print all tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=2_400_000)
    parser.add_argument("--turns", type=int, default=5)
    parser.add_argument("--others", type=Path)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        home = Path(place)
        frame = make_rows(asked.rows, np.random.default_rng(0))
        folder = write_mix(home / "mix", frame)
        time_resuming(folder, home)
        compare_ways(folder, asked.rows, asked.turns)
        if asked.others:
            install(asked.others)
            compare_others(folder, frame, home)


if __name__ == "__main__":
    main()
