"""Whatever is mixed, verifying accepts it, and nothing that was changed in it afterwards."""

import datetime as dt
import json
import shutil
import tempfile
from pathlib import Path

import numpy as np
import polars as pl
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

import kellet
from kellet.mix import manifest as manifests

DAY = dt.datetime(2026, 1, 1, 12, 30, 15, 123456)
PLAIN = {
    "flag": lambda i: bool(i % 2),
    "count": lambda i: i - 3,
    "score": lambda i: [i / 7, 1e-300 * i, 1e300, -0.0, float(i)][i % 5],
    "word": lambda i: ["é\n", "", '"', "雪 ☃", "a,b"][i % 5],
    "list": lambda i: [i / 3, None] if i % 3 else [],
    "tags": lambda i: ["x"] * (i % 3),
    "messages": lambda i: [{"role": "user", "content": f"é {i}\n"}, {"role": "assistant", "content": None}][: i % 3],
    "record": lambda i: {"a": {"b": i, "c": [i / 9]}, "d": None if i % 2 else "d"},
    "nothing": lambda i: None,
}
PARQUET = {
    "time": (pl.Datetime("us"), lambda i: DAY + dt.timedelta(seconds=i)),
    "zoned": (pl.Datetime("ms", "UTC"), lambda i: DAY.replace(microsecond=0) + dt.timedelta(days=i)),
    "day": (pl.Date, lambda i: DAY.date() + dt.timedelta(days=i)),
    "clock": (pl.Time, lambda i: dt.time(i % 24)),
    "span": (pl.Duration("us"), lambda i: dt.timedelta(microseconds=i)),
    "bytes": (pl.Binary, lambda i: bytes([i % 256, 0])),
    "short": (pl.Float32, lambda i: i / 7),
    "byte": (pl.UInt8, lambda i: i % 256),
    "large": (pl.UInt64, lambda i: 2**64 - 1 - i),
    "array": (pl.Array(pl.Int32, 2), lambda i: [i, -i]),
    "kind": (pl.Categorical, lambda i: "ab"[i % 2]),
    "choice": (pl.Enum(["a", "b"]), lambda i: "ab"[i % 2]),
    "decimal": (pl.Decimal(12, 3), str),
    "odd": (pl.Float64, lambda i: [float("nan"), float("inf"), -0.0, None][i % 4]),
    "days": (pl.List(pl.Date), lambda i: [DAY.date()] * (i % 3)),
    "struct": (pl.Struct({"at": pl.Datetime("ns"), "n": pl.Int8}), lambda i: {"at": DAY, "n": i % 100}),
}


def write_rows(path, columns, gaps, start, many):
    """Rows of which no two are alike; of each column every so-manieth is missing."""
    series = [pl.Series("id", range(start, start + many))]
    for (name, kind, make), gap in zip(columns, gaps, strict=True):
        values = [None if gap and i % gap == 0 else make(i) for i in range(start, start + many)]
        series.append(pl.Series(name, values, kind, strict=False))
    frame = pl.DataFrame(series)
    frame.write_parquet(path) if path.suffix == ".parquet" else frame.write_ndjson(path)


@st.composite
def mixes(draw):
    """What to mix, and how."""
    into = draw(st.sampled_from(["parquet", "jsonl"]))
    known = [(name, None, make) for name, make in PLAIN.items()]
    known += [(name, *one) for name, one in PARQUET.items()] if into == "parquet" else []
    columns = draw(st.lists(st.sampled_from(known), min_size=1, max_size=4, unique_by=lambda one: one[0]))
    source = (
        "parquet" if any(kind is not None for _, kind, _ in columns) else draw(st.sampled_from(["parquet", "jsonl"]))
    )
    return {
        "columns": columns, "gaps": [draw(st.sampled_from([0, 2, 3])) for _ in columns], "source": source,
        "recipe": {
            "size": draw(st.integers(8, 60)), "anchor": draw(st.sampled_from(["20%", "1.45:1"])), "format": into,
            "window": draw(st.integers(4, 25)), "stratify": draw(st.sampled_from([None, "flag"])),
            "shuffle": draw(st.sampled_from(["rows", "shards"])),
        },
    }  # fmt: skip


def make(folder, asked):
    recipe = dict(asked["recipe"])
    if recipe["stratify"] not in [name for name, *_ in asked["columns"]]:
        recipe["stratify"] = None
    for name, start in (("real", 0), ("m", 100)):
        write_rows(folder / f"{name}.{asked['source']}", asked["columns"], asked["gaps"], start, 60)
    real, written = folder / f"real.{asked['source']}", folder / f"m.{asked['source']}"
    return kellet.mix(real, {"m": written}, out=folder / "mix", **recipe).folder


def read_rows(file):
    return pl.read_parquet(file) if file.suffix == ".parquet" else file.read_text("utf-8").splitlines()


def write_back(file, rows):
    if file.suffix == ".parquet":
        rows.write_parquet(file, compression="zstd", compression_level=1, row_group_size=max(1, rows.height))
    else:
        file.write_text("".join(f"{line}\n" for line in rows), encoding="utf-8")


def drop(rows, place):
    return (
        pl.concat([rows[:place], rows[place + 1 :]])
        if isinstance(rows, pl.DataFrame)
        else rows[:place] + rows[place + 1 :]
    )


def swap(rows, first, second):
    """Two rows of different origins with each other's labels."""
    label = ["_kellet_origin", "_kellet_generation"]
    if isinstance(rows, pl.DataFrame):
        order = np.arange(rows.height)
        order[[first, second]] = second, first
        return rows.with_columns(rows.select(label)[order])
    told = [json.loads(line) for line in rows]
    one, other = ({name: told[place][name] for name in label} for place in (first, second))
    told[first] |= other
    told[second] |= one
    return [json.dumps(row) for row in told]


def list_origins(rows):
    if isinstance(rows, pl.DataFrame):
        return rows["_kellet_origin"].to_list()
    return [json.loads(line)["_kellet_origin"] for line in rows]


def find_faults(folder):
    return kellet.verify(folder).faults


@settings(max_examples=25, deadline=None, phases=[Phase.explicit, Phase.reuse, Phase.generate])
@given(mixes(), st.data())
def test_any_mix_is_accepted_and_nothing_that_was_changed_in_it(asked, data):
    folder = Path(tempfile.mkdtemp())
    try:
        out = make(folder, asked)
        assert kellet.verify(out, deep=True).faults == () == find_faults(out)
        (shard,) = manifests.read(out).shards
        file = out / shard.file.name
        whole = file.read_bytes()
        place = data.draw(st.integers(0, len(whole) - 1), "byte")
        file.write_bytes(whole[:place] + bytes([whole[place] ^ data.draw(st.integers(1, 255))]) + whole[place + 1 :])
        assert any(f"{file.name} was changed" in fault for fault in find_faults(out))
        file.write_bytes(whole)
        rows = read_rows(file)
        write_back(file, drop(rows, data.draw(st.integers(0, shard.rows - 1), "row")))
        assert any(f"had {shard.rows}" in fault for fault in find_faults(out))
        file.write_bytes(whole)
        origins = list_origins(rows)
        places = [[place for place, origin in enumerate(origins) if origin == name] for name in ("real", "m")]
        write_back(file, swap(rows, *(data.draw(st.sampled_from(some), "swapped") for some in places)))
        assert any("label" in fault or "some were changed" in fault for fault in find_faults(out))
        # Whoever has the manifest too can't make it fit without another root.
        found = json.loads((out / manifests.NAME).read_text("utf-8"))
        found["rows"] = "0" * 64
        (out / manifests.NAME).write_text(json.dumps(found))
        assert any("The manifest was changed" in fault for fault in find_faults(out))
    finally:
        shutil.rmtree(folder)
