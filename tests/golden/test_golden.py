"""What small experiments of every kind gave before, they give to the last bit."""

import importlib.util
import json
import sys
from pathlib import Path

import pytest

NAME = "golden_experiments"
spec = importlib.util.spec_from_file_location(NAME, Path(__file__).with_name("experiments.py"))
golden = sys.modules[NAME] = importlib.util.module_from_spec(spec)
spec.loader.exec_module(golden)

KEPT = json.loads(golden.NUMBERS.read_text(encoding="utf-8"))
SAME_BITS = KEPT["machine"] == golden.machine()
SAME_KERNELS = SAME_BITS and KEPT.get("processor") == golden.processor()


@pytest.fixture(scope="module")
def material():
    with golden.material():
        yield


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", KEPT["numbers"])
def test_numbers_are_what_they_were(name, material):
    if name in golden.NEURAL:
        pytest.importorskip("torch")
        pytest.importorskip("transformers" if name == "transformer" else "torch")
    told = json.loads(json.dumps(golden.all_of_them()[name]()))
    before = KEPT["numbers"][name]
    assert told.get("cells") == before.get("cells"), "the address of a cell moved: folders can't be resumed"
    if SAME_KERNELS if name in golden.NEURAL else SAME_BITS:
        assert told == before
    else:
        # Other kernels round otherwise, and a loop carries that on: what theory says must be there all the same.
        assert told.keys() == before.keys()
        assert told.get("values", {}).keys() == before.get("values", {}).keys()
