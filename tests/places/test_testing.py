"""An audit as an assertion: what it lets pass and what it says; the plugin costs nothing at the start."""

import subprocess
import sys
import tomllib
from pathlib import Path

import numpy as np
import pytest

import kellet
from kellet import InputError, assert_no_tail_loss
from kellet.audit.words import say_gate
from kellet.profile.file import write as keep

pytest_plugins = ["pytester"]
ROOT = Path(__file__).parents[2]
JOBS = np.array([f"job {i}" for i in range(1000)])


def draw(seed, n=600, temperature=1.0):
    """A column of a Zipf law."""
    rng, p = np.random.default_rng(seed), np.arange(1, 1001.0) ** (-1.1 / temperature)
    return {"job": rng.choice(JOBS, n, p=p / p.sum())}


REAL, FRESH, COOLED = draw(0), draw(1), draw(2, temperature=0.5)


@pytest.fixture(scope="module")
def failure(tmp_path_factory):
    """What is told of a loss, and where the report is."""
    page = tmp_path_factory.mktemp("there") / "audit.html"
    with pytest.raises(AssertionError) as failed:
        assert_no_tail_loss(REAL, COOLED, gates=["invented<=9", "rare>=0.95"], out=page)
    return str(failed.value).splitlines(), page


def test_what_is_not_lost_passes_and_gives_its_audit():
    assert assert_no_tail_loss(REAL, FRESH).looks[0].verdict == "pass"


def test_a_loss_is_told_by_the_sentence_the_gate_and_by_name(failure):
    (first, *others), page = failure
    found = kellet.audit(REAL, COOLED, gates=["invented<=9", "rare>=0.95"])
    assert [first, *others[:1]] == list(found.answer().sentences)
    assert [line for line in others if line.startswith("rare>=")] == [say_gate(found.gates[1])]
    assert any(line.startswith("Of what is rare only a loss of ") for line in others)
    lost = others[others.index("Most surprising losses (was, is, due):") + 1 : -1]
    assert len(lost) == 10
    assert lost[0].startswith(f"  {found.looks[0].losses[0].name} (job): ")
    assert others[-1] == f"Report: {page}"
    assert "<html" in page.read_text(encoding="utf-8")


def test_too_little_to_tell_fails_unless_told():
    few = [draw(i, n=16) for i in (3, 4)]
    with pytest.raises(AssertionError, match="inconclusive_ok=True lets this pass"):
        assert_no_tail_loss(*few)
    assert assert_no_tail_loss(*few, inconclusive_ok=True).exit_code == 3
    with pytest.raises(AssertionError):
        assert_no_tail_loss(REAL, COOLED, inconclusive_ok=True)


def test_names_stay_hidden_and_signs_do_nothing():
    bad = {"job": [f"{one} \x1b[2J" for one in REAL["job"]]}
    with pytest.raises(AssertionError) as failed:
        assert_no_tail_loss(bad, COOLED)
    assert r"job 3 \x1b[2J (job)" in str(failed.value)
    with pytest.raises(AssertionError) as failed:
        assert_no_tail_loss(bad, COOLED, redact=True)
    assert "  no. 1 (job)" in str(failed.value)
    assert "2J" not in str(failed.value)


def test_a_committed_profile_is_a_reference_for_objects(tmp_path):
    texts, cooled = (
        [" ".join(jobs[: 6 + i % 5]) for i, jobs in enumerate(one["job"].reshape(60, 10))] for one in (REAL, COOLED)
    )
    (tmp_path / "real.txt").write_text("\n".join(texts), encoding="utf-8")
    keep(kellet.profile(tmp_path / "real.txt"), tmp_path / "real.kprof")
    with pytest.raises(AssertionError, match=r"rare>=0\.9 of data set 1 failed"):
        assert_no_tail_loss(tmp_path / "real.kprof", cooled, gates=["rare>=0.9"])


def test_what_is_misspelt_is_no_failure_but_an_error():
    with pytest.raises(InputError, match="gates"):
        assert_no_tail_loss(REAL, FRESH, gate=["rare>=0.9"])


@pytest.fixture
def installed(pytester, monkeypatch):
    """pytest with the plugin as pyproject.toml declares it, whether the package is installed or not."""
    points = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["entry-points"]["pytest11"]
    told = "".join(f"{name} = {module}\n" for name, module in points.items())
    there = pytester.path / "site" / "declared-0.dist-info"
    there.mkdir(parents=True)
    (there / "METADATA").write_text("Metadata-Version: 2.1\nName: declared\nVersion: 0\n", encoding="utf-8")
    (there / "entry_points.txt").write_text(f"[pytest11]\n{told}", encoding="utf-8")
    monkeypatch.setenv("PYTHONPATH", f"{there.parent}:{ROOT / 'src'}")
    monkeypatch.delenv("PYTEST_ADDOPTS", raising=False)
    return lambda: pytester.runpytest_subprocess("-p", "no:cacheprovider", "-p", "no:randomly")


def test_a_test_asks_for_the_assertion_by_its_name(installed, pytester):
    pytester.makepyfile(
        f"""
        import kellet

        REAL, COOLED = {{"job": {REAL["job"].tolist()!r}}}, {{"job": {COOLED["job"].tolist()!r}}}

        def test_same(assert_no_tail_loss):
            assert assert_no_tail_loss is kellet.assert_no_tail_loss

        def test_lost(assert_no_tail_loss):
            assert_no_tail_loss(REAL, COOLED)
        """
    )
    told = installed()
    told.assert_outcomes(passed=1, failed=1)
    told.stdout.fnmatch_lines(["E*Of what was rare in the reference*", "E*Most surprising losses*"])
    # What is inside the audit is nobody's business.
    told.stdout.no_fnmatch_line("*auditing.py*")


def test_loading_the_plugin_imports_nothing_heavy(installed, pytester):
    pytester.makepyfile(
        """
        import sys

        def test_loaded():
            assert "kellet.places.plugin" in sys.modules
            heavy = {"numpy", "polars", "scipy", "msgspec", "jinja2", "kellet.audit", "kellet.experiment"}
            assert not heavy & sys.modules.keys()
        """
    )
    installed().assert_outcomes(passed=1)


def test_importing_the_plugin_costs_few_modules():
    code = "import pytest, sys; before = {*sys.modules}; import kellet.places.plugin; print(*({*sys.modules} - before))"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert {name.split(".")[0] for name in told.stdout.split()} == {"kellet"}
