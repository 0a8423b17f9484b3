import importlib.util
import sys
from pathlib import Path

import pytest

import kellet


@pytest.fixture(scope="module")
def load_program():
    """A program of the repository as a module, by its path, for as long as the tests of a file run."""
    names = []

    def load(path):
        whole = Path(kellet.__file__).parents[2] / path
        names.append(whole.stem)
        spec = importlib.util.spec_from_file_location(whole.stem, whole)
        module = sys.modules[whole.stem] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return module

    yield load
    for name in names:
        del sys.modules[name]
