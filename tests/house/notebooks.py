"""The notebooks of docs/notebooks: run as a notebook runs them, with what each cell shows.

``python tests/house/notebooks.py [NAME ...]`` runs them all, or those, and writes into them what they show, the
links at their tops and the cell that installs Kellet, and the list in docs/notebooks/README.md.
"""

from __future__ import annotations

import ast
import contextlib
import io
import json
import os
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "docs" / "notebooks"
WORDS = {
    "first-loop": "twenty points, a hundred generations, and what one fresh real point does",
    "plan-for-a-table": "how many real rows each training set needs, for this table and this model",
    "audit-and-mix": "what a written data set lost of the real one, and the next training set",
    "language-model": "the same loop on a text, with a model that anybody can read, and with a transformer",
    "theory": "what is known without running anything, and where it agrees with simulation",
}
NAMES = tuple(WORDS)
SLUG = os.environ.get("KELLET_REPOSITORY", "https://github.com/OWNER/kellet").removeprefix("https://github.com/")
"""Where the repository is, whoever publishes says, as for a release."""
INSTALL = """\
# Installs Kellet where it is missing, as on Colab; does nothing where it is there.
import importlib.util
import pathlib
import subprocess
import sys

if importlib.util.find_spec("kellet") is None:
    here = pathlib.Path("../..")  # a checkout, where this notebook lies in one
    source = here.resolve() if (here / "src" / "kellet").is_dir() else "kellet"
    subprocess.run([sys.executable, "-m", "pip", "install", "--quiet", str(source)], check=True)"""
METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}


def link(name: str) -> str:
    """What opens a notebook in Colab, and in Binder."""
    path = f"docs/notebooks/{name}.ipynb"
    colab = f"https://colab.research.google.com/github/{SLUG}/blob/main/{path}"
    binder = f"https://mybinder.org/v2/gh/{SLUG}/main?labpath={path.replace('/', '%2F')}"
    return (
        f"[![Open in Colab](https://colab.research.google.com/assets/colab-badge.svg)]({colab}) "
        f"[![Open in Binder](https://mybinder.org/badge_logo.svg)]({binder})"
    )


def read(name: str) -> dict[str, Any]:
    """A notebook."""
    found: dict[str, Any] = json.loads((FOLDER / f"{name}.ipynb").read_text(encoding="utf-8"))
    return found


def code(notebook: dict[str, Any]) -> list[str]:
    """What its cells of code say."""
    return ["".join(cell["source"]) for cell in notebook["cells"] if cell["cell_type"] == "code"]


def execute(sources: list[str]) -> list[list[dict[str, Any]]]:
    """What each cell shows: what is printed, and the value of its last line, unless it is nothing or ends with ";"."""
    shown: list[dict[str, Any]] = []
    names: dict[str, Any] = {"__name__": "__main__", "display": lambda thing: shown.append(show(thing, "display_data"))}
    found = []
    for at, source in enumerate(sources):
        shown.clear()
        tree, printed, last = ast.parse(source), io.StringIO(), None
        if tree.body and isinstance(tree.body[-1], ast.Expr):
            last = ast.Expression(tree.body.pop().value)
        with contextlib.redirect_stdout(printed):
            exec(compile(tree, f"cell {at}", "exec"), names)
            value = eval(compile(last, f"cell {at}", "eval"), names) if last is not None else None
        if value is not None and not source.rstrip().endswith(";"):
            shown.append(show(value, "execute_result"))
        stream = {"name": "stdout", "output_type": "stream", "text": split(printed.getvalue())}
        found.append([*([stream] if printed.getvalue() else []), *shown])
    return found


def show(thing: object, kind: str) -> dict[str, Any]:
    """What a notebook keeps of something that is shown."""
    html = getattr(thing, "_repr_html_", lambda: None)()
    data = {"text/html": split(html)} if html else {"text/plain": split(repr(thing))}
    count = {"execution_count": None} if kind == "execute_result" else {}
    return {"data": data, **count, "metadata": {}, "output_type": kind}


def split(text: str) -> list[str]:
    """Lines, as notebooks keep text."""
    return text.splitlines(keepends=True)


def run(sources: list[str], folder: Path, without: str = "") -> list[list[dict[str, Any]]]:
    """Execute cells in a process of its own, in a folder; what breaks there breaks here.

    without: a package that is not to be found.
    """
    told = subprocess.run(
        [sys.executable, "-W", "error", __file__, "--execute", without],
        input=json.dumps(sources), cwd=folder, capture_output=True, text=True, encoding="utf-8", check=False,
        env={**os.environ, "PYTHONUTF8": "1"},
    )  # fmt: skip
    if told.returncode:
        raise RuntimeError(told.stderr)
    found: list[list[dict[str, Any]]] = json.loads(told.stdout)
    return found


def renew(name: str) -> dict[str, Any]:
    """A notebook with its links, its line that installs, and what it shows, anew."""
    notebook = read(name)
    cells = notebook["cells"]
    title, _, *words = "".join(cells[0]["source"]).split("\n\n")
    cells[0]["source"] = split("\n\n".join((title, link(name), *words)))
    first = next(cell for cell in cells if cell["cell_type"] == "code")
    first["source"] = split(INSTALL)
    with TemporaryDirectory() as folder:
        # As most readers see it.
        outputs = iter(run(code(notebook), Path(folder), without="torch"))
    for at, cell in enumerate(cells):
        cell["id"], cell["metadata"] = f"{name}-{at}", {}
        if cell["cell_type"] == "code":
            cell["execution_count"], cell["outputs"] = None, next(outputs)
    return {"cells": cells, "metadata": METADATA, "nbformat": 4, "nbformat_minor": 5}


def write(name: str, notebook: dict[str, Any]) -> None:
    """As notebooks are written."""
    text = json.dumps(notebook, indent=1, ensure_ascii=False, sort_keys=True) + "\n"
    (FOLDER / f"{name}.ipynb").write_text(text, encoding="utf-8")


PAGE = FOLDER / "README.md"


def list_all() -> str:
    """A line for each notebook, with its two links."""
    lines = []
    for name in NAMES:
        title = "".join(read(name)["cells"][0]["source"]).partition("\n")[0].removeprefix("# ")
        lines.append(f"* [{title}]({name}.ipynb): {WORDS[name]}\n  {link(name)}\n")
    return "\n".join(lines)


def write_page() -> None:
    """The list in docs/notebooks/README.md anew."""
    before, rest = PAGE.read_text(encoding="utf-8").split("<!-- notebooks -->\n")
    after = rest.split("<!-- end -->")[1]
    PAGE.write_text(f"{before}<!-- notebooks -->\n{list_all()}<!-- end -->{after}", encoding="utf-8")


if __name__ == "__main__":
    given = sys.argv[1:]
    if given[:1] == ["--execute"]:
        # Which says that it isn't there.
        sys.modules |= {given[1]: None} if given[1] else {}  # type: ignore[dict-item]
        print(json.dumps(execute(json.load(sys.stdin))))
    else:
        for one in given or NAMES:
            write(one, renew(one))
        write_page()
