"""What the fuzzers share: files that once broke something are tried again each time, and a new one is kept."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from kellet.errors import InputError

CORPUS = Path(__file__).with_name("corpus")
PATIENCE = 10.0
"""Seconds that a small input may take."""


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A test that asks for ``found`` runs on each file of the corpus of its module."""
    if "found" in metafunc.fixturenames:
        files = sorted((CORPUS / metafunc.module.__name__.rpartition("test_")[2]).glob("*"))
        metafunc.parametrize("found", files, ids=[file.name for file in files])


@pytest.fixture(scope="session")
def scratch(tmp_path_factory):
    """A folder that every example may write over."""
    return tmp_path_factory.mktemp("fuzz")


@pytest.fixture(scope="module")
def refused(request):
    """A context in which bad input may be refused in one line; what ends otherwise is kept for the corpus.

    Hypothesis tries the smallest example last, so that is the one which stays.
    """
    room = CORPUS / request.module.__name__.rpartition("test_")[2]

    @contextmanager
    def watch(name: str, data: bytes) -> Iterator[None]:
        start = time.monotonic()
        try:
            yield
            assert time.monotonic() - start < PATIENCE, f"{time.monotonic() - start:.0f} s"
        except InputError as error:
            assert ("; got . Try" not in str(error)) and all(error.parts[::2])
        except BaseException:
            room.mkdir(exist_ok=True)
            (room / name).write_bytes(data)
            raise

    return watch
