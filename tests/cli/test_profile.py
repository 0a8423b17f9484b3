"""`kellet profile`: what it writes, what it prints, and what it refuses."""

import json

import msgspec
import polars as pl
import pytest

import kellet as package
from kellet.audit.summary import ProfileDocument
from kellet.profile.file import read


@pytest.fixture
def corpus(tmp_path):
    for i in range(3):
        texts = [f"document {i} {j} of the sea" for j in range(50)]
        pl.DataFrame({"body": texts, "id": range(50)}).write_parquet(tmp_path / f"{i}.parquet")
    return tmp_path


def test_it_writes_a_profile_and_says_what_is_in_it(kellet, corpus):
    out = corpus / "gen0.kprof"
    told = kellet("profile", f"{corpus}/*.parquet", "-o", out)
    assert told.code == 0, told.err
    assert told.err == ""
    assert " ".join(told.out.split()).startswith(f"{out} profiles 150 rows.".split("/")[0])
    assert "150 rows" in told.out
    assert {"words", "2-grams", "3-grams", "length", "900"} <= {*told.out.split()}
    assert read(out).height == 150


def test_json_is_one_document_of_the_named_schema(kellet, corpus):
    told = kellet("profile", corpus / "0.parquet", "--text", "body", "-o", corpus / "a.kprof", "--json")
    assert (told.code, told.err) == (0, "")
    document = msgspec.json.decode(told.out, type=ProfileDocument)
    assert json.loads(told.out)["schema"] == "kellet/profile/1"
    assert (document.documents, document.things, document.file) == (50, "rows", str(corpus / "a.kprof"))
    words = document.tallies[0]
    assert (words.kind, words.total, words.keys, words.share, words.names) == ("words", 300, 54, 1, 54)


def test_parts_of_several_machines_are_merged(kellet, corpus):
    glob = f"{corpus}/*.parquet"
    for i in (1, 2):
        told = kellet("profile", glob, "--shard", f"{i}/2", "-o", corpus / f"part{i}.kprof", "--quiet")
        assert (told.code, told.out, told.err) == (0, "", "")
    parts = [corpus / "part1.kprof", corpus / "part2.kprof"]
    assert kellet("profile", "--merge", *parts, "-o", corpus / "merged.kprof").code == 0
    assert kellet("profile", glob, "-o", corpus / "whole.kprof").code == 0
    assert (corpus / "merged.kprof").read_bytes() == (corpus / "whole.kprof").read_bytes()
    assert package.profile(glob).height == 150


def test_redacted_profiles_have_no_words(kellet, corpus):
    assert kellet("profile", corpus / "0.parquet", "-o", corpus / "a.kprof", "--redact").code == 0
    assert not any(tally.names.height for tally in read(corpus / "a.kprof").tallies.values())


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (
            ["0.parquet", "--text", "boddy"],
            "expected one of the columns 'body', 'id'; got 'boddy'. Try --columns body.",
        ),
        (["none.txt"], "where nothing is"),
        (["0.parquet", "--merge"], "expected profiles to merge"),
        (["0.parquet", "--shard", "3"], "expected a part of 1 files as i/n"),
        (["0.parquet", "--jobs", "0"], "expected 1 to 1,024 jobs"),
        (["0.parquet", "--engine", "dask"], "expected --engine dask together with --address"),
        (["0.parquet", "--address", "tcp://nowhere:1"], "expected --engine dask together with --address"),
        (["damaged.kprof"], "expected a profile that is whole"),
        ([], "Missing argument 'SHARD...'"),
    ],
)
def test_bad_input_is_one_line(kellet, corpus, arguments, said):
    assert kellet("profile", corpus / "0.parquet", "-o", corpus / "damaged.kprof").code == 0
    (corpus / "damaged.kprof").write_bytes((corpus / "damaged.kprof").read_bytes()[:-1])
    first = [corpus / arguments[0]] if arguments else []
    told = kellet("profile", *first, *arguments[1:], "-o", corpus / "x.kprof")
    assert told.code == 2
    assert said in told.err
    assert told.err.count("\n") == 1
    assert not (corpus / "x.kprof").exists()
