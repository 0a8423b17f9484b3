"""A small mix, written by hand."""

from hashlib import sha256

import numpy as np
import polars as pl
import pytest

from kellet.mix.apportionment import apportion, deal
from kellet.mix.blame import add_up
from kellet.mix.identity import identify
from kellet.mix.manifest import NAME, Count, FileMark, Input, Manifest, Shard, seal
from kellet.mix.merkle import enter, find_root, hash_window
from kellet.mix.recipe import GENERATION, ID, ORIGIN, STRATUM, Recipe
from kellet.page.document import text

KINDS = (("real", 0, "common"), ("real", 0, "rare"), ("gpt", 1, "common"), ("llama", 2, "common"))


@pytest.fixture
def mix(tmp_path):
    write_mix(tmp_path / "mix")
    return tmp_path / "mix"


def write_mix(folder, totals=(60, 3, 200, 37), window=20, per_shard=3, **more):
    """Rows of four kinds in windows, some windows a shard."""
    folder.mkdir()
    groups = apportion([totals[0] + totals[1], totals[2], totals[3]], window)
    strata = deal(totals[:2], groups[:, 0])
    kinds = np.concatenate([np.repeat(np.arange(4), [*s, *g[1:]]) for s, g in zip(strata, groups, strict=True)])
    content = pl.DataFrame({"text": [f"row {i}" for i in range(len(kinds))], "x": np.arange(len(kinds)) / 4})
    origins = ("real", "gpt", "llama")
    entries = enter(
        identify(content),
        np.array([origins.index(KINDS[k][0]) for k in kinds]),
        np.array([KINDS[k][1] for k in kinds]),
    )
    frame = content.with_columns(
        pl.Series(ORIGIN, [KINDS[k][0] for k in kinds]),
        pl.Series(GENERATION, [KINDS[k][1] for k in kinds], pl.Int32),
        pl.Series(ID, [one.tobytes().hex() for one in entries["id"]]),
        pl.Series(STRATUM, [KINDS[k][2] for k in kinds]),
    )
    shards, step = [], window * per_shard
    for i, start in enumerate(range(0, len(kinds), step)):
        name = f"data-{i:05}.parquet"
        frame[start : start + step].write_parquet(folder / name)
        shards.append(mark(folder, name, entries[start : start + step], window))
    leaves = [hash_window(entries[i : i + window]) for i in range(0, len(kinds), window)]
    manifest = Manifest(
        sentence="A mix.",
        inputs=(Input(origin="real", kind="real", files=(), rows=63),),
        origins=origins,
        columns={name: str(kind) for name, kind in content.schema.items()},
        shards=tuple(shards),
        counts=tuple(
            Count(origin=kind[0], generation=kind[1], stratum=kind[2], asked=total, rows=total, least=0, most=window)
            for kind, total in zip(KINDS, totals, strict=True)
        ),
        recipe=Recipe(size=len(kinds), anchor="63", window=window, stratify="band", **more),
        rows=find_root(leaves).hex(),
    )
    (folder / NAME).write_text(text(seal(manifest)))
    return frame


def mark(folder, name, entries, window):
    raw = (folder / name).read_bytes()
    file = FileMark(name=name, bytes=len(raw), sha256=sha256(raw).hexdigest())
    return Shard(file=file, rows=len(entries), sums=add_up(entries, window))
