"""Whatever stands in an option or an experiment file: one line and exit code 2, and nothing written; or a sane run."""

import importlib.util
import json
import os
import shutil
import signal
import subprocess
import sys
import time
import warnings
from contextlib import contextmanager
from itertools import islice
from pathlib import Path

import pytest

NAME = "bad_options"
_spec = importlib.util.spec_from_file_location(NAME, Path(__file__).with_name("bad_options.py"))
bad = sys.modules[NAME] = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(bad)
BASES, GOOD, TOML = bad.BASES, bad.GOOD, bad.TOML
CASES = list(bad.cases())
LONGEST, SECONDS, MEMORY = 2000, 10, 500 * 2**20
CALL = "from kellet.cli import main; main()"


@pytest.fixture
def folder(kellet):
    """A working directory with a file, an empty folder and a finished run, as all cases find it."""
    Path("base").mkdir()
    os.chdir("base")
    Path("good.csv").write_text(GOOD, encoding="utf-8")
    Path("good.txt").write_text("to be or not\n" * 20, encoding="utf-8")
    for name, text in {"corpus": bad.CORPUS, "human": bad.HUMAN, "written": bad.WRITTEN}.items():
        Path(f"{name}.txt").write_text(text, encoding="utf-8")
    Path("empty").mkdir()
    assert kellet(*BASES["run"], "--out", "done").code == 0
    os.chdir("..")
    return Path("base").absolute()


@contextmanager
def fresh(folder, case):
    """A copy of the folder, with the files of a case, to work in."""
    here = folder.parent / "here"
    shutil.copytree(folder, here)
    os.chdir(here)
    for name, content in case.files.items():
        Path(name).write_bytes(content)
    try:
        yield
    finally:
        os.chdir(folder.parent)
        shutil.rmtree(here)


def list_files():
    return {str(path): path.stat().st_size if path.is_file() else -1 for path in sorted(Path().rglob("*"))}


def judge(case, code, out, err, before):
    """What is wrong with what a command did; empty where nothing is."""
    if code == 2:
        lines = err.strip().splitlines()
        if len(lines) != 1 or not lines[0].isprintable() or len(lines[0]) > LONGEST:
            return f"no line: {err[:300]!r}"
        if not all(word in lines[0] for word in ("kellet: expected ", "; got ", " Try ")):
            return f"a line that does not help: {err[:300]!r}"
        if out:
            return f"on standard output: {out[:300]!r}"
        if (after := list_files()) != before:
            return f"written: {sorted(set(after) - set(before))[:5]}"
        return ""
    # A table audited against itself is a copy, and a mix may be refused.
    if code not in ((0, 1, 3) if case.arguments[0] in ("audit", "mix") else (0, 3)):
        return f"exit code {code}: {err[:300]!r}"
    return f"taken: {out[:300]!r}" if case.hopeless else ""


def complain(kellet, folder, chosen):
    """Name of a case -> what went wrong."""

    def ring(*_):
        raise RuntimeError(f"over {SECONDS} seconds")

    found, rang = {}, signal.signal(signal.SIGALRM, ring)
    for case in chosen:
        with fresh(folder, case):
            before = list_files()
            signal.alarm(SECONDS)
            try:
                with warnings.catch_warnings():
                    # Of numbers beyond all range NumPy may warn, as long as it is not all that is said.
                    warnings.simplefilter("default", RuntimeWarning)
                    told = kellet(*case.arguments)
                wrong = judge(case, told.code, told.out, told.err, before)
            except Exception as error:  # Whatever it is, it was not told in a line.
                wrong = f"{type(error).__name__}: {error}"[:300]
            finally:
                signal.alarm(0)
        if wrong:
            found[case.name] = wrong
    signal.signal(signal.SIGALRM, rang)
    return found


def test_there_are_enough_of_them():
    assert len(CASES) > 2000
    assert len({(case.arguments, *case.files.values()) for case in CASES}) > 2400


def test_one_in_forty_is_told_in_a_line(kellet, folder):
    chosen = [case for case in CASES[::40] if case.hopeless]
    assert complain(kellet, folder, chosen) == {}


@pytest.mark.parametrize("part", range(8))
@pytest.mark.slow
def test_all_are_told_in_a_line(kellet, folder, part):
    assert complain(kellet, folder, CASES[part::8]) == {}


@pytest.mark.slow
def test_a_shell_sees_the_same_and_little_memory_is_taken(kellet, folder):
    import resource

    found = {}
    for case in islice((case for case in CASES if case.hopeless), 0, None, 50):
        with fresh(folder, case):
            before, started = list_files(), time.monotonic()
            arguments = [os.fsencode(text) for text in case.arguments]
            process = subprocess.run([sys.executable, "-c", CALL, *arguments], capture_output=True, check=False)
            out, err = process.stdout.decode(), process.stderr.decode()
            wrong = judge(case, process.returncode, out, err, before)
            if time.monotonic() - started > SECONDS:
                wrong = f"over {SECONDS} seconds"
        if wrong:
            found[case.name] = wrong
    assert found == {}
    assert resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024 < MEMORY


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("normal", "--replicates", "1e9", "--generations", "100"), ("fits into the memory", "--replicates ")),
        (("normal", "--generations", "1e9"), ("fits into the memory", 'record = "log"')),
        (("normal", "--generations", "1e13"), ("ends within a year", "--generations ")),
        (("normal", "--replicates", "1e15"), ("blocks of replicates", "--replicates ")),
        (("good.csv", "--generations", "1e13"), ("ends within a year",)),
        (("normal", "--size", "1e18", "--family", "kernel"), ("points that fit into the memory", "--size ")),
        (("normal", "--arm", "bank:1/1e17"), ("points that fit into the memory", "a smaller bank")),
        (("normal", "--grid", "size=1..1e9:1000", "--grid", "generations=1..1e9:1000"), ("at most 100,000 points",)),
        (("normal", "--grid", "size=1..1e9:1e8"), ("at most 100,000 steps",)),
    ],
)
def test_what_cannot_fit_is_refused_before_it_starts_with_what_would(kellet, arguments, said):
    Path("good.csv").write_text(GOOD, encoding="utf-8")
    started = time.monotonic()
    told = kellet("run", *arguments, "--out", "never")
    assert told.code == 2
    assert all(words in told.err for words in said), told.err
    assert not Path("never").exists()
    assert time.monotonic() - started < SECONDS


def test_what_is_said_to_fit_fits(kellet, monkeypatch):
    monkeypatch.setattr("kellet.experiment.extent.budget", lambda: 100_000)
    small = ("run", "normal", "--size", "9", "--generations", "100", "--arm", "replace", "--out", "r", "--jobs", "1")
    told = kellet(*small, "--replicates", "5000")
    assert "fits into the memory, of which 0.1 MB may be taken" in told.err
    assert "--replicates 15 or --generations 1 or record" not in told.err
    fitting = told.err.split("--replicates ")[1].split()[0]
    assert kellet(*small, "--replicates", fitting, "--quiet").code == 0


def test_a_plan_that_fails_in_its_search_leaves_nothing(kellet, here, monkeypatch):
    from kellet.errors import InputError
    from kellet.planning.search import Search

    def fail(*_):
        raise InputError("a search that ends", "none", "another")

    monkeypatch.setattr(Search, "run", fail)
    plan = ("plan", "normal", "--size", "9", "--generations", "2", "--jobs", "1", "--budget-minutes", "0.01")
    for sizes in ("9", "9,12"):
        told = kellet(*plan, "--size", sizes)
        assert told.code == 2
        assert "a search that ends" in told.err
        assert here() == {}
        assert not Path("runs").exists()


def test_a_plan_is_refused_before_its_search_where_that_is_known(kellet, monkeypatch):
    monkeypatch.setattr("kellet.planning.planning.Laboratory", None)
    plan = ("plan", "normal", "--size", "9", "--generations", "2", "--jobs", "1", "--budget-minutes", "0.01")
    for option in (("--curation", "top-k:1"), ("--anchor", "bank:/0"), ("--keep", "entropy=0.5"), ("--jobs", "1e6")):
        told = kellet(*plan, *option)
        assert told.code == 2, told
        assert not Path("runs").exists()


def test_a_folder_that_was_there_before_a_plan_failed_stays(kellet, here, monkeypatch):
    from kellet.errors import InputError
    from kellet.planning.search import Search

    plan = ("plan", "normal", "--size", "9", "--generations", "2", "--jobs", "1", "--budget-minutes", "0.01", "--quiet")
    assert kellet(*plan, "--out", "p").code in (0, 3)
    before = here()

    def fail(*_):
        raise InputError("a search that ends", "none", "another")

    monkeypatch.setattr(Search, "run", fail)
    assert kellet(*plan, "--out", "p").code == 2
    assert set(here()) >= set(before)


@pytest.mark.parametrize("name", ["[/red]", "a/b", "🦭", "\u202egnp", "a\x01", "a\x1b[31m", " "])
def test_a_name_is_shown_as_it_is_by_every_verb(kellet, name):
    quoted = json.dumps(name, ensure_ascii=name.isascii())
    Path("x.toml").write_text(TOML.replace("[arms.replace]", f"[arms.{quoted}]"), encoding="utf-8")
    assert kellet("run", "x.toml", "--out", "r", "--jobs", "1", "--quiet").code == 0
    for verb in (("runs", "."), ("watch", "r", "--once"), ("show", "r"), ("report", "r"), ("compare", "r", "r")):
        told = kellet(*verb)
        assert told.code == 0, told
        assert told.err == ""
    swept = ("run", "x.toml", "--grid", "size=9,10", "--out", "s", "--jobs", "1")
    assert kellet(*swept).code == 0
    assert kellet("show", "s").code == 0


def test_a_file_with_a_byte_order_mark_or_any_ends_of_lines_is_read(kellet):
    for i, content in enumerate((b"\xef\xbb\xbf" + TOML.encode(), TOML.replace("\n", "\r\n").encode())):
        Path(f"{i}.toml").write_bytes(content)
        assert kellet("run", f"{i}.toml", "--dry-run").code == 0
