"""Rows that models wrote: read, scored out of sample, and their share found."""

from datetime import date

import numpy as np
import polars as pl
import pytest

from kellet.errors import InputError
from kellet.estimate import mixture, tables
from kellet.estimate.calibration import Calibration
from kellet.estimate.coding import learn_coding
from kellet.estimate.layout import identify, lay_out
from kellet.estimate.tables import fit_rows

TOWNS = np.array(["Aix", "Bern", "Cork", "Delft", None], object)


def write(n, seed, bound=1.0, towns=5):
    """Rows whose town, age, income and date hang together in a share ``bound`` of them."""
    rng = np.random.default_rng(seed)
    level = rng.normal(size=n)

    def follow():
        return np.where(rng.random(n) < bound, level, rng.normal(size=n)) + 0.3 * rng.normal(size=n)

    town = TOWNS[np.clip(follow() * 1.5 + 2, 0, towns - 1).astype(int)]
    days = np.clip(follow() * 50, -200, 200).astype(int)
    return pl.DataFrame(
        {
            "id": np.arange(n),
            "town": pl.Series(town.tolist(), dtype=pl.String),
            "age": np.clip(40 + 10 * follow(), 18, 90).astype(int),
            "income": np.exp(7 + follow()).round(2),
            "since": [date.fromordinal(736_000 + day) for day in days.tolist()],
        }
    )


HUMAN = write(500, 1)
LAYOUT = lay_out(HUMAN)


def read(frame):
    return LAYOUT.read(frame, "it")


def fit(human, **models):
    return fit_rows(LAYOUT.numeric, read(human), {name: read(frame) for name, frame in models.items()}, seed=0)


@pytest.fixture(scope="module", autouse=True)
def _few_trees():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tables, "TREES", 50)
        yield


@pytest.fixture(scope="module")
def methods():
    return fit(HUMAN, loose=write(250, 2, 0.0), halfway=write(250, 3, 0.5))


def test_what_is_written_otherwise_is_the_same_row():
    layout = lay_out(HUMAN)
    words = HUMAN.select(pl.all().cast(pl.String)).with_columns(pl.col("town").fill_null("  "))
    assert (layout.read(words, "it") == layout.read(HUMAN, "it")).all()
    read = lay_out(words)
    assert [one.form for one in read.columns] == ["word", "number", "number", "date"]
    assert (read.read(words, "it") == layout.read(HUMAN, "it")).all()


def test_names_of_rows_and_free_text_are_left_out_and_said():
    rng = np.random.default_rng(0)
    text = [" ".join(rng.choice(["anchor", "chain", "kellet", "line", "ship"], 12)) for _ in range(500)]
    layout = lay_out(HUMAN.with_columns(note=pl.Series(text)))
    assert [one.name for one in layout.columns] == ["town", "age", "income", "since"]
    first, second = layout.notes
    assert first.startswith('"id" is left out: ')
    assert second.startswith('"note" is left out: long texts')


def test_equal_rows_have_one_hash_and_others_another():
    layout = lay_out(HUMAN)
    rows = pl.concat(
        [
            HUMAN[:5],
            HUMAN[:5].with_columns(id=pl.lit(7, pl.Int64)),
            HUMAN[:5].with_columns(town=pl.lit(None, pl.String)),
        ]
    )
    hashes = identify(layout.read(rows, "it")).reshape(3, 5)
    assert (hashes[0] == hashes[1]).all()
    assert ((hashes[0] == hashes[2]) == HUMAN["town"][:5].is_null().to_numpy()).all()
    assert len(np.unique(identify(layout.read(HUMAN, "it")))) == HUMAN.height


@pytest.mark.parametrize(
    ("change", "line"),
    [
        (
            lambda frame: frame.drop("age"),
            'expected the columns of the human table in every table; got no "age" in it',
        ),
        (
            lambda frame: frame.with_columns(age=pl.lit("old")),
            'expected numbers in "age" of it; got others',
        ),
        (
            lambda frame: frame.with_columns(since=pl.lit(3)),
            'expected dates in "since" of it; got others',
        ),
        (
            lambda frame: frame.with_columns(town=pl.lit("Rom")),
            'expected words that the human table has in "town" of it',
        ),
        (lambda frame: frame[:99], 'expected 100 rows of each writer or more; got 99 in the table of "m"'),
    ],
)
def test_tables_that_do_not_fit_are_refused_in_a_line(change, line):
    with pytest.raises(InputError) as caught:
        rows = read(change(write(200, 4)))
        LAYOUT.check(LAYOUT.count_known(rows), "it")
        fit_rows(LAYOUT.numeric, read(HUMAN), {"m": rows}, 0)
    assert str(caught.value).startswith(line)
    assert "\n" not in str(caught.value)


def test_a_table_with_nothing_to_look_at_is_refused():
    with pytest.raises(InputError, match="expected columns of numbers, dates or categories"):
        lay_out(pl.DataFrame({"parts": [[1], [2]]}))


def test_words_that_are_hardly_ever_the_same_need_not_be_known():
    rng = np.random.default_rng(0)
    names = pl.DataFrame({"name": [f"n{rng.integers(900)}" for _ in range(600)]})
    others = pl.DataFrame({"name": [f"m{i}" for i in range(200)]})
    assert lay_out(names).read(others, "it").shape == (200, 1)


def test_levels_and_bins_are_those_of_the_rows_that_teach():
    layout = lay_out(HUMAN)
    rows = layout.read(HUMAN, "it")
    town = rows[:, 0]
    coding = learn_coding(rows[(town == 0) | (town == town[town > 0][0])], layout.numeric)
    codes = coding.code(rows)
    assert coding.sizes[0] == 3
    assert set(codes[:, 0]) == {0, 1, 2}
    assert ((codes[:, 0] == 0) == HUMAN["town"].is_null().to_numpy()).all()
    # Ages up and down the same way as the numbers of their bins.
    order = np.argsort(HUMAN["age"].to_numpy(), kind="stable")
    assert (np.diff(codes[order, 1]) >= 0).all()
    assert (codes < coding.sizes).all()


def test_scores_tell_models_from_humans_out_of_sample(methods):
    new = {0: write(1000, 11), 1: write(1000, 12, 0.0)}
    for method, least in zip(methods, (0.9, 0.8), strict=True):
        scores = method.scores
        assert scores.writers == 2
        assert method.scorer.score(read(HUMAN[:0])).shape == (5, 0)
        calibration = Calibration.of(scores)
        assert calibration.detection[0] > calibration.detection[1] > 0.1
        assert np.isnan(scores.unseen).tolist() == (scores.groups == 0).tolist()
        values = {writer: method.scorer.score(read(frame)) for writer, frame in new.items()}
        assert values[0].shape == (5, 1000)
        # New rows lie where the references' own do: 1,000 against 500 and 250, five standard errors.
        for writer, found in values.items():
            many = (scores.groups == writer).sum()
            above, expected = (found > calibration.line).mean(), (scores.of(writer) > calibration.line).mean()
            assert abs(above - expected) < 5 * np.sqrt((0.25 if writer else 0.05 * 0.95) * (1 / many + 1 / 1000))
        assert (values[1].mean(axis=0)[:, None] > values[0].mean(axis=0)).mean() > least


def test_rows_that_humans_wrote_as_well_are_not_told_apart():
    for method in fit(HUMAN[:200], copyist=write(150, 5)):
        human, other = method.scores.of(0), method.scores.of(1)
        better = (other[:, None] > human).mean()
        assert abs(better - 0.5) < 5 * np.sqrt((200 + 150 + 1) / (12 * 200 * 150))


@pytest.mark.parametrize("share", [0.0, 0.3])
def test_the_share_of_a_models_rows_is_found(methods, share):
    many = round(1000 * share)
    corpus = pl.concat([write(1000 - many, 21), write(many, 22, 0.0)]) if many else write(1000, 21)
    for method in methods:
        calibration = Calibration.of(method.scores)
        counts = calibration.bin(method.scorer.score(read(corpus))).sum(axis=0)
        found = mixture.fit(counts, calibration.human, calibration.models)
        assert abs(found.share - share) < 0.12


def test_a_value_that_only_humans_leave_out_is_evidence():
    human, model = write(200, 6), write(200, 7, towns=4)
    method = fit(human, m=model)[1]
    without = human["town"].is_null().to_numpy()
    human_scores = method.scores.of(0)
    assert np.median(human_scores[without]) < np.quantile(human_scores[~without], 0.25)
