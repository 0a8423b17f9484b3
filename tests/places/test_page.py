"""docs/ci.md: its blocks do what the page says; test_documents.py types its commands."""

import json
import re
from pathlib import Path

import numpy as np
import pytest

import kellet
from kellet.profile.file import write as keep

pytest_plugins = ["pytester"]
ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "ci.md").read_text(encoding="utf-8")


def find(language):
    """The one block of a language."""
    (block,) = re.findall(rf"^```{language}\n(.*?)^```", PAGE, flags=re.MULTILINE | re.DOTALL)
    return block


@pytest.fixture
def data(pytester):
    """The page's baseline, and data of the same law."""
    rng, p = np.random.default_rng(1), np.arange(1, 201.0) ** -1.1
    for name in ("gen0", "written"):
        texts = [" ".join(f"w{i}" for i in rng.choice(200, 12, p=p / p.sum())) for _ in range(150)]
        lines = "".join(json.dumps({"text": text}) + "\n" for text in texts)
        (pytester.path / f"{name}.jsonl").write_text(lines, encoding="utf-8")
    keep(kellet.profile(pytester.path / "gen0.jsonl", redact=True), pytester.path / "gen0.kprof")


def test_the_test_passes_on_data_of_the_same_law_and_leaves_its_report(pytester, data):
    pytester.makeconftest("from kellet.places.plugin import assert_no_tail_loss")
    pytester.makepyfile(find("python").replace("rare>=0.9", "rare>=0.6"))
    pytester.runpytest_inprocess("-p", "no:cacheprovider").assert_outcomes(passed=1)
    assert (pytester.path / "audit.html").is_file()


def test_the_workflow_gives_the_action_what_it_takes():
    yaml = pytest.importorskip("yaml")
    inputs = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))["inputs"]
    steps = yaml.safe_load(find("yaml"))["jobs"]["audit"]["steps"]
    (given,) = (step["with"] for step in steps if "/kellet@" in step["uses"])
    assert given.keys() <= inputs.keys()
    assert {name for name, one in inputs.items() if one.get("required")} <= given.keys()
    rows = [line for line in PAGE.splitlines() if line.startswith("| `")]
    assert {name for row in rows for name in re.findall(r"`([\w-]+)`", row.split("|")[1])} == inputs.keys()


def test_the_lines_beside_training_are_what_is_there(monkeypatch):
    seen = []
    monkeypatch.setattr(kellet, "audit_training", lambda *given, **named: seen.append((given, named)))

    class Trainer:
        def train(self):
            seen.append("trained")

    trainer = Trainer()
    exec(find("py"), {"trainer": trainer})
    assert seen == [((trainer, "real.jsonl"), {"gates": ["rare>=0.9"], "stop": True}), "trained"]
