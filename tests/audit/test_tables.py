"""Tables of any size: their columns are read as the first rows, or another profile, say."""

import gzip

import numpy as np
import polars as pl
import pytest

import kellet
from kellet.audit import tables
from kellet.audit.tables import tell_unread
from kellet.data import shards
from kellet.data.formats import encodings
from kellet.errors import InputError
from kellet.profile.columns import Column
from kellet.profile.file import read, write
from kellet.profile.profile import Profile


def make(n=600, seed=0):
    rng = np.random.default_rng(seed)
    day = pl.Series(rng.integers(18000, 18300, n).astype(np.int32)).cast(pl.Date)
    gaps = pl.Series(rng.random(n) < 0.1)
    return pl.DataFrame(
        {
            "job": rng.choice(["smith", "baker", "judge", "NA"], n),
            "town": [f"town {k}" for k in rng.zipf(1.5, n).clip(0, 150)],
            "age": pl.Series(rng.integers(17, 90, n)).set(gaps, None),
            "pay": rng.normal(2000, 300, n).round(6),
            "born": day,
            "user": [f"{i:x}-{k}" for i, k in enumerate(rng.integers(0, 2**40, n))],
            "note": [" ".join(rng.choice(list("abcdefgh"), 30)) + " and so on, as they say" for _ in range(n)],
        }
    )


def same(one, other):
    one.check(other)
    assert list(one.tallies) == list(other.tallies)
    assert (one.documents == other.documents).all()
    for kind in one.tallies:
        mine, theirs = one.tallies[kind], other.tallies[kind]
        assert mine.rows.equals(theirs.rows), kind
        assert mine.names.equals(theirs.names), kind
        assert (mine.totals == theirs.totals).all(), kind


def save(frame, path):
    {"csv": frame.write_csv, "jsonl": frame.write_ndjson, "parquet": frame.write_parquet}[path.suffix[1:]](path)
    return path


def test_columns_are_seen_by_their_first_rows(tmp_path):
    found = kellet.profile(save(make(), tmp_path / "a.csv"))
    roles = {one.name: one.role for one in found.columns}
    assert roles == {
        "job": "category", "town": "category", "age": "discrete", "pay": "number", "born": "date",
        "user": "identifier", "note": "text",
    }  # fmt: skip
    assert {"value:job", "value:age", "number:pay", "number:born", "pair:job|age", "words", "3-grams"} <= {
        *found.tallies
    }
    assert not any(kind.endswith(":user") for kind in found.tallies)
    assert {*found.tallies["value:job"].names["name"]} == {"smith", "baker", "judge", "NA"}
    assert found.settings["text"] == "note"


def test_formats_batches_and_parts_are_one(tmp_path, monkeypatch):
    frame = make()
    whole = kellet.profile(save(frame, tmp_path / "a.parquet"))
    for i in range(3):
        save(frame[i * 200 : (i + 1) * 200], tmp_path / f"part{i}.parquet")
    glob = f"{tmp_path}/part*.parquet"
    monkeypatch.setattr(shards, "BYTES", 4000)
    monkeypatch.setattr(encodings, "BLOCK", 4000)
    same(whole, kellet.profile(tmp_path / "a.parquet"))
    same(whole, kellet.profile(glob))
    for i in (1, 2):
        write(kellet.profile(glob, shard=f"{i}/2"), tmp_path / f"{i}.kprof")
    write(whole, tmp_path / "whole.kprof")
    write(kellet.profile([tmp_path / "1.kprof", tmp_path / "2.kprof"], merge=True), tmp_path / "merged.kprof")
    assert (tmp_path / "whole.kprof").read_bytes() == (tmp_path / "merged.kprof").read_bytes()
    for name in ("a.csv", "a.jsonl"):
        found = kellet.profile(save(frame, tmp_path / name))
        same(found, kellet.profile(tmp_path / name, like=found))
        # Days are written in them, and floats as they are.
        for kind in ("value:job", "number:age", "number:pay", "number:born", "pair:job|age"):
            assert found.tallies[kind].rows.equals(whole.tallies[kind].rows), (name, kind)


def test_a_candidate_is_read_as_the_reference(tmp_path):
    first, second = save(make(), tmp_path / "a.csv"), save(make(300, 1).drop("note"), tmp_path / "b.csv")
    reference = kellet.profile(first)
    other = kellet.profile(second)
    with pytest.raises(InputError, match=r"expected tables that were read alike; .* Try `kellet profile --like"):
        reference.check(other)
    write(reference, tmp_path / "a.kprof")
    with pytest.raises(InputError, match="one of the columns"):
        kellet.profile(save(pl.DataFrame({"x": ["a", "b"] * 20}), tmp_path / "c.csv"), like=tmp_path / "a.kprof")
    save(make(300, 1), tmp_path / "b.csv")
    alike = kellet.profile(second, like=str(tmp_path / "a.kprof"))
    reference.check(alike)
    look = kellet.audit(tmp_path / "a.kprof", second).looks[0]
    whole = kellet.audit(first, second).looks[0]
    assert (look.documents, look.verdict) == (300, whole.verdict)
    told = {(one.measure, one.about): one.value for one in look.findings}
    # A table's texts have the name of their column.
    names = {"note": "words", "2-grams of note": "2-grams", "3-grams of note": "3-grams"}
    expected = {(one.measure, names.get(one.about, one.about)): one.value for one in whole.findings}
    assert len(told.keys() & expected.keys()) > 100
    for key in told.keys() & expected.keys():
        assert told[key] == pytest.approx(expected[key], nan_ok=True), key


def test_what_cannot_be_read_is_counted_and_told(tmp_path):
    frame = make(400).drop("note")
    reference = kellet.profile(save(frame, tmp_path / "a.csv"))
    odd = frame.with_columns(age=pl.col("age").cast(pl.String)).drop("town").with_columns(more=pl.lit("x"))
    words = odd["age"].to_list()
    words[:7] = ["seven", *["many"] * 4, "?", "n/a"]
    odd = odd.with_columns(age=pl.Series(words))
    found = kellet.profile(save(odd, tmp_path / "b.csv"), like=reference)
    assert found.tallies["unread:age"].totals.sum() == 5
    assert tell_unread(found, "candidate") == [
        '"town" is missing in 400 rows of the candidate, whose files have no such column.',
        "\"age\" has 'many', 'seven' in 5 rows of the candidate, no numbers: taken for missing.",
        '"more" is in 400 rows of the candidate and not in the first ones: left out.',
    ]
    missing = found.tallies["value:age"]
    [key] = missing.names.filter(name="(missing)")["key"]
    assert missing.rows.filter(key=key)["count"].sum() == sum(w is None for w in words[7:]) + 7
    both = kellet.profile([tmp_path / "a.csv", tmp_path / "b.csv"], like=reference)
    same(both, reference + found)
    assert "'many'" not in " ".join(tell_unread(found.redact(), "candidate"))
    assert any("no such column" in note for note in kellet.audit(reference, found).looks[0].notes)


def test_keys_and_clusters(tmp_path):
    frame = make(400).with_columns(user=(pl.int_range(400) % 50).cast(pl.String))
    path = save(frame, tmp_path / "a.csv")
    found = kellet.profile(path, key=["job", "age"], cluster="user")
    assert (found.dealing, found.settings["clusters"]) == ("by cluster", "user")
    assert [one.name for one in found.columns] == ["job", "age", "user"]
    assert found.tallies["value:user"].rows.height == found.tallies["value:user"].rows["key"].n_unique() == 50
    save(frame[:150], tmp_path / "1.csv"), save(frame[150:], tmp_path / "2.csv")
    parts = [kellet.profile(tmp_path / f"{i}.csv", like=found) for i in (1, 2)]
    same(found, parts[0] + parts[1])
    same(found, parts[1] + parts[0])


def test_numbers_and_dates_are_read_as_they_are_written_first(tmp_path):
    rng = np.random.default_rng(0)
    pay, days = rng.integers(1000, 9000, 300), rng.integers(1, 29, 300)
    text = "\n".join(f"${p:,};{d:02}/03/2020" for p, d in zip(pay, days, strict=True))
    (tmp_path / "a.csv").write_text(f"pay;day\n{text}\n")
    found = kellet.profile(tmp_path / "a.csv")
    assert [one.style for one in found.columns] == ["$  .", "%d/%m/%Y"]
    # Of these alone, nobody could tell which is the month.
    (tmp_path / "b.csv").write_text("pay;day\n" + "$1,500;02/03/2020\n" * 30)
    alike = kellet.profile(tmp_path / "b.csv", like=found)
    from kellet.profile.columns import place

    assert place(alike.tallies["number:pay"].keys).tolist() == [1500]
    assert place(alike.tallies["number:day"].keys).tolist() == [18323]


def test_styles_of_a_file_are_not_believed(tmp_path):
    found = kellet.profile(save(make(), tmp_path / "a.csv"))
    write(Profile(found.documents, {}, columns=(Column("age", "number", style="(.* x x"),)), tmp_path / "a.kprof")
    with pytest.raises(InputError, match="a way to write numbers or dates"):
        kellet.profile(tmp_path / "a.csv", like=tmp_path / "a.kprof")


def test_the_first_rows_are_a_fixed_number(tmp_path, monkeypatch):
    monkeypatch.setattr(tables, "HEAD", 100)
    frame = pl.DataFrame({"a": [*range(3)] * 40 + ["x"] * 80, "b": ["u", "v"] * 100}, strict=False)
    for i in range(4):
        save(frame[i * 50 : (i + 1) * 50], tmp_path / f"{i}.csv")
    found = kellet.profile(f"{tmp_path}/*.csv")
    assert [one.role for one in found.columns] == ["discrete", "category"]
    assert found.tallies["unread:a"].totals.sum() == 80


def test_bad_input_is_told_in_one_line(tmp_path):
    path = save(make(60), tmp_path / "a.parquet")
    (tmp_path / "cut.parquet").write_bytes(path.read_bytes()[:-100])
    for said, arguments in {
        "one of the columns": {"key": ["jobb"]},
        "one of the columns ": {"cluster": "nobody"},
        "a profile of Kellet's": {"like": path},
    }.items():
        with pytest.raises(InputError, match=said):
            kellet.profile(path, **arguments)
    with pytest.raises(InputError, match="a Parquet file that can be read"):
        kellet.profile(tmp_path / "cut.parquet")
    one = kellet.profile(save(make(1).drop("note"), tmp_path / "one.csv"))
    assert one.height == 1
    assert one.tallies["value:job"].totals.sum() == 1
    nothing = kellet.profile(save(make(60).with_columns(age=None, job=None), tmp_path / "none.csv"))
    assert nothing.tallies["value:age"].names["name"].to_list() == ["(missing)"]


def test_packed_tables_stream_too(tmp_path):
    path = save(make(), tmp_path / "a.csv")
    (tmp_path / "a.csv.gz").write_bytes(gzip.compress(path.read_bytes()))
    same(kellet.profile(path), kellet.profile(tmp_path / "a.csv.gz"))


def test_a_profile_of_many_columns_is_shown_by_column(tmp_path):
    from kellet.audit.summary import summarise

    frame = pl.DataFrame({f"c{i}": [f"v{(i * j) % 7}" for j in range(60)] for i in range(1, 100)} | {"id": range(60)})
    path = save(frame, tmp_path / "a.csv")
    answer = summarise(kellet.profile(path), "a.kprof")
    assert [len(table.rows) for table in answer.tables] == [99, 1, 1]
    assert 'Not counted, since it names rows: "id".' in answer.notes
    write(kellet.profile(path), tmp_path / "a.kprof")
    assert len(read(tmp_path / "a.kprof").columns) == 100
