"""What is in somebody's data, and what is done with them unless something else is said."""

import importlib.util
import sys
from pathlib import Path

import numpy as np
import polars as pl
import pytest

import kellet
from kellet.experiment.box import box, see, summarise
from kellet.experiment.presets.own import Choices, for_file
from kellet.families import Categorical, Classification, Command, Copula, Gaussian, Mixture, NGram, Regression

_spec = importlib.util.spec_from_file_location("zoo_of_files", Path(__file__).parents[1] / "data" / "zoo.py")
zoo = sys.modules["zoo_of_files"] = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(zoo)
RNG = np.random.default_rng(0)
ROWS = 60
NUMBERS = {"height": RNG.normal(size=ROWS), "weight": RNG.normal(size=ROWS)}
HUES = ["red", "blue", "green"] * (ROWS // 3)
SENTENCES = [f"The {HUES[i]} boat number {i} went out to sea and came back late at night." for i in range(ROWS)]


def write(folder, name="data.csv", **columns):
    pl.DataFrame(columns).write_csv(folder / name)
    return str(folder / name)


@pytest.mark.parametrize(
    ("columns", "choices", "family", "world", "expected"),
    [
        (NUMBERS, Choices(), None, "table", Gaussian),
        (NUMBERS, Choices(), Mixture(2), "table", Gaussian),
        (NUMBERS, Choices(), Copula(), "mixed", Copula),
        (NUMBERS | {"hue": HUES}, Choices(), None, "mixed", Copula),
        (NUMBERS | {"gap": [None, 1.5, 2.5] * (ROWS // 3)}, Choices(), None, "mixed", Copula),
        ({"hue": HUES, "height": NUMBERS["height"]}, Choices(("height",)), None, "table", Gaussian),
        ({"hue": HUES}, Choices(), None, "column", Categorical),
        ({"id": range(ROWS), "hue": HUES}, Choices(), None, "column", Categorical),
        ({"id": range(ROWS), "said": SENTENCES}, Choices(), None, "text", NGram),
        ({"hue": HUES, "said": SENTENCES}, Choices(("said",)), None, "text", NGram),
        ({"text": SENTENCES, "label": HUES}, Choices(), None, "text", NGram),
        ({"text": SENTENCES, "label": HUES, **NUMBERS}, Choices(), None, "mixed", Copula),
        ({"said": SENTENCES}, Choices(), Command("a {train} {model}", "b {model} {n} {out}"), "text", NGram),
        (NUMBERS | {"hue": HUES}, Choices(label="hue"), Gaussian(), "table", Gaussian),
        (NUMBERS | {"hue": HUES}, Choices(label="hue"), None, "labelled", Classification),
        (NUMBERS | {"hue": HUES}, Choices(label="height"), None, "labelled", Regression),
        (NUMBERS, Choices(kinds={"height": "category"}), None, "mixed", Copula),
    ],
)  # fmt: skip
def test_what_is_learnt_and_by_what_follows_from_what_the_columns_are(
    columns, choices, family, world, expected, tmp_path
):
    experiment = for_file(write(tmp_path, **columns), choices, family)
    assert experiment.world.__struct_config__.tag == world
    assert isinstance(experiment.family, expected)


def test_texts_and_pictures_are_what_they_were(tmp_path):
    (tmp_path / "t.txt").write_text("a few words, and a few more words\n" * 20)
    assert isinstance(for_file(str(tmp_path / "t.txt")).world, kellet.worlds.Words)
    np.savez(tmp_path / "p.npz", pixels=RNG.integers(0, 256, (40, 6, 6)).astype(np.uint8))
    assert isinstance(for_file(str(tmp_path / "p.npz")).world, kellet.worlds.Images)


def test_objects_are_read_as_files_are_and_run(tmp_path):
    frame = pl.DataFrame({"age": RNG.integers(18, 90, ROWS), "hue": HUES})
    data, file = kellet.read(frame), kellet.read(write(tmp_path, age=frame["age"], hue=frame["hue"]))
    assert [(c.name, c.kind) for c in data.sight.columns] == [(c.name, c.kind) for c in file.sight.columns]
    run = kellet.run(data.experiment, generations=1, replicates=2, size=20)
    assert run.answer().data.data == data.sight
    assert kellet.read(SENTENCES).sight.form == "text"
    assert kellet.read(RNG.integers(0, 256, (40, 6, 6)).astype(np.uint8)).sight.form == "pictures"
    assert kellet.data is kellet.read


def test_what_can_not_be_learnt_is_shown_all_the_same(tmp_path):
    found = kellet.read(write(tmp_path, a=[1.5, 2.5], b=["x", "y"]))
    assert found.experiment is None
    assert "at least 10 rows" in found.refusal
    assert [column.name for column in found.sight.columns] == ["a", "b"]
    assert "Nothing is learnt from it as it is" in found.answer().sentence
    assert found.answer().data.refusal == found.refusal


@pytest.mark.parametrize("animal", zoo.ZOO, ids=lambda animal: animal.name)
def test_every_animal_of_the_zoo_has_a_box_and_an_experiment_if_it_is_large_enough(animal, tmp_path):
    if animal.needs:
        pytest.importorskip(animal.needs)
    found = kellet.read(animal.put(tmp_path))
    assert len(box(found.sight).headings) in (3, 5)
    assert summarise(found.sight).endswith(".")
    assert found.experiment or (found.sight.count < 10 and "at least 10" in found.refusal), found.refusal


@pytest.mark.parametrize("animal", zoo.ZOO, ids=lambda animal: animal.name)
def test_every_animal_of_the_zoo_runs(animal, tmp_path, monkeypatch, capsys):
    from kellet.cli.main import main

    if animal.needs:
        pytest.importorskip(animal.needs)
    path = animal.put(tmp_path)
    if kellet.read(path).experiment is None:
        return
    monkeypatch.chdir(tmp_path)
    main(["run", path, "--generations", "3", "--replicates", "2", "--jobs", "1", "--out", "run"])
    assert "Report: run/report.html" in capsys.readouterr().out


def test_a_box_is_gone_with_its_file(tmp_path):
    path = write(tmp_path, **NUMBERS)
    world = for_file(path).world
    assert see(world).count == ROWS
    Path(path).unlink()
    assert see(world) is None
    assert see(kellet.worlds.Normal()) is None
