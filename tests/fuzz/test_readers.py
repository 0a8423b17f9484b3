"""Readers: any bytes are data, or are refused in one line."""

import io
import json
import os

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import kellet
from kellet.data import reading

fuzz = settings.get_profile(os.environ.get("HYPOTHESIS_PROFILE", "quick fuzz"))
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")
WORDS = st.sampled_from(
    ["", "a", "Ähre", "1", "-1.5", "1e400", "nan", "1,5", "2020-01-01", "NA", '"', "a,b", "x\ty", "\x00", "9" * 30, "{"]
)
CELLS = WORDS | st.text(max_size=4) | st.integers().map(str) | st.floats().map(repr)
LEAVES = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=6) | st.integers(-9, 9)
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4) | WORDS, inner, max_size=4),
    max_leaves=12,
)
KINDS = ("<f8", ">f4", "<i8", "|u1", "|b1", "<U3", "|S2", "<M8[s]", "<c16", "<f2", "<i2", "V3", "<m8[D]")


@st.composite
def tables(draw):
    """Text with separators, as programs write it or nearly."""
    separator, end = draw(st.sampled_from(",;\t| ")), draw(st.sampled_from(["\n", "\r\n", "\r"]))
    width = draw(st.integers(1, 4))
    rows = draw(st.lists(st.lists(CELLS, min_size=1, max_size=4) | st.lists(CELLS, min_size=width, max_size=width)))
    text = end.join(separator.join(row) for row in rows)
    return text.encode(draw(st.sampled_from(["utf-8", "utf-16", "cp1252", "utf-8-sig"])), errors="replace")


@st.composite
def records(draw):
    """JSON in one of its shapes."""
    several = draw(st.lists(VALUES, max_size=5))
    if draw(st.booleans()):
        return "\n".join(json.dumps(one) for one in several).encode()
    return json.dumps(
        draw(st.sampled_from([several, {"data": several}, {str(i): v for i, v in enumerate(several)}]))
    ).encode()


@st.composite
def arrays(draw):
    """A saved array of any type and shape, or a header that tells of one that isn't there."""
    kind, shape = draw(st.sampled_from(KINDS)), tuple(draw(st.lists(st.integers(0, 4), max_size=4)))
    stream = io.BytesIO()
    np.save(stream, np.zeros(shape, dtype=kind), allow_pickle=False)
    data = stream.getvalue()
    if draw(st.booleans()):
        told = draw(st.lists(st.sampled_from([0, 1, 2, 10**6, 10**18, -1]), max_size=3))
        data = data.replace(str(shape).encode(), f"({', '.join(map(str, told))},)".encode())
    return data


@st.composite
def archives(draw):
    """Several arrays in one file."""
    stream = io.BytesIO()
    names = draw(
        st.lists(st.sampled_from(["x", "y", "labels", "images", "a b", "ä"]), min_size=1, max_size=3, unique=True)
    )
    shapes = [tuple(draw(st.lists(st.integers(0, 4), max_size=3))) for _ in names]
    np.savez(
        stream,
        **{name: np.ones(shape, draw(st.sampled_from(KINDS[:6]))) for name, shape in zip(names, shapes, strict=True)},
    )
    return stream.getvalue()


@st.composite
def pictures(draw):
    """An idx file, or one that is nearly one."""
    axes = draw(st.integers(0, 5))
    shape = draw(st.lists(st.integers(0, 3) | st.integers(0, 2**32 - 1), min_size=axes, max_size=axes))
    body = draw(st.binary(max_size=20)) if draw(st.booleans()) else bytes(min(int(np.prod(shape[:4], dtype=float)), 99))
    return bytes([0, 0, 8, axes]) + b"".join(n.to_bytes(4, "big") for n in shape) + body


@st.composite
def parquets(draw):
    """A columnar file of what JSON has."""
    rows = draw(st.lists(st.fixed_dictionaries({"a": LEAVES, "b": st.text(max_size=3)}), min_size=1, max_size=4))
    frame = pl.DataFrame({name: [str(row[name]) for row in rows] for name in ("a", "b")})
    stream = io.BytesIO()
    (frame.write_parquet if draw(st.booleans()) else frame.write_ipc)(stream)
    return stream.getvalue()


@st.composite
def damaged(draw, whole):
    """The same bytes, with some cut, doubled or changed."""
    data = bytearray(draw(whole))
    for _ in range(draw(st.integers(0, 3))):
        place = draw(st.integers(0, len(data)))
        match draw(st.sampled_from(["cut", "drop", "change", "double", "insert"])):
            case "cut":
                del data[place:]
            case "drop":
                del data[place : place + draw(st.integers(1, 9))]
            case "change":
                data[place : place + 1] = bytes([draw(st.integers(0, 255))])
            case "double":
                data[place:place] = data[max(0, place - 40) : place]
            case "insert":
                data[place:place] = draw(st.binary(max_size=9))
    return bytes(data)


FORMATS = {
    "csv": damaged(tables()), "txt": damaged(tables()), "tsv": tables(), "json": damaged(records()),
    "jsonl": damaged(records()), "npy": damaged(arrays()), "npz": damaged(archives()),
    "idx3-ubyte": damaged(pictures()), "parquet": damaged(parquets()), "arrow": damaged(parquets()),
    "data": st.binary(max_size=60),
    "png": st.binary(max_size=40).map(lambda tail: b"\x89PNG\r\n\x1a\n" + tail),
}  # fmt: skip


def look(path) -> None:
    """What ``kellet data`` does with a file: reads it, sees what it is, and says so."""
    answer = kellet.read(path).answer()
    assert answer.json()
    assert answer._repr_html_()


@pytest.mark.parametrize("ending", FORMATS)
@fuzz
@given(data=st.data())
def test_any_bytes_are_read_or_refused(ending, data, scratch, refused):
    written = data.draw(FORMATS[ending])
    path = scratch / f"a.{ending}"
    path.write_bytes(written)
    reading._read.cache_clear()
    with refused(f"new.{ending}", written):
        look(path)


def test_what_was_found_stays_mended(found, refused):
    with refused(found.name, found.read_bytes()):
        look(found)
