"""Worlds of pictures: folders and idx files, made here, read back."""

import base64
import gzip
import io
import struct

import numpy as np
import pytest
from PIL import Image

import kellet
from kellet import InputError, report, worlds
from kellet.data import files
from kellet.experiment.experiment import Experiment
from kellet.experiment.presets.own import Choices, for_file
from kellet.metrics import real_of
from kellet.report import grids
from kellet.worlds.images import _read

H, W = 5, 4


def drawn(n, seed=0, shape=(H, W)):
    """Pictures of two kinds, bright above or below, and which is which."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(2, size=n)
    pixels = rng.integers(0, 120, size=(n, *shape))
    pixels[labels == 0, :2] += 130
    pixels[labels == 1, 3:] += 130
    return pixels.astype(np.uint8), labels


def idx(path, values):
    raw = (
        bytes([0, 0, 8, values.ndim])
        + struct.pack(f">{values.ndim}I", *values.shape)
        + values.astype(np.uint8).tobytes()
    )
    path.write_bytes(gzip.compress(raw) if path.suffix == ".gz" else raw)
    return str(path)


def folder(path, pixels, labels=None, suffix=".png"):
    for i, picture in enumerate(pixels):
        place = path / ("all" if labels is None else f"kind{labels[i]}")
        place.mkdir(parents=True, exist_ok=True)
        Image.fromarray(picture).save(place / f"{i:04d}{suffix}")
    return str(path)


@pytest.mark.parametrize("name", ["train-images-idx3-ubyte", "train-images-idx3-ubyte.gz", "train-images.idx3-ubyte"])
def test_an_idx_file_holds_the_pictures_that_were_written(name, tmp_path):
    pixels, labels = drawn(60)
    path = idx(tmp_path / name, pixels)
    assert worlds.Images(path).shape == (H, W, 1)
    album = _read(path, files.digest(path))
    assert (album.pixels[..., 0] == pixels).all()
    assert album.labels is None
    before = files.digest(path)
    idx(tmp_path / "train-labels-idx1-ubyte.gz", labels + 3)
    if name != "train-images.idx3-ubyte":
        assert files.digest(path) != before
        album = _read(path, files.digest(path))
        assert album.names == ("3", "4")
        assert (album.labels == labels).all()


def test_a_folder_holds_the_pictures_and_its_subfolders_are_the_classes(tmp_path):
    pixels, labels = drawn(40)
    path = folder(tmp_path / "mine", pixels, labels)
    album = _read(path, files.digest(path))
    order = np.argsort(labels, kind="stable")
    assert (album.pixels[..., 0] == pixels[order]).all()
    assert album.names == ("kind0", "kind1")
    assert (album.labels == labels[order]).all()
    plain = folder(tmp_path / "plain", pixels)
    assert _read(plain, files.digest(plain)).labels is None
    assert worlds.Images(plain).open(1).classes is None
    assert len(_read(str(tmp_path / "mine/kind0/*.png"), "x").pixels) == (labels == 0).sum()


def test_moving_a_picture_to_another_class_makes_another_world(tmp_path):
    pixels, labels = drawn(12)
    path = folder(tmp_path, pixels, np.sort(labels))
    before = files.digest(path)
    last = sorted((tmp_path / "kind0").iterdir())[-1]
    # In the order of all files it stays where it was.
    last.rename(tmp_path / "kind1" / last.name)
    assert files.digest(path) != before


def test_grey_and_coloured_pictures_may_lie_side_by_side(tmp_path):
    colour, _ = drawn(12, shape=(H, W, 3))
    grey, _ = drawn(6, seed=1)
    Image.fromarray(grey[0]).save(tmp_path / "aa.png")
    folder(tmp_path / "z", colour, suffix=".PNG")
    Image.fromarray(colour[0]).save(tmp_path / "zz.jpeg")
    Image.fromarray(np.dstack([colour[1], np.full((H, W), 9, dtype=np.uint8)])).save(tmp_path / "zzz.png")
    path = str(tmp_path)
    pixels = _read(path, files.digest(path)).pixels
    assert pixels.shape == (15, H, W, 3)
    assert (pixels[0] == grey[0][..., None]).all()
    assert (pixels[1:13] == colour).all()
    assert (pixels[14] == colour[1]).all()
    assert worlds.Images(path, components=3).shape == (H, W, 3)


@pytest.mark.parametrize("components", [4, 1000, 0])
@pytest.mark.parametrize("channels", [1, 3])
def test_points_become_the_pictures_they_were(components, channels, tmp_path):
    pixels, _ = drawn(90, shape=(H, W) if channels == 1 else (H, W, 3))
    path = folder(tmp_path, pixels) if channels == 3 else idx(tmp_path / "x-images-idx3", pixels)
    world = worlds.Images(path, components)
    source = world.open(2)
    every = np.concatenate([source.training, source.reserve, source.heldout])
    assert [len(source.training), len(source.reserve), len(source.heldout)] == [54, 18, 18]
    assert every.shape == (90, {4: 4, 0: H * W * channels}.get(components, min(H * W * channels, 53)))
    shown = world.pictures(every)
    assert shown.dtype == np.uint8
    assert shown.shape == (90, H, W) if channels == 1 else (90, H, W, 3)
    if components == 0 or (components > 4 and channels == 1):
        # All that there is, in the order of the split.
        found = sorted(map(bytes, shown))
        assert found == sorted(map(bytes, pixels))
    again = world.open(1)
    assert (again.training == source.training).all()
    assert not np.array_equal(worlds.Images(path, components, seed=1).open(1).training, source.training)


def test_components_are_the_principal_ones_of_the_training_split(tmp_path):
    from sklearn.decomposition import PCA

    pixels, _ = drawn(100)
    path = idx(tmp_path / "images", pixels)
    flat = worlds.Images(path, 0).open(1).training
    found = worlds.Images(path, 3).open(1).training
    expected = PCA(3).fit_transform(flat)
    signs = np.sign((found * expected).sum(axis=0))
    np.testing.assert_allclose(found, expected * signs, atol=1e-10)


def test_few_large_pictures_have_the_components_that_many_small_ones_would_have(tmp_path):
    pixels, _ = drawn(20, shape=(30, 30))
    path = idx(tmp_path / "images", pixels)
    source = worlds.Images(path, 5).open(1)
    flat = worlds.Images(path, 0).open(1).training
    values = np.linalg.svd(flat - flat.mean(axis=0), compute_uv=False)[:5]
    np.testing.assert_allclose(np.sqrt((source.training**2).sum(axis=0)), values, rtol=1e-9)


def test_classes_are_read_in_components_and_in_pixels(tmp_path):
    pixels, labels = drawn(400)
    path = idx(tmp_path / "t-images-idx3-ubyte", pixels)
    idx(tmp_path / "t-labels-idx1-ubyte", labels)
    seen, raw = worlds.Images(path, 8).open(1), worlds.Images(path, 0).open(1)
    assert seen.classes.names == ("0", "1")
    assert seen.classes.accuracy > 0.95
    assert raw.classes.accuracy > 0.95
    assert raw.view.shape == (H * W, H * W)
    real = real_of(raw)
    np.testing.assert_allclose(real.classes.shares_of(real.heldout[None]).sum(), 0.99, atol=0.02)


def write(tmp_path, **changes):
    pixels, labels = drawn(20)
    if changes.get("odd"):
        folder(tmp_path, pixels)
        Image.fromarray(pixels[0, :-1]).save(tmp_path / "all" / "zodd.png")
    elif changes.get("broken"):
        folder(tmp_path, pixels)
        (tmp_path / "all" / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\n and then nothing")
    elif changes.get("few"):
        folder(tmp_path, pixels[:5])
    elif changes.get("same"):
        folder(tmp_path, pixels[:1].repeat(20, axis=0))
    elif changes.get("large"):
        Image.fromarray(np.zeros((300, 300), dtype=np.uint8)).save(tmp_path / "large.png")
    elif changes.get("mixed"):
        folder(tmp_path, pixels)
        (tmp_path / "table.csv").write_text("a,b\n1,2\n")
    elif changes.get("labels"):
        idx(tmp_path / "images-idx3", pixels)
        idx(tmp_path / "labels-idx1", labels[:-1])
        return str(tmp_path / "images-idx3")
    elif changes.get("cut"):
        path = tmp_path / "images-idx3"
        idx(path, pixels)
        path.write_bytes(path.read_bytes()[:-7])
        return str(path)
    elif changes.get("long"):
        path = tmp_path / "images-idx3"
        idx(path, pixels)
        path.write_bytes(path.read_bytes() + b"1")
        return str(path)
    elif changes.get("packed"):
        path = tmp_path / "images-idx3.gz"
        idx(path, pixels)
        path.write_bytes(path.read_bytes()[:-30])
        return str(path)
    elif changes.get("huge"):
        path = tmp_path / "images-idx3.gz"
        path.write_bytes(gzip.compress(bytes([0, 0, 8, 3]) + struct.pack(">3I", 2**32 - 1, 28, 28)))
        return str(path)
    elif changes.get("empty"):
        path = tmp_path / "images-idx3"
        path.write_bytes(bytes([0, 0, 8, 3]) + struct.pack(">3I", 20, 0, 28))
        return str(path)
    elif changes.get("other"):
        path = tmp_path / "labels-idx1"
        idx(path, labels)
        return str(path)
    return str(tmp_path)


@pytest.mark.parametrize(
    ("what", "told"),
    [
        ("odd", r"of one size; got 2 sizes: 20 of 4 × 5 pixels \(.*0000.png'\), 1 of 4 × 4 pixels \(.*zodd.png'\)"),
        ("broken", r"a readable picture; got .*broken.png': it is none that Pillow knows"),
        ("few", r"at least 10 pictures.*; got 5"),
        ("same", r"pictures that differ from each other"),
        ("large", r"at most 50,000 numbers; got .*large.png', of 300 × 300 pixels"),
        ("mixed", r"files of one kind; got .csv, .png"),
        ("labels", r"20 labels for 'images-idx3'; got 19 in .*labels-idx1"),
        ("cut", r"400 bytes after the header, as it says; got 393"),
        ("long", r"400 bytes after the header, as it says; got more"),
        ("packed", r"a readable idx file; got .*images-idx3.gz"),
        ("huge", r"numbers in all pictures; got 4,294,967,295 of 784"),
        ("empty", r"pictures of at most 50,000 numbers; got .*images-idx3', of 28 × 0 pixels"),
        ("other", r"an idx3 file of bytes; got .*labels-idx1', which begins with 00000801. Try the file of images"),
    ],
)
def test_what_cannot_be_read_is_named(what, told, tmp_path):
    with pytest.raises(InputError, match=told):
        worlds.Images(write(tmp_path, **{what: True})).open(1)


def test_a_number_of_components_below_zero_is_refused():
    with pytest.raises(InputError, match="0 or more components"):
        worlds.Images("x", -1)


def test_deep_pictures_are_points_from_0_to_1_and_say_what_they_are(tmp_path):
    pixels, labels = drawn(40)
    plain = worlds.Images(folder(tmp_path / "plain", pixels, labels), 0)
    deep = worlds.Images(folder(tmp_path / "deep", pixels.astype(np.uint16) * 257, labels), 0)
    np.testing.assert_allclose(deep.open(1).training, plain.open(1).training, rtol=1e-12)
    sight = deep.sight()
    assert (sight.form, sight.count, sight.source) == ("pictures", 40, "deep")
    assert sight.read == ("4 × 5 pixels, 2 classes", "PNG", "16 bits per number")
    with pytest.raises(InputError, match=r"pictures; got '.*\.csv', which holds none"):
        (tmp_path / "t.csv").write_text("a,b\n" + "1,2\n" * 20)
        worlds.Images(str(tmp_path / "t.csv")).open(1)


def test_columns_and_labels_are_of_tables(tmp_path):
    path = folder(tmp_path, drawn(20)[0])
    with pytest.raises(InputError, match="no --columns and no --label for pictures"):
        for_file(path, Choices(columns=("a",)))


def test_a_first_experiment_on_pictures_runs_and_shows_them(tmp_path):
    pixels, labels = drawn(200, shape=(H, W, 3))
    path = folder(tmp_path / "pictures", pixels, labels)
    experiment = for_file(path)
    assert Experiment.from_toml(experiment.to_toml()) == experiment
    fewer = {name: experiment.arms[name] for name in ("replace", "10 % fresh real")}
    run = kellet.run(
        experiment, out=tmp_path / "run", replicates=2, generations=3, size=60, judged=40, block=2, arms=fewer,
        family=kellet.families.Mixture(2, floor=0.001),
    )  # fmt: skip
    assert run.data["surviving_classes"].sel(generation=0).median() == 2
    page = report(run).read_text(encoding="utf-8")
    assert "What becomes of pictures" in page
    # The real ones, four generations of both arms, and two or three before and after.
    assert page.count("data:image/png;base64,") - 1 - 2 * 4 in (2, 3)
    again = kellet.run(experiment=run.experiment)
    assert (again.data["coverage"] == run.data["coverage"]).all()


def test_pixels_are_judged_through_components_and_shown_as_they_are(tmp_path):
    pixels, labels = drawn(200)
    path = idx(tmp_path / "images-idx3", pixels)
    idx(tmp_path / "labels-idx1", labels)
    run = kellet.run(
        world=worlds.Images(path, 0),
        family=kellet.families.Gaussian(),
        size=100,
        judged=50,
        generations=2,
        replicates=2,
    )
    for metric in run.metrics:
        assert np.isfinite(run.values("replace", metric.name)).all(), metric.name
    assert run.values("replace", "coverage")[:, 0].min() > 0.5
    assert run.specimens("replace")["points"].shape == (3, 500, H * W)
    gallery = grids.gallery(run, run.experiment.world.open(1))
    assert [len(row.panels) for row in gallery.rows] == [1, 3]
    assert all(panel.image for row in gallery.rows for panel in row.panels)
    assert gallery.rows[1].panels[0].tally == (("0", True), ("1", True))


@pytest.mark.parametrize("shape", [(8, 8), (5, 9, 3), (150, 90), (150, 90, 3)])
def test_pictures_of_any_size_make_a_sheet_of_modest_size(shape):
    pictures = np.random.default_rng(0).integers(0, 256, size=(7, *shape), dtype=np.uint8)
    sheet = grids.sheet(pictures, 3, 2)
    step = -(-max(shape[:2]) // 64)
    h, w = pictures[0, ::step, ::step].shape[:2]
    scale = (sheet.shape[1]) // (3 * (w + 1) - 1)
    assert 40 <= max(h, w) * scale < 120
    assert sheet.shape == ((2 * (h + 1) - 1) * scale, (3 * (w + 1) - 1) * scale, *shape[2:])
    assert (sheet[::scale, ::scale][:h, :w] == pictures[0, ::step, ::step]).all()
    uri = grids.png(sheet)
    back = np.asarray(Image.open(io.BytesIO(base64.b64decode(uri.split(",")[1]))))
    assert back.shape == sheet.shape
    if len(shape) == 3:
        assert (back == sheet).all()
