"""The door: nothing is read twice, and what is in a folder belongs together or is said not to."""

import io
import os

import polars as pl
import pytest

from kellet.data import files
from kellet.data.reading import read, read_rows
from kellet.errors import InputError, quote

TABLE = "a,b\n1,2\n3,4\n"


def test_a_file_is_read_once_as_long_as_it_stays(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text(TABLE)
    first = read(str(path))
    assert read(str(path)) is first
    path.write_text(TABLE + "5,6\n")
    os.utime(path, ns=(1, 1))
    assert read(str(path)).frame.height == 3


def test_a_name_that_could_be_a_pattern_is_a_name(tmp_path):
    (tmp_path / "a[1].csv").write_text(TABLE)
    (tmp_path / "a1.csv").write_text("c\n5\n6\n")
    assert read(str(tmp_path / "a[1].csv")).frame.columns == ["a", "b"]
    assert read(str(tmp_path / "a?.csv")).frame.columns == ["c"]


ODD = (
    "data[1]",
    "d*",
    "d?",
    "{a,b}",
    "-x",
    "~",
    "a\nb",
    b"\xff\xfe",
    "a::b",
    "file:x",
    "$HOME",
    "%41",
    "**",
    "[!a]",
    "a=b",
)


@pytest.mark.parametrize("form", ["csv", "parquet", "ipc", "ndjson"])
def test_whatever_a_file_is_called_it_is_that_file(form, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    ending = f".{form.replace('ipc', 'arrow').replace('ndjson', 'jsonl')}"

    def put(name, column):
        getattr(pl.DataFrame({column: [1.5, 2.5], "n": [3, 4]}), f"write_{form}")(out := io.BytesIO())
        (tmp_path / (name + ending)).write_bytes(out.getvalue())

    for near in ("data1", "dx", "a", "b", "x", "A"):
        put(near, "wrong")
    for name in map(os.fsdecode, ODD):
        put(name, "right")
        for path in (name + ending, str(tmp_path / (name + ending))):
            assert read(path).frame.columns == ["right", "n"], path
        (tmp_path / (name + ending)).unlink()


def test_a_name_with_colons_is_a_name(tmp_path):
    (tmp_path / "a::b.csv").write_text(TABLE)
    assert read(str(tmp_path / "a::b.csv")).frame.height == 2


def test_a_table_beside_a_text_is_refused(tmp_path):
    (tmp_path / "a.txt").write_text("1,2\n" * 20)
    (tmp_path / "b.txt").write_text("Some words, and more.\n")
    with pytest.raises(InputError, match=r"files of one kind; got rows in .*a.txt and documents in .*b.txt"):
        read(str(tmp_path))


def test_texts_are_no_rows(tmp_path):
    (tmp_path / "b.txt").write_text("Some words, and more.\n")
    with pytest.raises(InputError, match="a table"):
        read_rows(str(tmp_path / "b.txt"))


def test_the_digest_is_of_the_contents_alone(tmp_path):
    (tmp_path / "a.csv").write_text(TABLE)
    (tmp_path / "b.csv").write_text(TABLE)
    assert files.digest(str(tmp_path / "a.csv")) == files.digest(str(tmp_path / "b.csv")) == "c30aba55c641a6c1"


def test_many_names_are_not_all_told():
    assert quote("abcde", most=3) == '"a", "b", "c" and 2 more'
