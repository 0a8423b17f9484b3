"""Packed files: bounded, and asked for by member."""

import gzip
import io
import tarfile
import zipfile

import pytest

from kellet.data.formats import packing
from kellet.data.reading import read
from kellet.errors import InputError


def test_what_grows_too_large_is_refused_before_it_is_held(monkeypatch, tmp_path):
    monkeypatch.setattr(packing, "LARGEST", 10_000)
    monkeypatch.setattr(packing, "RATIO", 2)
    path = tmp_path / "a.csv.gz"
    path.write_bytes(gzip.compress(b"a,b\n" + b"1,2\n" * 100_000))
    with pytest.raises(InputError, match=r"at most 10,000 bytes inside; got more than that in .*unpacking it first"):
        read(str(path))


def test_packed_again_and_again_is_refused(tmp_path):
    raw = b"a,b\n1,2\n" * 9
    for _ in range(4):
        raw = gzip.compress(raw)
    (tmp_path / "a.gz").write_bytes(raw)
    with pytest.raises(InputError, match="packed once or twice"):
        read(str(tmp_path / "a.gz"))


def test_a_member_that_is_not_there_is_named_with_those_that_are(tmp_path):
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("one.csv", "a,b\n1,2\n")
        archive.writestr("in/two.csv", "c,d\n3,4\n")
    with pytest.raises(InputError, match=r'"one.csv", "in/two.csv"; got "three.csv"'):
        read(f"{tmp_path / 'a.zip'}::three.csv")
    assert read(f"{tmp_path / 'a.zip'}::in/two.csv").frame.rows() == [("3", "4")]


def test_a_locked_archive_is_refused(tmp_path):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("one.csv", "a,b\n1,2\n")
    raw = bytearray(stream.getvalue())
    # The bit that says that a member is encrypted, in both places where it stands.
    raw[6] |= 1
    raw[raw.index(b"PK\x01\x02") + 8] |= 1
    (tmp_path / "a.zip").write_bytes(raw)
    with pytest.raises(InputError, match="password"):
        read(str(tmp_path / "a.zip"))


@pytest.mark.parametrize("head", [b"%PDF-1.7\n", b"\x7fELF\2\1\1", b"{\\rtf1 words}", b"\xd0\xcf\x11\xe0"])
def test_files_of_other_kinds_are_refused(head, tmp_path):
    (tmp_path / "a.bin").write_bytes(head + b"\0" * 100)
    with pytest.raises(InputError, match="a table, a text or pictures"):
        read(str(tmp_path / "a.bin"))


def test_a_tar_of_tables_is_refused(tmp_path):
    with tarfile.open(tmp_path / "a.bin", "w") as archive:
        archive.addfile(tarfile.TarInfo("a.csv"))
    with pytest.raises(InputError, match=r"pictures, texts or JSON in a tar archive; got 1 of \.csv"):
        read(str(tmp_path / "a.bin"))
