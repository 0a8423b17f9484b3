"""Without text of models: a bound by words that became more frequent, from dates, whatever the order of files."""

import json
from dataclasses import replace
from datetime import date

import numpy as np
import polars as pl
import pytest

from kellet import InputError
from kellet.estimate.periods import Clock, Periods, choose, find_last_day
from kellet.experiment import excess
from kellet.experiment.estimating import estimate

WORDS = np.array([f"word{i}" for i in range(800)])
COMMON = [f"common{i}" for i in range(20)]
"""Words that all have: no document is nearly empty."""
LIKED = np.arange(40)
"""Words that the model has eight times as often."""
USUAL = np.exp(np.random.default_rng(0).uniform(np.log(0.01), np.log(0.2), 800))
USUAL[LIKED] = np.minimum(USUAL[LIKED], 0.03)


def write(many, share, seed):
    """Documents, of which a share by the model."""
    rates = np.tile(USUAL, (many, 1))
    rates[: round(many * share), LIKED] *= 8
    return [" ".join([*COMMON, *WORDS[has]]) for has in np.random.default_rng(seed).random(rates.shape) < rates]


def make(shares=(0, 0, 0, 0, 0.5), many=450, first=2019, seed=0):
    """A table of dated documents, so many a year."""
    rows = [
        (text, f"{first + i}-{1 + place % 11:02}-{1 + place % 28:02}")
        for i, share in enumerate(shares)
        for place, text in enumerate(write(many, share, seed + i))
    ]
    return pl.DataFrame(rows, schema=["text", "date"], orient="row")


CORPUS = make()
OLD = CORPUS.filter(pl.col("date") < "2023")
LATE = CORPUS.filter(pl.col("date") > "2023")


def ask(corpus=CORPUS, **settings):
    return estimate(corpus, **settings)


@pytest.fixture(scope="module")
def found():
    return ask(by="date")


def test_a_bound_lies_under_the_truth_and_is_told_beside_its_zeros(found):
    whole, (part,) = found.whole, found.slices
    assert (found.method, whole.verdict, whole.share, whole.high, found.exit_code) == (
        "excess",
        "bound only",
        None,
        None,
        0,
    )
    assert 0.05 < whole.low < 0.5
    assert (part.value, part.finding.documents, found.human_documents) == ("2023", 450, 1800)
    assert part.finding.low == pytest.approx(whole.low)
    assert (part.surplus.base, part.surplus.documents) == (("2021", "2022"), 450)
    assert part.surplus.expected < part.surplus.observed
    assert [one.value for one in found.placebos] == ["2019", "2020", "2021", "2022"]
    assert max(one.share for one in found.placebos) <= part.surplus.placebo < 0.1
    assert abs(whole.words / (450 * (20 + USUAL.sum() + 3.5 * USUAL[LIKED].sum())) - 1) < 0.03
    assert found.phrases
    assert {one.text for one in found.phrases} <= set(WORDS[LIKED].tolist())
    assert all(one.corpus > one.human and one.model is None for one in found.phrases)
    assert found.notes[0].startswith("Documents dated up to 2022-11 count as human: the month in which chat models")


def test_it_is_told_in_a_sentence_a_document_and_a_page(found):
    answer = found.answer()
    assert answer.sentence.startswith("Models wrote or edited at least ")
    assert "of the 450 documents that aren't known to be human" in answer.sentence
    document = json.loads(answer.json())
    assert (document["method"], document["high"], document["slices"][0]["surplus"]["base"]) == (
        "excess", None, ["2021", "2022"],
    )  # fmt: skip
    assert [one["passed"] for one in document["guards"]] == [True, True, True]
    assert [chart.title for chart in answer.charts] == ["The share, and how sure it is", "Along time"]


def test_text_of_people_alone_has_no_bound_worth_a_word():
    mixed = pl.DataFrame({"text": write(2250, 0, 0), "date": [f"{2019 + i // 450}" for i in range(2250)]})
    assert ask(mixed, by="date").whole.low < 0.03


def test_files_and_their_order_change_nothing(found, tmp_path):
    mixed = CORPUS.sample(fraction=1, shuffle=True, seed=1)
    for place in range(3):
        mixed[place::3].write_ndjson(tmp_path / f"{place}.jsonl")
    assert replace(ask(str(tmp_path / "*.jsonl"), by="date"), corpus="") == replace(found, corpus="")


def test_dates_may_stand_as_years_months_true_dates_or_in_words():
    days = CORPUS["date"].str.to_date()
    exact = days.to_physical().to_list()
    for values in (days, days.cast(pl.Datetime("ms", "UTC")), CORPUS["date"], days.dt.strftime("%B %d, %Y")):
        assert Clock.of(values).read(values).tolist() == exact
    years = [find_last_day(f"{year - 1}") + 1 for year in days.dt.year().to_list()]
    for values in (days.dt.year(), days.dt.year().cast(pl.String), days.dt.year().cast(pl.Float64)):
        assert Clock.of(values).read(values).tolist() == years
    months = days.dt.strftime("%Y-%m")
    assert Clock.of(months).read(months).tolist() == days.dt.truncate("1mo").to_physical().to_list()


def test_human_references_with_dates_without_and_alone(found):
    dated = ask(LATE, human=OLD, by="date")
    assert dated.whole.low == found.whole.low
    undated = ask(LATE, human=OLD.drop("date"), by="date")
    alone = ask(LATE["text"].to_list(), human=OLD["text"].to_list())
    assert 0.05 < undated.whole.low < 0.5
    assert 0.05 < alone.whole.low < 0.5
    assert [one.value for one in undated.slices] == ["2023"]
    assert (alone.slices, alone.surplus.base, alone.placebos) == ((), ("the human references",), ())
    for one in (undated, alone):
        assert any("one human period" in reason for reason in one.whole.reasons)
        assert "human text of two periods or more" in one.answer().sentence


def test_human_text_of_the_same_time_is_compared_with_too():
    human = make((0, 0, 0, 0, 0), seed=9)
    same = ask(LATE, human=human, by="date")
    assert same.slices[0].surplus.base == ("2022", "2023")
    assert 0.03 < same.whole.low < 0.5


def test_documents_count_once_where_they_are_dated_first():
    twice = pl.concat([CORPUS, OLD[:30].with_columns(date=pl.lit("2023-05-01")), CORPUS[:5]])
    some = ask(twice, by="date")
    assert (some.whole.documents, some.human_documents) == (450, 1800)
    assert any(note.startswith("35 documents are there for another time") for note in some.notes)


def test_of_many_documents_some_are_looked_at(monkeypatch):
    monkeypatch.setattr(excess, "DOCUMENTS", 600)
    some = ask(by="date")
    assert any("Of 2,250 different documents 600 were looked at" in note for note in some.notes)
    assert [one.documents for one in (some.slices[0].surplus, *some.placebos)] == [120] * 5
    assert some.whole.documents == 450


def test_what_has_no_date_or_one_to_come_is_left_out():
    odd = CORPUS[:9].with_columns(date=pl.Series(["soon", None, "3rd May", *["2999-01-01"] * 4, "", "2021-02-30"]))
    some = ask(pl.concat([odd, CORPUS[9:]]), by="date")
    assert some.human_documents == 1791
    notes = " ".join(some.notes)
    assert "5 documents in the corpus have no date that can be read, such as 'soon'" in notes
    assert "4 documents in the corpus are dated after today" in notes


def test_files_without_the_column_are_left_out(found, tmp_path):
    CORPUS.write_ndjson(tmp_path / "a.jsonl")
    OLD[:40].select(pl.col("text").str.to_uppercase() + " more").write_ndjson(tmp_path / "b.jsonl")
    some = ask(str(tmp_path / "*.jsonl"), by="date")
    assert some.whole == found.whole
    assert any("40 documents in *.jsonl have no date that can be read, such as none" in note for note in some.notes)


def test_small_periods_and_fast_drift_say_why():
    some = ask(make((0, 0, 0, 0.5, 0.5), 450, 2020).filter(pl.col("date") < "2024-03"), by="date")
    assert [one.finding.verdict for one in some.slices] == ["bound only", "not identifiable"]
    assert some.slices[1].finding.reasons == ("fewer than 100 documents",)
    assert some.whole.low == pytest.approx(some.slices[0].finding.low * 450 / some.whole.documents)
    rng = np.random.default_rng(0)
    fast = [
        (" ".join(rng.choice(WORDS[40 * year : 40 * year + 60], 60)), str(2018 + year))
        for year in range(6) for _ in range(150)
    ]  # fmt: skip
    drifting = ask(pl.DataFrame(fast, schema=["text", "date"], orient="row"), by="date")
    assert (drifting.whole.verdict, drifting.exit_code) == ("not identifiable", 3)


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({}, "text of which it is known who wrote it, or the column of its dates; got neither. Try --by date"),
        ({"by": "when"}, 'one of the columns "text", "date", of dates, to divide by without --model; got \'when\''),
        ({"by": "text"}, 'dates in "text", such as 2022-11-30; got '),
        ({"by": "length", "human": OLD}, "of dates, to divide by without --model"),
        ({"corpus": OLD["text"].to_list(), "by": "date"}, "of dates"),
        ({"by": "date", "human_until": "November"}, "up to which documents are human; got 'November'. Try 2022-11"),
        ({"by": "date", "human_until": "2022-13"}, "up to which documents are human; got '2022-13'"),
        ({"by": "date", "human_until": "2018"}, "dated up to 2018, which are human; got none, the first is of 2019"),
        ({"corpus": LATE, "by": "date"}, "dated up to 2022-11, which are human; got none"),
        ({"corpus": OLD, "by": "date"}, "documents dated after 2022-11; got none, the last is of 2022"),
        ({"by": "date", "human": OLD["text"].to_list(), "human_until": "2022"}, "got none in the human references"),
        ({"corpus": {"text": ["a"] * 9, "date": ["2999-01-01"] * 9}, "by": "date"}, "up to today; got later ones"),
        ({"human_until": "2022", "human": OLD}, "the column of dates beside --human-until; got none"),
        ({"human": OLD, "model": {"a": LATE}, "human_until": "2022"}, "no --human-until beside --model"),
        ({"model": {"a": LATE}}, "text that people wrote; got none"),
        ({"corpus": LATE, "human": OLD[:70]}, "100 human documents or more of one period; got 70"),
        ({"corpus": LATE, "human": [f"No {one}." for one in range(200)]}, "got 0"),
    ],
)  # fmt: skip
def test_bad_input_is_told_in_one_line(settings, told):
    with pytest.raises(InputError) as error:
        ask(**settings)
    assert told in str(error.value)
    assert "\n" not in str(error.value)


def test_dates_that_are_written_in_many_ways_are_refused():
    head = pl.DataFrame({"text": CORPUS["text"][:300], "date": ["2021-01-01"] * 300})
    rest = pl.DataFrame({"text": CORPUS["text"][300:], "date": ["1/2/2023"] * 1950})
    with pytest.raises(InputError, match=r"dates in \"date\" that are written alike; got '1/2/2023' and 1,949 more"):
        ask(pl.concat([head, rest]), by="date")


def count(years, many=150, months=range(1, 13)):
    days = [date(year, month, 5) for year in years for month in months]
    return {(day - date(1970, 1, 1)).days: many for day in days}


def test_periods_are_as_long_as_two_of_them_can_be_human():
    until = find_last_day("2022-11")
    assert choose(count(range(2015, 2026)), {}, until).step == 12
    assert choose(count(range(2022, 2024)), {}, until).step == 3
    assert choose(count([2022], months=(10, 11, 12)), {}, until).step == 1
    assert choose(count([2022], months=(10, 11)) | count(range(2023, 2026)), {}, until).step == 12
    assert choose(count([2022], 3), {}, until).step == 12
    old = choose(count(range(1950, 2026)), {}, until)
    assert old.name(old.first) == "2002"
    assert choose(count([2023]), count([2022, 2023]), None).apart
    assert not choose(count([2023]), count([2021, 2022]), None).apart


def test_what_comes_after_the_last_human_day_counts_for_the_next_period():
    until = find_last_day("2022-11-15")
    days = np.array([until - 320, until, until + 1, until + 60])
    for step, names in (
        (12, ["2021", "2022", "2023", "2023"]), (3, ["2021-Q4", "2022-Q4", "2023-Q1", "2023-Q1"]),
        (1, ["2021-12", "2022-11", "2022-12", "2023-01"]),
    ):  # fmt: skip
        periods = Periods(step, until)
        assert [periods.name(one) for one in periods.number(days).tolist()] == names
        apart = replace(periods, apart=True)
        assert [apart.name(one) for one in apart.number(days).tolist()] == names
        assert (apart.number(days) % 2).tolist() == [0, 0, 1, 1]
        assert (apart.number(days, human=True) % 2 == 0).all()


@pytest.mark.parametrize("values", [["a", "b"], [1.5, 2.5], [[1], [2]], [None, None]])
def test_what_is_no_date_is_not_read_as_one(values):
    assert Clock.of(pl.Series(values)) is None
