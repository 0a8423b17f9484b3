"""The GitHub Action: it calls the command, and nothing that a caller says is ever part of a program."""

import os
import re
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest

yaml = pytest.importorskip("yaml")
ROOT = Path(__file__).parents[2]
ACTION = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
STEPS = ACTION["runs"]["steps"]
SHELLS = {step["name"]: step for step in STEPS if "run" in step}
INPUT = re.compile(r"\$\{\{ *inputs\.([\w-]+) *\}\}")


def write(path, seed, temperature=1.0):
    """A table of one column."""
    rng, p = np.random.default_rng(seed), np.arange(1, 501.0) ** (-1.1 / temperature)
    jobs = rng.choice(500, 600, p=p / p.sum())
    path.write_text("job\n" + "".join(f"job {i}\n" for i in jobs), encoding="utf-8")


@pytest.fixture
def act(tmp_path):
    """Runs a step of the action with inputs, as GitHub does: in bash, in a folder with data."""
    write(tmp_path / "real.csv", 0)
    write(tmp_path / "fresh data.csv", 1)
    write(tmp_path / "lost.csv", 2, 0.5)
    commands = tmp_path / "commands"
    commands.mkdir()
    kellet = commands / "kellet"
    kellet.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m kellet "$@"\n', encoding="utf-8")
    kellet.chmod(0o755)

    def run(name, environment=None, **given):
        inputs = {key: one.get("default", "") for key, one in ACTION["inputs"].items()}
        inputs |= {key.replace("_", "-"): value for key, value in given.items()}
        assert inputs.keys() == ACTION["inputs"].keys()
        step = SHELLS[name]
        told = {key: INPUT.sub(lambda found: inputs[found[1]], value) for key, value in step["env"].items()}
        surroundings = {
            "PATH": f"{commands}:{os.environ['PATH']}", "PYTHONPATH": str(ROOT / "src"), "HOME": str(tmp_path),
            "RUNNER_TEMP": str(tmp_path / "temp"), "OMP_NUM_THREADS": "1",
        }  # fmt: skip
        return subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]],
            cwd=tmp_path, env=surroundings | told | (environment or {}), capture_output=True, text=True, check=False,
        )  # fmt: skip

    return run


def test_inputs_reach_programs_through_the_environment_alone():
    assert all(step["shell"] == "bash" for step in SHELLS.values())
    assert not [step["run"] for step in SHELLS.values() if "${{" in step["run"]]
    used = {name for step in STEPS for name in INPUT.findall(str(step.get("env", "")) + str(step.get("with", "")))}
    assert used == ACTION["inputs"].keys()
    assert "eval" not in str([step["run"] for step in SHELLS.values()])


def test_actions_of_others_are_pinned_by_their_commits():
    lines = (ROOT / "action.yml").read_text(encoding="utf-8").splitlines()
    uses = [line.split("uses:")[1].strip() for line in lines if "uses:" in line]
    assert len(uses) == 2
    assert all(re.fullmatch(r"actions/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", one) for one in uses)


def test_an_audit_passes_and_leaves_its_report(act, tmp_path):
    told = act("Audit", reference="real.csv", candidates="fresh data.csv\n", gates="invented<=9\n\nrare>=0.1\n",
               junit="audit.xml", options="--seed=3\n--redact")  # fmt: skip
    assert told.returncode == 0, told.stderr
    assert "<html" in (tmp_path / "kellet-audit.html").read_text(encoding="utf-8")
    assert ElementTree.parse(tmp_path / "audit.xml").getroot().get("tests") == "2"


def test_a_loss_fails_the_step(act, tmp_path):
    told = act("Audit", reference="real.csv", candidates="fresh data.csv\nlost.csv", out="pages/a b.html")
    assert told.returncode == 1
    assert "Lost: lost.csv" in " ".join(told.stdout.split())
    assert (tmp_path / "pages" / "a b.html").is_file()


def test_too_little_fails_unless_it_is_said_to_be_fine(act, tmp_path):
    for name in ("few.csv", "some.csv"):
        (tmp_path / name).write_text("job\n" + "".join(f"{name[0]}{i % 9}\n" for i in range(12)), encoding="utf-8")
    few = {"reference": "few.csv", "candidates": "some.csv", "gates": "rare>=0.9"}
    assert act("Audit", **few).returncode == 3
    assert act("Audit", **few, inconclusive_ok="true").returncode == 0


@pytest.mark.parametrize(
    "name", ["$(touch pwned).csv", "`touch pwned`", '"; touch pwned; "', "' ; touch pwned #", "--out=pwned", "*.csv"]
)
def test_names_are_arguments_and_do_nothing(act, tmp_path, name):
    (tmp_path / "commands" / "kellet").write_text('#!/bin/sh\nprintf "%s\\n" "$@" > asked\n', encoding="utf-8")
    everything = dict.fromkeys(("reference", "candidates", "gates", "holdout", "options", "out", "junit"), name)
    told = act("Audit", **everything, inconclusive_ok=name)
    assert told.returncode == 0, told.stderr
    asked = (tmp_path / "asked").read_text(encoding="utf-8").splitlines()
    assert asked == [
        "audit", "--out", name, "--gate", name, "--holdout", name, "--junit", name, name, "--", name, name,
    ]  # fmt: skip
    assert not (tmp_path / "pwned").exists()


@pytest.mark.parametrize(
    ("version", "asked"), [("", "/action's folder"), ("0.1; touch pwned", "kellet==0.1; touch pwned")]
)
def test_it_installs_itself_or_a_version(act, tmp_path, version, asked):
    pip = tmp_path / "temp" / "kellet" / "bin" / "python"
    pip.parent.mkdir(parents=True)
    pip.write_text('#!/bin/sh\nprintf "%s\\n" "$@" > asked\n', encoding="utf-8")
    pip.chmod(0o755)
    surroundings = {"PYTHON": "true", "GITHUB_ACTION_PATH": "/action's folder"}
    told = act("Install Kellet", surroundings, version=version)
    assert told.returncode == 0, told.stderr
    assert (tmp_path / "asked").read_text(encoding="utf-8").splitlines()[-1] == asked
    assert not (tmp_path / "pwned").exists()
