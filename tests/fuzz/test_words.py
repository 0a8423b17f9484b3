"""What words stand for: any are read, and what is written is what is read."""

import datetime as dt
import json
import math
import os

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kellet.data.conversations import dig, find_turns, unpack, write, write_json
from kellet.data.dates import read_dates
from kellet.data.missing import MISSING_WORDS, drop_infinite, drop_numbers, drop_words, find_strays
from kellet.data.numerals import has_points, read_numbers
from kellet.data.segmentation import join, name_scripts, segment
from kellet.page.answer import Answer
from kellet.page.document import Document
from kellet.page.table import Table
from kellet.page.wording import describe, number, percent, spell
from kellet.page.wording import join as enumerate_names

fuzz = settings.get_profile(os.environ.get("HYPOTHESIS_PROFILE", "quick fuzz"))
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
PIECES = st.sampled_from(
    [
        *"0123456789.,-/: +()%$€−'eE", "\u00a0", "²", "٣", "०", "½", "2020", "13", "31", "12", "00", "9999",
        "99999999999",
        "Jan", "February", "AM", "pm", "Z", "UTC", "+02:00", "-99:99", "T", "kg", "nan", "inf", "1e400", "1e-400", "\n",
        "\0", *MISSING_WORDS[:8],
    ]
)  # fmt: skip
NEARLY = st.lists(PIECES, max_size=9).map("".join)
COLUMN = st.lists(st.none() | NEARLY | TEXT, max_size=8).map(lambda words: pl.Series("x", words, pl.String))
ANY = st.text(
    st.sampled_from("aé我用かなภาษาहिन्दी한국😀👩‍🚀🇩🇪\u200d\u0301\ufdd1[?]'’.,(_)0\u200b\u2028\x1c\ufeff \n")
    | st.characters(),
    max_size=30,
)
LEAVES = st.none() | st.booleans() | st.integers() | st.floats() | TEXT | st.binary(max_size=4)
KEYS = st.sampled_from(
    ["role", "content", "from", "value", "text", "type", "tool_calls", "function", "name", "arguments", "parts"]
)
TALK = st.recursive(
    LEAVES | st.sampled_from(["[", '[{"type"', "{}", '{"name": 1}', "[1]", "user"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS | TEXT, inner, max_size=4),
    max_leaves=10,
)


def look(words: pl.Series) -> None:
    """All that is asked of a column of words."""
    for comma in (False, True):
        values = read_numbers(words, comma).values
        assert len(values) == len(words)
        drop_infinite(drop_numbers(values, ("9", "x", "nan")))
        find_strays(words, values).describe("numbers")
    dates = read_dates(words)
    assert dates is None or len(dates.values) == len(words)
    has_points(words)
    drop_words(words, ("", "?"), known=True)


@fuzz
@given(words=COLUMN)
def test_any_words_are_read(words, refused):
    with refused("column-new.json", json.dumps(words.to_list()).encode()):
        look(words)


@fuzz
@given(text=ANY)
def test_any_text_is_cut_into_words(text, refused):
    with refused("text-new.txt", text.encode(errors="surrogatepass")):
        take(text)


def take(text: str) -> None:
    """What is cut and joined is cut alike again."""
    words = segment(text)
    assert all(words)
    assert "".join(words) == "".join(word for word in words if word in text)
    joined = join(words)
    if "\ufdd1" not in text and "[?]" not in joined.replace("[ ? ]", ""):
        assert segment(joined.replace("[ ? ]", "[?]")) == words
    name_scripts([text, joined])


@fuzz
@given(value=TALK, path=st.lists(KEYS, max_size=3))
def test_any_value_is_a_conversation_or_not(value, path, refused):
    with refused("talk-new.txt", repr(value).encode(errors="surrogatepass")):
        turns = find_turns(value)
        assert turns is None or all(isinstance(turn, str) and turn for turn in turns)
        assert isinstance(write(value), str)
        assert isinstance(write_json(value), str)
        dig(value, path)
        unpack(json.dumps(value, default=str))


def test_what_was_found_stays_mended(found, refused):
    text = found.read_bytes().decode(errors="surrogatepass")
    with refused(found.name, found.read_bytes()):
        match found.name.partition("-")[0]:
            case "column":
                look(pl.Series("x", json.loads(text), pl.String))
            case "text":
                take(text)


@fuzz
@given(st.lists(st.datetimes(dt.datetime(1900, 1, 1), dt.datetime(2100, 1, 1)), min_size=1, max_size=5))
def test_moments_are_what_is_written(moments):
    assert read_dates(pl.Series([moment.isoformat(" ", "seconds") for moment in moments])).values.to_list() == [
        moment.replace(microsecond=0) for moment in moments
    ]


@pytest.mark.parametrize("say", [percent, number])
@fuzz
@given(x=st.floats(0) | st.integers(0, 10**30))
def test_any_amount_can_be_said(say, x):
    if not (say is number and math.isinf(x)):
        assert say(x).strip()


@fuzz
@given(st.integers(0, 10**20), st.lists(TEXT, min_size=1, max_size=5))
def test_counts_and_lists_can_be_said(n, names):
    assert spell(n)
    assert all(name in enumerate_names(names) for name in names)
    assert describe(type(names[0] or "A", (), {})()) if names[0].isidentifier() else True


class Said(Document, frozen=True, kw_only=True, tag="kellet/said/1"):
    """A sentence alone."""


@fuzz
@given(st.text(max_size=9), st.lists(st.tuples(st.text(max_size=9), st.text(max_size=9)), max_size=3))
def test_any_answer_can_be_shown(title, rows):
    from rich.console import Console

    whole = [tuple(cell.encode(errors="replace").decode() for cell in row) for row in rows]
    title = title.encode(errors="replace").decode()
    answer = Answer(
        title,
        (title,),
        lambda: Said(sentence=title),
        (Table(title, (title, "x"), tuple(whole), title),),
        notes=(title,),
    )
    console = Console(width=40, record=True, file=open(os.devnull, "w", encoding="utf-8"))  # noqa: PTH123, SIM115
    with console.file:
        console.print(answer)
    assert json.loads(answer.json())["sentence"] == title
    assert answer.html()
    assert answer._repr_html_()
