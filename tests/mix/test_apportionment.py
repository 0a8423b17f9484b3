from fractions import Fraction
from math import ceil, floor

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from kellet.mix.apportionment import apportion, deal

totals = st.lists(st.integers(0, 120), min_size=1, max_size=6).filter(any)


def is_rounded(found, exact):
    return floor(exact) <= found <= ceil(exact)


@given(totals, st.integers(1, 60))
def test_every_window_and_every_beginning_holds_its_share(totals, window):
    rows = apportion(totals, window)
    size = sum(totals)
    assert rows.sum(axis=0).tolist() == totals and (rows >= 0).all()
    assert rows.sum(axis=1).tolist() == [window] * (size // window) + [size % window] * (size % window > 0)
    for t, counts in enumerate(rows[: size // window], 1):
        for kind, total in enumerate(totals):
            share = Fraction(window * total, size)
            assert is_rounded(counts[kind], share)
            assert is_rounded(rows[:t, kind].sum(), t * share)


@given(totals, st.data())
def test_strata_are_dealt_to_slots_that_differ(totals, data):
    size = sum(totals)
    cuts = sorted(data.draw(st.lists(st.integers(0, size), max_size=30)))
    slots = np.diff([0, *cuts, size])
    rows = deal(totals, slots)
    assert rows.sum(axis=0).tolist() == totals and (rows >= 0).all()
    assert rows.sum(axis=1).tolist() == slots.tolist()
    for t in range(len(slots)):
        so_far = int(slots[: t + 1].sum())
        for kind, total in enumerate(totals):
            assert is_rounded(rows[: t + 1, kind].sum(), Fraction(so_far * total, size))
