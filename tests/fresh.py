"""What a stranger gets: both archives built, checked, and installed in an environment that nothing else is in.

    python tests/fresh.py                      a minute; the archives are gone afterwards
    python tests/fresh.py --dist dist --version 0.1.0     keeps them there, if that is their version

Packages come from wherever pip gets them, in the versions of constraints.txt.
"""

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
import venv
from collections.abc import Iterable
from importlib.metadata import distribution
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
ENOUGH = "--size 100 --generations 2 --replicates 2 --arm replace --jobs 1 --quiet --out digits"
RELATIVE = re.compile(r"\]\((?!https?://|#)")


def call(program: Path, *words: object, inside: Path) -> str:
    """What a program prints; what it says when it fails ends this one."""
    # Nothing that lies about, no PYTHONPATH and no package of the person's own, is found instead.
    clean = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    clean["PYTHONUTF8"] = "1"
    # On Windows programs end in .exe.
    command = [shutil.which(program.name, path=program.parent) or str(program), *map(str, words)]
    told = subprocess.run(command, cwd=inside, env=clean, capture_output=True, encoding="utf-8", check=False)
    if told.returncode:
        sys.exit(f"{' '.join(command)}\n{told.stdout}{told.stderr}")
    return told.stdout


def make(folder: Path, *needs: object) -> Path:
    """A fresh environment with what is asked for; where its programs lie."""
    venv.create(folder, clear=True, with_pip=True)
    programs = folder / ("Scripts" if os.name == "nt" else "bin")
    install(programs, *needs)
    return programs


def install(programs: Path, *needs: object) -> None:
    quiet = ("--quiet", "--disable-pip-version-check", "-c", ROOT / "constraints.txt")
    call(programs / "python", "-m", "pip", "install", *quiet, *needs, inside=programs)


def try_out(programs: Path, version: str, inside: Path) -> None:
    """Use the command and the library that are installed there as somebody would who has nothing else."""
    told = call(programs / "kellet", "--version", inside=inside).strip()
    if told != f"kellet, version {version}":
        sys.exit(f"expected version {version}; got {told!r}")
    call(programs / "kellet", "theory", "--family", "gaussian", "--size", 100, "--anchor", "fresh:10", inside=inside)
    call(programs / "kellet", "run", "digits", *ENOUGH.split(), inside=inside)
    if "<html" not in (inside / "digits" / "report.html").read_text(encoding="utf-8"):
        sys.exit("kellet run digits made no page")
    call(programs / "python", "-I", __file__, "--look", inside=inside)


def look() -> Iterable[str]:
    """What is wrong with the Kellet that this very Python has."""
    import kellet

    there = Path(kellet.__file__).parent
    if not there.is_relative_to(sys.prefix):
        yield f"{there} is not what was installed in {sys.prefix}"
    if not (there / "py.typed").is_file():
        yield "py.typed is missing: type checkers won't look at the package"
    package = distribution("kellet")
    files = [Path(path) for path in package.files or ()]
    tops = {path.parts[0] for path in files}
    if astray := [top for top in tops if top not in ("kellet", "..") and not top.endswith(".dist-info")]:
        yield f"files outside the package: {astray}"
    if tests := [str(path) for path in files if "tests" in path.parts or path.name.startswith("test_")]:
        yield f"tests: {tests}"
    carried = " ".join(package.read_text(f"licenses/{path}") or "" for path in package.metadata.get_all("License-File"))
    for licence in ("Apache License", "The MIT License", "Creative Commons Attribution 4.0"):
        if licence not in carried:
            yield f"no text of a licence says {licence!r}"
    if RELATIVE.search(package.metadata.get_payload()):
        yield "README has links that lead nowhere on the index"


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--dist", type=Path, help="where the archives are kept")
    options.add_argument("--version", help="what the version must be; otherwise that of src/kellet/version.py")
    options.add_argument("--look", action="store_true", help=argparse.SUPPRESS)
    asked = options.parse_args()
    if asked.look:
        sys.exit("\n".join(look()) or None)
    said = re.search(r'__version__ = "(.+)"', (ROOT / "src/kellet/version.py").read_text(encoding="utf-8"))
    version = asked.version or (said[1] if said else "")
    with tempfile.TemporaryDirectory() as folder:
        room = Path(folder)
        dist = (asked.dist or room / "dist").resolve()
        tools = make(room / "tools", "build", "twine", "hatchling")
        # The wheel from the source archive, as whoever has no checkout builds it.
        call(tools / "python", "-m", "build", "--no-isolation", "--outdir", dist, ROOT, inside=room)
        archives = sorted(dist.glob(f"kellet-{version}[-.]*"), key=lambda path: path.suffix != ".whl")
        if [path.suffix for path in archives] != [".whl", ".gz"]:
            made = [path.name for path in dist.iterdir()]
            sys.exit(f"expected a wheel and a source archive of {version}; got {made}")
        print(call(tools / "python", "-m", "twine", "check", "--strict", *archives, inside=room), end="")
        programs = make(room / "fresh", archives[0])
        for made in archives:
            install(programs, "--force-reinstall", "--no-deps", made)
            inside = room / made.suffix
            inside.mkdir()
            try_out(programs, version, inside)
            print(f"{made.name} works where nothing else is installed.")


if __name__ == "__main__":
    main()
