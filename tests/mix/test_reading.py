"""The bare reader: an order that doesn't depend on who reads, and a state of four values."""

import importlib.util
import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kellet import InputError
from kellet.mix.batches import to_columns
from kellet.mix.manifest import NAME
from kellet.mix.reading import open_mix
from kellet.mix.recipe import ORIGIN
from kellet.mix.steps import Steps

_spec = importlib.util.spec_from_file_location("made_mixes", Path(__file__).with_name("made.py"))
made = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(made)
build_mix = made.build_mix


@pytest.fixture(scope="module")
def mix(tmp_path_factory):
    """101 rows in windows of 10, four shards."""
    return build_mix(tmp_path_factory.mktemp("mix") / "out", 31, 50, 20)


def numbers(batches):
    return [batch["number"].tolist() for batch in batches]


def flat(batches):
    return [number for batch in numbers(batches) for number in batch]


def test_each_epoch_has_every_row_once_in_an_order_of_its_own(mix):
    reader = open_mix(mix, batch=8)
    epochs = [flat(reader) for _ in range(4)]
    assert epochs[0] == list(range(101))
    assert all(sorted(epoch) == list(range(101)) for epoch in epochs)
    assert len({tuple(epoch) for epoch in epochs}) == 4
    assert flat(open_mix(mix, batch=8, epochs=4)) == [number for epoch in epochs for number in epoch]
    other = open_mix(mix, batch=8, seed=1, epochs=2)
    assert flat(other)[101:] != epochs[1]


@pytest.mark.parametrize("form", ["parquet", "jsonl"])
def test_frames_and_columns_have_the_same_rows_of_either_format(form, tmp_path):
    mix = build_mix(tmp_path / "out", 30, 50, 20, strata=(0.8, 0.2), form=form)
    frames = list(open_mix(mix, batch=7, epochs=2, form="frames"))
    columns = list(open_mix(mix, batch=7, epochs=2, columns=["number", "maybe", "tokens"]))
    assert [list(part) for part in columns] == [["number", "maybe", "tokens"]] * len(frames)
    for frame, part in zip(frames, columns, strict=True):
        for name, values in part.items():
            assert list(values) == frame[name].to_list()
    assert columns[0]["tokens"][0] == [0, 1] and isinstance(columns[0]["number"], np.ndarray)


def test_windows_stay_whole_over_ranks(tmp_path):
    """8 ranks with 25 rows each: each has 5 real ones, a fifth, but for two, in epoch 0 and later."""
    mix = build_mix(tmp_path / "out", 1000, 3000, 1000, window=1000, windows=2)
    for epoch in (0, 1, 7):
        for rank in range(8):
            reader = open_mix(mix, batch=25, rank=rank, ranks=8, start=5000 * epoch)
            real = [batch[ORIGIN].count("real") for batch in reader]
            assert len(real) == 25 and sum(real) == pytest.approx(125, abs=8)
            assert all(3 <= many <= 7 for many in real)


@pytest.mark.parametrize("ranks", [1, 2])
def test_values_do_not_depend_on_how_many_are_made_at_once(tmp_path, ranks):
    mix = build_mix(tmp_path / "out", 300, 500, 200, window=300, windows=2)
    for rank in range(ranks):
        asked = {"batch": 7, "rank": rank, "ranks": ranks, "seed": 5, "start": 700, "epochs": 3}
        for found, frame in zip(open_mix(mix, **asked), open_mix(mix, form="frames", **asked), strict=True):
            expected = to_columns(frame)
            assert found.keys() == expected.keys()
            for name, values in expected.items():
                assert type(found[name]) is type(values) and list(found[name]) == list(values)
                assert isinstance(values, list) or found[name].dtype == values.dtype


@given(st.integers(1, 60), st.integers(1, 9), st.integers(1, 5), st.booleans(), st.integers(0, 150))
def test_ranks_have_equally_many_steps_and_together_all_rows(size, batch, ranks, drop, start):
    if size < (batch * ranks if drop else ranks):
        with pytest.raises(InputError, match="a smaller batch"):
            Steps(size, batch, 0, ranks, drop)
        return
    walks = [list(Steps(size, batch, rank, ranks, drop).walk(start, 3 * size)) for rank in range(ranks)]
    steps = list(zip(*walks, strict=True))
    for spans in steps:
        assert [one.stop for one in spans[:-1]] == [one.start for one in spans[1:]]
        assert len({one.after for one in spans}) == 1
        lengths = {one.stop - one.start for one in spans}
        assert max(lengths) - min(lengths) <= (0 if drop else 1) and min(lengths) >= 1 and max(lengths) <= batch
    one = Steps(size, batch, 0, ranks, drop)
    if start % size == 0 and start < 3 * size:
        epochs = 3 - start // size
        assert len(steps) == epochs * len(one)
        taken = sum(spans[-1].stop - spans[0].start for spans in steps)
        assert taken == epochs * (size - one.left_out)
        assert [one.find(start // size * len(one) + i) for i in range(len(steps))] == [s[0].start for s in steps]


def test_what_is_left_out_is_said(mix):
    with pytest.warns(UserWarning, match="1 of 101 rows of each epoch are left out: fewer than 2 ranks"):
        reader = open_mix(mix, batch=5, ranks=2)
    assert [len(batch["number"]) for batch in reader] == [5] * 10 and reader.position == 101
    assert len(open_mix(mix, batch=10, drop=True)) == 10
    assert open_mix(mix, batch=10, drop=True).steps.left_out == 1
    assert [len(part["number"]) for part in open_mix(mix, batch=10)] == [10] * 10 + [1]


def test_the_state_is_four_plain_values(mix):
    reader = open_mix(mix, batch=8, seed=3)
    for _ in zip(range(15), reader, strict=False):
        pass
    state = json.loads(json.dumps(reader.state_dict()))
    assert state == {"root": reader.folder.manifest.root, "seed": 3, "epoch": 1, "position": 101}


def test_another_root_another_seed_and_no_state_are_refused(mix, tmp_path):
    other = open_mix(build_mix(tmp_path / "other", 30, 50, 20), batch=8)
    state = open_mix(mix, batch=8).state_dict()
    with pytest.raises(InputError, match="a state of the mix with root"):
        other.load_state_dict(state)
    with pytest.raises(InputError, match=r"a state with the seed 1; got 0\. Try seed=0"):
        open_mix(mix, batch=8, seed=1).load_state_dict(state)
    for change in ({"epoch": 1}, {"position": -1, "epoch": -1}, {"position": "7"}):
        with pytest.raises(InputError, match="Try what state_dict"):
            open_mix(mix, batch=8).load_state_dict(state | change)
    with pytest.raises(InputError, match="Try what state_dict"):
        open_mix(mix, batch=8).load_state_dict({"position": 5})
    assert other.position == 0


def test_bad_folders_are_told_in_a_line(mix, tmp_path):
    def copy(name):
        folder = tmp_path / name
        folder.mkdir()
        for path in mix.iterdir():
            (folder / path.name).write_bytes(path.read_bytes())
        return folder

    for path in (tmp_path / "nowhere", Path("a\0b")):
        with pytest.raises(InputError):
            open_mix(path, batch=8)
    edited = copy("edited")
    (edited / NAME).write_text((edited / NAME).read_text().replace("A mix", "Another mix"))
    with pytest.raises(InputError, match="a manifest whose root is its hash"):
        open_mix(edited, batch=8)
    (edited / NAME).write_text("{}")
    with pytest.raises(InputError, match="a manifest of a mix"):
        open_mix(edited, batch=8)
    short, gone = copy("short"), copy("gone")
    first = sorted(short.glob("*.parquet"))[0].name
    (short / first).write_bytes((short / first).read_bytes()[:-9])
    (gone / first).unlink()
    for folder in (short, gone):
        with pytest.raises(InputError, match=first):
            list(open_mix(folder, batch=8))
    swapped = copy("swapped")
    raw = bytearray((swapped / first).read_bytes())
    raw[-4:] = b"nope"
    (swapped / first).write_bytes(raw)
    with pytest.raises(InputError, match=first):
        list(open_mix(swapped, batch=8))


@pytest.mark.parametrize(
    "wrong", [{"batch": 0}, {"rank": 2, "ranks": 2}, {"columns": ["nope"]}, {"epochs": 0}, {"start": -1}, {"form": "x"}]
)
def test_bad_settings_are_told_in_a_line(mix, wrong):
    with pytest.raises(InputError):
        open_mix(mix, **{"batch": 8} | wrong)
