"""Folders: data are found as people and libraries lay them down; what is no data is left out."""

import json

import numpy as np
import polars as pl
import pytest
from PIL import Image

from kellet.data import files, reading
from kellet.data.content import Album, Documents, Rows
from kellet.errors import InputError

FRAME = pl.DataFrame({"text": [f"text {i}" for i in range(30)], "label": [i % 3 for i in range(30)]})
FEATURES = {
    "text": {"dtype": "string", "_type": "Value"},
    "label": {"names": ["ape", "bee", "cat"], "_type": "ClassLabel"},
}


def save_to_disk(folder, frame, shards=2):
    """As the library `datasets` writes it."""
    folder.mkdir(parents=True)
    names = [f"data-{i:05d}-of-{shards:05d}.arrow" for i in range(shards)]
    rows = -(-frame.height // shards)
    for i, name in enumerate(names):
        frame.slice(i * rows, rows).write_ipc_stream(folder / name)
    frame.head(3).write_ipc_stream(folder / "cache-0123456789abcdef.arrow")
    (folder / "state.json").write_text(json.dumps({"_data_files": [{"filename": n} for n in names], "_split": "train"}))
    (folder / "dataset_info.json").write_text(json.dumps({"features": FEATURES}))
    return folder


def test_a_saved_data_set_is_read_without_its_caches_and_with_the_names_of_classes(tmp_path):
    rows = reading.read(str(save_to_disk(tmp_path / "saved", FRAME)))
    assert isinstance(rows, Rows)
    assert rows.frame["text"].to_list() == FRAME["text"].to_list()
    assert rows.frame["label"].to_list() == [["ape", "bee", "cat"][i % 3] for i in range(30)]
    assert "a saved data set" in rows.read
    assert files.locate(str(tmp_path / "saved")).part is None


def test_the_split_of_a_saved_dict_is_asked_for_unless_there_is_one(tmp_path):
    save_to_disk(tmp_path / "both" / "train", FRAME)
    (tmp_path / "both" / "dataset_dict.json").write_text('{"splits": ["train"]}')
    assert reading.read(str(tmp_path / "both")).frame.height == 30
    save_to_disk(tmp_path / "both" / "test", FRAME.head(12))
    (tmp_path / "both" / "dataset_dict.json").write_text('{"splits": ["train", "test"]}')
    with pytest.raises(InputError, match=r"one of the splits 'train', 'test'; got all of .*Try '.*both::train'"):
        reading.read(str(tmp_path / "both"))
    assert reading.read(f"{tmp_path}/both::test").frame.height == 12
    with pytest.raises(InputError, match="got 'validation' of"):
        reading.read(f"{tmp_path}/both::validation")


@pytest.mark.parametrize(
    "state",
    [
        "no JSON",
        "[]",
        "{}",
        '{"_data_files": 5}',
        '{"_data_files": [{"filename": "../../etc/passwd"}]}',
        '{"_data_files": [7]}',
    ],
)
def test_a_saved_data_set_that_lies_is_a_line(tmp_path, state):
    folder = save_to_disk(tmp_path / "saved", FRAME)
    (folder / "state.json").write_text(state)
    with pytest.raises(InputError) as told:
        reading.read(str(folder))
    assert "\n" not in str(told.value)


@pytest.mark.parametrize("features", ["[]", '{"label": 3}', '{"label": {"_type": "ClassLabel", "names": {"a": 1}}}'])
def test_features_that_are_none_are_passed_over(tmp_path, features):
    folder = save_to_disk(tmp_path / "saved", FRAME)
    (folder / "dataset_info.json").write_text(f'{{"features": {features}}}')
    assert reading.read(str(folder)).frame["label"].to_list() == FRAME["label"].to_list()


def hub(folder, **files_of):
    folder.mkdir(parents=True)
    (folder / "README.md").write_text("---\nlicense: mit\n---\n# A data set\n")
    (folder / "LICENSE").write_text("MIT")
    (folder / ".gitattributes").write_text("*.parquet filter=lfs\n")
    (folder / ".cache").mkdir()
    (folder / ".cache" / "x.parquet").write_bytes(b"not here")
    for name, frame in files_of.items():
        place = folder / name.replace("__", "/").replace("--", ".")
        place.parent.mkdir(exist_ok=True)
        frame.write_parquet(place) if place.suffix == ".parquet" else frame.write_ndjson(place)
    return folder


def test_the_data_of_a_hub_are_found_and_the_training_split_is_taken(tmp_path):
    one = hub(tmp_path / "one", **{"data__train-00000-of-00001--parquet": FRAME})
    assert reading.read(str(one)).frame.height == 30
    parts = {f"data__train-0000{i}-of-00002--parquet": FRAME for i in range(2)}
    rows = reading.read(str(hub(tmp_path / "more", **parts, **{"data__test-00000-of-00001--parquet": FRAME.head(7)})))
    assert rows.frame.height == 60
    assert rows.notes[0].startswith("Of the splits test, train, train is taken (2 of 3 files)")
    assert reading.read(f"{tmp_path}/more::test").frame.height == 7
    hub(tmp_path / "lines", **{"train--jsonl": FRAME, "validation--jsonl": FRAME.head(9)})
    (tmp_path / "lines" / "docs").mkdir()
    (tmp_path / "lines" / "docs" / "usage.md").write_text("How to use it.")
    (tmp_path / "lines" / "load.py").write_text("print()")
    lines = reading.read(str(tmp_path / "lines"))
    assert lines.frame.height == 30
    assert any("Left out of" in note and "1 file of .md" in note and ".py" in note for note in lines.notes)


@pytest.mark.parametrize("spoilt", [b"", b"{", b"[" * 100])
def test_classes_are_named_as_the_footer_of_a_parquet_file_says(tmp_path, spoilt):
    told = {"huggingface": json.dumps({"info": {"features": FEATURES}}) if not spoilt else spoilt.decode()}
    FRAME.write_parquet(tmp_path / "train.parquet", metadata=told)
    labels = reading.read(str(tmp_path / "train.parquet")).frame["label"].to_list()
    assert labels[:3] == ([0, 1, 2] if spoilt else ["ape", "bee", "cat"])


def test_the_cache_of_a_hub_is_read_at_its_main_snapshot(tmp_path):
    cache = tmp_path / "datasets--somebody--something"
    for name, n in (("aaa", 5), ("bbb", 30)):
        hub(cache / "snapshots" / name, **{"train--parquet": FRAME.head(n)})
    (cache / "blobs").mkdir()
    (cache / "blobs" / "0123").write_text("a blob")
    (cache / "refs").mkdir()
    (cache / "refs" / "main").write_text("bbb")
    assert reading.read(str(cache)).frame.height == 30


def test_configurations_are_folders_that_a_part_names(tmp_path):
    folder = hub(tmp_path / "hub", **{"de__train--parquet": FRAME.head(11), "en__train--parquet": FRAME.head(12)})
    assert reading.read(f"{folder}::de").frame.height == 11
    with pytest.raises(InputError, match=r"one of 'train'; got"):
        reading.read(f"{folder}::../..")


def test_pictures_inside_a_table_become_an_album(tmp_path):
    pixels = np.random.default_rng(0).integers(0, 256, (30, 6, 5)).astype(np.uint8)
    packed = []
    for i, picture in enumerate(pixels):
        Image.fromarray(picture).save(tmp_path / "a.png")
        packed.append({"bytes": (tmp_path / "a.png").read_bytes(), "path": f"{i}.png"})
    frame = pl.DataFrame({"image": packed, "label": [i % 3 for i in range(30)]})
    for folder in (save_to_disk(tmp_path / "saved", frame), hub(tmp_path / "hub", **{"data__train--parquet": frame})):
        album = reading.read(str(folder))
        assert isinstance(album, Album)
        assert (album.pixels[..., 0] == pixels).all()
        assert album.labels.tolist() == [i % 3 for i in range(30)]
        assert album.names == (("ape", "bee", "cat") if folder.name == "saved" else ("0", "1", "2"))


def test_a_folder_called_like_a_file_is_a_folder(tmp_path):
    place = tmp_path / "out" / "table.parquet"
    place.mkdir(parents=True)
    (place / "_SUCCESS").touch()
    for i in range(2):
        FRAME.write_parquet(place / f"part-{i}.parquet")
    assert reading.read(str(tmp_path / "out")).frame.height == 60
    assert reading.read(str(place)).frame.height == 60


def test_what_lies_in_a_folder_of_nothing_known_is_counted(tmp_path):
    for i in range(6):
        (tmp_path / f"{i}.xyz").write_bytes(bytes(range(20)))
    (tmp_path / "core").write_bytes(bytes(range(20)))
    with pytest.raises(InputError, match=r"got 6 files of .xyz, 1 file without an ending in "):
        reading.read(str(tmp_path))


def test_texts_and_tables_in_one_folder_are_a_choice(tmp_path):
    FRAME.write_csv(tmp_path / "a.csv")
    (tmp_path / "notes.txt").write_text("some words")
    with pytest.raises(InputError, match=r"files of one kind; got .csv, .txt"):
        reading.read(str(tmp_path))


def test_code_is_a_document_a_file_in_any_encoding(tmp_path):
    (tmp_path / "src" / "deep").mkdir(parents=True)
    (tmp_path / "src" / "a.py").write_bytes("x = 'é'\r\ny = 1\r\n".encode("cp1252"))
    (tmp_path / "src" / "deep" / "b.py").write_text("a,b\n1,2\n3,4\n")
    (tmp_path / "src" / "deep" / "c.js").write_text("let x", encoding="utf-16")
    (tmp_path / "src" / "__pycache__").mkdir()
    (tmp_path / "src" / "__pycache__" / "a.pyc").write_bytes(bytes(range(99)))
    (tmp_path / "src" / "empty.py").touch()
    # In a program these are no splits.
    (tmp_path / "src" / "test_a.py").write_text("t = 1")
    (tmp_path / "src" / "train.py").write_text("u = 1")
    found = reading.read(f"{tmp_path}/src/**/*.py")
    assert isinstance(found, Documents)
    assert found.texts == ("x = 'é'\ny = 1\n", "a,b\n1,2\n3,4\n", "t = 1", "u = 1")
    assert reading.read(str(tmp_path / "src")).texts == (*found.texts[:2], "let x", *found.texts[2:])
    (tmp_path / "src" / "odd.py").write_bytes(bytes(range(200)))
    (tmp_path / "src" / "blank.py").write_text(" \n")
    told = reading.read(f"{tmp_path}/src/**/*.py")
    assert told.texts == found.texts
    assert told.notes == ("Left out: 1 empty, 1 .py without text.",)


def test_the_digest_is_of_the_files_that_are_read(tmp_path):
    folder = hub(tmp_path / "hub", **{"train--parquet": FRAME, "test--parquet": FRAME.head(9)})
    before = files.digest(str(folder))
    (folder / "README.md").write_text("other words")
    FRAME.head(8).write_parquet(folder / "test.parquet")
    assert files.digest(str(folder)) == before
    FRAME.head(29).write_parquet(folder / "train.parquet")
    assert files.digest(str(folder)) != before
