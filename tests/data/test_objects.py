"""Objects: what a program has in its hands is taken without importing where it comes from."""

import datetime
import decimal
import subprocess
import sys
import types

import numpy as np
import pandas as pd
import polars as pl
import pytest
import xarray as xr
from PIL import Image

from kellet.data import objects
from kellet.data.content import Album, Documents, Rows
from kellet.data.objects import take
from kellet.errors import InputError

PICTURES = np.random.default_rng(0).integers(0, 256, (12, 6, 5)).astype(np.uint8)


def rows(thing):
    found = take(thing)
    assert isinstance(found, Rows)
    return found.frame


def test_polars_frames_lazy_frames_and_series_are_taken_as_they_are():
    frame = pl.DataFrame({"a": [1, None], "b": ["x", "y"]})
    assert rows(frame).equals(frame)
    assert rows(frame.lazy()).equals(frame)
    assert rows(frame["a"]).columns == ["a"]
    assert rows(pl.Series([1.5])).columns == ["value"]
    assert rows(pl.DataFrame({"a": [{"b": 1, "c": "x"}]})).columns == ["a.b", "a.c"]
    assert rows(frame.with_columns(pl.col("b").cast(pl.Categorical))).dtypes[1] == pl.String


COLUMNS = {
    "whole": ([1, 2, 3], [1, 2, 3], pl.Int64),
    "broken": ([1.0, np.nan, 3.0], [1, None, 3], pl.Float64),
    "nullable": (pd.array([1, None, 3], dtype="Int64"), [1, None, 3], pl.Int64),
    "truth": (pd.array([True, None, False], dtype="boolean"), [True, None, False], pl.Boolean),
    "words": (["x", None, "é"], ["x", None, "é"], pl.String),
    "levels": (pd.Categorical(["u", None, "v"]), ["u", None, "v"], pl.String),
    "codes": (pd.Categorical([1, 2, 1]), ["1", "2", "1"], pl.String),
    "mixed": ([1, "a", None], ["1", "a", None], pl.String),
    "lists": ([[1], [2, 3], None], [[1], [2, 3], None], pl.List(pl.Int64)),
    "prices": ([decimal.Decimal("1.5"), None, decimal.Decimal(2)], [decimal.Decimal("1.5"), None, 2], pl.Decimal),
    "days": ([datetime.date(2020, 1, 1), None, None], [datetime.date(2020, 1, 1), None, None], pl.Date),
    "months": (pd.period_range("2020-01", periods=3, freq="M"), ["2020-01", "2020-02", "2020-03"], pl.String),
    "sparse": (pd.arrays.SparseArray([0, 0, 1]), [0, 0, 1], pl.Int64),
}


@pytest.mark.parametrize("name", COLUMNS)
def test_a_column_of_pandas_keeps_its_type_and_its_gaps(name):
    given, wanted, kind = COLUMNS[name]
    found = rows(pd.DataFrame({name: given}))[name]
    assert found.to_list() == wanted
    assert found.dtype == kind
    assert rows(pd.Series(given, name=name))[name].to_list() == wanted


def test_times_of_pandas_keep_their_zone():
    there = pd.to_datetime(["2020-01-01 12:00", None])
    assert rows(pd.DataFrame({"t": there}))["t"].to_list() == [datetime.datetime(2020, 1, 1, 12), None]
    zoned = rows(pd.DataFrame({"t": there.tz_localize("Europe/Berlin")}))["t"]
    assert zoned.dtype == pl.Datetime("us", "Europe/Berlin")
    # Of what is null, older polars take the hour too, and fall.
    assert (zoned.drop_nulls().dt.hour().to_list(), zoned.null_count()) == ([12], 1)
    assert rows(pd.DataFrame({"t": pd.to_timedelta([1, None], unit="s")}))["t"].to_list()[1] is None


def test_the_index_of_pandas_is_a_column_only_where_it_has_a_name():
    frame = pd.DataFrame({"a": [1, 2], "b": ["x", "y"]})
    assert rows(frame.iloc[::-1]).columns == ["a", "b"]
    assert rows(frame.set_index("b")).columns == ["b", "a"]
    assert rows(frame.set_index(["b", "a"]).assign(c=1)).rows() == [("x", 1, 1), ("y", 2, 1)]
    assert rows(pd.DataFrame([[1, 2]], columns=["a", "a"])).columns == ["a", "a (2)"]
    assert rows(pd.DataFrame({("a", "b"): [1], ("a", "c"): [2]})).columns == ["a.b", "a.c"]


class Stream:
    """What exports Arrow data, and nothing else."""

    def __init__(self, frame):
        self.frame = frame

    def __arrow_c_stream__(self, requested_schema=None):
        return self.frame.__arrow_c_stream__(requested_schema)


def test_arrow_tables_are_taken_from_anybody():
    frame = pl.DataFrame({"a": [1, None], "b": ["x", "y"]})
    assert rows(Stream(frame)).equals(frame)


def test_arrays_are_tables_or_pictures():
    assert rows(np.ones((3, 2))).columns == ["x0", "x1"]
    assert rows(np.arange(3)).columns == ["x"]
    assert rows(np.ma.array([1, 2], mask=[False, True]))["x"].to_list() == [1, None]
    assert rows(np.array(["a", None], dtype=object))["x"].to_list() == ["a", None]
    assert rows(np.array([(1, "a")], dtype=[("n", int), ("w", "U1")])).rows() == [(1, "a")]
    for thing in (PICTURES, list(PICTURES), [Image.fromarray(picture) for picture in PICTURES], PICTURES.tolist()):
        album = take(thing)
        assert isinstance(album, Album)
        assert (album.pixels[..., 0] == PICTURES).all()
    labelled = take({"images": PICTURES, "labels": np.arange(12) % 2})
    assert labelled.names == ("0", "1")


def test_tensors_are_arrays():
    torch = pytest.importorskip("torch")
    assert rows(torch.ones(3, 2)).shape == (3, 2)


def test_variables_of_xarray_are_columns():
    time = pd.date_range("2020", periods=2)
    table = xr.Dataset({"t": (("time", "place"), np.ones((2, 3)))}, coords={"time": time, "place": list("abc")})
    assert set(rows(table).columns) == {"time", "place", "t"}
    assert rows(table).height == 6
    assert rows(xr.Dataset({"t": ("n", [1.0, 2.0]), "u": ("n", ["a", "b"])})).rows() == [(1, "a"), (2, "b")]
    array = xr.DataArray(np.ones((3, 2)), dims=("n", "v"), coords={"v": ["height", "weight"]})
    assert rows(array).columns == ["height", "weight"]
    assert rows(xr.DataArray([1, 2], name="k")).columns == ["k"]
    assert isinstance(take(xr.DataArray(PICTURES)), Album)


def make_datasets():
    """As the library `datasets` shows itself."""
    module = types.ModuleType("datasets")

    class ClassLabel:
        names = ("ape", "bee")

    class Dataset:
        features = {"kind": ClassLabel()}  # noqa: RUF012
        frame = pl.DataFrame({"text": ["x", "y"], "kind": [1, 0]})

        def with_format(self, name):
            assert name == "arrow"
            return self

        def __getitem__(self, where):
            return Stream(self.frame)

    class DatasetDict(dict):
        pass

    class IterableDataset(Dataset):
        def __iter__(self):
            return iter(self.frame.to_dicts())

    for kind in (Dataset, DatasetDict, IterableDataset, ClassLabel):
        kind.__module__ = "datasets.arrow_dataset"
        setattr(module, kind.__name__, kind)
    return module


def test_data_sets_have_the_names_of_their_classes_and_a_dict_of_them_is_a_choice():
    datasets = make_datasets()
    for one in (datasets.Dataset(), datasets.IterableDataset()):
        assert rows(one).rows() == [("x", "bee"), ("y", "ape")]
    with pytest.raises(InputError, match=r"one split; got a DatasetDict of 'train', 'test'. Try dataset\['train'\]"):
        take(datasets.DatasetDict(train=datasets.Dataset(), test=datasets.Dataset()))


def test_python_has_columns_rows_and_texts():
    assert rows({"a": [1, 2], "b": ["x", None]}).rows() == [(1, "x"), (2, None)]
    assert rows([{"a": 1}, {"a": 2.5, "b": "x"}]).rows() == [(1.0, None), (2.5, "x")]
    assert rows([(1, "a"), (2, "b")]).rows() == [(1, "a"), (2, "b")]
    assert rows([[1, 2], [3, 4]]).columns == ["x0", "x1"]
    assert rows([1, 2.5, None])["x"].to_list() == [1, 2.5, None]
    assert rows(i for i in range(3))["x"].to_list() == [0, 1, 2]
    assert rows([{"a": {"b": 1}}]).columns == ["a.b"]
    texts = take(["one", "two"])
    assert isinstance(texts, Documents)
    assert texts.texts == ("one", "two")
    assert take(iter(["one", "two"])).texts == ("one", "two")
    assert take(texts) is texts


def test_what_has_no_end_is_cut_and_that_is_said(monkeypatch):
    monkeypatch.setattr(objects, "MOST", 5)
    found = take({"a": i} for i in range(10**9))
    assert found.frame.height == 5
    assert found.notes == ("The first 5 are taken.",)


@pytest.mark.parametrize(
    ("thing", "told"),
    [
        (None, "an object that holds data; got None"),
        ("a.csv", "an object that holds data; got 'a.csv'"),
        (3, "got one of type 'int'"),
        (object(), "got one of type 'object'"),
        ([], "got an empty list"),
        ({}, "0 rows, 0 columns"),
        (pd.DataFrame(), "0 rows, 0 columns"),
        ({"a": 1}, "a dict of columns; got 1 for 'a'"),
        ({"a": [1], "b": [1, 2]}, "2 values in 'b' and 1 in 'a'"),
        ([[1], [1, 2]], r"rows of 2 values; got \[1\]"),
        ([object()], "plain values; got a 'object' in the column 'x'"),
        (np.ones(3) + 0j, "got complex128 numbers"),
        (pd.DataFrame({"z": [1j]}), "got complex128 numbers in the column 'z'"),
        ([np.ones((8, 8)), np.ones((8, 9))], "data that can be read; got 'list'"),
        (xr.Dataset({"a": 1.0}), "single numbers"),
    ],
)
def test_what_holds_no_data_is_named_in_one_line(thing, told):
    with pytest.raises(InputError, match=told) as error:
        take(thing)
    assert "\n" not in str(error.value)


def test_no_package_is_imported_that_nothing_came_from():
    script = (
        "import sys; from kellet.data.objects import take; take({'a': [1]}); take([1, 2]);"
        "sys.exit(any(name in sys.modules for name in ('pandas', 'xarray', 'torch', 'datasets', 'pyarrow')))"
    )
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0
