"""Bad input: one line on standard error that says what was expected, what came and what to try; nothing written."""

import os
import pickle
import subprocess
import sys
import warnings
from pathlib import Path

import numpy as np
import pytest

SMALL = ("--size", "10", "--generations", "2", "--replicates", "2", "--jobs", "1")
GOOD = "a,b\n" + "\n".join(f"{i % 7},{i * i % 11}" for i in range(40))
TOML = """
size = 10
generations = 2
replicates = 2
[world]
kind = "normal"
[family]
kind = "gaussian"
[arms.replace]
"""


def assert_refused(told, *said):
    assert told.code == 2, told
    assert told.out == ""
    assert "Traceback" not in told.err
    lines = told.err.strip().splitlines()
    assert len(lines) == 1, told.err
    assert told.err.startswith("kellet: expected "), told.err
    assert "; got " in told.err
    assert ". Try " in told.err
    for words in said:
        assert words in told.err, told.err


def put(name, content):
    path = Path(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    if isinstance(content, bytes):
        path.write_bytes(content)
    else:
        path.write_text(content, encoding="utf-8")
    return path


FILES = {
    "an empty file": ("data.csv", b"", "data.csv, which is empty"),
    "a header and nothing else": ("data.csv", "a,b\n", "0 rows"),
    "one row": ("data.csv", "a,b\n1,2\n", "at least 10 rows", "got 1"),
    "no text at all": ("data.csv", bytes(range(256)) * 3, "expected"),
    "a text of one word": ("data.txt", "word word word", "at least two different words"),
    "a text without words": ("data.txt", "12 34 !", "at least two different words"),
    "broken parquet": ("data.parquet", b"PAR1 but not really", "a Parquet file that can be read"),
    "broken jsonl": ("data.jsonl", '{"a": 1}\n{"a": \n', "JSON in each line; got line 2 of"),
    "pickled objects": ("data.npy", b"", "expected"),
    "not npy": ("data.npy", b"no array", "a readable .npy table"),
    "an unknown kind": ("data.pdf", b"%PDF-1.7 ...", "a table, a text or pictures; got"),
}


@pytest.mark.parametrize("key", list(FILES))
def test_a_file_that_cannot_be_used(kellet, here, key):
    name, content, *said = FILES[key]
    put(name, content)
    if key == "pickled objects":
        np.save(name, np.array([{"a": 1}, None], dtype=object), allow_pickle=True)
    before = here()
    assert_refused(kellet("run", name), *said)
    assert here() == before


class Bomb:
    """What a pickle can do when it is loaded."""

    def __reduce__(self):
        return os.mkdir, ("boom",)


@pytest.mark.parametrize("name", ["data.npy", "data.npz"])
def test_pickles_inside_arrays_are_never_loaded(kellet, name):
    save = np.save if name.endswith("npy") else np.savez
    save(name, np.array([Bomb()], dtype=object))
    assert_refused(kellet("run", name), f"a readable .{name[-3:]} table")
    put(name, pickle.dumps(Bomb()))
    assert_refused(kellet("run", name), f"a readable .{name[-3:]} table")
    assert not Path("boom").exists()


def test_numbers_that_are_no_table(kellet):
    np.savez("data.npz", x=np.float64(3.0))
    assert_refused(kellet("run", "data.npz"), "a single number, x")


TARGETS = {
    "nothing there": (("run", "nothing.csv"), "nothing.csv, where nothing is"),
    "a glob of nothing": (("run", "*.parquet"), "where nothing is"),
    "a misspelt preset": (("run", "digit"), "digit, where nothing is"),
    "an empty folder": (("run", "empty"), "empty, where nothing is"),
    "no experiment file": (("run", "nothing.toml"), "a readable experiment file"),
    "no run to show": (("show", "nothing"), "a run folder; got nothing, nothing there"),
    "no run to report": (("report", "nothing"), "a run folder"),
    "a folder that is not a run": (("show", "empty"), "empty, an empty folder"),
    "a folder that is not a run, to report": (("report", "empty"), "empty, an empty folder"),
    "a file that is not a run": (("show", "good.csv"), "good.csv, a file"),
    "files of several kinds": (("run", "several"), "files of one kind", ".csv, .txt"),
}


@pytest.mark.parametrize("key", list(TARGETS))
def test_a_target_that_is_not_there(kellet, here, key):
    arguments, *said = TARGETS[key]
    Path("empty").mkdir()
    put("good.csv", GOOD)
    put("several/a.csv", GOOD)
    put("several/b.txt", "some words")
    before = here()
    assert_refused(kellet(*arguments), *said)
    assert here() == before


OPTIONS = {
    "size 0": (("normal", "--size", "0"), "a size of at least 1 point", "got 0"),
    "a negative size": (("normal", "--size", "-5"), "got -5"),
    "a size beyond the data": (("good.csv", "--size", "39"), "at most the 24 training points", "got 39"),
    "a size beyond memory": (
        ("normal", "--size", str(10**15), "--family", "mixture:components=2"),
        "points that fit into the memory",
    ),
    "no generations": (("normal", "--generations", "0"), "generations of at least 1"),
    "no replicates": (("normal", "--replicates", "0"), "replicates of at least 1"),
    "a negative seed": (("normal", "--seed", "-1"), "seed of at least 0"),
    "replicates in words": (("normal", "--replicates", "ten"), "a number; got 'ten' in '--replicates'"),
    "no jobs": (("normal", "--jobs", "0"), "1 to 1,024 jobs"),
    "an unknown family": (("normal", "--family", "gausian"), "a family: gaussian"),
    "an unknown option of a family": (("normal", "--family", "gaussian:shape=2"), "unknown field `shape`"),
    "an option that is no pair": (("normal", "--family", "mixture:5"), "options as key=value"),
    "a mixture of nothing": (("normal", "--family", "mixture:components=0"), "components of at least 1"),
    "a mixture without a number": (("normal", "--family", "mixture"), "components"),
    "a module that is not there": (("normal", "--family", "nowhere.at_all:Model"), "a class Model in a module"),
    "a class that cannot learn": (("normal", "--family", "pathlib:Path"), "a class with fit and sample"),
    "options that a class refuses": (
        ("normal", "--family", "sklearn.neighbors:KernelDensity,width=1"),
        "options that KernelDensity takes",
    ),
    "categories for points": (("digits", "--family", "categorical"), "a world of categories"),
    "points for categories": (("words", "--family", "gaussian"), "the categorical family"),
    "an unknown arm": (("normal", "--arm", "mine=fresher:1"), "an arm made of replace", "'fresher:1'"),
    "an arm without a name": (("normal", "--arm", "=replace"), "NAME=SPEC"),
    "an arm twice": (("normal", "--arm", "a=replace", "--arm", "a=accumulate"), "a different name for each arm"),
    "a share beyond everything": (
        ("normal", "--arm", "fresh:150%"),
        "a share between 0 and 1".replace("a ", "an anchor "),
    ),
    "a huge share": (("normal", "--arm", "fresh:1e300%"), "an anchor share between 0 and 1"),
    "infinitely many points": (("normal", "--arm", "fresh:inf"), "a whole number"),
    "half a point": (("normal", "--arm", "fresh:0.5"), "a whole number; got '0.5' in 'fresh:0.5'"),
    "no number": (("normal", "--arm", "fresh:many"), "a number; got 'many'"),
    "a negative anchor": (("normal", "--arm", "fresh:-1"), "an anchor count >= 0"),
    "more anchor than points": (("normal", "--size", "10", "--arm", "fresh:11"), "at most the 10 points"),
    "more anchor than bank": (("normal", "--arm", "bank:6/5"), "at most the 5 points of its bank"),
    "a bank of unknown size": (("normal", "--arm", "bank:5"), "together with bank=K"),
    "a weight alone": (("normal", "--arm", "weight:2"), "either a count or a share"),
    "a weight of nothing": (("normal", "--arm", "fresh:1+weight:0"), "positive, finite anchor weight"),
    "once what is fixed": (("normal", "--arm", "fixed:1+once"), "once=true only with fresh points"),
    "a negative prior": (("normal", "--arm", "prior:-2"), "a finite prior strength >= 0"),
    "an infinite prior": (("normal", "--arm", "prior:inf"), "a finite prior strength >= 0"),
    "a prior without spread": (("normal", "--arm", "prior:2@0,0"), "a finite prior variance > 0"),
    "a prior with too many places": (("normal", "--arm", "prior:2@0,1,2"), "expected 0 to 2 numbers; got 3"),
    "curation of another kind": (("normal", "--arm", "top-k:3"), "a family for which top-k is a law again"),
    "a quantile of words": (("words", "--arm", "quantile:0.9"), "points in space, for a quantile"),
    "a cold continuous family": (("normal", "--arm", "temperature:0"), "a temperature > 0 in a continuous family"),
    "a negative temperature": (("words", "--arm", "temperature:-1"), "a temperature >= 0"),
    "a share above one": (("normal", "--arm", "fresh:120%"), "an anchor share between 0 and 1"),
    "a size that is no number": (("normal", "--size", "ten"), "got 'ten' in '--size ten'"),
    "part of a point": (("normal", "--size", "10.5"), "a whole number"),
    "numbers outside the support": (("good.csv", "--family", "bernoulli"), "whole numbers from 0 to 1"),
    "too many spins": (("ising", "--family", "ising:spins=40"), "spins"),
    "two anchors in an arm": (("normal", "--arm", "fresh:1+fixed:2"), "one anchor in an arm"),
    "a prior beside words": (("words", "--arm", "prior:2@1"), "a prior mean with one number >= 0 for each"),
    "a prior where none is taken": (
        ("good.csv", "--family", "sklearn.neighbors:KernelDensity", "--arm", "prior:2"),
        "a family that takes a prior",
    ),
    "a weight where none is taken": (
        ("good.csv", "--family", "sklearn.neighbors:KernelDensity", "--arm", "fresh:2+weight:2"),
        "an anchor of weight 1",
    ),
    "an anchor larger than the reserve": (
        ("good.csv", "--size", "20", "--arm", "fresh:9"),
        "at least 9 real points in the reserve",
        "got 8",
    ),
    "a bank larger than the reserve": (("good.csv", "--arm", "bank:2/9"), "at least 9 real points in the reserve"),
    "a reserve that runs out": (
        ("good.csv", "--generations", "5", "--arm", "fresh:2+once"),
        "at least 10 real points in the reserve",
        "got 8",
    ),
    "a pool too large to draw from": (
        ("words", "--size", str(10**9), "--arm", "subsample"),
        "fewer than 10^9 points to draw from",
    ),
    "columns of no table": (("digits", "--columns", "a"), "a table of your own"),
    "a label of no table": (("normal", "--label", "a"), "a table of your own"),
    "a column that is not there": (("good.csv", "--columns", "a,c"), 'one of the columns "a", "b"; got "c"'),
    "a label that is not there": (("good.csv", "--label", "c"), 'one of the columns "a", "b"; got "c"'),
    "categories of several columns": (
        ("good.csv", "--columns", "a,b", "--family", "categorical"),
        "one column for the categorical family",
    ),
    "a column of one value": (
        ("same.csv", "--columns", "a", "--family", "categorical"),
        "a column with at least two different values",
    ),
    "a run where a file is": (
        ("normal", "--out", "good.csv", *SMALL),
        "good.csv, which is a file. Try another --out",
    ),
    "a run among other files": (("normal", "--out", "other", *SMALL), "which holds other files"),
}


@pytest.mark.parametrize("key", list(OPTIONS))
def test_a_setting_that_cannot_be_meant(kellet, here, key):
    arguments, *said = OPTIONS[key]
    put("good.csv", GOOD)
    put("same.csv", "a\n" + "x\n" * 20)
    put("other/letter.txt", "Dear")
    before = here()
    # A copy of the option that is tried stands last, and wins over the small settings.
    target, *rest = arguments
    settled = ("--generations", "2", "--replicates", "2", "--jobs", "1")
    assert_refused(kellet("run", target, *settled, *rest), *said)
    assert here() == before


TOMLS = {
    "not TOML": ("size = = 3", "a TOML file"),
    "a text": ("Dear reader", "a TOML file"),
    "an unknown setting": ("sise = 3\n" + TOML, "an unknown setting `sise`"),
    "no number": (TOML.replace('"normal"', '"normal"\nmean = nan'), "a finite mean; got nan at `world`."),
    "an unknown setting inside": (TOML.replace('"gaussian"', '"gaussian"\nddoff = 3'), "setting `ddoff` at `family`"),
    "an unknown family": (TOML.replace('"gaussian"', '"gausian"'), "nvalid value 'gausian'"),
    "an unknown world": (TOML.replace('"normal"', '"normals"'), "nvalid value 'normals'"),
    "a word for a number": (TOML.replace("size = 10", 'size = "ten"'), "a whole number or a list at `size`; got text"),
    "no world": (
        "size = 3\ngenerations = 2\n[family]\nkind = 'gaussian'\n[arms.a]\n",
        "missing required field `world`",
    ),
    "no arms": (TOML.replace("[arms.replace]", "[arms]"), "at least one arm"),
    "an unknown metric": ('metrics = ["nonsense"]\n' + TOML, "one of the metrics"),
    "a metric of another world": (
        'metrics = ["entropy"]\n' + TOML,
        "metrics that this world and family have; got entropy",
    ),
    "a block of nothing": ("block = 0\n" + TOML, "block of at least 1"),
    "too few to judge": ("judged = 1\n" + TOML, "judged of at least 2"),
    "sizes of nothing": (TOML.replace("size = 10", "size = []"), "a size of at least 1 point"),
    "a negative variance": (TOML.replace('"normal"', '"normal"\nvariance = -1.0'), "a finite variance > 0"),
    "a prior of nothing": (TOML + "[arms.replace.prior]\nstrength = -1.0\n", "a finite prior strength >= 0"),
    "another code": (TOML.encode() + b"# caf\xe9", "a readable experiment file"),
    "data that are not there": (
        TOML.replace('kind = "normal"', 'kind = "table"\npath = "nothing.csv"'),
        "nothing.csv, where nothing is",
    ),
    "data that changed": (
        TOML.replace('kind = "normal"', 'kind = "table"\npath = "good.csv"\ndigest = "0123456789abcdef"'),
        "as it was when the experiment was made (digest 0123456789abcdef)",
        "other contents",
    ),
    "a text that changed": (
        TOML.replace('kind = "normal"', 'kind = "words"\npath = "good.txt"\ndigest = "0123456789abcdef"').replace(
            "gaussian", "categorical"
        ),
        "other contents",
    ),
}


@pytest.mark.parametrize("key", list(TOMLS))
def test_an_experiment_file_that_cannot_be_meant(kellet, here, key):
    content, *said = TOMLS[key]
    put("experiment.toml", content)
    put("good.csv", GOOD)
    put("good.txt", "to be or not to be")
    before = here()
    assert_refused(kellet("run", "experiment.toml"), *said)
    assert here() == before


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("run",),
        ("nonsense",),
        ("run", "normal", "--nonsense"),
        ("run", "normal", "--size"),
        ("show", "a", "b"),
    ],
    ids=repr,
)
def test_a_command_that_cannot_be_read_says_how_it_is_used(kellet, here, arguments):
    told = kellet(*arguments)
    if arguments:
        assert_refused(told, "a command that can be read", "--help`")
    else:
        assert told.code == 2
        assert "Usage: kellet" in told.err
    assert here() == {}


def test_another_experiment_does_not_go_into_the_same_folder(kellet, here):
    assert kellet("run", "normal", *SMALL, "--out", "mine", "--quiet").code == 0
    before = here()
    for option, value, what in (
        ("--size", "11", "another size"),
        ("--generations", "3", "another generations"),
        ("--seed", "8", "another seed"),
        ("--family", "mixture:components=2", "another family"),
    ):
        assert_refused(kellet("run", "normal", *SMALL, option, value, "--out", "mine"), "the experiment that", what)
        assert_refused(kellet("run", "mine", option, value), "the experiment that", what)
    assert here() == before


def test_data_that_changed_do_not_go_on_in_the_same_folder(kellet, here):
    put("data.csv", GOOD)
    assert kellet("run", "data.csv", *SMALL, "--out", "mine", "--quiet").code == 0
    put("data.csv", GOOD + "\n5,5\n")
    before = here()
    assert_refused(kellet("run", "mine"), "as it was when the experiment was made", "other contents")
    assert_refused(kellet("run", "data.csv", *SMALL, "--out", "mine"), "got other contents")
    assert here() == before
    # What was computed can still be looked at.
    assert kellet("show", "mine").code == 0


def test_an_unfinished_run_is_neither_shown_nor_reported(kellet, here):
    assert kellet("run", "normal", *SMALL, "--out", "mine", "--quiet").code == 0
    cells = sorted(Path("mine/cells").glob("*.parquet"))
    cells[0].unlink()
    Path("mine/report.html").unlink()
    before = here()
    for verb in ("show", "report"):
        assert_refused(
            kellet(verb, "mine"), "a finished run", f"1 of {len(cells)} blocks still missing", "`kellet run mine`"
        )
    assert here() == before
    assert kellet("run", "mine", "--quiet").code == 0
    assert kellet("show", "mine").code == 0


@pytest.mark.parametrize("damage", [b"", b"PAR1 and then nothing", "run.json"])
def test_a_damaged_run_is_told_and_mended_by_running_it_again(kellet, damage):
    assert kellet("run", "normal", *SMALL, "--out", "mine", "--quiet").code == 0
    if damage == "run.json":
        Path("mine/run.json").write_text("{", encoding="utf-8")
        assert_refused(kellet("run", "mine"), "a run.json that Kellet wrote")
        return
    before = kellet("show", "mine").out
    cell = min(Path("mine/cells").glob("*.parquet"))
    cell.write_bytes(damage)
    assert_refused(kellet("show", "mine"), "cells as they were written", cell.name, "`kellet run mine` to mend it")
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        told = kellet("run", "mine", "--quiet")
    assert told.code == 0
    assert told.err == f"kellet: {cell.name} was spoilt; its block is computed again\n"
    assert kellet("show", "mine").out == before


def test_a_page_that_cannot_be_written_is_told_in_a_line(kellet, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("kellet.experiment.running.stores.os.fdopen", full)
    told = kellet("run", "normal", *SMALL, "--out", "mine")
    assert told.code == 2
    assert told.err.startswith("kellet: ")
    assert len(told.err.strip().splitlines()) == 1


def test_a_command_of_the_shell_ends_with_the_same_line_and_code(tmp_path):
    told = subprocess.run(
        [Path(sys.executable).parent / "kellet", "run", "nothing.csv"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert told.returncode == 2
    assert told.stdout == ""
    assert told.stderr.startswith("kellet: expected a file")
    assert len(told.stderr.splitlines()) == 1
    assert not list(tmp_path.iterdir())
