"""The how-tos do what they say: each shell block beside an output is run, and what it prints stands there."""

import math
import re
import shlex
import subprocess
from pathlib import Path

import pytest

import kellet
from kellet.cli import progress
from kellet.cli.main import main
from kellet.experiment.running import engines

ROOT = Path(kellet.__file__).parents[2]
PAGES = sorted((ROOT / "docs" / "howto").glob("*.md"))
GUIDE = ("start", "known", "glossary", "faq", "costs", "experiment-file")
TRIED = re.compile(r"^```sh\n((?:(?!```).*\n)+)```\n\n```out\n((?:(?!```).*\n)+)```", flags=re.MULTILINE)


def tried(page):
    """(lines, output) of each shell block of a page that shows what it prints."""
    return TRIED.findall(page.read_text(encoding="utf-8"))


def bare(text):
    """A text without the blanks at the ends of its lines, which nobody sees."""
    return "\n".join(line.rstrip() for line in text.splitlines())


def call(line):
    """Run one line of a block, and see that it ends with the exit code that it names."""
    words, wanted = shlex.split(line, comments=True), int((re.findall(r"# exit code (\d)", line) or [0])[0])
    if words[0] != "kellet":
        assert subprocess.run(line, shell=True, check=False).returncode == wanted, line
        return
    code = 0
    try:
        main(words[1:])
    except SystemExit as left:
        code = left.code or 0
    assert code == wanted, line


@pytest.mark.parametrize("page", [page for page in PAGES if tried(page)], ids=lambda page: page.stem)
def test_a_howto_prints_what_it_shows(page, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(progress, "BETWEEN", math.inf)
    monkeypatch.setattr(engines, "cores", lambda: 1)
    monkeypatch.setenv("COLUMNS", "80")
    Path("tests").symlink_to(ROOT / "tests", target_is_directory=True)
    for lines, shown in tried(page):
        for line in lines.splitlines():
            call(line)
        printed, at = bare(capsys.readouterr().out), 0
        # Three dots alone in a line stand for what is left out.
        for part in re.split(r"^\.\.\.$", bare(shown), flags=re.MULTILINE):
            found = printed.find(part.strip(), at)
            assert found >= 0, f"{page.name} shows\n{part}\nwhere is printed\n{printed[at:]}"
            at = found + len(part.strip())


def test_every_howto_leads_on_and_is_led_to():
    start = (ROOT / "docs" / "start.md").read_text(encoding="utf-8")
    for page in PAGES:
        assert f"(howto/{page.name})" in start, f"docs/start.md doesn't lead to {page.name}"


def find_places(page):
    """The addresses of a page's headings, as GitHub and MyST make them."""
    headings = re.findall(r"^#+ (.*)$", page.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_links_of_the_guide_lead_somewhere():
    guide = [ROOT / "docs" / f"{name}.md" for name in GUIDE]
    for page in [*PAGES, *guide]:
        for target, place in re.findall(
            r"\]\((?!https?:)([^)#\s]*)(?:#([^)\s]+))?\)", page.read_text(encoding="utf-8")
        ):
            there = page.parent / target if target else page
            assert there.exists(), f"{page.name} leads to {target}, where nothing is"
            assert not place or place in find_places(there), f"{page.name}: {there.name} has no heading {place}"
