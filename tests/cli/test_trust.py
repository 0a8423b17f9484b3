"""What only a file names runs when somebody says so."""

import pickle
import sys
from pathlib import Path

import msgspec
import pytest

import kellet
from kellet import Anchor, Arm, Experiment, InputError, Run, Sweep, curation
from kellet.cli import trust
from kellet.experiment.experiment import Untrusted
from kellet.families import Adapter, Classification, Command, Gaussian, Regressor
from kellet.families.yours.named import is_familiar

WORLD = kellet.worlds.multivariate_normal([0, 1], [[1, 0], [0, 2]])
CLASS = """
from pathlib import Path
import numpy as np
Path("imported").touch()
class Thing:
    def __init__(self, width=0.1): pass
    def fit(self, X): self.X = X
    def sample(self, n): return self.X[np.random.randint(len(self.X), size=n)]
"""
JUDGE = "import pathlib, sys; pathlib.Path('judged').touch(); print('\\n'.join('true' for _ in sys.stdin))"
SMALL = ("--jobs", "1", "--quiet")
REFUSED = "expected no programs or classes that only a file names; got {}. Try --trust"


def study(family=None, grid=None, **arms):
    return Experiment(
        WORLD, family or Gaussian(), 10, arms or {"replace": Arm()}, generations=2, replicates=2, grid=grid or {},
    )  # fmt: skip


@pytest.fixture
def stranger(kellet, tmp_path):
    """Calls `kellet` in a folder with a stranger's class and judge; nothing of his has run."""
    Path("theirs.py").write_text(CLASS)
    Path("judge.py").write_text(JUDGE)
    yield kellet
    sys.modules.pop("theirs", None)


def ran():
    return [name for name in ("imported", "judged") if Path(name).exists()]


def judged():
    return Arm(curation=curation.Verify(f"{sys.executable} judge.py"))


FOREIGN = {
    "a class": (lambda: study(Adapter("theirs:Thing")), '"theirs:Thing"'),
    "programs": (lambda: study(Command("./a {train} {model}", "./b {model} {n} {out}")), '"command:./a {train} '),
    "a judge": (lambda: study(ours=judged()), '"verify:'),
    "a classifier": (lambda: study(Classification("theirs:Thing")), '"theirs:Thing"'),
    "a regressor": (lambda: study(Regressor("theirs:Thing")), '"theirs:Thing"'),
    "a function of scikit-learn's": (lambda: study(Adapter("sklearn.datasets._base:urlretrieve")), "urlretrieve"),
    "a class with a cache of pickles": (lambda: study(Adapter("sklearn.cluster:FeatureAgglomeration")), "Agglo"),
    "a class in a grid": (
        lambda: study(Adapter("sklearn.neighbors:KernelDensity"), {"family.thing": ("theirs:Thing",)}), '"theirs:Th',
    ),
    "a classifier in a grid": (
        lambda: study(Classification(), {"family.thing": ("theirs:Thing",)}), '"theirs:Thing"',
    ),
    "a family in a grid": (lambda: study(grid={"family": ({"kind": "adapter", "thing": "theirs:Thing"},)}), '"theirs'),
    "a judge in a grid": (lambda: study(grid={"curation": ({"kind": "verify", "command": "./judge"},)},
                                        ours=Arm(curation=curation.Temperature(0.9))), '"verify:./judge"'),
}  # fmt: skip


@pytest.mark.parametrize("what", FOREIGN)
def test_what_only_a_file_names_is_refused_in_one_line(stranger, here, what):
    make, named = FOREIGN[what]
    Path("experiment.toml").write_text(make().to_toml())
    before = here()
    for verb in ("run", "plan"):
        told = stranger(verb, "experiment.toml", *SMALL, "--out", "out")
        assert (told.code, told.out, told.err.count("\n")) == (2, "", 1)
        start, end = REFUSED.split("{}")
        assert told.err.startswith(f"kellet: {start}")
        assert named in told.err
        assert end in told.err
    assert stranger("run", "experiment.toml", "--dry-run").code == 2
    assert here() == before
    read = Experiment.read("experiment.toml")
    for call in (kellet.run, kellet.sweep, kellet.predict):
        with pytest.raises(InputError):
            call(read)
    with pytest.raises(InputError):
        kellet.work(pickle.loads(pickle.dumps(read)), "out")
    assert here() == before


def test_trust_runs_it(stranger):
    Path("experiment.toml").write_text(study(Adapter("theirs:Thing"), ours=judged()).to_toml())
    assert stranger("run", "experiment.toml", "--dry-run", "--trust").code == 0
    experiment = Experiment.read("experiment.toml", trust=True)
    assert experiment == Experiment.from_toml(experiment.to_toml(), trust=True)
    assert kellet.run(experiment).failures() == {}
    assert ran() == ["imported", "judged"]


def test_what_the_command_line_names_needs_no_trust(stranger):
    Path("experiment.toml").write_text(study(Adapter("theirs:Thing"), ours=judged()).to_toml())
    own = ("--family", "theirs:Thing", *SMALL, "--dry-run")
    told = stranger("run", "experiment.toml", *own)
    assert told.code == 2
    assert "verify:" in told.err
    assert "theirs:Thing" not in told.err
    assert stranger("run", "experiment.toml", *own, "--arm", f"ours=verify:{sys.executable} judge.py").code == 0
    assert stranger("run", "experiment.toml", "--family", "gaussian", "--arm", "replace", "--dry-run").code == 0


def test_a_run_folder_is_gone_on_with_by_the_same_command_or_by_trust(stranger):
    arm = ("--arm", f"ours=verify:{sys.executable} judge.py")
    start = ("run", "normal", *arm, "--generations", "2", "--size", "9", *SMALL)
    assert stranger(*start, "--replicates", "2", "--out", "mine").code == 0
    assert stranger(*start, "--replicates", "3", "--out", "mine").code == 0
    told = stranger("run", "mine", "--replicates", "4", *SMALL)
    assert (told.code, "--trust" in told.err) == (2, True)
    assert stranger("run", "mine", "--replicates", "4", *arm, *SMALL).code == 0
    assert stranger("run", "mine", "--replicates", "5", "--trust", *SMALL).code == 0


@pytest.mark.parametrize("grid", [{}, {"size": (10, 12)}, {"family.options.width": (0.1, 0.2)}])
def test_what_shows_a_run_runs_nothing_of_it(stranger, grid):
    real = {"ours": Arm(anchor=Anchor(1), curation=judged().curation)}
    options = {"width": 0.3}
    (kellet.sweep if grid else kellet.run)(study(Adapter("theirs:Thing", options), grid, **real), out="out")
    for name in (*ran(), "theirs.py", "judge.py"):
        Path(name).unlink()
    sys.modules.pop("theirs", None)
    Path("theirs.py").write_text(f"{CLASS}\nraise SystemExit('changed')\n")
    for verb in (("show", "out"), ("runs", "."), ("watch", "out", "--once"), ("show", "out", "--json")):
        assert stranger(*verb).code == 0, verb
    assert ran() == []
    if grid:
        assert Sweep.read("out").data.sizes["arm"] == 1
        return
    assert stranger("report", "out").code == stranger("compare", "out").code == 0
    run = Run.read("out")
    assert ran() == []
    with pytest.raises(InputError, match="only a file names"):
        kellet.run(msgspec.structs.replace(run.experiment, replicates=9))
    assert ran() == []


@pytest.mark.slow
def test_classifiers_in_a_grid_are_shown_as_they_ran(stranger, tmp_path):
    rows = "\n".join(f"{i % 7}.{i},{i % 5},{'yes' if i % 3 else 'no'}" for i in range(80))
    Path("d.csv").write_text(f"a,b,c\n{rows}\n")
    start = ("run", "d.csv", "--label", "c", "--family", "classification", "--arm", "replace", "--generations", "1")
    grid = ("--grid", "family.thing=GaussianNB,DecisionTreeClassifier", "--replicates", "1", "--out", "g", *SMALL)
    assert stranger(*start, *grid).code == 0
    assert stranger("show", "g").code == 0
    assert stranger("run", "g", *SMALL).code == 0


@pytest.mark.parametrize(("answer", "code"), [("y\n", 0), ("n\n", 2), ("", 2)])
def test_at_a_terminal_somebody_is_asked(stranger, monkeypatch, answer, code):
    Path("e.toml").write_text(study(ours=judged()).to_toml())
    asked = []
    monkeypatch.setattr(trust, "at_terminal", lambda: True)
    monkeypatch.setattr("click.confirm", lambda question, err: asked.append((question, err)) or answer.startswith("y"))
    assert stranger("run", "e.toml", *SMALL, "--out", "out").code == code
    ((question, err),) = asked
    assert err
    assert question.startswith('e.toml runs "verify:')
    assert bool(ran()) == (code == 0)


def test_names_of_programs_do_not_write_to_the_terminal(stranger):
    text = study(ours=Arm(curation=curation.Verify("./judge \x1b[2J\u202e" + "x" * 500))).to_toml()
    Path("e.toml").write_text(text, encoding="utf-8")
    told = stranger("run", "e.toml", *SMALL)
    assert told.code == 2
    assert told.err.isascii()
    assert "\x1b" not in told.err
    assert told.err.count("\n") == 1


def test_what_scikit_learn_has_needs_no_trust(stranger):
    Path("e.toml").write_text(study(Adapter("sklearn.neighbors:KernelDensity")).to_toml())
    assert isinstance(Experiment.read("e.toml"), Untrusted)
    assert stranger("run", "e.toml", "--dry-run").code == 0
    assert not is_familiar("sklearn_evil:KernelDensity")
    assert not is_familiar("os:system")


def test_what_runs_nothing_is_an_experiment_like_any_other():
    plain = study(grid={"size": (10, 20)})
    assert type(Experiment.from_toml(plain.to_toml())) is Experiment
    assert Experiment.from_toml(plain.to_toml()) == plain
