"""Documents from whatever holds text: each kind of record becomes plain text, and what was taken is said."""

import datetime
import json

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kellet.data.content import Album, Documents, Rows
from kellet.data.conversations import find_turns, write
from kellet.data.documents import clean, collect, read_documents
from kellet.data.selection import holds_records
from kellet.errors import InputError

TURNS = [{"role": "user", "content": "How many?"}, {"role": "assistant", "content": "Two."}]
SAID = "user: How many?\nassistant: Two."
SHARED = [{"from": "human", "value": "How many?"}, {"from": "gpt", "value": "Two."}]


def rows(**columns):
    return Rows(pl.DataFrame(columns, strict=False))


def of_table(columns=None, division=None, **table):
    return collect(rows(**table), "x.jsonl", columns, division)


CHATS = {
    "messages": (TURNS, SAID),
    "ShareGPT": (SHARED, "human: How many?\ngpt: Two."),
    "with words alone": ([{"role": "user", "content": "Hi"}, {"content": "x", "role": None}], "user: Hi\nx"),
    "as JSON": (json.dumps(TURNS), SAID),
    "in columns": ({"role": ["user", "assistant"], "content": ["How many?", "Two."]}, SAID),
    "nothing said": ([{"role": "user", "content": "Hi"}, {"role": "assistant", "content": None}], "user: Hi"),
    "parts": (
        [{"role": "user", "content": [{"type": "text", "text": "See"}, {"type": "image_url", "url": "x"}]}],
        "user: See",
    ),
    "parts without a type": ([{"role": "model", "parts": [{"text": "Hi"}, {"data": "x"}]}], "model: Hi\ndata: x"),
    "parts as JSON": ([{"role": "user", "content": '[{"type": "text", "text": "See"}]'}], "user: See"),
    "a call": (
        [{"role": "assistant", "content": "", "tool_calls": [{"function": {"name": "add", "arguments": {"a": 1}}}]}],
        'assistant: add({"a":1})',
    ),
    "an old call": (
        [{"role": "assistant", "content": None, "function_call": {"name": "now", "arguments": None}}],
        "assistant: now()",
    ),
}


@pytest.mark.parametrize("kind", CHATS)
def test_a_conversation_is_who_said_what(kind):
    value, said = CHATS[kind]
    assert "\n".join(find_turns(value)) == said


@pytest.mark.parametrize("name", ["messages", "conversations", "whatever"])
def test_conversations_are_found_and_parted_into_turns(name):
    table = {name: [TURNS, TURNS, []], "source": ["a", "b", "c"]}
    whole = of_table(**table)
    assert whole.texts == (SAID, SAID)
    assert whole.dropped == 1
    assert whole.read == (f"one document a conversation, from the column “{name}”",)
    assert whole.notes == ("The column “source” is left out.",)
    assert whole.finer == ("turns", 4)
    parted = of_table(**table, division="turns")
    assert parted.texts == ("user: How many?", "assistant: Two.") * 2
    assert parted.things == "turns"


def test_conversations_that_a_format_took_apart_are_put_together():
    table = {"chat.role": [["user", "assistant"]], "chat.content": [["How many?", "Two."]], "id": [3]}
    assert of_table(**table).texts == (SAID,)
    assert of_table(("chat",), **table).texts == (SAID,)


def test_instructions_are_titled_and_empty_fields_left_out():
    table = {"output": ["4.", "6."], "instruction": ["Add.", "Add."], "input": ["2, 2", None], "n": [1, 2]}
    found = of_table(**table)
    assert found.texts == ("instruction: Add.\ninput: 2, 2\noutput: 4.", "instruction: Add.\noutput: 6.")
    assert found.notes == ("The column “n” is left out.",)
    assert of_table(("n", "output"), **table).texts == ("n: 1\noutput: 4.", "n: 2\noutput: 6.")
    assert of_table(division="turns", **table).texts[:2] == ("instruction: Add.", "input: 2, 2")


FOUND = {
    "text beside others": ({"title": ["a b c d e"], "text": ["x"]}, "text"),
    "in capitals": ({"Title": ["a b c d e"], "TEXT": ["x"]}, "TEXT"),
    "content": ({"content": ["x"], "name": ["y"]}, "content"),
    "the only one": ({"review": ["x"], "stars": [3]}, "review"),
    "numbers as they are written": ({"review": ["x", "y"], "stars": ["3", "04"]}, "review"),
    "the only one of several words": ({"review": ["not at all bad for me"], "city": ["Rome"]}, "review"),
    "lists of words": ({"lines": [["a", "b"]], "n": [1]}, "lines"),
}  # fmt: skip


@pytest.mark.parametrize("case", FOUND)
def test_the_column_of_text_is_found_and_said(case):
    table, name = FOUND[case]
    assert of_table(**table).read == (f"one document a row, from the column “{name}”",)


RECORDS = {
    "a chat beside a category": ({"messages": [TURNS], "source": ["a"]}, True),
    "instructions beside a category": ({"instruction": ["Add two and two."], "response": ["4"], "kind": ["sum"]}, True),
    "a survey": ({"question": ["q1"], "answer": ["yes"]}, False),
    "a table": ({"a": [1], "b": ["x y z w"]}, False),
}


@pytest.mark.parametrize("case", RECORDS)
def test_conversations_and_instructions_are_told_from_tables(case):
    table, there = RECORDS[case]
    assert holds_records(pl.DataFrame(table)) == there


NESTED = {"solution": [{"text": "one", "steps": [{"say": "a"}, {"say": "b"}]}], "raw": ['{"deep": {"text": "two"}}']}


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("solution.text", "one"),
        ("solution.steps.say", "a\nb"),
        ("raw.deep.text", "two"),
        ("solution.steps", "say: a\nsay: b"),
    ],
)
def test_a_path_looks_inside(path, said):
    assert of_table((path,), **NESTED).texts == (said,)


def test_a_path_that_was_made_a_column_and_its_beginning_are_found():
    table = {"solution.text": ["one"], "solution.code": ["x = 1"], "id": [7]}
    assert of_table(("solution.text",), **table).texts == ("one",)
    assert of_table(("solution",), **table).texts == ("text: one\ncode: x = 1",)


REFUSED = {
    "no text": ({"a": [1], "b": [True]}, None, r"got 'a' \(numbers\), 'b' \(boolean\) in x.jsonl"),
    "which": ({"a": ["x"], "b": ["y"]}, None, "Try --columns a,b, to join them"),
    "a name with a comma": ({"a, b": ["x"], "c": ["y"]}, None, "Try --columns '\"a, b\",c'"),
    "another name": ({"text": ["x"], "n": [1]}, ("txet",), "got 'txet'. Try --columns text"),
    "numbers": ({"text": ["x"], "n": [1]}, ("n",), "got 'n', where there are only numbers"),
    "nothing at all": ({"text": ["x"], "n": [None]}, ("n",), "got 'n', where there are only numbers or nothing"),
    "nothing there": ({"a": [{"b": "x"}]}, ("a.c",), "something at 'a.c'; got nothing"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_table_without_the_text_that_is_meant_is_refused(case):
    table, names, said = REFUSED[case]
    with pytest.raises(InputError, match=said):
        of_table(names, **table)


def test_columns_of_any_type_never_break():
    day = datetime.datetime(2020, 1, 2, 3)
    table = pl.DataFrame(
        {
            "text": ["x", None], "date": [day, None], "day": [day.date(), None], "time": [day.time(), None],
            "span": [day - day, None], "flag": [True, None], "raw": [b"\xff\x00", None], "n": [1.5, None],
            "list": [[1, None], None], "array": [[[1]], []], "struct": [{"a": {"b": [None]}}, None],
            "nothing": [None] * 2,
            "kind": pl.Series(["u", "v"], dtype=pl.Categorical), "odd": pl.Series([object(), {1}], dtype=pl.Object),
            "money": pl.Series(["1.50", None]).cast(pl.Decimal(10, 2)),
        }
    )  # fmt: skip
    for name in table.columns:
        try:
            found = collect(Rows(table), "x", (name,))
        except InputError:
            continue
        assert all(isinstance(text, str) for text in found.texts)
    assert len(collect(Rows(table), "x", tuple(table.columns)).texts) == 2
    assert collect(Rows(table), "x").texts == ("x",)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.binary(max_size=3),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["role", "content", "type", "text", "from", "value", "tool_calls", "name"]), inner
        )
    ),
    max_leaves=12,
)


@given(VALUES)
def test_any_value_can_be_written(value):
    assert isinstance(write(value), str)
    turns = find_turns(value)
    assert turns is None or all(isinstance(turn, str) for turn in turns)


def test_texts_from_no_file_are_documents_and_files_are_divided():
    texts = tuple(f"One {i}.\n\nTwo." for i in range(12))
    assert collect(Documents(texts), "texts").texts == texts
    assert len(collect(Documents(texts, tuple("abcdefghijkl")), "texts").texts) == 24
    assert len(collect(Documents(texts), "texts", division="lines").texts) == 24


@pytest.mark.parametrize(
    ("content", "columns", "division", "said"),
    [
        (Album(np.zeros((2, 3, 3, 1))), None, None, "got pictures in x"),
        (Documents(("a",)), ("text",), None, "no columns for a text; got 'text'"),
        (Documents(("a",)), None, "turns", '"paragraphs", "lines" or "files" for a text'),
        (rows(text=["a"]), None, "files", '"paragraphs" or "lines" for a table'),
    ],
)
def test_what_makes_no_sense_is_refused(content, columns, division, said):
    with pytest.raises(InputError, match=said):
        collect(content, "x", columns, division)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (Documents(("a\nb",), ("a",)), "got 2 in x. Try more lines"),
        (Documents(("\n".join("abcdefghijkl") + "\n\nz",), ("a",)), None),
        (rows(messages=[TURNS] * 6), 'got 6 in x. Try documents = "turns" .--documents turns., which gives 12'),
        (rows(text=["a\nb\nc"] * 4), 'got 4 in x. Try documents = "lines" .--documents lines., which gives 12'),
        (rows(text=[None, " "]), "2 empty ones in x"),
    ],
)
def test_too_few_documents_are_refused_with_what_helps(content, said):
    found = collect(content, "x")
    if said is None:
        assert found.require_enough("x") is None
        return
    with pytest.raises(InputError, match=said):
        found.require_enough("x")


def test_texts_are_cleaned_of_where_they_were_written():
    assert clean("\ufeffa\r\nb\rc\u2028d\x85e\x0cf\u2029g") == "a\nb\nc\nd\ne\nf\n\ng"
    assert clean("cafe\u0301 co\u00adop \ud800") == "café coop ?"
    found = collect(Documents(("cafe\u0301\n" * 12,), ("a",)), "x")
    assert found.texts[0] == "café"
    assert found.notes == ("Letters and accents that are written apart are put together (Unicode NFC).",)


def test_a_file_is_read_once_and_again_when_it_changes(tmp_path):
    path = tmp_path / "d.txt"
    path.write_text("one\n\ntwo")
    first = read_documents(str(path))
    assert read_documents(str(path)) is first
    path.write_text("one\n\ntwo\n\nthree four")
    assert len(read_documents(str(path)).texts) > len(first.texts)
