"""Pictures: every depth and colour as one album; what can't be read is named in one line."""

import io
import struct
import zlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from kellet.data import reading
from kellet.data.content import Album
from kellet.data.formats.pictures import ENDINGS, is_picture
from kellet.data.formats.pixels import decode, stretch
from kellet.errors import InputError

GREYS = np.random.default_rng(0).integers(0, 256, (12, 6, 5)).astype(np.uint8)
COLOURS = np.random.default_rng(1).integers(0, 256, (12, 6, 5, 3)).astype(np.uint8)


def folder(path, pictures, suffix=".png", **options):
    path.mkdir(parents=True, exist_ok=True)
    for i, picture in enumerate(pictures):
        (picture if isinstance(picture, Image.Image) else Image.fromarray(picture)).save(
            path / f"{i:03d}{suffix}", **options
        )
    return str(path)


@pytest.mark.parametrize("suffix", [".png", ".tif", ".bmp", ".gif", ".pgm", ".tga", ".jp2", ".webp", ".pcx", ".dds"])
def test_grey_pictures_come_back_from_every_format_without_loss(tmp_path, suffix):
    lossless = {"lossless": True} if suffix == ".webp" else {}
    album = reading.read(folder(tmp_path, GREYS, suffix, **lossless))
    assert isinstance(album, Album)
    assert album.pixels.dtype == np.uint8
    assert album.top == 255
    assert (album.pixels == GREYS[..., None]).all()


@pytest.mark.parametrize("suffix", [".png", ".tiff", ".bmp", ".ppm", ".tga", ".jp2", ".qoi", ".sgi"])
def test_coloured_pictures_come_back_from_every_format_without_loss(tmp_path, suffix):
    assert (reading.read(folder(tmp_path, COLOURS, suffix)).pixels == COLOURS).all()


@pytest.mark.parametrize("suffix", [".png", ".tif", ".pgm", ".jp2"])
def test_sixteen_bits_are_kept_and_white_is_what_they_can_reach(tmp_path, suffix):
    deep = GREYS.astype(np.uint16) * 14
    album = reading.read(folder(tmp_path, deep, suffix))
    assert album.top == 65535
    assert (album.pixels[..., 0] == deep).all()
    assert "16 bits per number" in album.read


def tiff(raw, width, bits):
    """A TIFF of one row of whole numbers without a sign, which Pillow reads and doesn't write."""
    tags = {256: (3, width), 257: (3, 1), 258: (3, bits), 259: (3, 1), 262: (3, 1), 273: (4, 8), 277: (3, 1)}
    tags |= {278: (4, 1), 279: (4, len(raw)), 339: (3, 1)}
    entries = b"".join(struct.pack("<HHII", tag, kind, 1, value) for tag, (kind, value) in sorted(tags.items()))
    raw += bytes(-len(raw) % 2)
    return b"II*\0" + struct.pack("<I", 8 + len(raw)) + raw + struct.pack("<H", len(tags)) + entries + bytes(4)


def test_twelve_bits_of_a_tiff_are_white_at_4095():
    picture = decode(io.BytesIO(tiff(b"\xff\xf0\x10", 2, 12)), "a.tif")
    assert picture.top == 4095
    assert picture.pixels.ravel().tolist() == [4095, 16]


@pytest.mark.parametrize(
    ("values", "top"),
    [
        (GREYS.astype(np.int32), 255),
        (GREYS.astype(np.int32) * 257, 65535),
        (GREYS.astype(np.int32) * 8_421_000, 2**31 - 1),
        (GREYS.astype(np.float32) / 255, 1),
        (GREYS.astype(np.float32), 255),
        (GREYS.astype(np.float32) / 1000, 0.255),
    ],
)
def test_pictures_of_32_bits_are_neither_black_nor_white(tmp_path, values, top):
    values[0, 0, 0] = values.max() / GREYS.max() * 255
    album = reading.read(folder(tmp_path, values, ".tif"))
    assert album.top == pytest.approx(top)
    np.testing.assert_allclose(album.pixels[..., 0], values, rtol=1e-6)


def test_numbers_below_zero_are_lifted_to_black(tmp_path):
    album = reading.read(folder(tmp_path, GREYS.astype(np.int32) - 1000, ".tif"))
    assert album.pixels.min() == 0
    assert album.top == int(GREYS.max()) - int(GREYS.min())
    assert any("is black" in phrase for phrase in album.read)


def test_unsigned_numbers_of_32_bits_are_not_taken_for_negative_ones():
    values = [0, 2**31 + 5, 2**32 - 1]
    assert decode(io.BytesIO(tiff(struct.pack("<3I", *values), 3, 32)), "a.tif").pixels.ravel().tolist() == values


def test_sixteen_bits_beside_eight_are_stretched_alike(tmp_path):
    folder(tmp_path, GREYS)
    Image.fromarray(GREYS[0].astype(np.uint16) * 257).save(tmp_path / "z.png")
    album = reading.read(str(tmp_path))
    assert album.top == 65535
    assert (album.pixels[0] == album.pixels[-1]).all()


def test_palettes_bits_inks_and_see_through_parts_are_shown(tmp_path):
    def shown(picture, name="a.png"):
        picture.save(tmp_path / name)
        return decode(tmp_path / name, name).pixels

    colour = Image.fromarray(COLOURS[0])
    few = colour.quantize(8)
    assert (shown(few) == np.asarray(few.convert("RGB"))).all()
    bits = Image.fromarray(GREYS[0]).convert("1")
    assert (shown(bits)[..., 0] == 255 * np.asarray(bits)).all()
    inks = colour.convert("CMYK")
    assert (shown(inks, "a.tif") == np.asarray(inks.convert("RGB"))).all()
    clear = colour.copy()
    clear.putalpha(Image.fromarray(GREYS[0]))
    assert (shown(clear) == COLOURS[0]).all()
    clear.save(tmp_path / "clear.png")
    assert decode(tmp_path / "clear.png", "clear.png").clear
    grey = Image.fromarray(GREYS[0])
    grey.putalpha(7)
    assert (shown(grey)[..., 0] == GREYS[0]).all()


def test_of_an_animation_the_first_frame_is_taken_and_that_is_said(tmp_path):
    for i in range(10):
        first, *more = [Image.fromarray(GREYS[(i + j) % 12]) for j in range(3)]
        first.save(tmp_path / f"{i}.gif", save_all=True, append_images=more)
    album = reading.read(str(tmp_path))
    assert (album.pixels[3] == GREYS[3][..., None]).all()
    assert "the first frame of each (10 have more)" in album.read


def test_a_picture_is_told_by_its_bytes_whatever_it_is_called(tmp_path):
    path = tmp_path / "photo.dat"
    Image.fromarray(GREYS[0]).save(path, "PNG")
    assert is_picture(path)
    for text in (b"P1 is a gene", b"BMW, 3 series", b"GIF is a word", b"Paris\n"):
        path.write_bytes(text)
        assert not is_picture(path)
    Image.fromarray(GREYS[0]).save(tmp_path / "a.jpg", "PNG")
    assert (decode(tmp_path / "a.jpg", "a.jpg").pixels[..., 0] == GREYS[0]).all()


def test_folders_at_any_depth_are_classes_and_splits_are_none(tmp_path):
    for i, place in enumerate(("train/cat", "train/dog", "test/cat", "test/dog")):
        folder(tmp_path / place, GREYS[3 * i : 3 * i + 3])
    (tmp_path / "train/.ipynb_checkpoints").mkdir()
    (tmp_path / "train/.ipynb_checkpoints/x.png").write_bytes(b"no picture")
    (tmp_path / "train/cat/Thumbs.db").write_bytes(b"nor is this")
    (tmp_path / "x.parquet").mkdir()
    album = reading.read(str(tmp_path))
    assert album.names == ("cat", "dog")
    assert album.labels.tolist() == [0, 0, 0, 1, 1, 1] * 2
    for i, place in enumerate(("cat/train", "cat/test", "dog/train", "dog/test")):
        folder(tmp_path / "other" / place, GREYS[3 * i : 3 * i + 3])
    assert reading.read(str(tmp_path / "other")).names == ("cat", "dog")
    for place in ("train", "test"):
        folder(tmp_path / "plain" / place, GREYS[:3])
    assert reading.read(str(tmp_path / "plain")).labels is None


def test_a_folder_for_each_picture_makes_no_classes(tmp_path):
    for i in range(12):
        folder(tmp_path / f"case{i}", GREYS[i : i + 1])
    album = reading.read(str(tmp_path))
    assert album.labels is None
    assert album.notes == ("There are 12 different labels for 12 pictures: they are not taken for classes.",)


def test_pictures_of_several_sizes_are_counted_in_one_line(tmp_path):
    folder(tmp_path / "a", GREYS)
    folder(tmp_path / "b", GREYS[:, :4])
    folder(tmp_path / "c", GREYS[:2, :3])
    told = (
        r"of one size; got 3 sizes: 12 of 5 × 6 pixels \('.*a/000.png'\), 12 of 5 × 4 .*, 2 of 5 × 3 .*mogrify.*\*\.png"
    )
    with pytest.raises(InputError, match=told):
        reading.read(str(tmp_path))


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


@pytest.mark.parametrize("side", [400, 20_000, 2**31 - 1])
def test_the_size_is_judged_before_anything_is_unpacked(tmp_path, side):
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0))
    (tmp_path / "bomb.png").write_bytes(b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(bytes(1000))))
    with pytest.raises(InputError, match=r"at most 50,000 numbers; got .*bomb.png|a readable picture; got .*bomb.png"):
        reading.read(str(tmp_path))


def test_no_other_program_is_started_for_a_picture(tmp_path):
    (tmp_path / "a.png").write_bytes(b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n%%EndComments\nshowpage\n")
    with pytest.raises(InputError, match="a readable picture"):
        reading.read(str(tmp_path / "a.png"))


ENCODED = {}
for form in ("PNG", "GIF", "TIFF", "BMP", "JPEG"):
    stream = io.BytesIO()
    Image.fromarray(COLOURS[0]).save(stream, form)
    ENCODED[form] = stream.getvalue()


@settings(max_examples=200)
@given(st.data())
def test_a_damaged_picture_is_a_line_or_a_picture(data):
    form = data.draw(st.sampled_from(sorted(ENCODED)))
    raw = bytearray(ENCODED[form][: data.draw(st.integers(1, len(ENCODED[form])))])
    for place in data.draw(st.lists(st.integers(0, len(raw) - 1), max_size=8)):
        raw[place] = data.draw(st.integers(0, 255))
    try:
        found = decode(io.BytesIO(bytes(raw)), "a.png")
    except InputError as error:
        assert "\n" not in str(error)
    else:
        assert found.pixels.ndim == 3
        assert found.pixels.size <= 50_000


@pytest.mark.parametrize(
    ("values", "top"),
    [
        (np.array([0, 1], dtype=np.uint8), 1),
        (np.array([False, True]), 1),
        (np.array([0, 16]), 16),
        (np.array([0, 200], dtype=np.uint8), 255),
        (np.array([0.0, 0.7]), 1),
        (np.array([-1.0, 1.0]), 2),
        (np.array([0, 2**40]), 2**40),
    ],
)
def test_white_is_the_end_of_the_scale_that_numbers_fit(values, top):
    pixels, white, _ = stretch(values)
    assert white == top
    assert pixels.min() == 0
    with pytest.raises(InputError, match="finite"):
        stretch(np.array([np.nan]))


def test_endings_are_ones_that_pillow_knows():
    Image.init()
    assert set(Image.registered_extensions()) | {".fits"} >= ENDINGS
