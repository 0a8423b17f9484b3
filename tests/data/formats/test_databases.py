"""SQLite: read only, and what was written last is seen."""

import sqlite3
from contextlib import closing

import pytest

from kellet.data.reading import read
from kellet.errors import InputError


def test_nothing_is_written_beside_a_database(tmp_path):
    with closing(sqlite3.connect(tmp_path / "a.db")) as base:
        base.execute("CREATE TABLE t (x)")
        base.executemany("INSERT INTO t VALUES (?)", [(i,) for i in range(5)])
        base.commit()
    before = {path: path.read_bytes() for path in tmp_path.iterdir()}
    assert read(str(tmp_path / "a.db")).frame["x"].to_list() == [0, 1, 2, 3, 4]
    assert {path: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_rows_that_still_lie_in_the_log_are_seen(tmp_path):
    with closing(sqlite3.connect(tmp_path / "a.db")) as base:
        base.execute("PRAGMA journal_mode = WAL")
        base.execute("CREATE TABLE t (x)")
        base.execute("INSERT INTO t VALUES (1)")
        base.commit()
        assert read(str(tmp_path / "a.db")).frame["x"].to_list() == [1]


def test_tables_are_named_where_there_are_several(tmp_path):
    with closing(sqlite3.connect(tmp_path / "a.db")) as base:
        base.execute("CREATE TABLE one (x)")
        base.execute("CREATE VIEW two AS SELECT 1 AS y, 'a' AS z")
        base.commit()
    with pytest.raises(InputError, match=r'got 2 in .*a.db: "one", "two". Try .*a.db::one'):
        read(str(tmp_path / "a.db"))
    with pytest.raises(InputError, match=r'one of the tables "one", "two" in .*; got "three"'):
        read(f"{tmp_path / 'a.db'}::three")
    assert read(f"{tmp_path / 'a.db'}::two").frame.rows() == [(1, "a")]
