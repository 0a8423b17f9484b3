"""The notebooks run, show what they showed, and can be opened from their links."""

import importlib
import json
import re
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
try:
    notebooks = importlib.import_module("notebooks")
finally:
    sys.path.pop(0)

LARGEST = 100_000
"""Bytes of a notebook with all that it shows."""


def kinds(outputs):
    """What each cell shows, without its numbers."""
    return [[(one["output_type"], *one.get("data", {})) for one in cell] for cell in outputs]


def stored(name):
    return [cell["outputs"] for cell in notebooks.read(name)["cells"] if cell["cell_type"] == "code"]


@pytest.mark.parametrize("name", notebooks.NAMES)
def test_a_notebook_runs_and_shows_what_is_stored_in_it(name, tmp_path):
    found = notebooks.run(notebooks.code(notebooks.read(name)), tmp_path, without="torch")
    assert kinds(found) == kinds(stored(name))


@pytest.mark.slow
def test_the_last_part_of_the_language_notebook_runs_with_a_transformer(tmp_path):
    pytest.importorskip("transformers")
    found = notebooks.run(notebooks.code(notebooks.read("language-model")), tmp_path)
    assert "perplexity" in "".join(found[-1][0]["text"])


@pytest.mark.parametrize("name", notebooks.NAMES)
def test_a_notebook_is_clean_and_small_and_its_links_and_first_cell_are_those_of_this_repository(name):
    path = notebooks.FOLDER / f"{name}.ipynb"
    text, notebook = path.read_text(encoding="utf-8"), notebooks.read(name)
    assert len(text.encode()) < LARGEST
    assert (notebook["nbformat"], notebook["metadata"]) == (4, notebooks.METADATA)
    cells = notebook["cells"]
    assert len({cell["id"] for cell in cells}) == len(cells)
    assert all(cell["metadata"] == {} and cell.get("execution_count") is None for cell in cells)
    assert notebooks.link(name) in "".join(cells[0]["source"])
    assert notebooks.code(notebook)[0] == notebooks.INSTALL
    assert "<script" not in text
    assert any("text/html" in json.dumps(outputs) for outputs in stored(name))


def test_every_notebook_is_listed_and_links_between_pages_lead_somewhere():
    assert {path.stem for path in notebooks.FOLDER.glob("*.ipynb")} == set(notebooks.NAMES)
    page = notebooks.PAGE.read_text(encoding="utf-8")
    assert notebooks.list_all() in page
    for name in notebooks.NAMES:
        words = "\n".join("".join(c["source"]) for c in notebooks.read(name)["cells"] if c["cell_type"] == "markdown")
        for target in re.findall(r"\]\(((?!https?:)[^)]+)\)", words):
            assert (notebooks.FOLDER / target).exists(), f"{name}: {target}"


def test_cells_show_what_is_printed_and_their_last_value():
    cells = ["x = 1\nprint(x)\nx", "x;", "None", "display(x)\nx + 1", "def f():\n    return 2"]
    shown = notebooks.execute(cells)
    assert kinds(shown) == [
        [("stream",), ("execute_result", "text/plain")], [], [],
        [("display_data", "text/plain"), ("execute_result", "text/plain")], [],
    ]  # fmt: skip
    with pytest.raises(RuntimeError, match="ZeroDivisionError"):
        notebooks.run(["1 / 0"], Path.cwd())


@pytest.mark.parametrize("name", ["first-loop"])
def test_ipython_shows_the_same(name, tmp_path, monkeypatch):
    interactive = pytest.importorskip("IPython.core.interactiveshell")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sys.displayhook", sys.displayhook)
        shell = interactive.InteractiveShell()
        for cell, outputs in zip(notebooks.code(notebooks.read(name)), stored(name), strict=True):
            result = shell.run_cell(cell, silent=False)
            result.raise_error()
            last = [one for one in outputs if one["output_type"] == "execute_result"]
            data = {} if result.result is None else shell.display_formatter.format(result.result)[0]
            assert bool(last) == bool(data)
            assert all(set(one["data"]) <= set(data) for one in last)
        shell.history_manager.end_session()
