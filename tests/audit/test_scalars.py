"""Scalars of an audit: verdict and measures of everything together, finite ones, and no name."""

import importlib.util
from pathlib import Path

import msgspec
import numpy as np
import pytest

from kellet.audit.scalars import BADNESS, list_generations, list_scalars
from kellet.audit.words import ORDER, find

_spec = importlib.util.spec_from_file_location("examples", Path(__file__).parent / "examples.py")
examples = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(examples)


def test_each_generation_has_its_verdict_and_its_measures():
    audit = examples.audit()
    found = list_generations(audit)
    assert list(found) == [1, 2, 3]
    for t, look in enumerate(audit.looks, start=1):
        rare = find(look, "rare")
        assert [found[t][f"rare/{key}"] for key in ("value", "low", "high", "zero")] == [
            rare.value, rare.low, rare.high, rare.fresh,
        ]  # fmt: skip
        assert found[t]["verdict"] == BADNESS[look.verdict]
        assert len(found[t]) == 1 + 4 * sum(not one.about for one in look.findings)
    assert sorted(ORDER, key=BADNESS.get, reverse=True) == list(ORDER)


def test_no_name_of_a_value_or_a_column_leaves():
    word = "Nobody's business"
    sent = str(list_generations(examples.audit((0.5,), words=lambda _: word, reference=word)))
    assert "rare/value" in sent
    assert word not in sent


def test_what_is_not_a_number_is_not_sent():
    look = examples.audit().looks[0]
    first = msgspec.structs.replace(look.findings[0], low=np.nan, high=np.inf)
    found = list_scalars(msgspec.structs.replace(look, findings=(first,)))
    assert found == {"verdict": 0.0, "rare/value": first.value, "rare/zero": pytest.approx(0.62)}
