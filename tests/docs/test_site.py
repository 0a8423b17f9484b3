"""The site: every page is led to, every public name has an entry, no page asks for anything elsewhere."""

import ast
import doctest
import importlib.util
import re
import runpy
import subprocess
import sys
import threading
from fnmatch import fnmatch
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from importlib import import_module
from pathlib import Path

import pytest

import kellet

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
ENTRIES = {
    found
    for page in (DOCS / "reference" / "api").glob("*.rst")
    for found in re.findall(r"^\.\. auto(?:class|function|module):: (\S+)", page.read_text(encoding="utf-8"), re.M)
}
ELSEWHERE = re.compile(r"""<(?:img|script|iframe|link|source)\b[^>]*?\b(?:src|href)=["'](?:https?:)?//[^>]*""")


def led_to():
    """Patterns of pages that some toctree has."""
    for page in DOCS.rglob("*.md"):
        for block in re.findall(r"^```\{toctree\}\n(.*?)^```", page.read_text(encoding="utf-8"), re.M | re.S):
            for line in block.splitlines():
                if line and not line.startswith(":"):
                    yield (page.parent / line).relative_to(DOCS).as_posix()


def test_every_page_is_led_to():
    patterns = set(led_to())
    pages = [
        page for kind in ("md", "rst", "ipynb") for page in DOCS.rglob(f"*.{kind}") if ".ipynb_check" not in str(page)
    ]
    for page in pages:
        name = page.relative_to(DOCS).with_suffix("").as_posix()
        led = any(fnmatch(name, pattern) and name.count("/") == pattern.count("/") for pattern in patterns)
        assert led or name == "index", f"put docs/{name} into a toctree"


def test_every_name_in_a_toctree_is_a_page():
    for pattern in led_to():
        if "*" not in pattern:
            assert any((DOCS / f"{pattern}.{kind}").exists() for kind in ("md", "rst", "ipynb")), pattern


@pytest.mark.parametrize("name", sorted(set(kellet.__all__) - {"__version__"}))
def test_every_public_name_is_in_the_reference(name):
    thing = getattr(kellet, name)
    if name not in ("curation", *kellet.face.MODULES):
        assert f"kellet.{name}" in ENTRIES
    elif thing.__name__ not in ENTRIES:
        assert {f"kellet.{name}.{own}" for own in thing.__all__} <= ENTRIES


def test_every_part_of_theory_is_in_the_reference():
    import_module("kellet.theory")
    package = sys.modules["kellet.theory"]
    for name in package.__all__:
        assert f"kellet.theory.{name}" in ENTRIES


def test_what_builds_the_site_is_there():
    made = runpy.run_path(str(DOCS / "conf.py"))
    for extension in made["extensions"]:
        if extension.startswith("_site."):
            path = DOCS / f"{extension.replace('.', '/')}.py"
            assert ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))


def test_docstrings_are_told_apart():
    spec = importlib.util.spec_from_file_location("terms", DOCS / "_site" / "terms.py")
    terms = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(terms)
    assert doctest.testmod(terms).failed == 0
    assert terms.split_terms("Nothing: of the kind.", {"n"}) is None


def serve(folder):
    """A server of that folder on this machine alone."""

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


@pytest.mark.slow
def test_the_site_is_built_and_asks_for_nothing_elsewhere(opening, browser, tmp_path):
    pytest.importorskip("sphinx")
    site = tmp_path / "site"
    command = [
        sys.executable,
        "-m",
        "sphinx",
        "-W",
        "--keep-going",
        "-q",
        "-d",
        str(tmp_path / "d"),
        str(DOCS),
        str(site),
    ]
    built = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert built.returncode == 0, built.stderr[-5000:]
    for page in site.rglob("*.html"):
        assert not ELSEWHERE.search(page.read_text(encoding="utf-8")), page.relative_to(site)
    with opening(tmp_path) as open_page:
        for name in (
            "index",
            "metrics",
            "command-line",
            "reference/api/theory",
            "schemas/plan",
            "lab/index",
            "reports/run",
        ):
            shown = open_page(site / f"{name}.html", width=390, height=844)
            assert shown.evaluate("document.documentElement.scrollWidth") <= 390, name
        shown = open_page(site / "metrics.html")
        shown.evaluate("document.fonts.ready")
        drawn = "[...document.fonts].some(font => font.family.includes('STIX') && font.status == 'loaded')"
        assert shown.evaluate(drawn)
        boxes = "[...document.querySelectorAll('math')].map(one => one.getBoundingClientRect().height)"
        heights = shown.evaluate(boxes)
        assert len(heights) > 100
        assert min(heights) > 5
    server = serve(site)
    try:
        asked = []
        shown = browser.new_page()
        shown.on("request", lambda request: asked.append(request.url))
        here = f"http://127.0.0.1:{server.server_port}/"
        shown.goto(f"{here}search.html?q=anchor")
        shown.wait_for_selector("ul.search li a")
        assert shown.locator("ul.search li").count() > 3
        assert all(url.startswith(here) for url in asked)
        shown.close()
    finally:
        server.shutdown()
        server.server_close()
