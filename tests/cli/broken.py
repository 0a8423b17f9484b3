"""Run folders as strangers may have packed them: ways to break one, by name."""

import io
import json
import os
import socket
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl

ORIGIN = "kellet.origin"


@dataclass(frozen=True)
class Break:
    """One way.  of: which folder it breaks, "run", "sweep", "plan" or "sizes".  harmless: whether all verbs find what
    they found before."""

    of: str
    do: Callable[[Path], object]
    harmless: bool = False


def link(path, target):
    drop(path)
    path.parent.mkdir(exist_ok=True)
    path.symlink_to(target)


def drop(path):
    if path.is_dir() and not path.is_symlink():
        for inner in path.iterdir():
            drop(inner)
        path.rmdir()
    else:
        path.unlink(missing_ok=True)


def pipe(path):
    drop(path)
    path.parent.mkdir(exist_ok=True)
    os.mkfifo(path)


def plug(path):
    """A socket."""
    drop(path)
    here = Path.cwd()
    os.chdir(path.parent)  # its name may be 107 bytes long
    with socket.socket(socket.AF_UNIX) as one:
        one.bind(path.name)
    os.chdir(here)


def put(path, data):
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(data if isinstance(data, bytes) else data.encode())


def huge(path):
    with path.open("wb") as file:
        file.truncate(2**33)


def folder(path):
    drop(path)
    path.mkdir(parents=True)


# What may lie where a file should.
KINDS = {
    "a folder": folder,
    "a pipe": pipe,
    "a socket": plug,
    "a link to a pipe": lambda path: (pipe(path.parent / "pipe"), link(path, "pipe")),
    "a link to /dev/zero": lambda path: link(path, "/dev/zero"),
    "a link out": lambda path: link(path, outside(path)),
    "a link to nowhere": lambda path: link(path, "nowhere"),
    "a link to nowhere outside": lambda path: link(path, "/nowhere/at/all"),
    "a link to itself": lambda path: link(path, path.name),
}
TEXTS = {
    "empty": b"",
    "binary": bytes(range(256)) * 40,
    "zeros": bytes(4096),
    "no UTF-8": b"\xff\xfe\x00a\xe9",
    "a number": b"1",
    "a list": b"[1, 2]",
    "nothing": b"null",
    "a word": b'"a"',
    "an empty object": b"{}",
    "deep lists": b"[" * 100_000,
    "deep objects": b'{"a":' * 100_000,
    "half a surrogate": b'{"kellet": "\\ud800"}',
    "half": None,
}


def outside(path):
    """A file or folder of the person's own, as a copy of what is there."""
    target = path.parents[len(path.relative_to(Path.cwd()).parts) - 1] / "precious"
    target.mkdir(exist_ok=True)
    name = target / path.name
    if path.is_dir():
        name.mkdir(exist_ok=True)
        (name / "thesis.tex").write_text("precious")
        (name / "0123456789abcdef-0.0").write_text("precious")
        (name / "pack-0-00000000.parquet").write_text("precious")
        for mine in [name, *name.iterdir()]:
            os.utime(mine, (10**9, 10**9))
    elif path.is_file():
        name.write_bytes(path.read_bytes())
    return name


def cell(run, kind="parquet"):
    return sorted((run / "cells").glob(f"*.{kind}"))[0]


def rename(path, data):
    """What is there, under the checksum that it has."""
    stem = path.name.rsplit("-", 1)[0]
    path.unlink()
    path.with_name(f"{stem}-{zlib.crc32(data):08x}{path.suffix}").write_bytes(data)


def table(change, **metadata):
    """A block whose rows are others, or whose metadata are."""

    def do(run):
        path = cell(run)
        rows, told = pl.read_parquet(path), pl.read_parquet_metadata(path)
        told = {name: text for name, text in (told | metadata).items() if name.startswith("kellet.") and text}
        data = io.BytesIO()
        change(rows).write_parquet(data, metadata=told)
        rename(path, data.getvalue())

    return do


def only(column, value):
    return lambda rows: rows.with_columns(value.alias(column))


def many(rows):
    """A few kilobytes that claim to be a hundred million rows."""
    first = rows.head(1)
    n = 100_000_000
    return pl.select(
        *(pl.repeat(first[name][0], n, dtype=kind, eager=False).alias(name) for name, kind in first.schema.items())
    )


VALUE = "variance_ratio"
NAN = pl.lit(float("nan"))
TABLES = {
    "other columns": lambda rows: pl.DataFrame({"name": ["Ann"], "income": [12]}),
    "no rows": lambda rows: rows.head(0),
    "one row": lambda rows: rows.head(1),
    "a row less": lambda rows: rows.head(len(rows) - 1),
    "rows twice": lambda rows: pl.concat([rows, rows]),
    "rows backwards": lambda rows: rows.reverse(),
    "rows shuffled": lambda rows: rows.sample(fraction=1.0, shuffle=True, seed=1),
    "no replicates": lambda rows: rows.drop("replicate"),
    "no generations": lambda rows: rows.drop("generation"),
    "no marks": lambda rows: rows.drop("collapsed"),
    "no metrics": lambda rows: rows.select("replicate", "generation", "collapsed", "failed"),
    "a metric less": lambda rows: rows.drop(VALUE),
    "a metric more": lambda rows: rows.with_columns(pl.lit(1.0).alias("nonsense")),
    "a metric called otherwise": lambda rows: rows.rename({VALUE: "[/red]"}),
    "replicates that are words": only("replicate", pl.lit("one")),
    "replicates that are fractions": only("replicate", pl.col("replicate").cast(pl.Float64) + 0.5),
    "replicates that are NaN": only("replicate", NAN),
    "replicates missing": only("replicate", pl.lit(None, dtype=pl.Int32)),
    "huge replicates": only("replicate", pl.col("replicate") + 2_000_000_000),
    "negative replicates": only("replicate", pl.col("replicate") - 5),
    "replicates of 64 bits": only("replicate", pl.col("replicate").cast(pl.Int64) + 2**62),
    "huge generations": only("generation", pl.col("generation") + 2**62),
    "negative generations": only("generation", pl.col("generation") - 7),
    "other generations": only("generation", pl.col("generation") * 2),
    "generations that are dates": only("generation", pl.lit("2026-01-01").str.to_date()),
    "marks that are words": only("collapsed", pl.lit("never")),
    "marks that are NaN": only("collapsed", NAN),
    "marks that are huge": only("collapsed", pl.lit(2**31 - 1, dtype=pl.Int32)),
    "marks below all": only("emptied", pl.lit(-9, dtype=pl.Int32)),
    "marks that change within a replicate": only("collapsed", pl.col("generation").cast(pl.Int32)),
    "failed without a word": only("failed", pl.lit(1, dtype=pl.Int32)),
    "values that are words": only(VALUE, pl.lit("a lot")),
    "values that are lists": only(VALUE, pl.concat_list(pl.col(VALUE), pl.col(VALUE))),
    "values that are yes or no": only(VALUE, pl.lit(True)),
    "values missing": only(VALUE, pl.lit(None, dtype=pl.Float64)),
    "values that are whole": only(VALUE, pl.lit(3)),
    "values that are bytes": only(VALUE, pl.lit(b"ab")),
    "values that are times": only(VALUE, pl.lit("2026-01-01").str.to_datetime()),
    "a hundred million rows": many,
}
ORIGINS = {
    "another seed": '{"cell":"%s","number":0,"seed":99,"judged":%d}',
    "another cell": '{"cell":"0123456789abcdef","number":0,"seed":7,"judged":%d}',
    "another block": '{"cell":"%s","number":5,"seed":7,"judged":%d}',
    "words": '{"cell":"%s","number":0,"seed":"seven","judged":%d}',
    "nothing": "",
    "garbage": "{",
    "nesting": "[" * 50_000,
}


def claim_origin(text):
    def do(run):
        told = json.loads(pl.read_parquet_metadata(cell(run))[ORIGIN])
        whole = text.replace("%s", told["cell"]).replace("%d", str(told["judged"]))
        table(lambda rows: rows, **{ORIGIN: whole})(run)

    return do


def spoil(kind, data, right=True):
    """Bytes under the checksum that they have, or under another."""

    def do(run):
        path = cell(run, kind)
        new = data(path.read_bytes()) if callable(data) else data
        rename(path, new) if right else path.write_bytes(new)

    return do


def arrays(**found):
    data = io.BytesIO()
    np.savez_compressed(data, **found)
    return data.getvalue()


BYTES = {
    "empty": b"",
    "zeros": bytes(1000),
    "half": lambda data: data[: len(data) // 2],
    "a changed byte": lambda data: data[: len(data) // 3] + b"!" + data[len(data) // 3 + 1 :],
    "a lie": b"PAR1 and PK\x03\x04 and nothing PAR1",
}
SPECIMENS = {
    "a pickle": arrays(points=np.array([{"a": 1}], dtype=object)),
    "words": arrays(points=np.array(["a", "b"])),
    "a number": arrays(points=np.float64(1.0)),
    "complex numbers": arrays(points=np.ones((3, 500, 1), dtype=complex)),
    "records": arrays(points=np.zeros(3, dtype=[("a", "i4")])),
    "other shapes": arrays(points=np.ones((3, 2, 7, 4))),
    "a line": arrays(points=np.ones(3)),
    "no points": arrays(points=np.ones((3, 0, 1))),
    "nothing": arrays(),
    "other names": arrays(**{"[/red]": np.ones(3)}),
    "probabilities": arrays(probabilities=np.ones((3, 9))),
    "texts": arrays(lost=np.ones((3, 3), dtype=int), written=np.ones((3, 4, 9), dtype=int)),
    "surprises": arrays(surprise=np.ones((3, 4))),
}
HOLDERS = {
    "pid of words": '{"host": "%h", "pid": "one"}',
    "no process": '{"host": "%h", "pid": 999999999, "born": null}',
    "a huge pid": '{"host": "%h", "pid": ' + "9" * 3000 + "}",
    "negative": '{"host": "%h", "pid": -1, "born": null}',
    "the first process": '{"host": "%h", "pid": 1, "born": "0"}',
    "a list": "[1]",
    "deep": "[" * 4000,
    "binary": b"\x00\xff" * 20,
}


def hold(text):
    """A claim on the block that is there, and one on nobody's, written a minute ago."""

    def do(run):
        data = text if isinstance(text, bytes) else text.replace("%h", os.uname().nodename).encode()
        for name in (f"{cell(run).name.rsplit('-', 1)[0]}.0", "thesis.tex"):
            put(run / "claims" / name, data)
            at = (run / "run.json").stat().st_mtime - 60
            os.utime(run / "claims" / name, (at, at))
        cell(run).unlink()

    return do


def settle(name, **changes):
    """A document with other values."""

    def do(run):
        whole = json.loads((run / name).read_bytes())
        part = whole["plans"][0] if "plans" in whole and "plans" not in changes else whole
        part |= changes
        (run / name).write_text(json.dumps(whole))

    return do


PLANS = {
    "a size of 0": {"size": 0},
    "a negative size": {"size": -5},
    "a size beyond all": {"size": 10**30},
    "metrics of another world": {"keep": {"nonsense": 0.9}},
    "no metrics": {"keep": {}},
    "levels that are words": {"keep": {"variance_ratio": "many"}},
    "a confidence of words": {"confidence": "high"},
    "a confidence of 7": {"confidence": 7.0},
    "no beginning": {"low": None},
    "ends that cross": {"low": 50.0, "high": 3.0},
    "points beyond all": {"points": 10**400},
    "negative points": {"points": -3},
    "trials of nothing": {"trials": [{"points": 1, "successes": 0, "tries": 0}]},
    "more successes than tries": {"trials": [{"points": 1, "successes": 9, "tries": 3}]},
    "trials of words": {"trials": ["a", "b"]},
    "checked of nothing": {"checked": [0, 0]},
    "a rarest of 0": {"rarest": ["a", 0.0]},
    "a draw of another kind": {"draw": "lots"},
    "another schema": {"schema": "kellet/run/1"},
    "no sentence": {"sentence": 5},
}


def breaks():
    """All of them, by name."""
    found = {}
    for name in ("experiment.toml", "run.json"):
        for what, do in KINDS.items():
            found[f"{name}: {what}"] = Break("run", lambda run, n=name, do=do: do(run / n))
        for what, text in TEXTS.items():
            found[f"{name}: {what}"] = Break("run", lambda run, n=name, t=text: fill(run / n, t))
        found[f"{name}: huge"] = Break("run", lambda run, n=name: huge(run / n))
    for name in ("cells", "packs", "claims", "logs", "models"):
        for what in KINDS.keys() - {"a folder", "a link to a pipe", "a socket"}:
            found[f"{name}/: {what}"] = Break("run", lambda run, n=name, do=KINDS[what]: do(run / n))
        found[f"{name}/: a file"] = Break("run", lambda run, n=name: (drop(run / n), put(run / n, "text")))
    for kind in ("parquet", "npz"):
        for what, do in KINDS.items():
            found[f"{kind}: {what}"] = Break("run", lambda run, k=kind, do=do: do(cell(run, k)))
        for what, data in BYTES.items():
            found[f"{kind}: {what}"] = Break("run", spoil(kind, data, right=False))
            found[f"{kind}: {what}, rightly summed"] = Break("run", spoil(kind, data))
    for what, change in TABLES.items():
        found[f"rows: {what}"] = Break("run", table(change))
    for what, text in ORIGINS.items():
        found[f"origin: {what}"] = Break("run", claim_origin(text))
    for what, data in SPECIMENS.items():
        found[f"specimens: {what}"] = Break("run", spoil("npz", data))
    for what, text in HOLDERS.items():
        found[f"claims: {what}"] = Break("run", hold(text))
    for what, do in KINDS.items():
        name = "claims/0123456789abcdef-0.0"
        found[f"{name}: {what}"] = Break("run", lambda run, n=name, do=do: (put(run / n, "{}"), do(run / n)))
        found[f"models: {what}"] = Break("run", lambda run, do=do: model(run, do))
        found[f"plan.json: {what}"] = Break("plan", lambda plan, do=do: do(plan / "plan.json"))
    for what, text in TEXTS.items():
        found[f"plan.json: {what}"] = Break("plan", lambda plan, t=text: fill(plan / "plan.json", t))
    for what, changes in PLANS.items():
        found[f"plan.json: {what}"] = Break("plan", settle("plan.json", **changes))
        found[f"plan.json of sizes: {what}"] = Break("sizes", settle("plan.json", **changes))
    found["plan.json of sizes: no plans"] = Break("sizes", settle("plan.json", plans=[]))
    found["sizes: a link out"] = Break("sizes", lambda plan: KINDS["a link out"](plan / "50"))
    found["sweep: another seed"] = Break("sweep", claim_origin(ORIGINS["another seed"]))
    found["sweep: a metric less"] = Break("sweep", table(TABLES["a metric less"]))
    found["sweep: values that are words"] = Break("sweep", table(TABLES["values that are words"]))
    found["sweep: cells are a link out"] = Break("sweep", lambda run: KINDS["a link out"](run / "cells"))
    found["a folder of models that leads out"] = Break(
        "run", lambda run: link(run / "models/a-0", outside(run / "cells"))
    )
    found["strangers beside"] = Break("run", strangers, harmless=True)
    return found


def model(run, do):
    """A checkpoint that is no file of its own."""
    put(run / "models" / "x", "")
    put(run / "models" / "0123456789abcdef-0" / "generation-1-0123abcd.safetensors", "weights")
    do(run / "models" / "0123456789abcdef-0" / "generation-1-0123abcd.safetensors")


def strangers(run):
    """Files that are nobody's of ours, old ones, and links beside them."""
    for name in ("claims/thesis.tex", "packs/thesis.tex", "cells/thesis.tex", "cells/.thesis.tmp", "notes.txt"):
        put(run / name, "precious")
        os.utime(run / name, (10**9, 10**9))
    link(run / "home", "/")
    folder(run / "cells" / ".snapshot")


def fill(path, text):
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2] if text is None else text)
