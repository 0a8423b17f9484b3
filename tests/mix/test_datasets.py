"""Hugging Face's datasets read a mix in its order, whole or as a stream."""

import importlib.util
from pathlib import Path

import pytest

_spec = importlib.util.spec_from_file_location("made_mixes", Path(__file__).with_name("made.py"))
made = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(made)
datasets = pytest.importorskip("datasets")
pytestmark = pytest.mark.filterwarnings("ignore")


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="module", params=["parquet", "jsonl"])
def mix(request, home):
    return made.build_mix(home / request.param, 31, 50, 20, form=request.param)


def load(home, *arguments, **options):
    return datasets.load_dataset(*arguments, split="train", cache_dir=str(home / "cache"), **options)


@pytest.mark.parametrize("streaming", [False, True])
def test_rows_come_in_the_order_of_the_mix(mix, home, streaming):
    builder = {"parquet": "parquet", "jsonl": "json"}[mix.name]
    rows = load(home, builder, data_files=str(mix / f"data-*.{mix.name}"), streaming=streaming)
    assert [row["number"] for row in rows] == list(range(101))
    assert {row["_kellet_origin"] for row in rows} == {"real", "ada", "bert"}


def test_the_folder_itself_is_a_data_set_of_its_shards(mix, home):
    """What the card names is read, and not the manifest."""
    assert load(home, str(mix))["number"] == list(range(101))


def test_a_stream_goes_on_in_the_order_of_the_mix(mix, home):
    def stream():
        return load(home, str(mix), streaming=True)

    first = stream()
    taken = [row["number"] for _, row in zip(range(47), first, strict=False)]
    again = stream()
    again.load_state_dict(first.state_dict())
    assert taken + [row["number"] for row in again] == list(range(101))
