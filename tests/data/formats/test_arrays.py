"""Arrays: npy, npz and idx as people have them; headers are judged before anything is allocated."""

import gzip
import io
import pickle
import struct
import zipfile

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from kellet.data import reading
from kellet.data.content import Album, Rows
from kellet.data.formats import arrays, sampling
from kellet.data.formats import npy as numpys
from kellet.data.formats.npy import read_npy, read_npz
from kellet.data.formats.splits import split_of
from kellet.data.spool import spool
from kellet.errors import InputError

RNG = np.random.default_rng(0)
IMAGES = RNG.integers(0, 256, (20, 8, 7)).astype(np.uint8)
LABELS = RNG.integers(0, 3, 20)


def saved(path, **named):
    np.savez(path, **named)
    return reading.read(str(path))


@pytest.fixture
def npz(tmp_path):
    return lambda **named: saved(tmp_path / "a.npz", **named)


@pytest.fixture
def npy(tmp_path):
    def make(array):
        np.save(tmp_path / "a.npy", array)
        return reading.read(str(tmp_path / "a.npy"))

    return make


@pytest.mark.parametrize("kind", [np.uint8, np.int64, np.float16, np.float32, np.float64, np.bool_, ">i4", ">f8"])
def test_a_table_has_a_column_for_each_of_its_axis(npy, kind):
    values = (np.arange(6).reshape(3, 2) % 2).astype(kind)
    for array in (values, np.asfortranarray(values)):
        rows = npy(array)
        assert isinstance(rows, Rows)
        assert rows.frame.columns == ["x0", "x1"]
        assert (rows.frame.to_numpy() == values).all()


def test_one_axis_is_one_column_and_dates_and_words_are_kept(npy):
    assert npy(np.arange(3)).frame.columns == ["x"]
    assert npy(np.array(["a", "bé"])).frame["x"].to_list() == ["a", "bé"]
    assert npy(np.array([b"a", "é".encode()])).frame["x"].to_list() == ["a", "é"]
    for unit in ("ns", "ms", "D", "M", "Y"):
        days = npy(np.array(["2020-01-01", "NaT"], dtype=f"M8[{unit}]")).frame["x"]
        assert days.dtype == pl.Datetime
        assert [str(day)[:10] for day in days] == ["2020-01-01", "None"]


def test_fields_of_a_structured_array_are_columns(npy):
    kind = [("age", "i4"), ("size", "f2"), ("name", "U3"), ("at", [("x", "f8"), ("y", "f8", (2,))])]
    frame = npy(np.array([(1, 2, "a", (3, [4, 5])), (6, 7, "b", (8, [9, 10]))], dtype=kind)).frame
    assert frame.columns == ["age", "size", "name", "at.x", "at.y0", "at.y1"]
    assert frame.rows() == [(1, 2, "a", 3, 4, 5), (6, 7, "b", 8, 9, 10)]


@pytest.mark.parametrize("channels", ["none", "last", "first", "four"])
def test_pictures_have_the_classes_beside_them(npz, channels):
    colour = RNG.integers(0, 256, (20, 8, 7, 3)).astype(np.uint8)
    clear = np.concatenate([colour, colour[..., :1]], axis=3)
    given_as = {"none": IMAGES, "last": colour, "first": np.moveaxis(colour, 3, 1), "four": clear}[channels]
    album = npz(images=given_as, labels=LABELS)
    assert isinstance(album, Album)
    assert (album.pixels == (IMAGES[..., None] if channels == "none" else colour)).all()
    assert album.names == ("0", "1", "2")
    assert (album.labels == LABELS).all()


@pytest.mark.parametrize(
    "labels", [LABELS[:, None], LABELS.astype(float), np.eye(3)[LABELS], np.array(["ape", "bee", "cat"])[LABELS]]
)
def test_labels_are_classes_in_any_shape(npz, labels):
    assert (npz(data=IMAGES, target=labels).labels == LABELS).all()


def test_labels_are_ordered_as_numbers(npz):
    album = npz(x=IMAGES, y=np.arange(20) % 10 + 5)
    assert album.names[:3] == ("5", "6", "7")
    assert album.names[-1] == "14"


@pytest.mark.parametrize("names", ["x_{}", "{}_images", "X_{}", "{}X", "X{}"])
def test_of_splits_the_training_data_are_taken_and_the_rest_is_named(tmp_path, names):
    labels = names.replace("X", "Y").replace("x", "y").replace("images", "labels")
    named = {}
    for split, part in (("train", slice(0, 14)), ("test", slice(14, 20))):
        named |= {names.format(split): IMAGES[part], labels.format(split): LABELS[part]}
    album = saved(tmp_path / "a.npz", **named)
    assert (album.pixels[..., 0] == IMAGES[:14]).all()
    assert (album.labels == LABELS[:14]).all()
    assert album.notes[0].startswith("Of the splits train and test, train is taken: ")
    for part in ("test", names.format("test")):
        chosen = reading.read(f"{tmp_path}/a.npz::{part}")
        assert (chosen.pixels[..., 0] == IMAGES[14:]).all()
        assert (chosen.labels == LABELS[14:]).all()
    with pytest.raises(InputError, match=r"one of the arrays 'x|one of the arrays '.*; got 'validation'"):
        reading.read(f"{tmp_path}/a.npz::validation")


def test_a_table_with_labels_is_a_table_and_a_part_is_one_array(tmp_path):
    path = tmp_path / "a.npz"
    rows = saved(path, X=RNG.normal(size=(20, 2)), y=LABELS, odd=np.arange(3), scale=np.float64(2))
    assert rows.frame.columns == ["X0", "X1", "y"]
    assert rows.notes == ("Left out, since they have not 20 rows: odd, scale.",)
    assert reading.read(f"{path}::odd").frame.columns == ["odd"]


def test_curves_with_numbers_below_zero_are_no_pictures(npy):
    curves = RNG.normal(size=(20, 6, 5))
    assert npy(curves).frame.width == 30
    assert isinstance(npy(abs(curves)), Album)


def test_white_is_found(npz):
    assert npz(x=IMAGES / 255).top == 1
    assert npz(x=IMAGES.astype(np.uint16) * 257).top == 65535
    digits = npz(x=IMAGES % 17)
    assert digits.top == 16
    assert digits.read[-1] == "16 is white, the largest number"


def test_what_is_white_may_be_said_and_survives_the_way_through_a_file(npz):
    assert npz(x=IMAGES % 17, white=15).top == 15
    deep = [Image.fromarray(picture.astype(np.uint16)) for picture in IMAGES]
    album = reading.read(spool(deep))
    assert album.top == 65535
    assert (album.pixels[..., 0] == IMAGES).all()


def test_two_arrays_of_pictures_are_a_choice(npz):
    with pytest.raises(InputError, match=r"one array of pictures; got 'a' and 'b' in .*Try '.*a.npz::a'"):
        npz(a=IMAGES, b=IMAGES)


@pytest.mark.parametrize(
    ("array", "told"),
    [
        (np.ones(3, dtype=complex), "numbers; got complex128 numbers"),
        (np.ones(3, dtype=np.longdouble), "at most 64 bits; got"),
        (np.zeros(3, dtype="V5"), "raw bytes"),
        (np.float64(1), "a single number, x"),
        (np.ones((0, 3)), r"of shape \(0, 3\)"),
        (np.ones((3, 0)), r"of shape \(3, 0\)"),
        (np.zeros((1, 2**17 + 1), dtype=np.uint8), "at most 32,768 columns"),
        (np.ones((3, 300, 300)), "fewer pixels"),
    ],
)
def test_what_is_no_data_is_named(npy, array, told):
    with pytest.raises(InputError, match=told):
        npy(array)


def test_objects_are_never_loaded(tmp_path):
    np.save(tmp_path / "a.npy", np.array([{}, None]), allow_pickle=True)
    np.savez(tmp_path / "a.npz", x=np.array([{}, None]), allow_pickle=True)
    (tmp_path / "b.npy").write_bytes(pickle.dumps([1]))
    for name in ("a.npy", "a.npz", "b.npy"):
        with pytest.raises(InputError, match=r"a readable \.np. table"):
            reading.read(str(tmp_path / name))


def header(text, body=b""):
    spelled = text.encode() + b"\n"
    return b"\x93NUMPY\x01\0" + struct.pack("<H", len(spelled)) + spelled + body


@pytest.mark.parametrize(
    "raw",
    [
        header("{'descr': '<f8', 'fortran_order': False, 'shape': (1000000000000000000,)}", bytes(80)),
        header("{'descr': '<f8', 'fortran_order': False, 'shape': (100,)}", bytes(80)),
        header("{'descr': '<U0', 'fortran_order': False, 'shape': (1000000000000000000,)}"),
        header("{'descr': '<f8', 'fortran_order': False, 'shape': (-5,)}", bytes(80)),
        header("{'descr': '<f8', 'fortran_order': False, 'shape': (0, 1000000000000000000)}"),
        header("{'descr': '<f8', 'fortran_order': False, 'shape': (("),
        header("__import__('os').system('touch boom')"),
        header("{'descr': 'nonsense', 'fortran_order': 7, 'shape': 1}"),
        header("(" * 5000 + ")" * 5000),
        b"\x93NUMPY\x09\x09",
        b"\x93NUM",
    ],
)
def test_a_header_that_lies_is_a_line(tmp_path, raw):
    (tmp_path / "a.npy").write_bytes(raw)
    with zipfile.ZipFile(tmp_path / "a.npz", "w") as box:
        box.writestr("x.npy", raw)
    for read, name in ((read_npy, "a.npy"), (read_npz, "a.npz")):
        with pytest.raises(InputError) as told:
            read([tmp_path / name])
        assert "\n" not in str(told.value)


def test_a_large_table_is_a_sample_of_its_rows(tmp_path, monkeypatch):
    monkeypatch.setattr(sampling, "CELLS", 40)
    monkeypatch.setattr(arrays, "BLOCK", 5)
    values = np.arange(300.0).reshape(100, 3)
    for save, name in ((np.save, "a.npy"), (lambda path, x: np.savez(path, x=x), "a.npz")):
        save(tmp_path / name, np.asfortranarray(values))
        rows = reading.read(str(tmp_path / name))
        assert rows.height == 100
        assert rows.frame.height == 13
        assert {tuple(row) for row in rows.frame.rows()} <= {tuple(row) for row in values.tolist()}
        assert rows.notes[0].startswith("a sample of 13 of its 100 rows")


def test_what_a_small_file_unpacks_to_is_bounded(tmp_path, monkeypatch):
    np.savez_compressed(tmp_path / "a.npz", x=np.zeros(10**6), y=np.zeros(10**6))
    monkeypatch.setattr(numpys, "UNPACKED", 10**7)
    monkeypatch.setattr(numpys, "RATIO", 2)
    with pytest.raises(InputError, match="at most 10,000,000 bytes inside; got more in"):
        reading.read(str(tmp_path / "a.npz"))


def test_encrypted_and_unknown_packing_are_named(tmp_path):
    np.savez(tmp_path / "a.npz", x=np.ones(9))
    raw = (tmp_path / "a.npz").read_bytes()
    at, central = raw.index(b"PK\x03\x04"), raw.index(b"PK\x01\x02")

    def changed(offset, value):
        found = bytearray(raw)
        found[at + offset : at + offset + 2] = found[central + offset + 2 : central + offset + 4] = value
        (tmp_path / "a.npz").write_bytes(bytes(found))

    changed(6, b"\x01\0")
    with pytest.raises(InputError, match="encrypted"):
        reading.read(str(tmp_path / "a.npz"))
    changed(8, b"\x63\0")
    with pytest.raises(InputError, match="compression method is not supported"):
        reading.read(str(tmp_path / "a.npz"))


ENCODED = {}
for name, save in (("npy", np.save), ("npz", np.savez), ("packed", np.savez_compressed)):
    stream = io.BytesIO()
    save(stream, *([np.arange(40.0)] if name == "npy" else []), **({} if name == "npy" else {"x": np.arange(40.0)}))
    ENCODED[name] = stream.getvalue()


@settings(max_examples=200)
@given(st.data())
def test_damaged_arrays_are_a_line_or_a_table(tmp_path_factory, data):
    name = data.draw(st.sampled_from(sorted(ENCODED)))
    raw = bytearray(ENCODED[name][: data.draw(st.integers(1, len(ENCODED[name])))])
    for place in data.draw(st.lists(st.integers(0, len(raw) - 1), max_size=8)):
        raw[place] = data.draw(st.integers(0, 255))
    path = tmp_path_factory.getbasetemp() / f"damaged.{'npy' if name == 'npy' else 'npz'}"
    path.write_bytes(bytes(raw))
    try:
        rows = (read_npy if name == "npy" else read_npz)([path])
    except InputError as error:
        assert "\n" not in str(error)
    else:
        assert isinstance(rows, Rows)
        assert rows.frame.height <= 320


def test_idx_files_of_a_folder_are_found_and_their_splits(tmp_path):
    def idx(name, values):
        raw = bytes([0, 0, 8, values.ndim]) + struct.pack(f">{values.ndim}I", *values.shape) + values.tobytes()
        (tmp_path / name).write_bytes(gzip.compress(raw))

    idx("train-images-idx3-ubyte.gz", IMAGES[:12])
    idx("train-labels-idx1-ubyte.gz", LABELS[:12].astype(np.uint8))
    idx("t10k-images-idx3-ubyte.gz", IMAGES[12:])
    idx("t10k-labels-idx1-ubyte.gz", LABELS[12:].astype(np.uint8))
    album = reading.read(str(tmp_path))
    assert (album.pixels[..., 0] == IMAGES[:12]).all()
    assert (album.labels == LABELS[:12]).all()
    assert "train is taken" in album.notes[0]
    assert len(reading.read(f"{tmp_path}::test").pixels) == 8


@pytest.mark.parametrize(
    ("name", "split"),
    [
        ("Xtrain", "train"),
        ("t10k-images", "test"),
        ("trainX", "train"),
        ("x_val", "validation"),
        ("restraint", None),
        ("dev.jsonl", "validation"),
    ],
)
def test_splits_are_words_apart(name, split):
    assert split_of(name) == split
