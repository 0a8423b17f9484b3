"""Words that stand for dates."""

import datetime as dt

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kellet.data.dates import read_dates

DAYS = st.lists(st.dates(dt.date(1970, 1, 1), dt.date(2068, 12, 31)), min_size=1, max_size=30)
MOMENTS = st.lists(st.datetimes(dt.datetime(1900, 1, 1), dt.datetime(2100, 1, 1)), min_size=1, max_size=30)
FORMS = [
    "%Y-%m-%d", "%Y/%m/%d", "%d.%m.%Y", "%d.%m.%y", "%d-%m-%Y", "%m/%d/%Y", "%m/%d/%y", "%d-%b-%Y", "%d %B %Y",
    "%B %d, %Y", "%B %d %Y", "%Y%m%d",
]  # fmt: skip


@pytest.mark.parametrize("form", FORMS)
@given(days=DAYS)
def test_days_come_back_however_they_are_written(form, days):
    # One day that says which number is the month.
    days = [*days, dt.date(2001, 2, 28)]
    assert read_dates(pl.Series([day.strftime(form) for day in days])).values.to_list() == days


@pytest.mark.parametrize("form", ["%Y-%m", "%B %Y", "%b-%Y", "%b-%y"])
@given(days=DAYS)
def test_months_are_their_first_days(form, days):
    days = [*days, dt.date(2001, 2, 28), dt.date(2001, 5, 3)]
    found = read_dates(pl.Series([day.strftime(form) for day in days])).values.to_list()
    assert found == [day.replace(day=1) for day in days]


@pytest.mark.parametrize("form", ["%Y-%m-%d %H:%M:%S.%f", "%Y-%m-%dT%H:%M:%S.%f", "%d.%m.%Y %H:%M:%S.%f"])
@given(moments=MOMENTS)
def test_moments_come_back(form, moments):
    moments = [*moments, dt.datetime(2001, 2, 28, 5, 6, 7)]
    words = [moment.strftime(form) if moment.year >= 1000 else "" for moment in moments]
    assert read_dates(pl.Series(words)).values.to_list() == moments


@given(MOMENTS, st.integers(-14 * 60, 14 * 60))
def test_moments_with_zones_are_told_in_utc(moments, minutes):
    zone = dt.timezone(dt.timedelta(minutes=minutes))
    words = [moment.replace(tzinfo=zone).isoformat() for moment in moments]
    if minutes:
        found = read_dates(pl.Series(words)).values.to_list()
        assert found == [moment.replace(tzinfo=zone) for moment in moments]


@given(st.lists(st.times(), min_size=1))
def test_times_of_day_come_back(times):
    assert read_dates(pl.Series([time.isoformat() for time in times])).values.to_list() == times


@pytest.mark.parametrize(
    ("words", "first", "how"),
    [
        (["3/4/2020", "13/4/2020"], dt.date(2020, 4, 3), "dates (day first)"),
        (["3/4/2020", "4/13/2020"], dt.date(2020, 3, 4), "dates (month first)"),
        (["3/4/2020", "4/5/2020"], dt.date(2020, 3, 4), "dates (month first, since nothing says otherwise)"),
        (["3.4.2020", "4.5.2020"], dt.date(2020, 4, 3), "dates (day first, since nothing says otherwise)"),
        (
            ["01/02/2020 01:30 PM", "01/13/2020 12:00 AM"],
            dt.datetime(2020, 1, 2, 13, 30),
            "dates and times (month first)",
        ),
    ],
)
def test_what_is_ambiguous_is_told(words, first, how):
    found = read_dates(pl.Series(words))
    assert (found.values[0], found.how) == (first, how)


@pytest.mark.parametrize(
    "words", [["abc", "def"], ["1.2.13", "3.4.5"], ["12345678", "99999999"], ["5-3", "2-1"], ["1", "2"]]
)
def test_what_is_no_date_is_none(words):
    assert read_dates(pl.Series(words)) is None


def test_days_that_never_were_are_none():
    assert read_dates(pl.Series(["2020-01-01", "2020-02-30", None])).values.to_list() == [
        dt.date(2020, 1, 1),
        None,
        None,
    ]


def test_months_are_dates_and_seasons_are_not():
    found = read_dates(pl.Series(["2009-10", "2010-11", "2010-12"]))
    assert (found.values[0], found.how) == (dt.date(2009, 10, 1), "dates (months)")
    assert read_dates(pl.Series(["2009-10", "2010-11", "2011-12"])) is None
