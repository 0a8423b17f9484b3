"""Samples: tar archives of pictures, texts and JSON; nothing of them touches the disk."""

import io
import json
import tarfile

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from kellet.data import reading
from kellet.data.content import Album, Documents, Rows
from kellet.data.formats.samples import is_tar, read_tars
from kellet.errors import InputError

PIXELS = np.random.default_rng(0).integers(0, 256, (12, 6, 5)).astype(np.uint8)


def png(picture):
    stream = io.BytesIO()
    Image.fromarray(picture).save(stream, "PNG")
    return stream.getvalue()


def tar(path, members, mode="w"):
    with tarfile.open(path, mode) as archive:
        for name, raw in members.items():
            member = tarfile.TarInfo(name)
            member.size = len(raw)
            archive.addfile(member, io.BytesIO(raw))
    return str(path)


@pytest.mark.parametrize("told", ["cls", "json", "folder", "none"])
@pytest.mark.parametrize("mode", ["w", "w:gz", "w:xz"])
def test_pictures_have_the_class_that_lies_beside_them(tmp_path, told, mode):
    members = {}
    for i, picture in enumerate(PIXELS):
        key = f"{'cat' if i % 2 else 'ape'}/{i:03d}" if told == "folder" else f"{i:03d}"
        members |= {f"{key}.png": png(picture), f"{key}.txt": b"a caption"}
        if told == "cls":
            members[f"{key}.cls"] = f"{i % 2}\n".encode()
        if told == "json":
            members[f"{key}.json"] = json.dumps({"label": i % 2, "caption": "a thing"}).encode()
    path = tar(tmp_path / f"a.tar{mode[1:].replace(':', '.')}", members, mode)
    album = reading.read(path)
    assert isinstance(album, Album)
    assert (album.pixels[..., 0] == PIXELS).all()
    assert (None if album.labels is None else album.labels.tolist()) == (None if told == "none" else [0, 1] * 6)
    assert album.notes == ("Left out beside the pictures: 12 captions.",)
    assert album.names == {"folder": ("ape", "cat"), "none": ()}.get(told, ("0", "1"))


def test_shards_are_one_album(tmp_path):
    for shard in range(3):
        part = {f"{i}.png": png(PIXELS[i]) for i in range(4 * shard, 4 * shard + 4)}
        tar(tmp_path / f"train-{shard:06d}.tar", part)
    (tmp_path / "sizes.json").write_text("{}")
    album = reading.read(f"{tmp_path}/*.tar")
    assert (album.pixels[..., 0] == PIXELS).all()
    assert "3 archives" in album.read


def test_texts_are_documents_and_json_makes_rows(tmp_path):
    texts = reading.read(tar(tmp_path / "t.tar", {f"{i}.txt": f"text é {i}".encode() for i in range(3)}))
    assert isinstance(texts, Documents)
    assert texts.texts == ("text é 0", "text é 1", "text é 2")
    rows = reading.read(tar(tmp_path / "j.tar", {f"{i}.json": json.dumps({"a": i, "b": "x"}).encode() for i in (0, 1)}))
    assert isinstance(rows, Rows)
    assert rows.frame.rows() == [(0, "x"), (1, "x")]


def test_names_are_no_paths_and_links_lead_nowhere(tmp_path):
    (tmp_path / "secret.txt").write_text("secret")
    path = tmp_path / "a.tar"
    tar(path, {"../../evil.txt": b"one", "/tmp/evil2.txt": b"two", ".hidden.txt": b"three"})
    with tarfile.open(path, "a") as archive:
        link = tarfile.TarInfo("link.txt")
        link.type, link.linkname = tarfile.SYMTYPE, str(tmp_path / "secret.txt")
        archive.addfile(link)
    before = sorted(tmp_path.rglob("*"))
    assert reading.read(str(path)).texts == ("one", "two")
    assert sorted(tmp_path.rglob("*")) == before


def test_a_file_that_is_too_large_is_refused_by_its_header(tmp_path):
    member = tarfile.TarInfo("a.txt")
    member.size = 2**40
    (tmp_path / "a.tar").write_bytes(member.tobuf() + bytes(1024))
    with pytest.raises(InputError, match=r"at most 67,108,864 bytes.*; got 'a.txt' of 1,099,511,627,776"):
        reading.read(str(tmp_path / "a.tar"))


@pytest.mark.parametrize(
    ("members", "told"),
    [
        ({"a.input.png": png(PIXELS[0]), "a.target.png": png(PIXELS[1])}, "one picture per sample"),
        ({"a.png": b"\x89PNG\r\n\x1a\n"}, r"a readable picture; got '.*a.tar::a.png'"),
        ({"a.csv": b"a,b\n1,2\n"}, "pictures, texts or JSON in a tar archive; got 1 of .csv"),
        ({"a.json": b"{"}, "readable JSON; got 'a.json'"),
    ],
)
def test_what_is_no_sample_is_named(tmp_path, members, told):
    with pytest.raises(InputError, match=told):
        reading.read(tar(tmp_path / "a.tar", members))


stream = io.BytesIO()
with tarfile.open(fileobj=stream, mode="w") as whole:
    for i, picture in enumerate(PIXELS):
        for name, raw in ((f"{i}.png", png(picture)), (f"{i}.cls", b"1")):
            info = tarfile.TarInfo(name)
            info.size = len(raw)
            whole.addfile(info, io.BytesIO(raw))
ENCODED = stream.getvalue()


@settings(max_examples=200)
@given(st.data())
def test_a_damaged_archive_is_a_line_or_what_is_left(tmp_path_factory, data):
    raw = bytearray(ENCODED[: data.draw(st.integers(1, len(ENCODED)))])
    for place in data.draw(st.lists(st.integers(0, len(raw) - 1), max_size=12)):
        raw[place] = data.draw(st.integers(0, 255))
    path = tmp_path_factory.getbasetemp() / "damaged.tar"
    path.write_bytes(bytes(raw))
    assert is_tar(path) in (True, False)
    try:
        content = read_tars([path])
    except InputError as error:
        assert "\n" not in str(error)
    else:
        assert isinstance(content, Album | Documents | Rows)
