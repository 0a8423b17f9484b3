"""Whatever a text or a table is packed in, one pass over it gives the same profile, and parts add up to it."""

import gzip
import json

import numpy as np
import polars as pl
import pytest

import kellet
from kellet.audit.rule import make_rule
from kellet.data import shards
from kellet.data.documents import read_documents
from kellet.data.formats import encodings
from kellet.errors import InputError
from kellet.profile.file import write as save
from kellet.profile.profile import Profile
from kellet.profile.text import Text

WORDS = (
    *("the", "sea", "swallows", "ships", "we", "don't", "know"),
    *("naïve", "我用", "captain;", "old", "man,", "3", "boats"),
)


@pytest.fixture(scope="module")
def texts():
    rng = np.random.default_rng(0)
    return [" ".join(rng.choice(WORDS, int(rng.integers(1, 30)))) for _ in range(500)]


def expect(texts, things):
    text = Text(make_rule(), "kellet")
    text.add(pl.Series(texts), np.arange(len(texts)) % 240)
    return Profile(np.bincount(np.arange(len(texts)) % 240, minlength=240), text.take(), things, settings={"words": 1})


def assert_same(one, other):
    one.check(other)
    assert (one.documents == other.documents).all()
    assert list(one.tallies) == list(other.tallies)
    for kind, mine in one.tallies.items():
        theirs = other.tallies[kind]
        assert mine.rows.equals(theirs.rows), kind
        assert mine.names.equals(theirs.names), kind
        assert (mine.totals == theirs.totals).all()


def write(texts, folder):
    frame = pl.DataFrame({"id": range(len(texts)), "text": texts, "more": ["x"] * len(texts)})
    frame.write_csv(folder / "a.csv")
    frame.write_ndjson(folder / "a.jsonl")
    frame.write_parquet(folder / "a.parquet", row_group_size=100)
    frame.write_ipc(folder / "a.arrow")
    (folder / "a.jsonl.gz").write_bytes(gzip.compress((folder / "a.jsonl").read_bytes()))
    (folder / "a.csv.gz").write_bytes(gzip.compress((folder / "a.csv").read_bytes()))
    (folder / "a.json").write_text(json.dumps(frame.to_dicts()))


@pytest.mark.parametrize("name", ["a.csv", "a.jsonl", "a.parquet", "a.arrow", "a.jsonl.gz", "a.csv.gz", "a.json"])
def test_a_table_is_read_batch_by_batch(tmp_path, monkeypatch, texts, name):
    write(texts, tmp_path)
    monkeypatch.setattr(encodings, "BLOCK", 3000)
    monkeypatch.setattr(shards, "BYTES", 3000)
    many = sum(1 for _ in shards.read_batches((tmp_path / name, None), "lines"))
    assert (many > 5) == (name not in ("a.arrow", "a.json"))
    assert_same(kellet.profile(tmp_path / name), expect(texts, "rows"))
    assert_same(kellet.profile([tmp_path / name], text="text"), expect(texts, "rows"))


@pytest.mark.parametrize("between", ["\n\n", "\n \t\n\n", "\n"])
def test_a_text_is_divided_as_elsewhere(tmp_path, monkeypatch, texts, between):
    whole = between.join(f"{text}\x0c." for text in texts) if between == "\n \t\n\n" else between.join(texts)
    (tmp_path / "a.txt").write_text(whole)
    elsewhere = read_documents(str(tmp_path / "a.txt"))
    monkeypatch.setattr(encodings, "BLOCK", 4000)
    found = kellet.profile(tmp_path / "a.txt")
    assert found.things == elsewhere.things == ("lines" if between == "\n" else "paragraphs")
    assert_same(found, expect(elsewhere.texts, elsewhere.things))


def test_chats_are_one_document_each(tmp_path, texts):
    chats = [
        {"messages": [{"role": "user", "content": text}, {"role": "assistant", "content": "Aye."}]} for text in texts
    ]
    (tmp_path / "a.jsonl").write_text("\n".join(map(json.dumps, chats)))
    said = [f"user: {text}\nassistant: Aye." for text in texts]
    assert_same(kellet.profile(tmp_path / "a.jsonl"), expect(said, "conversations"))


def test_one_record_in_the_last_block_is_one_record(tmp_path, monkeypatch, texts):
    chats = [{"messages": [{"role": "user", "content": text}]} for text in texts[:50]]
    lines = list(map(json.dumps, chats))
    (tmp_path / "a.jsonl").write_text("\n".join(lines))
    monkeypatch.setattr(encodings, "BLOCK", max(map(len, lines)))
    assert kellet.profile(tmp_path / "a.jsonl").height == 50


def test_parts_merged_in_their_order_are_one_pass(tmp_path, texts):
    for i in range(7):
        pl.DataFrame({"text": texts[i * 71 : (i + 1) * 71]}).write_ndjson(tmp_path / f"{i}.jsonl")
    glob = f"{tmp_path}/*.jsonl"
    whole = kellet.profile(glob)
    assert_same(whole, expect(texts[: 7 * 71], "rows"))
    for i in (1, 2, 3):
        part = kellet.profile(glob, shard=f"{i}/3")
        save(part, tmp_path / f"{i}.kprof")
    parts = [tmp_path / f"{i}.kprof" for i in (1, 2, 3)]
    assert_same(whole, kellet.profile(parts, merge=True))
    mixed = kellet.profile([parts[0], *(tmp_path / f"{i}.jsonl" for i in range(2, 7))])
    assert_same(whole, mixed)


def test_accents_written_apart_are_put_together(tmp_path):
    (tmp_path / "a.txt").write_text("cafe\u0301 co\u00adoperate\n" * 2)
    found = kellet.profile(tmp_path / "a.txt")
    assert {*found.tallies["words"].names["name"]} == {"café", "cooperate"}


def test_no_names_are_left_if_so_asked(tmp_path):
    (tmp_path / "a.txt").write_text("a b c\n" * 20)
    found = kellet.profile(tmp_path / "a.txt", redact=True)
    assert all(tally.names.is_empty() and tally.rows.height for tally in found.tallies.values())


BAD = {
    "nothing is": lambda folder: kellet.profile(folder / "none.txt"),
    "no column for a text": lambda folder: kellet.profile(folder / "a.txt", text="text"),
    "files of one kind: a text, as the first; got a table": lambda folder: kellet.profile(
        [folder / "a.txt", folder / "a.jsonl"]
    ),
    "one of the columns 'text'": lambda folder: kellet.profile(folder / "a.jsonl", text="body"),
    "profiles to merge": lambda folder: kellet.profile(folder / "a.txt", merge=True),
    "a part of 1 files as i/n": lambda folder: kellet.profile(folder / "a.txt", shard="2/2"),
    "profiles of one things, 'lines'; got 'rows' in": lambda folder: kellet.profile(
        [folder / "a.kprof", folder / "a.jsonl"]
    ),
    "files to profile": lambda folder: kellet.profile([]),
    "a file with something in it": lambda folder: kellet.profile(folder / "empty.txt"),
}


@pytest.mark.parametrize("said", BAD)
def test_bad_input_is_told_in_one_line(tmp_path, said):
    (tmp_path / "a.txt").write_text("a b\n" * 20)
    (tmp_path / "empty.txt").touch()
    pl.DataFrame({"text": ["a b c d e"] * 20}).write_ndjson(tmp_path / "a.jsonl")
    save(kellet.profile(tmp_path / "a.txt"), tmp_path / "a.kprof")
    with pytest.raises(InputError) as told:
        BAD[said](tmp_path)
    assert said in str(told.value)
