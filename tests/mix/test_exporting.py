"""What other tools get of a mix."""

import importlib.util
import json
import runpy
import sys
import tarfile
from pathlib import Path
from types import SimpleNamespace

import pytest

from kellet import InputError, export_mix, open_mix

_spec = importlib.util.spec_from_file_location("made_mixes", Path(__file__).with_name("made.py"))
made = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(made)


@pytest.fixture(scope="module")
def mix(tmp_path_factory):
    return made.build_mix(tmp_path_factory.mktemp("mix") / "out", 31, 50, 20)


def test_weights_are_the_shares_of_the_mix(mix, tmp_path, monkeypatch):
    yaml = pytest.importorskip("yaml")
    paths = {"ada": 'hf://some "where"', "real": "./a: b # c"}
    (energon,) = export_mix(mix, "energon", tmp_path / "energon.yaml", paths=paths)
    found = yaml.safe_load(energon.read_text())
    assert (found["__module__"], found["__class__"]) == ("megatron.energon", "MetadatasetV2")
    assert found["splits"]["train"]["blend"] == [
        {"weight": 31, "path": paths["real"]}, {"weight": 50, "path": paths["ada"]}, {"weight": 20, "path": "./bert"},
    ]  # fmt: skip
    (axolotl,) = export_mix(mix, "axolotl", tmp_path / "axolotl.yaml", paths=paths)
    # Of each source 101 rows were offered.
    weights = [one["weight"] for one in yaml.safe_load(axolotl.read_text())["datasets"]]
    assert weights == [31 / 101, 50 / 101, 20 / 101]
    (streaming,) = export_mix(mix, "streaming", tmp_path / "streams.py", paths=paths)
    monkeypatch.setitem(sys.modules, "streaming", SimpleNamespace(Stream=dict))
    streams = runpy.run_path(str(streaming))["streams"]
    assert [one["local"] for one in streams] == [paths["real"], paths["ada"], "./bert"]
    assert sum(one["proportion"] for one in streams) == pytest.approx(1)
    assert "holds its share in every window of 10 rows" in streaming.read_text()


def test_tars_hold_every_row_once_and_are_the_same_every_time(mix, tmp_path):
    first, again = (export_mix(mix, "webdataset", tmp_path / name) for name in ("first", "again"))
    assert [path.name for path in first] == [f"data-0000{i}-of-00004.tar" for i in range(4)]
    assert [path.read_bytes() for path in first] == [path.read_bytes() for path in again]
    assert {path.name for path in (tmp_path / "first").iterdir()} == {path.name for path in first}
    rows, names = [], []
    for path in first:
        with tarfile.open(path) as tar:
            for entry in tar:
                names.append(entry.name)
                rows.append(json.load(tar.extractfile(entry)))
    assert names == [f"{i:03}.json" for i in range(101)]
    frames = list(open_mix(mix, batch=101, epochs=1, form="frames"))
    assert rows == frames[0].to_dicts()


@pytest.mark.filterwarnings("ignore")
def test_webdataset_reads_the_tars(mix, tmp_path):
    webdataset = pytest.importorskip("webdataset")
    files = export_mix(mix, "webdataset", tmp_path / "tars")
    samples = list(webdataset.WebDataset([str(path) for path in files], shardshuffle=False).decode())
    assert [one["__key__"] for one in samples] == [f"{i:03}" for i in range(101)]
    assert [one["json"]["number"] for one in samples] == list(range(101))


def test_what_cant_be_written_is_told_in_a_line(mix, tmp_path):
    with pytest.raises(InputError, match='a tool among "axolotl"'):
        export_mix(mix, "nope", tmp_path / "x")
    with pytest.raises(InputError, match='paths of "real"'):
        export_mix(mix, "energon", tmp_path / "x", paths={"nobody": "."})
    with pytest.raises(InputError, match="a place to write to"):
        export_mix(mix, "energon", tmp_path / "no" / "where")
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="a folder to write to"):
        export_mix(mix, "webdataset", tmp_path / "file")
    assert {path.name for path in tmp_path.iterdir()} == {"file"}
