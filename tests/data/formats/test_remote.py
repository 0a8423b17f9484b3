"""Remote: files behind URLs, brought here within bounds."""

import sys

import fsspec
import polars as pl
import pytest

from kellet.data import files, reading
from kellet.data.formats import remote
from kellet.errors import InputError

FRAME = pl.DataFrame({"a": [str(i) for i in range(12)], "b": ["x", "y"] * 6})


@pytest.fixture
def memory():
    store = fsspec.filesystem("memory")
    remote.fetch.cache_clear()
    yield store
    store.rm("/", recursive=True)
    remote.fetch.cache_clear()


def test_a_url_is_read_as_a_path_is(memory, tmp_path):
    memory.pipe("/there/t.csv", FRAME.write_csv().encode())
    assert reading.read("memory://there/t.csv").frame.equals(FRAME)
    FRAME.write_csv(tmp_path / "t.csv")
    assert reading.read(f"file://{tmp_path}/t.csv").frame.equals(FRAME)
    assert files.digest("memory://there/t.csv") == files.digest(str(tmp_path / "t.csv"))


def test_folders_and_globs_behind_a_url_are_all_their_files(memory):
    for name in ("d/a.csv", "d/deep/b.csv", "d/README.md", "e/../../../c.csv"):
        memory.pipe(f"/{name}", FRAME.write_csv().encode())
    assert reading.read("memory://d").frame.height == 24
    assert reading.read("memory://d/*.csv").frame.height == 12


def test_what_is_not_there_or_unknown_is_a_line(memory):
    for url, told in (
        ("memory://nothing.csv", "where nothing is"),
        ("nosuch://x/a.csv", "nosuch"),
        ("memory://none/*.csv", "where nothing is"),
    ):
        with pytest.raises(InputError, match=told) as error:
            reading.read(url)
        assert "\n" not in str(error.value)


def test_the_size_is_bounded_while_it_is_read(memory, monkeypatch):
    memory.pipe("/large.csv", b"a\n" + b"1\n" * 1000)
    monkeypatch.setattr(remote, "LARGEST", 500)
    with pytest.raises(InputError, match="at most 500 bytes behind a URL"):
        reading.read("memory://large.csv")


def test_a_store_without_its_package_names_it(monkeypatch):
    remote.fetch.cache_clear()
    monkeypatch.setitem(sys.modules, "fsspec", None)
    with pytest.raises(InputError, match=r"fsspec, to read from a URL; .*\[cluster\]"):
        reading.read("https://example.org/a.csv")


def test_a_package_of_a_store_that_is_not_there_is_named(monkeypatch):
    remote.fetch.cache_clear()
    monkeypatch.setitem(sys.modules, "s3fs", None)
    with pytest.raises(InputError, match=r"a package that reads s3://; got none installed. Try pip install s3fs"):
        reading.read("s3://bucket/a.csv")
    for name in ("aiohttp", "fsspec.implementations.http"):
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(InputError, match=r"a package that reads https://; .* Try pip install .*aiohttp"):
        reading.read("https://localhost/a.csv")
