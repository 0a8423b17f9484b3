import numpy as np
import pytest

from kellet.mix.blame import add_up, expand, find_fault
from kellet.mix.identity import VOID
from kellet.mix.merkle import enter

RNG = np.random.default_rng(0)
LABELS = [(0, 0), (1, 1), (2, 1)]


@pytest.fixture
def window():
    kinds = RNG.integers(0, 2, 300)
    return enter(np.frombuffer(RNG.bytes(16 * 300), VOID), kinds, kinds)


def blame(before, after):
    wanted = int(expand(add_up(before, 300))[0])
    return find_fault(after, wanted, LABELS)


def test_a_row_with_another_label_is_named(window):
    after = window.copy()
    after["origin"][17], after["generation"][17] = 2, 1
    fault = blame(window, after)
    assert fault.rows == (17,) and LABELS[fault.label] == (window["origin"][17], window["generation"][17])


def test_rows_that_changed_places_are_named(window):
    after = window.copy()
    after[[3, 250]] = window[[250, 3]]
    assert (blame(window, after).rows, blame(window, after).what) == ((3, 250), "have changed places")


def test_rows_that_changed_labels_are_named(window):
    real, other = np.flatnonzero(window["origin"] == 0)[4], np.flatnonzero(window["origin"] == 1)[2]
    after = window.copy()
    for field in ("origin", "generation"):
        after[field][[real, other]] = window[field][[other, real]]
    fault = blame(window, after)
    assert set(fault.rows) == {real, other} and fault.what == "have changed labels"


def test_what_no_single_change_explains_is_not_explained(window):
    after = window.copy()
    after["id"][5] = RNG.bytes(16)
    assert blame(window, after) is None and blame(window, window) is None


def test_sums_are_of_windows(window):
    assert len(expand(add_up(window, 100))) == 3
    assert add_up(window[100:200], 100) == add_up(window[100:200].copy(), 1000)
