"""A budget of memory: told or measured, and what does not fit is refused, or sampled, before it is held."""

import gzip
import json
import sqlite3
import subprocess
import sys
from contextlib import closing

import numpy as np
import polars as pl
import pytest

from kellet import memory
from kellet.cli.main import main
from kellet.data.formats import batches, columns, databases, packing, sampling
from kellet.data.reading import read
from kellet.errors import InputError

SMALL = "64MiB"


@pytest.fixture
def little(monkeypatch):
    monkeypatch.setenv(memory.VARIABLE, SMALL)


@pytest.mark.parametrize("told", ["", "4", "1KB", "-4GB", "4XB", "nan", "inf", "1e9999", "9" * 5000, "4 GB GB", "٤GB"])
def test_what_is_no_amount_is_refused_in_one_line(told, capfd):
    with pytest.raises(SystemExit) as exit:
        main(["data", "a.csv", f"--memory={told}"])
    out, err = capfd.readouterr()
    assert (exit.value.code, out, len(err.splitlines())) == (2, "", 1)
    assert "an amount of memory" in err


def test_what_a_person_says_holds_for_processes_that_are_started_too(tmp_path, monkeypatch, capfd):
    monkeypatch.setenv(memory.VARIABLE, "1GB")
    (tmp_path / "a.csv").write_text("a,b\n" + "1.5,2\n3.5,4\n" * 20)
    main(["data", str(tmp_path / "a.csv"), "--memory", "100MB"])
    assert memory.budget() == 10**8
    code = "from kellet import memory; print(memory.budget())"
    assert subprocess.check_output([sys.executable, "-c", code], text=True) == "100000000\n"


def test_a_container_and_a_limit_of_addresses_count(tmp_path, monkeypatch):
    monkeypatch.delenv(memory.VARIABLE, raising=False)
    (tmp_path / "max").write_text("2000000000\n")
    monkeypatch.setattr(memory, "GROUPS", (str(tmp_path / "max"), str(tmp_path / "none")))
    assert memory.budget() <= 10**9
    resource = pytest.importorskip("resource")
    monkeypatch.setattr(memory, "GROUPS", ())
    monkeypatch.setattr(resource, "getrlimit", lambda _: (10**9, 10**9))
    assert memory.LEAST <= memory.budget() < 5 * 10**8


def test_arrays_are_judged_by_their_headers(little, tmp_path):
    np.savez_compressed(tmp_path / "a.npz", x=np.zeros(5 * 10**6))
    with pytest.raises(InputError, match=r"fits into 67.1 MB of memory; got .*a.npz', which takes about 80 MB"):
        read(str(tmp_path / "a.npz"))


def test_little_memory_means_a_smaller_sample(little, tmp_path, monkeypatch):
    monkeypatch.setattr(sampling, "FIELD", 2**14)
    height = 20_000
    (tmp_path / "a.csv").write_text("a\n" + "1\n" * height)
    found = read(str(tmp_path / "a.csv"))
    assert found.height == height
    assert found.frame.height == 2**12
    assert found.notes[0].startswith("a sample of 4,096 of its 20,000 rows")


def test_what_a_dictionary_holds_once_counts_as_often_as_it_stands_there(little, tmp_path):
    pl.DataFrame({"a": pl.repeat("word" * 500, 20_000, eager=True)}).write_parquet(tmp_path / "a.parquet")
    assert (tmp_path / "a.parquet").stat().st_size < 100_000
    found = read(str(tmp_path / "a.parquet"))
    assert found.height == 20_000
    assert found.frame.height < 10_000


def test_a_long_text_and_one_large_value_are_refused(little, tmp_path):
    (tmp_path / "a.txt").write_text("some words, and more\n\n" * 600_000)
    (tmp_path / "a.json").write_text(json.dumps({"a": [1] * 2_000_000}))
    with pytest.raises(InputError, match="all of which is read at once"):
        read(str(tmp_path / "a.txt"))
    with pytest.raises(InputError, match="characters of one JSON value"):
        read(str(tmp_path / "a.json"))


def test_what_unpacks_to_far_more_is_given_up_soon(tmp_path, monkeypatch):
    monkeypatch.setattr(packing, "LARGEST", 10**6)
    raw = gzip.compress(b"a,b\n" + b"1,2\n" * 10**6)
    (tmp_path / "a.csv.gz").write_bytes(raw)
    with pytest.raises(InputError, match="at most 1,000,000 bytes inside"):
        read(str(tmp_path / "a.csv.gz"))


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("compression", ["uncompressed", "lz4", "zstd"])
def test_an_arrow_file_says_how_large_it_is(tmp_path, stream, compression):
    frame = pl.DataFrame({"a": np.zeros(10**5), "b": ["word"] * 10**5})
    path = tmp_path / "a.arrow"
    (frame.write_ipc_stream if stream else frame.write_ipc)(path, compression=compression)
    with path.open("rb") as opened:
        assert 10**5 * 12 <= batches.measure_arrow(opened) <= 10**5 * 40


@pytest.mark.parametrize("stream", [False, True])
def test_an_arrow_file_that_claims_more_than_memory_is_refused(tmp_path, stream):
    # Its reader asks for what a buffer says it holds, and takes the process along where that isn't there.
    path = tmp_path / "a.arrow"
    frame = pl.DataFrame({"a": [1.0, None] * 500})
    (frame.write_ipc_stream if stream else frame.write_ipc)(path, compression="zstd")
    raw = path.read_bytes()
    place = raw.index(b"\x28\xb5\x2f\xfd") - 8
    path.write_bytes(raw[:place] + (2**60).to_bytes(8, "little") + raw[place + 8 :])
    with pytest.raises(InputError, match="fits into"):
        read(str(path))


def test_a_view_that_never_ends_is_given_up(tmp_path, monkeypatch):
    monkeypatch.setattr(databases, "TURNS", 2_000_000)
    with closing(sqlite3.connect(tmp_path / "a.db")) as base:
        base.execute("CREATE VIEW v AS WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r) SELECT n FROM r")
    with pytest.raises(InputError, match="a view that ends"):
        read(str(tmp_path / "a.db"))


@pytest.mark.parametrize("name", ["a.csv", "a.jsonl", "a.parquet", "a.arrow", "a.npy"])
def test_a_table_that_is_too_wide_is_refused(tmp_path, monkeypatch, name):
    monkeypatch.setattr(columns, "WIDEST", 300)
    path, width = tmp_path / name, 301
    names = [f"c{i}" for i in range(width)]
    match path.suffix:
        case ".csv":
            path.write_text(",".join(names) + "\n" + ",".join(["1"] * width) + "\n")
        case ".jsonl":
            path.write_text((json.dumps(dict.fromkeys(names, 1)) + "\n") * 2)
        case ".npy":
            np.save(path, np.zeros((2, width)))
        case _:
            frame = pl.DataFrame([pl.Series(c, [1.0]) for c in names])
            (frame.write_parquet if path.suffix == ".parquet" else frame.write_ipc)(path)
    with pytest.raises(InputError, match="at most 300 columns; got 301"):
        read(str(path))
