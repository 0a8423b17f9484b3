"""The tests of language models with the oldest and the newest transformers that pyproject.toml allows: `make versions`.

Each is laid over the packages of the Python that runs this, which stay as they are.
"""

import subprocess
import sys
import sysconfig
import tempfile
import tomllib
import venv
from importlib.util import find_spec
from pathlib import Path

from packaging.requirements import Requirement

ROOT = Path(__file__).parents[1]
TESTS = (
    "tests/families/text/test_language.py", "tests/contracts/test_language.py", "tests/data/test_tokenizers.py",
    "tests/places/test_training.py",
)  # fmt: skip


def find_bounds() -> tuple[str, str]:
    """The requirement that only the oldest version meets, and that which any allowed one meets."""
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    (allowed,) = (need for need in map(Requirement, extras["language"]) if need.name == "transformers")
    (oldest,) = (bound.version for bound in allowed.specifier if bound.operator == ">=")
    return f"transformers=={oldest}", str(allowed)


def test_with(requirement: str, folder: Path) -> int:
    """The exit code of the tests with what pip finds for a requirement."""
    venv.create(folder, symlinks=True)
    python = folder / "bin" / "python"
    (over,) = folder.glob("lib/python*/site-packages")
    # So that what is installed in development there is here, too.
    (over / "under.pth").write_text(f"import site; site.addsitedir({sysconfig.get_path('purelib')!r})\n")
    pip = (python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--upgrade", requirement)
    subprocess.run(pip, check=True)
    told = "import transformers; print('transformers', transformers.__version__, flush=True)"
    subprocess.run((python, "-c", told), check=True)
    return subprocess.run((python, "-m", "pytest", "-n", "auto", *TESTS), cwd=ROOT, check=False).returncode


if __name__ == "__main__":
    if find_spec("torch") is None:
        sys.exit(print("No PyTorch here: the versions of transformers are not tried."))
    with tempfile.TemporaryDirectory() as name:
        codes = [test_with(requirement, Path(name) / str(i)) for i, requirement in enumerate(find_bounds())]
    sys.exit(max(codes))
