"""What a shell completes."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from click.shell_completion import ShellComplete

from kellet.cli import completion
from kellet.cli.main import kellet as group
from kellet.experiment.presets import presets
from kellet.experiment.spelling import FAMILIES, parse_arm
from kellet.metrics import catalogue

PROGRAM = "import sys; from kellet.cli.main import main; main()"


def complete(*words):
    """What comes for the last of the words: values, or the kind of file that the shell looks for itself."""
    found = ShellComplete(group, {}, "kellet", "_KELLET_COMPLETE").get_completions([*words[:-1]], words[-1])
    return [item.value if item.type == "plain" else f"<{item.type}>" for item in found]


def test_the_names_that_are_repeated_are_those_that_there_are():
    assert completion.PRESETS == presets.NAMES
    assert completion.FAMILIES == FAMILIES
    assert sorted(completion.METRICS) == sorted(metric.name for metric in catalogue.ALL)
    for word in completion.KEPT:
        assert catalogue.match_metrics(word), word


@pytest.mark.parametrize("part", [part for part in completion.PARTS if not part.endswith(":")])
def test_every_part_of_an_arm_is_one(part):
    first = "pool+documents+" if part == "whole" else "pool+" if part in ("laws", "documents") else ""
    parse_arm(f"{first}{part}+fresh:10%" if part in ("random", "once") else f"{first}{part}")


@pytest.mark.parametrize(
    ("words", "found"),
    [
        (["pl"], ["plan"]),
        (["run", "--qui"], ["--quiet"]),
        (["run", "dig"], ["digits"]),
        (["plan", "spin"], ["spin-glass"]),
        (["run", "normal", "--family", "gau"], ["gaussian"]),
        (["theory", "--family", "poi"], ["poisson"]),
        (["run", "normal", "--metrics", "spread,perp"], ["spread,perplexity"]),
        (["run", "normal", "--metrics", "us"], ["usual"]),
        (["plan", "normal", "--keep", "var"], ["variance=", "variance_ratio="]),
        (["run", "normal", "--arm", "acc"], ["accumulate"]),
        (["run", "normal", "--arm", "ours=accumulate+fr"], ["ours=accumulate+fresh:"]),
        (["show", "--metric", "zipf"], ["zipf_slope"]),
        (["run", "normal", "--device", "cp"], ["cpu"]),
        (["completion", ""], ["bash", "zsh", "fish"]),
        (["run", "nothing-like-it"], ["<file>"]),
        (["show", "elsewhere"], ["<dir>"]),
    ],
)
def test_words_are_completed(words, found, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert complete(*words) == found


def test_files_stand_beside_presets_and_runs_come_newest_first_without_names_that_a_shell_would_obey(
    tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    for name in ("data.csv", "digital", "d$(touch x).csv", "other.csv"):
        Path(name).touch()
    Path("docs").mkdir()
    assert complete("run", "d") == ["digits", "data.csv", "digital", "docs/"]
    for age, name in enumerate(("b", "a", "c", "x y", "$(touch x)")):
        Path("runs", name).mkdir(parents=True)
        for file in ("experiment.toml", "run.json"):
            Path("runs", name, file).touch()
            os.utime(Path("runs", name, file), (1000 - age, 1000 - age))
    Path("runs/none").mkdir()
    for verb in ("show", "report", "watch", "compare"):
        assert complete(verb, "ru") == ["runs/b", "runs/a", "runs/c"]


@pytest.mark.parametrize("words", ["kellet run dig", "kellet show ru", "kellet run normal --metrics spr"])
def test_nobody_waits_for_numpy(words, tmp_path):
    told = subprocess.run(
        [sys.executable, "-X", "importtime", "-c", PROGRAM],
        env=os.environ
        | {"_KELLET_COMPLETE": "bash_complete", "COMP_WORDS": words, "COMP_CWORD": str(words.count(" "))},
        cwd=tmp_path, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert told.stdout
    loaded = {line.rpartition("|")[2].strip() for line in told.stderr.splitlines()}
    assert "kellet.cli.main" in loaded
    assert not loaded & {"numpy", "scipy", "polars", "rich", "jinja2", "xarray", "sklearn", "torch"}


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_script_of_each_shell_is_printed(kellet, shell):
    told = kellet("completion", shell)
    assert (told.code, told.err) == (0, "")
    assert "_KELLET_COMPLETE" in told.out and f"{shell}_complete" in told.out


def test_bash_completes_what_is_typed(kellet, tmp_path):
    bash = shutil.which("bash")
    if bash is None:
        pytest.skip("no bash")
    program = tmp_path / "kellet"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -c "{PROGRAM}" "$@"\n', encoding="utf-8")
    program.chmod(0o755)
    Path("script").write_text(kellet("completion", "bash").out, encoding="utf-8")
    code = (
        "source ./script; complete -p kellet; COMP_WORDS=(kellet run di); COMP_CWORD=2;"
        '_kellet_completion kellet di run; echo "${COMPREPLY[@]}"'
    )
    told = subprocess.run(
        [bash, "--norc", "-c", code], env={**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}"},
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert told.stdout.splitlines() == ["complete -o nosort -F _kellet_completion kellet", "digits"]
