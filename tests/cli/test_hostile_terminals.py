"""What commands print of hostile names does nothing to a terminal; what they print as JSON means the same."""

import importlib.util
import io
import json
import re
import tomllib
import warnings
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from kellet import InputError
from kellet.characters import reveal
from kellet.cli import printing, progress
from kellet.experiment.settings import toml
from kellet.families.yours.warned import Warned
from kellet.page.document import text

_spec = importlib.util.spec_from_file_location("hostile", Path(__file__).with_name("hostile.py"))
hostile = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(hostile)
NAMES = hostile.HOSTILE
NAME = "e\x1b]52;c;aGk=\x07\u202evil[red]\x9b31m\r"
COLOURS = re.compile(r"\x1b\[[0-9;]*m")
"""What Rich itself sends to a terminal."""


def assert_tame(printed: str) -> None:
    assert reveal(printed, lines=True) == printed
    assert not re.search("[\ud800-\udfff\u202a-\u202e\x00-\x08\x0b-\x1f\x7f-\x9f]", printed)


def printed(thing: object) -> str:
    console = Console(width=200, file=io.StringIO(), force_terminal=True)
    console.print(thing)
    return console.file.getvalue()


@given(st.text(st.characters(codec=None)))
def test_what_is_shown_has_nothing_unseen_and_is_shown_the_same_again(name):
    shown = reveal(name)
    assert_tame(shown)
    assert "\n" not in shown
    assert reveal(shown) == shown
    if name.isascii() and name.isprintable():
        assert shown == name


PLAIN = (
    "naïve café",
    "日本語",
    "שלום",
    "می‌خواهم",
    "क्‍ष",
    "👩‍❤️‍👨 1️⃣ ©️ 🏳️‍🌈",
    "葛\U000e0100城",
    "한국어",
    "a\u0301",
)


@pytest.mark.parametrize("plain", PLAIN)
def test_letters_of_any_script_stay_as_they_are(plain):
    assert reveal(plain) == plain


def test_an_answer_full_of_hostile_strings():
    shown = printed(hostile.answer(NAMES))
    assert_tame(COLOURS.sub("", shown))
    for name in ("[red]x[/red]", ":skull:", "[link=http://evil.example]x[/link]"):
        assert name in shown


def test_bad_input_in_python_and_on_the_command_line(capsys):
    for name in NAMES:
        error = InputError(f"a file called {name}", name, name, lines=name)
        assert_tame(str(error))
        assert "\n" not in error.line
        printing.warn(error.line)
    assert_tame(capsys.readouterr().err)


def test_warnings_of_somebodys_code(capsys):
    warned = Warned()
    with warned.fold():
        warnings.warn(NAME, stacklevel=1)
    assert_tame(warned.describe())
    printing.warn(UserWarning(NAME))
    assert_tame(capsys.readouterr().err)


def test_progress(monkeypatch):
    told = io.StringIO()
    told.isatty = lambda: True
    monkeypatch.setattr("sys.stderr", told)
    monkeypatch.setenv("TERM", "xterm")
    with progress.show_search(silent=False) as tell:
        tell(f"[/red]{NAME}", 0.5)
    assert "\\x1b]52" in told.getvalue()
    assert "\x1b]" not in told.getvalue()


def test_json_means_the_same_and_has_nothing_unseen():
    names = tuple(name for name in NAMES if name not in hostile.HALVES)
    told = text(hostile.Nothing(sentence="", names=names))
    assert tuple(json.loads(told)["names"]) == names
    assert_tame(told)
    assert json.loads(text(hostile.Nothing(sentence="", names=("\udcff",))))["names"] == ["\\udcff"]


def test_toml_means_the_same_and_has_nothing_unseen():
    names = [name for name in NAMES if name not in hostile.HALVES]
    told = "\n".join(toml({"list": names} | {name: name for name in names}, ()))
    assert tomllib.loads(told) == {"list": names} | {name: name for name in names}
    assert_tame(told)


def test_commands_about_files_and_runs_of_hostile_names(kellet):
    names = tuple(name for name in NAMES[::5] if name not in hostile.HALVES)
    path = hostile.table(names, Path()).rename("e\x1b]0;x\x07<b>\u202e.parquet")
    settings = ("--size", "9", "--generations", "1", "--replicates", "1", "--jobs", "1")
    folder = f"runs/{NAME}"
    for arguments in (
        ("data", path, "--out", "data.html"),
        ("run", path, *settings, "--arm", "[/red]x=replace", "--out", folder),
        ("show", folder),
        ("runs",),
        ("watch", folder, "--once"),
        ("report", folder),
        ("compare", folder, "--metric", "spread"),
        ("run", path, "--dry-run"),
    ):
        told = kellet(*arguments)
        assert told.code == 0, told.err
        assert_tame(told.out + told.err)
    for arguments in (("data", path), ("show", folder), ("runs",), ("report", folder)):
        told = kellet(*arguments, "--json")
        json.loads(told.out)
        assert_tame(told.out + told.err)
    for page in (*Path().glob("*.html"), Path(folder, "report.html")):
        shown = page.read_text(encoding="utf-8").split("<script>")[0]
        assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e]", shown)


@pytest.mark.parametrize("verb", ["run", "data", "show", "report", "watch", "runs", "compare", "plan", "theory", NAME])
def test_commands_refuse_hostile_names_in_lines_that_do_nothing(kellet, verb):
    told = kellet(verb, f"no{NAME}\n")
    assert told.code == 2
    assert_tame(told.out + told.err)


def test_failures_of_somebodys_code():
    run = hostile.run_that_fails((NAME, "[/red]", "a\nb"))
    assert_tame(COLOURS.sub("", printed(run.answer())))
    assert "\x1b]52" in run.failures()["replace"][0]
