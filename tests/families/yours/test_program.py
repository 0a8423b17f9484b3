"""Programs of anybody's: what they are given, what is believed of what they write, and what becomes of failures."""

import json
import os
import re
import shlex
import signal
import subprocess
import sys
import time
from itertools import pairwise
from pathlib import Path

import msgspec
import numpy as np
import polars as pl
import pytest

import kellet
from kellet import Anchor, Arm, Experiment, InputError, Points, Resolved, cli, generations, resolve, worlds
from kellet.experiment.presets.own import for_file
from kellet.experiment.presets.presets import with_family
from kellet.experiment.run import Run
from kellet.experiment.spelling import parse_family
from kellet.families import Adapter, Command, Gaussian
from kellet.families.abilities import Archive
from kellet.families.yours.processes import start_program
from kellet.families.yours.tables import Layout

PYTHON = shlex.quote(sys.executable)
# A bell curve by the standard library alone, which starts in a fiftieth of the time that NumPy takes.
TRAIN = """
import csv, json, os, statistics, sys
with open(sys.argv[1]) as table:
    header, *rows = csv.reader(table)
columns = [list(map(float, column)) for column in zip(*rows)]
print("learning from", len(rows), "rows with seed", os.environ["KELLET_SEED"])
learnt = {"names": header, "means": list(map(statistics.fmean, columns)), "sds": list(map(statistics.pstdev, columns))}
with open(sys.argv[2], "w") as model:
    json.dump(learnt, model)
"""
SAMPLE = """
import csv, json, os, random, sys
with open(sys.argv[1]) as model:
    learnt = json.load(model)
draw, n = random.Random(int(os.environ["KELLET_SEED"])), int(sys.argv[2])
names = learnt["names"]
rows = [[draw.gauss(m, s) for m, s in zip(learnt["means"], learnt["sds"])] for _ in range(n)]
#HERE
with open(sys.argv[3], "w", newline="") as out:
    csv.writer(out).writerows([names, *rows])
"""


@pytest.fixture
def programs(tmp_path, monkeypatch):
    """Make a Command of two scripts in the working folder, with something put into them."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TMPDIR", str(tmp_path / "temporary"))
    monkeypatch.setattr("tempfile.tempdir", None)
    (tmp_path / "temporary").mkdir()

    def make(train="", sample="", **settings):
        Path("train.py").write_text(train + TRAIN)
        Path("sample.py").write_text(SAMPLE.replace("#HERE", sample))
        lines = f"{PYTHON} -S train.py {{train}} {{model}}", f"{PYTHON} -S sample.py {{model}} {{n}} {{out}}"
        return Command(*lines, **settings)

    return make


def fit(family, values, seed=1):
    return family.fit(Points(np.asarray(values, dtype=float)[None]), np.random.default_rng(seed))


def study(family, **settings):
    usual = {"size": 6, "generations": 2, "replicates": 2, "judged": 4, "metrics": ("variance_ratio",)}
    arms = {"replace": Arm(), "fresh": Arm(anchor=Anchor(1))}
    return Experiment(**{"world": worlds.Normal(), "family": family, "arms": arms, **usual, **settings})


def left_behind():
    return list(Path(os.environ["TMPDIR"]).iterdir())


def test_a_bell_curve_learnt_by_a_program_has_the_moments_that_ours_has(programs):
    points = worlds.Normal(mean=3.0, variance=4.0).open(1).first(500, np.random.default_rng(0))
    ours = Gaussian().fit(Gaussian().summarise(points), np.random.default_rng(1))
    written = fit(programs(), points.values[0]).sample(5000, np.random.default_rng(1)).values[0]
    assert abs(written.mean() - ours.mean[0]) < 5 * np.sqrt(ours.variance[0] / 5000)
    assert abs(written.var() / ours.variance[0] - 1) < 5 * np.sqrt(2 / 5000)


def test_a_loop_of_programs_loses_spread_as_a_loop_of_ours_does(programs):
    def spread(family, replicates):
        """The logarithm of the variance of what generation 3 learnt from."""
        loop = generations(worlds.Normal(), family, size=3, replicates=replicates, rng=np.random.default_rng(5))
        evidence = next(g.evidence for g in loop if g.t == 3)
        return np.log(evidence.values.var(axis=1) if isinstance(evidence, Points) else evidence.scatter / 3)

    seen, known = spread(programs(), 16), spread(Gaussian(), 20_000)
    # From one that loses nothing the mean is 4.6 of these standard errors away.
    assert abs(seen.mean() - known.mean()) < 4 * known.std() / np.sqrt(len(seen))
    assert left_behind() == []


def test_a_program_is_given_the_points_themselves_under_the_names_of_their_columns(programs):
    values = np.random.default_rng(0).normal(size=(5, 2)) * [1e-9, 1e9]
    keep = "import shutil, sys; shutil.copy(sys.argv[1], 'seen' + sys.argv[1][-4:])\n"
    fit(programs(keep, columns=("age", "income")), values)
    seen = pl.read_csv("seen.csv")
    assert seen.columns == ["age", "income"]
    assert (seen.to_numpy() == values).all()


@pytest.mark.parametrize(
    ("form", "read", "write"),
    [
        ("csv", "pl.read_csv", "write_csv"),
        ("jsonl", "pl.read_ndjson", "write_ndjson"),
        ("parquet", "pl.read_parquet", "write_parquet"),
    ],
)
def test_every_format_brings_the_same_numbers_there_and_back(programs, form, read, write):
    values = np.random.default_rng(0).normal(size=(4, 3)) * 10.0 ** np.arange(-150, 151, 150)
    train = f"import polars as pl, sys; {read}(sys.argv[1])[::-1].write_parquet(sys.argv[2]); sys.exit()\n"
    programs(train)
    Path("sample.py").write_text(
        f"import polars as pl, sys; pl.read_parquet(sys.argv[1])[:, ::-1].{write}(sys.argv[3])"
    )
    plain = f"{PYTHON} train.py {{train}} {{model}}.pq", f"{PYTHON} sample.py {{model}}.pq {{n}} {{out}}"
    model = fit(Command(*plain, format=form), values)
    # Columns come by name, in whatever order.
    assert (model.sample(4, np.random.default_rng(0)).values[0] == values[::-1]).all(), model.failure


def test_the_same_seed_gives_the_same_numbers_and_another_seed_others(programs):
    family, values = programs(), np.arange(6.0)
    first, again, other = (
        fit(family, values).sample(3, np.random.default_rng(seed)).values.tolist() for seed in (1, 1, 2)
    )
    assert first == again
    assert first != other


def test_a_program_may_go_on_from_what_the_generation_before_learnt(programs):
    script = "import shutil, sys; _, train, model, previous = sys.argv; "
    script += "open(model, 'w').write((open(previous).read() if previous else '') + 'I')"
    programs()
    Path("train.py").write_text(script)
    Path("sample.py").write_text("import sys; open(sys.argv[3], 'w').write('x0\\n%d' % len(open(sys.argv[1]).read()))")
    family = Command(
        f"{PYTHON} -S train.py {{train}} {{model}} {{previous}}", f"{PYTHON} -S sample.py {{model}} {{n}} {{out}}"
    )
    model, rng = None, np.random.default_rng(0)
    for generation in (1.0, 2.0, 3.0):
        model = family.fit(Points(np.zeros((1, 2))), rng, model)
        assert model.sample(1, rng).values.tolist() == [[generation]], model.failure
        assert len(left_behind()) == 1


def test_no_shell_reads_a_command(programs):
    family = programs()
    family = msgspec.structs.replace(family, train=f"{family.train} '; touch broken; $(touch broken)' > broken")
    assert fit(family, np.arange(4.0)).failure is None
    assert not Path("broken").exists()


FAILURES = {
    "exit code": ("import sys; sys.exit('no memory left')\n", "", "train exited with code 1: no memory left"),
    "raises": ("", "raise RuntimeError('too hot')", "sample exited with code 1: RuntimeError: too hot"),
    "killed": ("import os; os.kill(os.getpid(), 9)\n", "", "train was killed by SIGKILL"),
    "killed later": ("", "os.kill(os.getpid(), 15)", "sample was killed by SIGTERM"),
    "no model": ("import sys; sys.exit(0)\n", "", "train exited with code 0 but left nothing at {model}"),
    "writes nothing": ("", "sys.exit(0)", "sample exited with code 0 but left nothing at {out}"),
    "too few rows": ("", "rows = rows[1:]", "sample(6) wrote 5 rows"),
    "no rows": ("", "rows = []", "sample(6) wrote 0 rows"),
    "nan": ("", "rows[0][0] = float('nan')", "sample(6) wrote values that are not finite"),
    "all nan": ("", "rows = [['NaN']] * n", "sample(6) wrote values that are not finite"),
    "infinite": ("", "rows[0][0] = float('inf')", "sample(6) wrote values that are not finite"),
    "gap": ("", "rows[0][0] = ''", "sample(6) wrote values that are not finite"),
    "words": ("", "rows[0][0] = 'red'", "sample wrote what is no number in column 'x0'"),
    "other columns": ("", "names = ['y']", "sample wrote the columns 'y' where it learnt from 'x0'"),
    "one more column": (
        "", "names, rows = ['', 'x0'], [[1, *r] for r in rows]", "sample wrote the columns '', 'x0' where it learnt"
    ),
    "ragged": ("", "rows[2] = [1, 2, 3]", "sample wrote no readable .csv: "),
    "empty file": ("", "open(sys.argv[3], 'w').close(); sys.exit()", "sample wrote no readable .csv: "),
}  # fmt: skip


@pytest.mark.parametrize("what", FAILURES)
def test_what_a_program_does_wrong_is_told_in_a_line(programs, what):
    train, sample, why = FAILURES[what]
    model = fit(programs(train, sample), np.arange(6.0))
    written = model.sample(6, np.random.default_rng(0)).values
    assert why in model.failure
    assert "\n" not in model.failure
    assert model.failed.tolist() == model.collapsed.tolist() == [True]
    assert written.shape == (1, 6)
    assert np.isnan(written).all()
    del model
    assert left_behind() == []


@pytest.mark.parametrize("verb", ["train", "sample"])
def test_a_program_that_hangs_is_killed_with_all_that_it_started(programs, verb):
    hang = "import subprocess, sys, time; wait = [sys.executable, '-S', '-c', 'import time; time.sleep(60)']; "
    hang += "open('children', 'w').write(str(subprocess.Popen(wait).pid)); time.sleep(60)\n"
    start = time.monotonic()
    model = fit(programs(**{verb: hang}, timeout=0.5), np.arange(6.0))
    model.sample(6, np.random.default_rng(0))
    assert model.failure == f"{verb} was stopped after 0.5 seconds"
    assert time.monotonic() - start < 50
    child = Path("/proc") / Path("children").read_text() / "stat"
    deadline = time.monotonic() + 20
    # Whoever reaps orphans may take a moment; until then it is a zombie.
    while child.exists() and child.read_text().rpartition(")")[2].split()[0] != "Z" and time.monotonic() < deadline:
        time.sleep(0.01)
    assert not child.exists() or child.read_text().rpartition(")")[2].split()[0] == "Z"


def test_what_breaks_on_points_that_are_all_the_same_is_a_collapse_and_no_failure(programs):
    family = programs("import sys; sys.exit('singular')\n")
    model = fit(family, np.full(5, 3.0))
    assert model.failure is None
    assert model.collapsed.tolist() == [True]
    assert model.reason == "nothing to learn from points that are all the same: train exited with code 1: singular"
    assert fit(family, np.arange(5.0)).failure == "train exited with code 1: singular"


def test_a_replicate_that_failed_calls_no_program_again(programs):
    family = programs("open('calls', 'a').write('.')\nraise SystemExit(3)\n")
    run = kellet.run(study(family, replicates=1, generations=5), arms={"replace": Arm()})
    assert Path("calls").read_text() == "."
    assert run.failures() == {"replace": ["generation 0: train exited with code 3"]}


# Breaks in the call of that number, and only if it is told to: the same program otherwise, and the same seeds.
MOODY = """
import os, sys
if os.environ.get("FAILS"):
    open("calls", "a").write(".")
    if os.path.getsize("calls") == int(os.environ["FAILS"]):
        print("working on it", flush=True)
        sys.exit("out of paper")
"""


def test_one_failure_leaves_all_else_as_it_would_have_been(programs, tmp_path, monkeypatch):
    experiment = study(programs(MOODY), replicates=2, metrics=None)
    whole = kellet.run(experiment)
    # Of two arms with two replicates of three generations each the second generation of the second replicate.
    monkeypatch.setenv("FAILS", "5")
    run = kellet.run(experiment, out=tmp_path / "run")
    assert run.data["failed"].values.tolist() == [[-1, 1], [-1, -1]]
    assert (run.data["collapsed"].values == -1).all()
    assert run.failures() == {"replace": ["generation 1: train exited with code 1: out of paper"]}
    for metric in run.metrics:
        a, b = (np.stack([r.values(arm, metric.name) for arm in ("replace", "fresh")]) for r in (run, whole))
        assert np.isnan(a[0, 1, 1:]).all()
        a[0, 1, 1:] = b[0, 1, 1:]
        assert (a == b).all(), metric.name
    again = Run.read(tmp_path / "run")
    assert again.failures() == run.failures()
    assert again.data["failed"].identical(run.data["failed"])
    rows = pl.read_parquet(tmp_path / "run" / "cells" / "*.parquet")
    assert sorted(rows["failed"]) == [-1] * 9 + [1] * 3


def test_what_programs_print_is_kept_call_by_call(programs, tmp_path, monkeypatch):
    monkeypatch.setenv("FAILS", "5")
    run = kellet.run(study(programs(MOODY)), out=tmp_path / "run")
    cell = run.resolved.cells["replace"].id
    well, ill = ((tmp_path / "run" / "logs" / f"{cell}-{block}.txt").read_text() for block in (0, 1))
    assert well.startswith("--- generation 0, train: ")
    assert well.count("learning from 6 rows with seed") == 3
    # At each generation but the last: for the judge, for the next one, and of the first replicate for pictures.
    assert well.count(", sample: ") == 8
    assert ill.count(", train: ") == 2
    assert ill.endswith("working on it\nout of paper\n")
    assert len(list((tmp_path / "run" / "logs").iterdir())) == 4


def test_what_failed_is_tried_again_and_what_was_done_is_not(programs, tmp_path):
    trouble = "import os, sys\nif not os.path.exists('mended'): sys.exit('not yet')\n"
    family = programs(trouble)
    first = kellet.run(study(family, replicates=1), out=tmp_path / "run")
    assert set(first.failures()) == {"replace", "fresh"}
    Path("mended").touch()
    second = kellet.run(study(family, replicates=1), out=tmp_path / "run")
    assert second.failures() == {}
    assert np.isfinite(second.values("replace", "variance_ratio")).all()
    assert "not yet" not in next((tmp_path / "run" / "logs").iterdir()).read_text()
    done = {path: path.stat().st_mtime_ns for path in (tmp_path / "run" / "cells").iterdir()}
    kellet.run(study(family, replicates=1), out=tmp_path / "run")
    assert {path: path.stat().st_mtime_ns for path in done} == done


def write_scripts():
    """Write the programs that stand in the documents, and give their names."""
    page = (Path(kellet.__file__).parents[2] / "docs" / "own-models.md").read_text(encoding="utf-8")
    scripts = re.findall(r"^```py\n# (\w+\.py)\n(.*?)^```", page, flags=re.MULTILINE | re.DOTALL)
    for name, script in scripts:
        Path(name).write_text(script)
    return dict(scripts)


def test_the_programs_in_the_documents_work(programs):
    programs()
    scripts = write_scripts()
    values = np.random.default_rng(0).normal([50.0, 3.0], [10.0, 1.0], size=(500, 2))
    line = f"{PYTHON} train.py {{train}} {{model}}", f"{PYTHON} sample.py {{model}} {{n}} {{out}}"
    learnt = {"train.py", "sample.py"} <= scripts.keys() and fit(Command(*line, columns=("age", "income")), values)
    written = learnt.sample(2000, np.random.default_rng(1)).values[0]
    assert learnt.failure is None
    assert (abs(written.mean(axis=0) - values.mean(axis=0)) < 5 * values.std(axis=0) / np.sqrt(2000)).all()


def test_nothing_is_logged_outside_a_run(programs, tmp_path):
    points, rng = Points(np.arange(4.0)[None]), np.random.default_rng(0)
    programs().fit(points, rng, archive=Archive(log=tmp_path / "log.txt")).sample(3, rng)
    before = (tmp_path / "log.txt").read_text()
    fit(programs(), np.arange(4.0))
    assert (tmp_path / "log.txt").read_text() == before
    assert [", train: " in before, ", sample: " in before] == [True, True]


def test_an_experiment_with_programs_is_written_down_and_read_again(programs):
    Path("data.csv").write_text("age,income\n" + "\n".join(f"{i * 7 % 31},{i * i % 7}" for i in range(30)))
    experiment = resolve(study(programs(timeout=60.0), world=worlds.Table("data.csv"), metrics=None)).experiment
    assert experiment.family.columns == ("age", "income")
    again = Experiment.from_toml(experiment.to_toml(), trust=True)
    assert again == experiment
    assert resolve(again).experiment == experiment
    assert {c.id for c in Resolved(again).cells.values()} == {c.id for c in Resolved(experiment).cells.values()}


def test_a_program_that_changed_is_not_the_one_the_experiment_was_made_with(programs):
    experiment = resolve(study(programs())).experiment
    programs("# mended\n")
    with pytest.raises(InputError, match=r"^expected the program as it was .*train\.py, sample\.py\. Try"):
        resolve(experiment)
    other = resolve(study(programs("# mended\n"))).experiment
    assert {c.id for c in Resolved(other).cells.values()}.isdisjoint(c.id for c in Resolved(experiment).cells.values())


def test_a_class_in_the_working_folder_that_changed_is_another_one(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    source = "class Thing:\n    def fit(self, x): ...\n    def sample(self, n): ...\n"
    Path("models_that_change.py").write_text(source)
    experiment = resolve(study(Adapter("models_that_change:Thing"))).experiment
    assert experiment.family.contents
    assert resolve(experiment).experiment == experiment
    Path("models_that_change.py").write_text(source + "# changed\n")
    with pytest.raises(InputError, match=r"^expected the program as it was .*models_that_change\.py"):
        resolve(experiment)
    assert resolve(study(Adapter("sklearn.neighbors:KernelDensity"))).experiment.family.contents is None


@pytest.mark.parametrize(
    ("train", "sample", "settings", "expected"),
    [
        ("train {train}", "sample {model} {n} {out}", {}, r"\{model\} in the command that is to train"),
        ("train {train} {model}", "sample {model}", {}, r"\{n\} and \{out\} in the command that is to sample"),
        ("train '{train} {model}", "sample {model} {n} {out}", {}, "a command line; got .*No closing quotation"),
        ("t {train} {model}", "s {model} {n} {out}", {"format": "xls"}, "format as 'csv', 'jsonl', 'parquet' or 'txt'"),
        ("t {train} {model}", "s {model} {n} {out}", {"timeout": 0.0}, "a time limit > 0"),
    ],
)
def test_commands_that_cannot_be_right_are_refused(train, sample, settings, expected):
    with pytest.raises(InputError, match=f"^expected {expected}"):
        Command(train, sample, **settings)


def test_a_program_that_is_not_there_is_told_of_before_anything_is_computed():
    family = Command("no-such-program {train} {model}", "python {model} {n} {out}")
    with pytest.raises(InputError, match=r"^expected a program that can be run; got no-such-program\."):
        resolve(study(family))


def call(capsys, *arguments):
    capsys.readouterr()
    with pytest.raises(SystemExit) as left:
        cli.main([str(argument) for argument in (*arguments, "--jobs", "1")])
        raise SystemExit(0)
    return left.value.code, capsys.readouterr()


OPTIONS = ["--generations", "2", "--replicates", "3", "--size", "6", "--arm", "replace", "--arm", "fresh=fresh:2"]


def test_the_command_line_finishes_everything_writes_it_down_and_ends_with_1(programs, capsys, monkeypatch):
    monkeypatch.setenv("FAILS", "5")
    why = "train exited with code 1: out of paper"
    family = programs(MOODY)
    programs_of = ("--family", f"command,timeout=30:{family.train}", "--sampler", f"command:{family.sample}")
    code, told = call(capsys, "run", "normal", *programs_of, *OPTIONS, "--out", "run", "--json")
    assert code == 1
    document = json.loads(told.out)
    ill, well = (document["arms"][arm] for arm in ("replace", "fresh"))
    assert (ill["verdict"], ill["failed"], ill["failures"]) == ("failed", 1, [f"generation 1: {why}"])
    assert (well["failed"], well["failures"]) == (0, [])
    assert well["verdict"] != "failed"
    assert told.err == f"kellet: “replace” failed: generation 1: {why}\n"
    assert document["experiment"]["family"]["timeout"] == 30.0
    page = Path("run/report.html").read_text()
    assert why in page
    # A run with a block missing can't be read.
    run = Run.read("run")
    assert run.data.sizes == {"arm": 2, "replicate": 3, "generation": 3}
    # What is left is told of the two that did not fail.
    spread = ill["left"]["spread"]
    median = np.median(run.values("replace", spread["metric"])[[0, 2], -1])
    assert spread["end"]["median"] == ill["metrics"][spread["metric"]]["end"]["median"]
    # A median of two by interpolation and by their mean may differ in the last bit.
    assert spread["end"]["median"] == pytest.approx(median, rel=1e-12)


def test_the_table_says_which_arm_failed_and_why(programs, capsys):
    family = programs("raise SystemExit('out of order')\n")
    code, told = call(
        capsys, "run", "normal", "--family", f"command:{family.train}", "--sampler", family.sample, *OPTIONS
    )
    assert code == 1
    words = " ".join(told.out.split())
    assert "“replace” failed in 3 of 3 replicates, generation 0: train exited with code 1: out of order;" in words
    assert "failed: somebody's program broke" in words
    assert "was –" in words
    assert "was 0" not in words
    # Progress may stand there, after some seconds; the reason stands in the table alone.
    assert "out of order" not in told.err


def test_programs_that_work_end_with_0(programs, capsys):
    family = programs()
    options = ("--family", f"command:{family.train}", "--sampler", family.sample, *OPTIONS, "--quiet")
    code, told = call(capsys, "run", "normal", *options)
    assert (code, told.out, told.err) == (0, "", "")


@pytest.mark.parametrize(
    "arguments",
    [
        ("--family", "command:python {train} {model}"),
        ("--family", "gaussian", "--sampler", "python {model} {n} {out}"),
        ("--sampler", "python {model} {n} {out}"),
        ("--family", "command:python", "--sampler", "python {model} {n} {out}"),
        ("--family", "command,nonsense=3:python {train} {model}", "--sampler", "python {model} {n} {out}"),
    ],
)
def test_half_a_command_is_bad_input(tmp_path, monkeypatch, capsys, arguments):
    monkeypatch.chdir(tmp_path)
    code, told = call(capsys, "run", "normal", *arguments)
    assert code == 2
    assert told.err.startswith("kellet: expected ")
    assert len(told.err.splitlines()) == 1


def test_a_class_in_the_working_folder_is_found_and_its_failures_end_with_1(tmp_path):
    (tmp_path / "somebodys_models.py").write_text(
        "import numpy as np\n"
        "class Moody:\n"
        "    def fit(self, rows):\n"
        "        if len(rows) == 6 and rows.std() < 0.6: raise RuntimeError('spread too thin')\n"
        "        self.rows = rows\n"
        "    def sample(self, n):\n"
        "        return self.rows[np.random.randint(len(self.rows), size=n)]\n"
    )
    program = Path(sys.executable).parent / "kellet"
    told = subprocess.run(
        [program, "run", "normal", "--family", "somebodys_models:Moody", *OPTIONS, "--jobs", "2", "--quiet"],
        cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert told.returncode == 1, told.stderr
    assert "failed: generation " in told.stderr
    assert "fit raised RuntimeError: spread too thin" in told.stderr


# Learns rows by heart, and writes them again with the columns the other way round.
KEEP = "import shutil, sys; shutil.copy(sys.argv[1], sys.argv[2])"
AGAIN = """
import sys
import polars as pl
form = sys.argv[4]
read = {"csv": pl.read_csv, "jsonl": pl.read_ndjson, "parquet": pl.read_parquet}[form]
options = {"infer_schema": False} if form == "csv" else {}
table = pl.concat([read(sys.argv[1], **options)] * 30).head(int(sys.argv[2]))[:, ::-1]
if len(sys.argv) > 5:
    table = table.with_columns(job=pl.lit(sys.argv[5]))
{"csv": table.write_csv, "jsonl": table.write_ndjson, "parquet": table.write_parquet}[form](sys.argv[3])
"""


@pytest.fixture
def people(tmp_path, monkeypatch):
    """A table of numbers and of words, some of which look like numbers, like nothing, or like two words."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    rng = np.random.default_rng(0)
    jobs = rng.choice(["cook", "NA", "12", 'a, "b"', "(missing)"], size=200)
    table = pl.DataFrame({"age": rng.normal(size=200), "job": jobs, "pay": rng.normal(size=200)})
    table.with_columns(job=pl.col("job").replace("(missing)", None)).write_parquet("people.parquet")
    Path("keep.py").write_text(KEEP, encoding="utf-8")
    Path("again.py").write_text(AGAIN, encoding="utf-8")
    return table


def of_people(family, sampler=None):
    experiment = for_file("people.parquet", family=parse_family(family, sampler))
    return msgspec.structs.replace(experiment, size=20, arms={"replace": Arm()}, generations=2, replicates=1)


@pytest.mark.parametrize("form", ["csv", "jsonl", "parquet"])
def test_programs_learn_tables_of_numbers_and_words(form, people):
    sampler = f"{PYTHON} again.py {{model}} {{n}} {{out}} {form}"
    run = kellet.run(of_people(f"command,format={form}:{PYTHON} keep.py {{train}} {{model}}", sampler))
    assert run.failures() == {}
    real = set(zip(people["age"].round(9), people["job"], people["pay"].round(9), strict=True))
    codebook = run.resolved.source.codebook
    for points in run.specimens("replace")["points"]:
        words = [codebook.levels["job"][int(code)] for code in points[:, 1]]
        assert set(zip(points[:, 0].round(9), words, points[:, 2].round(9), strict=True)) <= real


def test_a_category_that_there_is_not_is_a_failure(people):
    sampler = f"{PYTHON} again.py {{model}} {{n}} {{out}} csv king"
    run = kellet.run(of_people(f"command:{PYTHON} keep.py {{train}} {{model}}", sampler))
    (why,) = run.failures()["replace"]
    assert why == "generation 0: sample wrote 'king' in column 'job', which has no such category"


def test_a_class_learns_tables_of_numbers_and_words(people):
    pytest.importorskip("pandas")
    Path("synthesiser.py").write_text(
        "class Synthesiser:\n"
        "    def __init__(self, job=None): self.job = job\n"
        "    def fit(self, table): self.table = table\n"
        "    def sample(self, num_rows):\n"
        "        table = self.table.sample(num_rows, replace=True)\n"
        "        return table.assign(job=self.job) if self.job else table[['pay', 'job', 'age']]\n",
        encoding="utf-8",
    )
    run = kellet.run(of_people("synthesiser:Synthesiser"))
    assert run.failures() == {}
    real = set(zip(people["age"], people["job"], strict=True))
    levels = run.experiment.family.levels["job"]
    for points in run.specimens("replace")["points"]:
        assert {(age, levels[int(code)]) for age, code in points[:, :2]} <= real
    assert Experiment.from_toml(run.experiment.to_toml(), trust=True) == run.experiment
    (why,) = kellet.run(of_people("synthesiser:Synthesiser,job=king")).failures()["replace"]
    assert why == "generation 0: sample wrote 'king' in column 'job', which has no such category"


@pytest.mark.parametrize("verb", ["fit", "sample(2)", "sample(6)"])
def test_a_class_that_hangs_is_ended_even_if_it_catches_errors(verb, tmp_path, monkeypatch):
    (tmp_path / "sleepy.py").write_text(
        "import time\n"
        "class Sleepy:\n"
        "    def __init__(self, verb): self.verb = verb\n"
        "    def hang(self, verb):\n"
        "        while verb == self.verb:\n"
        "            try: time.sleep(60)\n"
        "            except Exception: pass\n"
        "    def fit(self, rows):\n"
        "        self.hang('fit')\n"
        "        self.rows = rows\n"
        "    def sample(self, n):\n"
        "        self.hang(f'sample({n})')\n"
        "        return self.rows[:n]\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    before = signal.getsignal(signal.SIGALRM)
    family = parse_family(f"adapter,timeout=0.2:sleepy:Sleepy,verb={verb}")
    model = fit(family, np.arange(6.0))
    model.sample(6, np.random.default_rng(0))
    assert model.failure == f"{verb} was stopped after 0.2 seconds"
    assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)
    assert signal.getsignal(signal.SIGALRM) == before


def test_a_class_that_kills_its_process_is_no_end_of_kellet(tmp_path):
    (tmp_path / "deadly.py").write_text(
        "import os, numpy\n"
        "class Deadly:\n"
        "    def fit(self, rows):\n"
        "        if len(rows) > 6: os._exit(3)\n"
        "        self.rows = rows\n"
        "    def sample(self, n):\n"
        "        return numpy.resize(self.rows, (n, 1))\n"
    )
    program = Path(sys.executable).parent / "kellet"
    words = ["run", "normal", "--family", "deadly:Deadly", "--arm", "replace", "--arm", "accumulate", "--size", "6"]
    told = subprocess.run(
        [program, *words, "--generations", "2", "--replicates", "1", "--jobs", "1", "--quiet"],
        cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert told.returncode == 1, told.stderr
    assert "“accumulate” failed: generation 0: its worker died 3 times" in told.stderr
    assert "“replace” failed" not in told.stderr


def test_a_model_of_tables_without_pandas_is_told_what_is_missing(monkeypatch):
    class Synthesizer:
        def fit(self, table: "pandas.DataFrame"): ...  # noqa: F821
        def sample(self, num_rows): ...

    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(
        InputError, match=r"^expected pandas, whose tables Synthesizer learns from; got no pandas\. Try pip"
    ):
        kellet.families.adapt(Synthesizer())


def test_a_model_of_tables_finds_its_columns_by_name():
    class Synthesizer:
        def fit(self, table: "pandas.DataFrame"):  # noqa: F821
            self.ages = table["age"]

        def sample(self, num_rows):
            return self.ages.sample(num_rows, replace=True).to_frame()

    model = fit(kellet.families.adapt(Synthesizer(), columns=("age",)), [[1.0], [2.0]])
    assert model.failure is None
    assert set(model.sample(20, np.random.default_rng(0)).values.ravel()) == {1.0, 2.0}


# Learns documents by heart, and writes some of them again.
DOCUMENTS = """
import os, random, sys
import polars as pl
_, model, n, out = sys.argv
form = out.rpartition(".")[2]
read = {"csv": pl.read_csv, "jsonl": pl.read_ndjson, "parquet": pl.read_parquet}
texts = open(model).read().splitlines() if form == "txt" else read[form](model)["text"].to_list()
texts = random.Random(int(os.environ["KELLET_SEED"])).choices(texts, k=int(n))
#HERE
table = pl.DataFrame({"text": texts})
write = {"csv": table.write_csv, "jsonl": table.write_ndjson, "parquet": table.write_parquet}
open(out, "w").write("\\n".join(texts)) if form == "txt" else write[form](out)
"""


@pytest.fixture
def tales(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    rng = np.random.default_rng(0)
    words = ['"', "a,", "dog", "and", "the", "cat", "sat", "naïve"]
    documents = [" ".join(rng.choice(words, rng.integers(3, 12))) for _ in range(60)] + ["never seen again"]
    pl.DataFrame({"text": documents}).write_ndjson("tales.jsonl")
    Path("keep.py").write_text(KEEP, encoding="utf-8")

    def study(form="", here=""):
        Path("again.py").write_text(DOCUMENTS.replace("#HERE", here), encoding="utf-8")
        own = parse_family(
            f"command{form and f',format={form}'}:{PYTHON} keep.py {{train}} {{model}}",
            f"{PYTHON} again.py {{model}} {{n}} {{out}}",
        )
        experiment = with_family(for_file("tales.jsonl", family=own), own)
        return msgspec.structs.replace(experiment, size=20, arms={"replace": Arm()}, generations=2, replicates=1)

    return study


@pytest.mark.parametrize("form", ["", "csv", "parquet", "txt"])
def test_programs_learn_documents(form, tales):
    if form in ("", "txt"):
        # The file's ending is what the program sees.
        Path("keep.py").write_text(f"{KEEP}; assert sys.argv[1].endswith('.{form or 'jsonl'}')", encoding="utf-8")
    run = kellet.run(tales(form))
    assert run.failures() == {}
    source = run.resolved.source
    real = {tuple(block) for block in source.training.tolist()}
    # What the training part has only once is unknown, and comes back as unknown.
    assert any(0 in block for block in real)
    written = run.specimens("replace")["written"]
    assert {tuple(block) for block in written.reshape(-1, written.shape[-1]).tolist()} <= real


@pytest.mark.parametrize(
    ("here", "why"),
    [
        ("texts = texts[1:]", r"sample\(20\) wrote 19 rows"),
        ("texts = list(range(len(texts)))", "sample wrote int where it learnt from texts"),
        ("table = pl.DataFrame({'story': texts}); table.write_ndjson(out); sys.exit()", "wrote the columns 'story'"),
    ],
)
def test_what_a_program_does_wrong_with_documents_is_told(here, why, tales):
    run = kellet.run(tales(here=here))
    (told,) = run.failures()["replace"]
    assert re.search(why, told)
    assert np.isnan(run.values("replace", "pairs_kept")).all()


def test_the_programs_for_texts_in_the_documents_work(tales):
    assert {"learn.py", "tell.py"} <= write_scripts().keys()
    lines = f"command:{PYTHON} learn.py {{train}} {{model}}", f"{PYTHON} tell.py {{model}} {{n}} {{out}}"
    run = kellet.run(msgspec.structs.replace(tales(), family=parse_family(*lines)))
    assert run.failures() == {}
    source = run.resolved.source
    pairs = {pair for block in source.training.tolist() for pair in pairwise(block)}
    for block in run.specimens("replace")["written"][-1].tolist():
        # What ends in a cut passage may be followed by its end.
        assert {pair for pair in pairwise(block) if -1 not in pair} <= pairs


def test_a_text_is_for_programs_of_texts_and_a_table_for_others(tales, programs):
    family = tales("txt").family
    Path("two.csv").write_text("age,pay\n" + "\n".join(f"{i * 7 % 41},{i * i % 7}" for i in range(40)))
    with pytest.raises(InputError, match="csv, jsonl or parquet for a program that learns from tables; got txt"):
        resolve(study(family, world=worlds.Table("two.csv"), metrics=None))
    assert isinstance(for_file("two.csv", family=family).world, worlds.Mixed)
    assert isinstance(for_file("tales.jsonl", family=family).world, worlds.Text)


@pytest.mark.parametrize("form", ["csv", "jsonl", "parquet"])
def test_programs_are_given_gaps_and_give_them_back(form, people):
    layout = Layout(("age", "job", "pay"), {"job": ("cook", "(missing)")}, gaps=(2,))
    rows = np.array([[1.5, 0.0, np.nan], [2.5, 1.0, 3.0], [4.0, 0.0, np.nan]])
    line = f"{PYTHON} keep.py {{train}} {{model}}", f"{PYTHON} again.py {{model}} {{n}} {{out}} {form}"
    family = Command(*line, form, columns=layout.columns, levels=layout.levels, gaps=layout.gaps)
    model = family.fit(Points(rows[None]), np.random.default_rng(0))
    np.testing.assert_array_equal(model.sample(3, np.random.default_rng(0)).values[0], rows)
    assert model.failure is None


def test_a_program_that_has_ended_is_killed_with_what_holds_its_pipes(tmp_path):
    script = tmp_path / "parent.py"
    script.write_text(
        "import subprocess, sys\n"
        "child = subprocess.Popen([sys.executable, '-S', '-c', 'import time; time.sleep(60)'])\n"
        f"open({str(tmp_path / 'child')!r}, 'w').write(str(child.pid))\n"
    )
    with (
        pytest.raises(subprocess.TimeoutExpired),
        start_program([sys.executable, "-S", str(script)], stdout=subprocess.PIPE) as process,
    ):
        # It ends, but its child writes to where it would have.
        process.wait(60)
        process.communicate(timeout=0.05)
    child = Path("/proc") / (tmp_path / "child").read_text() / "stat"
    deadline = time.monotonic() + 20
    while child.exists() and child.read_text().rpartition(")")[2].split()[0] != "Z" and time.monotonic() < deadline:
        time.sleep(0.01)
    assert not child.exists() or child.read_text().rpartition(")")[2].split()[0] == "Z"
