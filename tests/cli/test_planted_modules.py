"""What lies beside data is data: no verb runs a module of that name, in whichever process."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

import kellet

PLANTED = """
import os
open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "ran-" + __name__), "w").close()
raise ImportError("planted")
"""
PYTHONS = {"importlib", "warnings", "contextlib", "collections", "keyword", "operator", "reprlib", "functools", "types"}
"""What Python itself imports for -m, before this package can do anything about it."""
PACKAGES = (
    "cython", "Cython", "charset_normalizer", "chardet", "torch", "transformers", "vllm", "zuko", "sklearn", "numpy",
    "scipy", "polars", "pandas", "pyarrow", "PIL", "click", "rich", "jinja2", "msgspec", "cloudpickle", "joblib",
    "threadpoolctl", "fsspec", "xarray", "dask", "distributed", "numba", "cupy", "jax", "matplotlib", "mlflow",
)  # fmt: skip
# The command as it is installed: what it is called is not in the current folder.
SCRIPT = "from kellet.cli.main import main\nif __name__ == '__main__':\n    main()\n"
BLOCKED = "import sys\nsys.modules['torch'] = None\n"
"""A class of an environment in which torch is missing."""
RUN = ("run", "data.csv", "--size", "10", "--generations", "2", "--replicates", "2", "--arm", "replace")


@pytest.fixture
def planted(tmp_path, monkeypatch):
    """A folder of data in which every module has a namesake; calls `kellet` there, and says which of them ran."""
    folder = tmp_path / "data"
    folder.mkdir()
    for name in {*sys.stdlib_module_names, *PACKAGES} - set(sys.builtin_module_names):
        (folder / f"{name}.py").write_text(PLANTED)
    rows = "\n".join(f"{i % 7}.{i},{i % 5}.{i}" for i in range(60))
    (folder / "data.csv").write_text(f"a,b\n{rows}\n")
    (tmp_path / "bin").mkdir()
    monkeypatch.setenv("PYTHONPATH", str(Path(kellet.__file__).parent.parent))

    def call(*arguments, module=False, before=""):
        (tmp_path / "bin" / "kellet").write_text(before + SCRIPT)
        if module:
            for name in PYTHONS:
                (folder / f"{name}.py").unlink(missing_ok=True)
        command = [sys.executable, *(["-m", "kellet"] if module else [tmp_path / "bin" / "kellet"]), *arguments]
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
        assert sorted(path.name for path in folder.glob("ran-*")) == []
        return done

    call.folder = folder
    return call


@pytest.mark.parametrize("module", [False, True])
def test_nothing_beside_the_data_is_run(planted, module):
    for arguments in (("--version",), ("data", "data.csv"), ("theory", "--plot", "x.svg")):
        done = planted(*arguments, module=module)
        assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.slow
@pytest.mark.parametrize("module", [False, True])
def test_nothing_beside_the_data_is_run_by_any_verb(planted, module):
    for verb in (
        (*RUN, "--jobs", "1", "--out", "one"), (*RUN, "--jobs", "2", "--out", "two"),
        ("run", "two", "--replicates", "3"), ("show", "two"), ("report", "two"), ("compare", "one", "two"),
        ("runs", "."), ("watch", "two", "--once"),
        (*RUN, "--grid", "size=10,12", "--jobs", "2", "--out", "four"), ("show", "four"),
        (*RUN, "--family", "mixture:components=2", "--jobs", "2", "--out", "three"),
    ):  # fmt: skip
        assert planted(*verb, module=module).returncode == 0
    done = planted("plan", "data.csv", "--size", "20", "--generations", "3", "--budget-minutes", "0.6", "--jobs", "2")
    assert done.returncode in (0, 3)


@pytest.mark.slow
def test_nor_by_processes_that_packages_start(planted):
    rows = "\n".join(f"{i % 7}.{i},{'yes' if i % 3 else 'no'}" for i in range(60))
    (planted.folder / "data.csv").write_text(f"a,b\n{rows}\n")
    family = "classification:BaggingClassifier,n_jobs=2,n_estimators=2"
    done = planted(*RUN, "--label", "b", "--family", family, "--jobs", "1")
    assert done.returncode == 0


@pytest.mark.slow
def test_where_a_package_is_missing_that_is_said(planted):
    done = planted(*RUN, "--family", "vae", before=BLOCKED)
    assert done.returncode == 2
    assert "no torch here" in done.stderr or "PyTorch" in done.stderr


@pytest.mark.slow
def test_a_class_that_is_named_is_found_there_with_its_neighbours_and_hides_nothing(planted):
    (planted.folder / "mine.py").write_text(
        "import neighbour, numpy as np\n"
        "class Thing:\n"
        "    def fit(self, X): self.X = X\n"
        "    def sample(self, n): return self.X[np.random.randint(len(self.X), size=n)]\n"
    )
    (planted.folder / "neighbour.py").write_text("")
    for jobs in ("1", "2"):
        done = planted(*RUN, "--family", "mine:Thing", "--jobs", jobs, "--out", f"run{jobs}")
        assert (done.returncode, "failed" in done.stdout) == (0, False)
    assert planted("run", "run2", "--replicates", "3", "--trust", "--jobs", "2").returncode == 0


def test_the_package_may_lie_in_the_current_folder():
    # As where somebody works on it: it must be found by worker processes, which start anew.
    home = Path(kellet.__file__).parent.parent
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    line = [sys.executable, "-m", "kellet", "--version"]
    assert subprocess.run(line, cwd=home, env=environment, check=False, capture_output=True).returncode == 0
