"""PyTorch reads a mix: with workers in processes of their own, and training that goes on as if nothing had been."""

import importlib.util
import json
import os
import pickle
import socket
import subprocess
import sys
from itertools import islice
from pathlib import Path

import numpy as np
import pytest

from kellet import InputError
from kellet.mix import loading
from kellet.mix.loading import MixDataset, load_mix
from kellet.mix.reading import open_mix

torch = pytest.importorskip("torch")
_spec = importlib.util.spec_from_file_location("made_mixes", Path(__file__).with_name("made.py"))
made = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(made)


@pytest.fixture(scope="module")
def mix(tmp_path_factory):
    return made.build_mix(tmp_path_factory.mktemp("mix") / "out", 31, 50, 20)


@pytest.fixture(scope="module")
def whole(mix):
    """Three epochs, batch by batch."""
    return [batch["number"].tolist() for batch in open_mix(mix, batch=8, epochs=3)]


def numbers(batches):
    return [list(map(int, batch["number"])) for batch in batches]


def double(batch):
    return {"number": 2 * batch["number"], "words": [len(text.split()) for text in batch["text"]]}


def test_batches_hold_tensors_and_each_loop_is_an_epoch(mix, whole):
    loader = load_mix(mix, batch=8)
    (first, *_), second = list(loader), numbers(loader)
    assert isinstance(first["number"], torch.Tensor) and isinstance(first["text"], list)
    assert first["_kellet_generation"].dtype == torch.int32
    assert len(loader) == 13 and second == whole[13:26] and loader.state_dict()["epoch"] == 2
    prepared = next(iter(load_mix(mix, batch=8, prepare=double)))
    assert isinstance(prepared["number"], np.ndarray) and prepared["words"][1] == 3


def test_a_loader_goes_to_a_step(mix, whole):
    loader = load_mix(mix, batch=8)
    loader.seek(30)
    assert numbers(loader) == whole[30:]


def test_a_dataset_in_a_plain_dataloader(mix, whole):
    dataset = MixDataset(open_mix(mix, batch=8))
    assert isinstance(dataset, torch.utils.data.IterableDataset)
    loader = torch.utils.data.DataLoader(dataset, batch_size=None)
    assert numbers(islice(loader, 5)) == whole[:5]
    state = json.loads(json.dumps(dataset.state_dict()))
    again = MixDataset(open_mix(mix, batch=8))
    again.load_state_dict(state)
    assert numbers(again) == whole[5:13]
    again.set_epoch(1)
    assert numbers(islice(again, 3)) == whole[13:16]
    again.set_epoch(1)
    assert numbers(again) == whole[16:26]
    again.set_epoch(0)
    assert numbers(again) == whole[:13]


def test_workers_that_would_all_begin_anew_are_refused(mix, monkeypatch):
    dataset = MixDataset(open_mix(mix, batch=8))
    monkeypatch.setattr(loading, "find_worker", lambda: (0, 2))
    with pytest.raises(InputError, match="epochs, or set_epoch before each loop"):
        next(iter(dataset))
    dataset.set_epoch(0)
    state = [dataset.state_dict() for _ in zip(range(2), dataset, strict=False)][-1]
    assert state["workers"] == 2 and state["ahead"] == 1
    monkeypatch.setattr(loading, "find_worker", lambda: (0, 3))
    with pytest.raises(InputError, match="as many workers"):
        dataset.load_state_dict(state)


def test_a_fork_is_refused(mix, monkeypatch):
    """Polars would wait there for threads that a fork doesn't have."""
    dataset = MixDataset(open_mix(mix, batch=8))
    monkeypatch.setattr("os.getpid", lambda: -1)
    with pytest.raises(InputError, match="workers started anew"):
        next(iter(dataset))
    assert next(iter(pickle.loads(pickle.dumps(dataset))))["number"].tolist() == list(range(8))


@pytest.mark.slow
@pytest.mark.parametrize(("prepare", "times"), [(None, 1), (double, 2)])
def test_real_workers_give_the_same_order_and_lose_nothing_that_they_read_ahead(mix, whole, prepare, times):
    loader = load_mix(mix, batch=8, workers=2, prepare=prepare)
    seen = numbers(loader) + numbers(islice(loader, 7))
    again = load_mix(mix, batch=8, workers=1, epochs=3, prepare=prepare)
    again.load_state_dict(loader.state_dict())
    assert seen + numbers(again) == [[times * number for number in batch] for batch in whole]


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("workers", [0, 2])
def test_torchdata_keeps_the_place(mix, whole, workers):
    stateful = pytest.importorskip("torchdata.stateful_dataloader")
    options = {"num_workers": workers, "multiprocessing_context": "spawn" if workers else None, "batch_size": None}

    def load():
        return stateful.StatefulDataLoader(MixDataset(open_mix(mix, batch=8, epochs=3)), **options)

    first, again = load(), load()
    seen = numbers(islice(first, 17))
    again.load_state_dict(first.state_dict())
    assert seen + numbers(again) == whole


def train(mix, out, part):
    """Two processes, which talk by gloo."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port = str(found.getsockname()[1])
    place = {"WORLD_SIZE": "2", "LOCAL_WORLD_SIZE": "2", "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": port}
    command = [sys.executable, str(Path(__file__).with_name("training.py")), str(mix), str(out), part]
    started = [
        subprocess.Popen(
            command, env={**os.environ, **place, "RANK": rank, "LOCAL_RANK": rank}, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True,
        )
        for rank in "01"
    ]  # fmt: skip
    said = [one.communicate()[0] for one in started]
    assert [one.returncode for one in started] == [0, 0], "\n".join(said)


@pytest.mark.slow
def test_trainer_and_accelerate_go_on_in_new_processes_as_if_nothing_had_been(tmp_path):
    pytest.importorskip("transformers")
    pytest.importorskip("accelerate")
    mix = made.build_mix(tmp_path / "mix", 30, 55, 20)
    out = tmp_path / "out"
    out.mkdir()
    for part in ("first", "second"):
        train(mix, out, part)
    for name in ("accelerate", "transformers"):
        seen = []
        for rank in range(2):
            parts = (out / f"{name}-{part}-{rank}.json" for part in ("first", "second"))
            first, second = (json.loads(path.read_text()) for path in parts)
            assert first["weights"] == second["weights"]
            assert first["seen"][15:] == second["seen"] and len(second["seen"]) == 11
            seen.append(first["seen"][:11])
        # The last step of an epoch has what is left: 5 rows for two.
        assert [[len(batch) for batch in rank] for rank in seen] == [[5] * 10 + [2], [5] * 10 + [3]]
        assert sorted(number for rank in seen for batch in rank for number in batch) == list(range(105))
