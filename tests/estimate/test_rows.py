"""Rows: a corpus of rows is judged as one of texts is."""

import numpy as np
import polars as pl
import pytest

from kellet.estimate import tables
from kellet.estimate.judging import judge
from kellet.estimate.layout import lay_out
from kellet.estimate.rows import RowReference


def write(n, rng, bound=1.0, shift=0.0):
    """Rows whose columns hang together in a share ``bound`` of them; humans' do.  shift: of what no model changes."""
    level = rng.normal(size=n)

    def follow():
        return np.where(rng.random(n) < bound, level, rng.normal(size=n)) + 0.2 * rng.normal(size=n)

    return pl.DataFrame(
        {
            "town": np.array(["Aix", "Bern", "Cork", "Delft"])[np.clip(follow() + 2, 0, 3).astype(int)],
            "age": np.clip(40 + 10 * follow(), 18, 90).round(),
            "income": np.exp(7 + follow()).round(2),
            "year": (2000 + shift + 4 * rng.random(n)).astype(int),
        }
    )


def learn(human, **models):
    layout = lay_out(human)
    rows = {name: layout.read(frame, name) for name, frame in models.items()}
    return layout, RowReference.learn(layout, layout.read(human, "it"), rows)


@pytest.fixture(scope="module")
def reference():
    rng = np.random.default_rng(0)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tables, "TREES", 50)
        yield learn(write(800, rng), loose=write(500, rng, 0.0))


def count(taught, *frames):
    layout, reference = taught
    corpus = layout.read(pl.concat(list(frames)), "the corpus")
    return reference.count(corpus, np.zeros(len(corpus), np.int64), 1)[0]


@pytest.mark.parametrize("share", [0.2, 0.5])
def test_share_of_a_synthesizers_rows(reference, share):
    rng = np.random.default_rng(1)
    k = round(1000 * share)
    found = judge(reference[1], count(reference, write(1000 - k, rng), write(k, rng, 0.0)))
    assert found.verdict == "answered"
    assert found.low <= share <= found.high
    assert found.words_low is None


def test_rows_of_other_things_are_refused(reference):
    rng = np.random.default_rng(2)
    found = judge(reference[1], count(reference, write(300, rng, shift=30)))
    assert found.verdict == "not identifiable"


def test_columns_that_a_model_changes_say_nothing_of_subjects():
    rng = np.random.default_rng(3)
    human, model = write(300, rng), write(300, rng, shift=30)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tables, "TREES", 20)
        found = learn(human, modern=model)
    judged = judge(found[1], count(found, write(200, rng), write(100, rng, shift=30)))
    assert judged.distance < 0.05
    assert judged.verdict == "answered"
    assert judged.low <= 1 / 3 <= judged.high


def test_counts_of_rows_add(reference):
    rng = np.random.default_rng(4)
    first, second = write(40, rng), write(60, rng, 0.0)
    both, apart = count(reference, first, second), count(reference, first) + count(reference, second)
    for name in both.__dataclass_fields__:
        assert np.array_equal(getattr(both, name), getattr(apart, name))
