"""Mixes that tests read: shards with labels and a sealed manifest, as `kellet mix` writes them."""

from hashlib import sha256

import numpy as np
import polars as pl

from kellet.mix import manifest as manifests
from kellet.mix.apportionment import apportion, deal
from kellet.mix.blame import add_up
from kellet.mix.identity import identify
from kellet.mix.merkle import enter, find_root, hash_window
from kellet.mix.order import spread
from kellet.mix.recipe import GENERATION, ID, ORIGIN, STRATUM, Recipe
from kellet.mix.schema import select_content

MODELS = {"ada": 1, "bert": 2}
README = "---\nconfigs:\n- config_name: default\n  data_files: data-*.{}\n---\n# A mix\n"


def build_mix(folder, real=30, ada=50, bert=20, *, window=10, windows=3, strata=(), form="parquet", seed=0):
    """real, ada, bert: rows of each.  windows: of each shard.  strata: shares of the real rows."""
    totals = [real, ada, bert]
    size = sum(totals)
    names = ["real", *MODELS]
    rows = apportion(totals, window)
    layout = []
    stratified = deal([int(real * share) for share in strata], rows[:, 0]) if strata else None
    for t, counts in enumerate(rows):
        among = enumerate(stratified[t] if strata else counts[:1])
        kinds = [(0, stratum) for stratum, many in among for _ in range(many)]
        kinds += [(origin, 0) for origin in (1, 2) for _ in range(counts[origin])]
        codes = np.array([10 * origin + stratum for origin, stratum in kinds])
        layout += [kinds[i] for i in spread(codes, seed + t)]
    origins = np.array([origin for origin, _ in layout])
    content = pl.DataFrame(
        {
            "text": [f"row {i} " + "word " * (i % 7) for i in range(size)],
            "number": np.arange(size),
            "score": np.arange(size) / 7,
            "maybe": [None if i % 11 == 5 else i % 3 for i in range(size)],
            "tokens": [[i, i + 1] for i in range(size)],
        }
    )
    identities = identify(content)
    generations = np.array([0, *MODELS.values()])[origins]
    labels = {
        ORIGIN: [names[origin] for origin in origins],
        GENERATION: pl.Series(generations, dtype=pl.Int32),
        ID: [one.tobytes().hex() for one in identities],
    }
    if strata:
        labels[STRATUM] = [f"s{stratum}" if not origin else None for origin, stratum in layout]
    frame = content.with_columns(**{name: pl.Series(name, values) for name, values in labels.items()})
    return write_mix(folder, frame, names, window=window, windows=windows, form=form)


def write_mix(folder, frame, names, *, window=10, windows=3, form="parquet"):
    """A frame with its labels as a mix."""
    folder.mkdir(parents=True)
    step = window * windows
    parts = [frame.slice(start, step) for start in range(0, frame.height, step)]
    shards, leaves = [], []
    for i, part in enumerate(parts):
        path = folder / f"data-{i:05}-of-{len(parts):05}.{form}"
        part.write_parquet(path) if form == "parquet" else part.write_ndjson(path)
        raw = path.read_bytes()
        mark = manifests.FileMark(name=path.name, bytes=len(raw), sha256=sha256(raw).hexdigest())
        origins = np.array([names.index(name) for name in part[ORIGIN]])
        ids = np.frombuffer(bytes.fromhex("".join(part[ID])), np.dtype((np.void, 16)))
        entries = enter(ids, origins, part[GENERATION].to_numpy())
        shards.append(manifests.Shard(file=mark, rows=part.height, sums=add_up(entries, window)))
        leaves += [hash_window(entries[start : start + window]) for start in range(0, part.height, window)]
    (folder / "README.md").write_text(README.format(form), encoding="utf-8")
    sealed = manifests.seal(describe(frame, names, shards, find_root(leaves).hex(), window, form))
    (folder / manifests.NAME).write_bytes(manifests.msgspec.json.encode(sealed))
    return folder


def describe(frame, names, shards, rows, window, form):
    """The manifest of a mix, without its root."""
    labels = [ORIGIN, GENERATION, *([STRATUM] if STRATUM in frame.columns else [])]
    counts = frame.group_by(labels, maintain_order=True).len().rows(named=True)
    inputs = [
        manifests.Input(origin=name, kind="synthetic" if i else "real", files=(), rows=frame.height)
        for i, name in enumerate(names)
    ]
    return manifests.Manifest(
        sentence="A mix for a test.",
        inputs=tuple(inputs),
        origins=tuple(names),
        columns={name: str(kind) for name, kind in select_content(frame.schema).items()},
        shards=tuple(shards),
        counts=tuple(
            manifests.Count(
                origin=one[ORIGIN], generation=one[GENERATION], stratum=one.get(STRATUM), asked=float(one["len"]),
                rows=one["len"], least=0, most=window,
            )
            for one in counts
        ),
        recipe=Recipe(
            size=frame.height, anchor="30%", window=window, format=form, stratify="s" if len(labels) > 2 else None
        ),
        rows=rows,
    )  # fmt: skip
