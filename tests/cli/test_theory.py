"""`kellet theory`: what it prints, what it writes, and what it refuses."""

import json
import re
from pathlib import Path

import pytest

from kellet.forecast.table import TITLES

EXAMPLE = ("theory", "--family", "gaussian", "--dim", "20", "--size", "1e9", "--anchor", "fresh:10")


def assert_done(told):
    assert told.code == 0, told.err
    assert told.err == ""


def values(told):
    return {row["quantity"]: row["value"] for row in json.loads(told.out)["rows"]}


def test_the_sentence_comes_first_and_every_number_has_its_kind_and_source(kellet):
    told = kellet(*EXAMPLE)
    assert_done(told)
    words = " ".join(told.out.split())
    assert words.startswith("With 10 fresh real points in each generation of 10^9 this loop (20-dimensional gaussian)")
    for said in ("21 points", "7.13 nats", "579 points for 0.1 nats", "10^8 generations", "exact", "limit", "97 %"):
        assert said in words, said
    assert "[1] closed recursion; Jangjoo et al., PRL 136, 197301 (2026)" in words
    rows = [line for line in told.out.splitlines() if re.search(r" \[\d\] *$", line)]
    assert len(rows) == 9 + 3
    assert all(re.search("exact|limit|approximation", row) for row in rows)


def test_json_is_one_document_and_nothing_else(kellet):
    told = kellet(*EXAMPLE, "--p", "0.001", "--p", "1%", "--nats", "1", "--generations", "1e8", "--json")
    assert_done(told)
    document = json.loads(told.out)
    assert document["schema"] == "kellet/theory/1"
    assert document["plot"] is None
    assert document["settings"] | {"curvature": -1.0} == {
        "family": "gaussian",
        "dim": 20,
        "size": 10**9,
        "curvature": -1.0,
        "real_points": 10.0,
        "draw": "fresh",
        "bank": None,
        "prior": 0.0,
        "curation": None,
        "generations": 10**8,
        "nats": 1.0,
    }
    assert {row["quantity"] for row in document["rows"]} <= set(TITLES)
    assert {row["kind"] for row in document["rows"]} == {"exact", "limit", "approximation"}
    found = values(told)
    assert found["effective_points"] == pytest.approx(21)
    assert found["divergence"] == pytest.approx(7.128, abs=0.001)
    assert found["start_remembered_then"] == pytest.approx(0.3679, abs=1e-4)
    assert found["points_for_divergence"] == 61
    assert [one["p"] for one in document["rare"]] == [0.001, 0.01]
    assert document["rare"][0]["kept"] == pytest.approx(0.3, abs=0.005)
    assert document["rare"][0]["left"] > document["rare"][0]["kept"]


def test_what_a_biased_sampler_leaves_is_said(kellet):
    told = kellet("theory", "--size", "1e6", "--anchor", "fresh:1%", "--curation", "temperature:0.9", "--json")
    assert_done(told)
    assert values(told)["variance_kept"] == pytest.approx(0.0917, abs=1e-4)
    assert json.loads(told.out)["settings"]["curation"] == "is sampled at temperature 0.9"
    assert json.loads(told.out)["rare"] == []


def test_what_is_infinite_is_null_and_said_in_words(kellet):
    told = kellet("theory", "--size", "100", "--json")
    assert values(told)["divergence"] is None
    shown = kellet("theory", "--size", "100", "--generations", "50")
    assert_done(shown)
    assert "infinity nats" in shown.out
    assert "is absorbed" in " ".join(shown.out.split())
    assert "generation 50" in " ".join(shown.out.split())


@pytest.mark.parametrize(
    ("arguments", "worth", "draw"),
    [
        (("--size", "1e12", "--anchor", "fresh:1"), 3, "fresh"),
        (("--size", "1000", "--anchor", "fresh:1%"), 1 + 20 - 0.11, "fresh"),
        (("--size", "1e12", "--anchor", "fixed:10"), 7, "fixed"),
        (("--size", "100", "--anchor", "bank:4/40"), 7.38, "bank"),
        (("--size", "1e12", "--family", "poisson", "--prior", "2"), 4, "none"),
        (("--size", "1e12", "--family", "exponential:shape=2", "--anchor", "fresh:1"), 1.5, "fresh"),
        (("--size", "1e12", "--family", "gaussian:variance=1", "--anchor", "fresh:1"), 2, "fresh"),
        (("--size", "1_000_000_000_000", "--family", "categorical", "--anchor", "fresh:1e1"), 21, "fresh"),
    ],
)
def test_a_loop_is_worth_so_many_points(kellet, arguments, worth, draw):
    told = kellet("theory", *arguments, "--json")
    assert_done(told)
    assert values(told)["effective_points"] == pytest.approx(worth, rel=1e-3)
    assert json.loads(told.out)["settings"]["draw"] == draw


@pytest.mark.parametrize(
    ("name", "begins"), [("loop.png", b"\x89PNG"), ("Loop.SVG", b"<svg"), ("loop.html", b"<!doctype html>")]
)
@pytest.mark.parametrize(
    "loop", [("--size", "1e6", "--anchor", "fresh:3"), ("--family", "poisson", "--prior", "2", "--generations", "100")]
)
def test_a_picture_is_written_whole_and_nothing_beside_it(kellet, here, name, begins, loop):
    told = kellet("theory", *loop, "--plot", name)
    assert_done(told)
    assert told.out.endswith(f"Picture: {name}\n")
    files = here()
    assert list(files) == [name]
    assert files[name].lstrip().startswith(begins)
    if name.endswith("html"):
        # It opens without any network.
        assert not re.search(rb'<(script|link)[^>]+(src|href)="?http', files[name])
    if name.endswith("SVG"):
        assert ("3 fresh real points" if "--anchor" in loop else "a prior of 2").encode() in files[name]
    again = kellet("theory", *loop, "--plot", name, "--json")
    assert json.loads(again.out)["plot"] == name
    assert list(here()) == [name]


BAD = {
    "no points": (("--size", "0"), "a size of at least 1 point", "got 0"),
    "fewer than no points": (("--size", "-5"), "got -5"),
    "half a point": (("--size", "1.5"), "a whole number; got '1.5' in '--size'"),
    "no number": (("--size", "many"), "a number; got 'many'"),
    "infinitely many": (("--size", "inf"), "a whole number"),
    "a share of a size": (("--size", "10%"), "a number; got '10%'"),
    "a share above 1": (("--anchor", "fresh:150%"), "an anchor share between 0 and 1"),
    "a share below 0": (("--anchor", "fresh:-1%"), "an anchor share between 0 and 1"),
    "fewer real points than none": (("--anchor", "fresh:-1"), "an anchor count >= 0"),
    "more real points than points": (("--size", "10", "--anchor", "fresh:11"), "at most the 10 points"),
    "half a real point": (("--anchor", "fresh:0.5"), "a whole number"),
    "a number alone": (("--anchor", "10"), "an anchor: fresh:10, fresh:2%, fixed:10 or bank:5/50; got '10'"),
    "an unknown draw": (("--anchor", "stale:1"), "an anchor: fresh:10", "'stale:1'"),
    "a draw of nothing": (("--anchor", "fixed"), "an anchor: fresh:10", "'fixed'"),
    "a bank of unknown size": (("--anchor", "bank:1"), "together with bank=K"),
    "a bank for fresh points": (("--anchor", "fresh:1/5"), "together with bank=K"),
    "a bank that is too small": (("--anchor", "bank:6/5"), "at most the 5 points of its bank"),
    "a negative prior": (("--prior", "-2"), "a finite prior strength >= 0"),
    "an infinite prior": (("--prior", "inf"), "a finite prior strength >= 0"),
    "a prior of no number": (("--prior", "strong"), "a number; got 'strong'"),
    "a prior where none is taken": (
        ("--family", "sklearn.neighbors:KernelDensity", "--prior", "1"),
        "a family that takes a prior",
    ),
    "categories beside a prior": (("--prior", "1", "--p", "0.1"), "no prior where categories are asked for"),
    "no dimensions": (("--dim", "0"), "dimensions for a gaussian"),
    "dimensions of counts": (("--family", "poisson", "--dim", "2"), "dimensions for a gaussian"),
    "more dimensions than points": (("--size", "20", "--dim", "20"), "more points than dimensions, 20"),
    "dimensions beyond memory": (("--size", "1e12", "--dim", "1e9"), "at most 1,000,000 dimensions"),
    "an unknown family": (("--family", "gausian"), "a family: gaussian"),
    "a family without closed forms": (("--family", "mixture:components=2"), "a family with closed forms"),
    "a class": (("--family", "sklearn.neighbors:KernelDensity"), "a family with closed forms"),
    "another estimator": (("--family", "gaussian:estimator=unbiased"), "maximum likelihood"),
    "a probability of 0": (("--p", "0"), "the probability of a category"),
    "a probability above 1": (("--p", "2"), "the probability of a category"),
    "no divergence": (("--nats", "0"), "a divergence above 0 nats"),
    "a generation before the first": (("--generations", "-1"), "generations >= 0"),
    "an unknown picture": (("--plot", "loop.jpg"), "a picture called .png, .svg or .html", "loop.jpg"),
    "a picture without a name": (("--plot", "png"), "a picture called .png, .svg or .html"),
    "a folder that is not there": (("--plot", "no/where/loop.png"), "a folder that exists", "no/where"),
    "a folder as a picture": (("--plot", "folder.png"), "folder.png, which is a folder"),
    "not a number": (("--size", "nan"), "a whole number"),
    "a probability that is none": (("--p", "nan"), "the probability of a category"),
    "nats that are none": (("--nats", "nan"), "a divergence above 0 nats"),
}


@pytest.mark.parametrize("key", list(BAD))
def test_bad_input_is_one_line_and_exit_code_2(kellet, here, key):
    arguments, *said = BAD[key]
    Path("folder.png").mkdir()
    told = kellet("theory", *arguments)
    assert told.code == 2, told
    assert told.out == ""
    (line,) = told.err.strip().splitlines()
    assert line.startswith("kellet: expected ")
    assert "; got " in line
    assert ". Try " in line
    for words in said:
        assert words in line, line
    assert here() == {}


def test_a_picture_that_fails_leaves_the_old_one(kellet, monkeypatch):
    import vl_convert

    Path("loop.png").write_bytes(b"old")

    def broken(*_, **__):
        raise OSError("no space left")

    monkeypatch.setattr(vl_convert, "svg_to_png", broken)
    told = kellet("theory", "--plot", "loop.png")
    assert told.code == 2
    assert told.err.startswith("kellet: expected files that can be read and written; got no space left. Try ")
    assert Path("loop.png").read_bytes() == b"old"
    assert [path.name for path in Path().iterdir()] == ["loop.png"]


def test_help_shows_examples(kellet):
    told = kellet("theory", "--help")
    assert_done(told)
    assert "kellet theory --family gaussian --dim 20 --size 1e9 --anchor fresh:10" in told.out
    for option in ("--anchor", "--prior", "--generations", "--p ", "--nats", "--plot", "--json"):
        assert option in told.out
    assert "theory" in kellet("--help").out
