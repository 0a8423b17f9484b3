"""The page of an audit: what stands on it, and that nothing of anybody's does anything to it."""

import importlib.util
import re
import shutil
import subprocess
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import msgspec
import pytest

from kellet.audit.figure import GAP, SIZES, draw
from kellet.audit.page import html
from kellet.characters import reveal
from kellet.page.claim import Origin

_spec = importlib.util.spec_from_file_location("audit_examples", Path(__file__).with_name("examples.py"))
examples = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(examples)
EXAMPLES = dict(examples.all_of_them())
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
ORIGIN = Origin("gen0.csv and gen1.csv", ("seed 0",), "2026-11-28", ("kellet", "audit", "gen0.csv", "gen1.csv"))
FIXED = ("class", "id", "style", "src", "href", "http-equiv", "content", "type", "d", "open", "hidden", "tabindex")
"""Attributes that hold nothing of anybody's."""
VOID = {"meta", "input", "br"}


class Skeleton(HTMLParser):
    """The elements of a page, and its text; every element that is opened is closed."""

    def __init__(self, page):
        super().__init__()
        self.elements, self.text, self.open = [], [], []
        self.feed(page)
        assert not self.open

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, *((name, value if name in FIXED else "") for name, value in attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag
        self.elements.append((f"/{tag}",))

    def handle_data(self, data):
        self.text.append(data)

    def handle_comment(self, data):
        self.elements.append(("comment",))


def words_of(page):
    return " ".join(" ".join(Skeleton(page).text).replace("\xa0", " ").split())


@pytest.mark.parametrize("name", EXAMPLES)
def test_a_page_is_whole_loads_nothing_and_is_small(name):
    page = html(EXAMPLES[name], ORIGIN)
    assert len(page.encode()) < 400_000
    assert page.count("<script>") == 1
    assert not re.search(r"src=|href=\"[^#]|url\(|@import|http://|https://", page)
    assert "nan" not in re.findall(r"[a-z]+", words_of(page).lower())


def test_the_first_screen_says_what_is_wrong():
    text = words_of(html(examples.audit(), ORIGIN))
    first = text[: text.index("Gates Passed only if")]
    for expected in (
        "21 % is left in gen3.csv; a fresh real sample of this size would keep 62 %", "✓ pass gen1.csv",
        "▼ lost gen3.csv 21 % of what is rare; real 62 %", "Holand-Netherlands age 0, due 11.7", "Without-pay",
        "Invented values: 0.9 %", "The most frequent: 42.5 (age), 43.5", "read as a number, in 16 bins",
    ):  # fmt: skip
        assert expected in first
    assert "Ecuador" not in first
    assert "kellet audit gen0.csv gen1.csv" in text


def test_a_copy_is_called_one():
    text = words_of(html(examples.audit((1.6,), gates=False)))
    assert "▲ copied gen1.csv" in text
    assert "Copied Of what the reference has 1 to 3 times, 99 %" in text


def test_columns_stand_in_the_order_of_loss():
    page = html(examples.audit())
    names = re.findall(r'data-row><summary><span class="name">(.*?)</span>.*?([0-9.]+) %</span></summary>', page)
    assert sorted(name for name, _ in names) == sorted(examples.COLUMNS)
    assert [float(left) for _, left in names] == sorted(float(left) for _, left in names)


def test_names_that_are_left_out_are_numbered_and_the_page_says_so():
    page = html(examples.audit(redacted=True))
    assert "Laos" not in page
    text = words_of(page)
    assert "no. 4 marital_status" in text
    assert "Names of values are left out, as was asked for" in text


def test_a_hundred_columns_keep_all_their_measures():
    page = html(EXAMPLES["hundred columns"])
    assert page.count('class="column" data-row') == 100
    assert page.count("<td>entropy</td>") == 100


def test_a_hundred_columns_of_many_measures_are_small_and_the_worst_have_theirs():
    """As a real table's have: some 25 measures of each column in each of three generations."""
    looks = []
    for look in EXAMPLES["hundred columns"].looks:
        more = [
            msgspec.structs.replace(one, measure=f"{one.measure} {i}")
            for one in look.findings for i in range(6) if one.about
        ]  # fmt: skip
        looks.append(msgspec.structs.replace(look, findings=(*look.findings, *more)))
    page = html(msgspec.structs.replace(EXAMPLES["hundred columns"], looks=tuple(looks)))
    assert len(page.encode()) < 400_000
    assert page.count('class="column" data-row') == 100
    assert 20 < page.count("<td>entropy</td>") < 40
    assert page.index("<td>entropy</td>") < page.index('<p class="column" data-row')


def test_what_does_not_fit_is_left_to_the_document():
    look = examples.look("gen1.csv", 0.5, examples.COLUMNS)
    many = msgspec.structs.replace(look, losses=look.losses * 100)
    page = html(msgspec.structs.replace(examples.audit((0.5,)), looks=(many,)))
    assert len(page.encode()) < 400_000
    assert "And 11,550 more, which the document has" in words_of(page)


@pytest.mark.parametrize("name", ["three generations", "twelve generations", "undecided", "text"])
def test_everything_of_the_figure_lies_inside_and_its_names_apart(name):
    for figure, size in zip(draw(EXAMPLES[name].looks), SIZES, strict=True):
        ys = sorted(line.y for line in figure.lines if not line.thin)
        assert all(b - a >= GAP - 1e-9 for a, b in pairwise(ys))
        for mark in (mark for line in figure.lines for mark in line.marks):
            assert size.left <= mark.x <= size.width - size.right
            assert size.top <= mark.y <= size.height - size.bottom


def test_the_rarest_is_on_the_right_and_what_is_lost_lies_lower():
    lines = {line.name: line for line in draw(examples.audit().looks)[0].lines}
    assert sorted(lines) == ["gen1", "gen2", "gen3", "real"]
    once = [lines[f"gen{i}"].marks[0] for i in (1, 2, 3)]
    assert [mark.y for mark in once] == sorted(mark.y for mark in once)
    assert once[0].x == max(mark.x for mark in lines["gen1"].marks)
    assert [mark.verdict for mark in once] == ["pass", "lost", "lost"]


def hostile_page(name):
    return html(examples.hostile_audit(name), Origin(name, (name,), name, ("kellet", name)))


def test_pages_have_the_same_elements_whatever_the_names():
    harmless = Skeleton(hostile_page("a")).elements
    for name in examples.hostile.HOSTILE[::8]:
        page = hostile_page(name)
        found = Skeleton(page)
        assert found.elements == harmless, name
        shown = page[: page.index("<script>")].replace("\u2068", "").replace("\u2069", "")
        assert reveal(shown, lines=True) == shown, name


def render(path, page):
    """What a browser makes of a page, when its scripts have run."""
    path.write_text(page, encoding="utf-8")
    options = ["--headless", "--no-sandbox", "--disable-gpu", "--virtual-time-budget=3000", "--dump-dom"]
    command = [CHROMIUM, *options, f"--user-data-dir={path.parent}", path.as_uri()]
    return subprocess.run(command, capture_output=True, check=True, timeout=120).stdout.decode()


@pytest.mark.slow
@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium here")
def test_a_browser_runs_the_search_and_nothing_of_hostile_names(tmp_path):
    everything = " ".join(examples.hostile.HOSTILE)
    seen, harmless = (
        render(tmp_path / "a.html", hostile_page(everything)),
        render(tmp_path / "a.html", hostile_page("a")),
    )
    assert 'data-pwned="' not in seen.split("<head>")[0]
    assert Skeleton(seen).elements == Skeleton(harmless).elements
    assert '<p class="search">' in seen
