"""Every verb of the command line is a function of the same name, and each result shows itself."""

import inspect
import pickle
import subprocess
import sys

import pytest

import kellet
from kellet.cli.main import kellet as group

VERBS = {
    "audit": kellet.Audit, "compare": kellet.Comparison, "data": kellet.Data, "estimate": kellet.Estimate,
    "lab": None, "mix": kellet.Mix, "plan": kellet.Plan, "profile": None, "report": None,
    "reproduce": kellet.Gallery, "run": kellet.Run,
    "runs": tuple, "show": None, "sweep": kellet.Sweep, "theory": kellet.Forecast, "verify": kellet.Verification,
    "watch": None,
}  # fmt: skip


def test_the_command_line_and_python_have_the_same_verbs():
    # A shell is nothing that Python needs.
    assert {*group.commands, "sweep"} - {"completion"} == set(VERBS)
    for verb in VERBS:
        assert verb in kellet.__all__
        assert inspect.isfunction(getattr(kellet, verb)), verb


def test_every_verb_is_typed():
    for verb in VERBS:
        signature = inspect.signature(getattr(kellet, verb))
        assert signature.return_annotation is not inspect.Signature.empty, verb
        for name, parameter in signature.parameters.items():
            assert parameter.annotation is not inspect.Parameter.empty, f"{verb} {name}"


@pytest.mark.parametrize("kind", [kind for kind in VERBS.values() if kind not in (None, tuple)])
def test_what_a_verb_gives_has_an_answer_and_shows_itself_in_a_notebook(kind):
    assert inspect.isfunction(kind.answer)
    assert inspect.isfunction(kind._repr_html_)


@pytest.mark.parametrize("first", ["import kellet.theory, kellet.report", "kellet.theory, kellet.report"])
def test_a_verb_and_the_package_of_its_name_are_both_there(first):
    code = f"import kellet\n{first}\n" + (
        "from kellet.theory import drift\nimport kellet.report.page\nimport sys\n"
        "assert kellet.theory.__name__ == 'expect' and kellet.report.__name__ == 'report', kellet.theory\n"
        "assert sys.modules['kellet.theory'].drift is drift"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert told.returncode == 0, told.stderr


def test_functions_that_name_kellet_are_sent_to_workers():
    cloudpickle = pytest.importorskip("cloudpickle")
    assert pickle.loads(cloudpickle.dumps(lambda: kellet.profile))() is kellet.profile


def test_runs_are_compared_shown_and_reported_by_their_folders(tmp_path):
    settings = {"world": kellet.worlds.Normal(), "family": kellet.families.Gaussian(), "size": 10, "generations": 2}
    run = kellet.run(**settings, replicates=3, out=tmp_path / "run")
    kellet.sweep(**settings, replicates=3, grid={"size": (5, 10)}, out=tmp_path / "sweep")
    assert kellet.show(tmp_path / "run").answer().json() == run.answer().json()
    assert isinstance(kellet.show(tmp_path / "sweep"), kellet.Sweep)
    assert kellet.compare({"one": run, "other": tmp_path / "run"}).runs.keys() == {"one", "other"}
    assert kellet.report(tmp_path / "run") == tmp_path / "run" / "report.html"
    assert [state.state for state in kellet.runs(tmp_path)] == ["finished", "finished"]
    (now,) = kellet.watch(tmp_path / "run")
    assert (now.done, now.replicates) == (1, {"replace": 3})
