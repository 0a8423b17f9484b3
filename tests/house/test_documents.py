"""What is written down is true: commands parse, examples run, nothing is undocumented."""

import doctest
import importlib
import inspect
import pkgutil
import re
import shlex
import socket
import subprocess
import sys
from pathlib import Path

import click
import pytest

import kellet
from kellet.cli.main import kellet as group
from kellet.errors import InputError

ROOT = Path(kellet.__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
MODULES = ["kellet", *(found.name for found in pkgutil.walk_packages(kellet.__path__, "kellet."))]
GROUP = group


@pytest.mark.parametrize("name", MODULES)
def test_examples_in_docstrings_run(name):
    found = doctest.testmod(importlib.import_module(name), optionflags=doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS)
    assert found.failed == 0


def test_importing_every_module_leaves_the_public_names_as_they_are():
    for name in MODULES:
        importlib.import_module(name)
    for verb in GROUP.commands.keys() - {"completion"}:
        assert inspect.isfunction(getattr(kellet, verb)), verb


def fenced(text):
    """(language, code) of each fenced block."""
    return re.findall(r"^ *```(\w*)[^\n]*\n(.*?)^ *```", text, flags=re.MULTILINE | re.DOTALL)


def commands(text):
    """Lines that call kellet, without prompts, comments and what they are piped into."""
    for line in text.replace("\\\n", " ").splitlines():
        for part in re.split(r"&&|;|\|(?!\|)", line):
            words = part.strip().removeprefix("$ ")
            if re.match(r"kellet(\s|$)", words):
                yield words


def arguments_of(line):
    words = shlex.split(line, comments=True)[1:]
    redirected = next((i for i, word in enumerate(words) if word.startswith((">", "<", "2>"))), len(words))
    return words[:redirected]


def parse(arguments):
    """Read arguments as click would, without doing anything."""
    if not arguments or arguments[0] in ("-h", "--help", "--version"):
        return
    verb, *rest = arguments
    command = GROUP.commands.get(verb)
    assert command is not None, f"there is no verb {verb!r}"
    if {"-h", "--help"} & set(rest):
        return
    command.make_context(verb, rest, parent=click.Context(GROUP, info_name="kellet", **GROUP.context_settings))


def test_every_command_in_the_documents_can_be_typed():
    for page in PAGES:
        for language, code in fenced(page.read_text(encoding="utf-8")):
            if language in ("", "sh", "bash", "shell", "console", "text"):
                for line in commands(code):
                    try:
                        parse(arguments_of(line))
                    except (click.ClickException, InputError, AssertionError) as error:
                        pytest.fail(f"{page.name}: {line}: {error}")


def test_every_command_in_the_help_can_be_typed():
    for command in (GROUP, *GROUP.commands.values()):
        for line in (line.strip() for line in (command.help or "").splitlines()):
            for part in commands(re.sub(r"\s{3,}.*", "", line)):
                parse(arguments_of(part))


@pytest.mark.parametrize(
    ("line", "fine"),
    [
        ("kellet run digits --seed 3 > experiment.toml", True),
        ("kellet run data.csv --columns a,b # mine", True),
        ("kellet nonsense", False),
        ("kellet run digits --nonsense 3", False),
        ("kellet run digits --seed three", False),
        ("kellet compare", False),
    ],
)
def test_the_reader_of_commands_tells_right_from_wrong(line, fine):
    if fine:
        parse(arguments_of(line))
    else:
        with pytest.raises((click.ClickException, InputError, AssertionError)):
            parse(arguments_of(line))


def python_of(page):
    """All Python of a page, as one program."""
    return "\n".join(code for language, code in fenced(page.read_text(encoding="utf-8")) if language == "python")


@pytest.mark.parametrize("page", [page for page in PAGES if python_of(page)], ids=lambda page: page.stem)
def test_python_in_the_documents_runs(page, tmp_path):
    if "import torch" in python_of(page):
        pytest.importorskip("torch")
    told = subprocess.run(
        [sys.executable, "-W", "error", "-c", python_of(page)],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert told.returncode == 0, told.stderr
    # What a page says is printed is, in this order.
    left = told.stdout
    for shown in (code for language, code in fenced(page.read_text(encoding="utf-8")) if language == "out"):
        assert shown in left, told.stdout
        left = left.partition(shown)[2]


def test_every_verb_and_every_option_says_what_it_is():
    for verb, command in GROUP.commands.items():
        assert command.help, verb
        for parameter in command.params:
            if isinstance(parameter, click.Option):
                assert parameter.help, f"{verb} {parameter.opts}"


def test_every_verb_and_every_option_stands_in_the_command_line_document():
    text = (ROOT / "docs" / "command-line.md").read_text(encoding="utf-8")
    for verb, command in GROUP.commands.items():
        assert f"kellet {verb}" in text, verb
        for parameter in command.params:
            if isinstance(parameter, click.Option):
                longest = max(parameter.opts, key=len)
                assert re.search(rf"{longest}\b", text), f"{verb} {longest}"


def public(module):
    """The public functions and classes that a module defines itself."""
    for name, thing in vars(module).items():
        own = getattr(thing, "__module__", "").startswith("kellet")
        if not name.startswith("_") and own and (inspect.isclass(thing) or inspect.isfunction(thing)):
            yield name, thing


def test_every_public_name_explains_itself():
    for name in kellet.__all__:
        assert inspect.getdoc(getattr(kellet, name)), name


@pytest.mark.parametrize("name", MODULES)
def test_every_module_and_what_it_offers_explains_itself(name):
    module = importlib.import_module(name)
    assert module.__doc__, name
    for what, thing in public(module):
        assert thing.__doc__, f"{name}.{what}"


def test_public_names_are_sorted_and_there():
    assert list(kellet.__all__) == sorted(kellet.__all__)
    for name in kellet.__all__:
        assert getattr(kellet, name) is not None


def tracked():
    """The files of the repository, or of a copy of it that has no history."""
    told = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False)
    if told.returncode == 0 and told.stdout:
        return [ROOT / name for name in told.stdout.split("\0") if name and (ROOT / name).is_file()]
    folders = ("src", "tests", "docs", "benchmarks", "examples")
    return [path for folder in folders for path in (ROOT / folder).rglob("*") if path.is_file()]


def test_no_file_tells_whose_machine_it_was_made_on():
    somewhere = re.compile(r"(?<![\w.])/(?:root|work|home/\w+|Users/\w+)/|[A-Z]:\\\\Users")
    host = socket.gethostname()
    for path in tracked():
        text = path.read_bytes().decode("utf-8", errors="ignore")
        found = somewhere.search(text)
        assert not found, f"{path.relative_to(ROOT)} names {found.group() if found else ''}"
        # A host called after a common word says nothing.
        assert len(host) < 8 or host not in text, f"{path.relative_to(ROOT)} names this host"
