"""Parquet and Arrow: judged by their footers before anything large is held."""

import io

import numpy as np
import polars as pl
import pytest

from kellet.data.formats import columnar, sampling
from kellet.data.formats.footers import measure_parquet
from kellet.data.reading import read
from kellet.errors import InputError

FRAME = pl.DataFrame({"n": range(5000), "word": ["abcdefgh" * 20] * 5000, "list": [[1.0, 2.0]] * 5000})


def test_a_footer_tells_how_much_is_unpacked():
    sizes = {}
    for how in ("uncompressed", "zstd"):
        stream = io.BytesIO()
        FRAME.write_parquet(stream, compression=how, row_group_size=1000, statistics="full")
        sizes[how] = measure_parquet(stream)
        assert how == "zstd" or 0.5 * len(stream.getvalue()) < sizes[how] < len(stream.getvalue())
    assert sizes["zstd"] == pytest.approx(sizes["uncompressed"], rel=0.2)


@pytest.mark.parametrize("raw", [b"", b"PAR1", b"PAR1\xff\xff\xff\x7fPAR1", b"PAR1" + b"\x19" * 99 + b"\x60\0\0\0PAR1"])
def test_a_footer_that_makes_no_sense_tells_nothing(raw):
    assert measure_parquet(io.BytesIO(raw)) is None


@pytest.mark.parametrize("ending", ["parquet", "arrow"])
def test_a_large_file_is_sampled_evenly_with_its_types(ending, monkeypatch, tmp_path):
    monkeypatch.setattr(sampling, "CELLS", 1500)
    monkeypatch.setattr(columnar, "STEP", 700)
    path = tmp_path / f"a.{ending}"
    FRAME.write_parquet(path) if ending == "parquet" else FRAME.write_ipc(path)
    seen = read(str(path))
    assert (seen.frame.height, seen.height) == (500, 5000)
    assert seen.frame.schema == FRAME.schema
    places = seen.frame["n"].to_numpy()
    assert (np.diff(places) > 0).all()
    # A fifth of 500 rows in each fifth of the file, within four times the spread of draws without replacement.
    fifths = np.bincount(places // 1000, minlength=5)
    assert (abs(fifths - 100) < 4 * np.sqrt(500 * 0.2 * 0.8 * 0.9)).all()


def test_rows_that_are_too_large_are_refused_before_they_are_read(monkeypatch, tmp_path):
    monkeypatch.setattr(columnar, "LARGEST", 1000)
    pl.DataFrame({"a": ["x" * 5000, "y" * 5000]}).write_parquet(tmp_path / "a.parquet")
    with pytest.raises(InputError, match=r"rows of at most 1,000 bytes; got rows of (5|10),0"):
        read(str(tmp_path / "a.parquet"))


@pytest.mark.parametrize("kind", [pl.Datetime("ms"), pl.Datetime("us"), pl.Date, pl.Duration("ms")], ids=str)
def test_times_that_python_can_not_hold_are_missing(kind, tmp_path):
    far = 10**9 if kind == pl.Date else 4 * 10**17
    pl.DataFrame(
        {"t": pl.Series([0, 86_400_000, far]).cast(pl.Int32 if kind == pl.Date else pl.Int64).cast(kind)}
    ).write_parquet(tmp_path / "a.parquet")
    seen = read(str(tmp_path / "a.parquet"))
    assert seen.frame["t"].is_null().to_list() == [False, kind == pl.Date, True]
    assert "can not be held" in seen.notes[0]
