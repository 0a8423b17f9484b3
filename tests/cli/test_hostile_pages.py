"""Pages full of hostile strings have the elements of pages full of harmless ones, and nothing of them runs."""

import importlib.util
import shutil
import subprocess
from html.parser import HTMLParser
from pathlib import Path

import pytest

from kellet.characters import reveal
from kellet.page.html import embed, fill, policy

_spec = importlib.util.spec_from_file_location("hostile", Path(__file__).with_name("hostile.py"))
hostile = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(hostile)
FEW = hostile.HOSTILE[::8]
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
FIXED = ("class", "id", "style", "src", "href", "http-equiv", "content", "type")
"""Attributes that hold nothing of anybody's."""


class Skeleton(HTMLParser):
    """The elements of a page, with the names of their attributes, and all its text."""

    def __init__(self, page: str):
        super().__init__()
        self.elements: list[tuple[object, ...]] = []
        self.text: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, *((name, value if name in FIXED else "") for name, value in attrs)))

    def handle_endtag(self, tag):
        self.elements.append((f"/{tag}",))

    def handle_data(self, data):
        self.text.append(data)

    def handle_comment(self, data):
        self.elements.append(("comment",))


def assert_alike(kind: str, page: str, other: str) -> None:
    mine, theirs = Skeleton(page).elements, Skeleton(other).elements
    # Other words are lost, and of long ones fewer stand in a strip: lists are longer or shorter.
    if kind in ("texts", "labels"):
        kinds, known = ({(tag, *(name for name, _ in rest)) for tag, *rest in one} for one in (mine, theirs))
        assert kinds <= known | {("i", "class"), ("/i",)}
    else:
        assert mine == theirs, kind


@pytest.fixture(scope="module")
def few(tmp_path_factory):
    folder = tmp_path_factory.mktemp("hostile")
    pages = hostile.pages(FEW, folder / "a"), hostile.pages(FEW, folder / "b", harmless=True)
    return {kind: (page, other) for (kind, page), (_, other) in zip(*pages, strict=True)}


def test_there_are_two_hundred_of_them():
    assert len(hostile.HOSTILE) >= 200


def test_pages_have_the_same_elements_whatever_the_strings(few):
    for kind, (page, other) in few.items():
        assert_alike(kind, page, other)


def test_nothing_unseen_is_on_any_page(few):
    for kind, (page, _) in few.items():
        without = page.replace("\u2068", "").replace("\u2069", "")
        script = without.find("<script>")
        shown = without if script < 0 else without[:script]
        assert reveal(shown, lines=True) == shown, kind
        assert not any("\ud800" <= sign <= "\udfff" for sign in page)


def test_names_stand_on_pages_as_they_are(few):
    text = " ".join("".join(Skeleton(few["an answer"][0]).text).replace("\u2068", "").replace("\u2069", "").split())
    for name in FEW:
        assert " ".join(reveal(name, lines=True).split()) in text


def test_a_name_from_right_to_left_leaves_what_follows_in_its_place():
    answer = hostile.answer(("שלום עולם (51 %)",) * 9)
    assert "<p>\u2068שלום עולם\u2069 (51 %)</p>" in answer.html()


def test_what_is_embedded_never_ends_its_script():
    for name in hostile.HOSTILE:
        assert not set(embed([name])) & set("<>&\u2028\u2029\u202e\x9b")


def render(path: Path, page: str) -> str:
    """What a browser makes of a page, when its scripts have run."""
    path.write_text(page, encoding="utf-8")
    options = ["--headless", "--no-sandbox", "--disable-gpu", "--virtual-time-budget=9000", "--dump-dom"]
    command = [CHROMIUM, *options, f"--user-data-dir={path.parent}", path.as_uri()]
    return subprocess.run(command, capture_output=True, check=True, timeout=120).stdout.decode()


@pytest.mark.slow
@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium here")
def test_a_browser_runs_nothing_of_two_hundred_hostile_strings_and_sees_the_same_elements(tmp_path):
    pages = hostile.pages(hostile.HOSTILE, tmp_path / "a")
    others = hostile.pages(hostile.HOSTILE, tmp_path / "b", harmless=True)
    for (kind, page), (_, other) in zip(pages, others, strict=True):
        seen, harmless = render(tmp_path / "page.html", page), render(tmp_path / "page.html", other)
        assert 'data-pwned="' not in seen.split("<head>")[0], kind
        assert_alike(kind, seen, harmless)
        if "<script>" in page and 'data-axes="' in page:
            assert '<div class="tip"' in seen, kind


@pytest.mark.slow
@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium here")
@pytest.mark.parametrize("attack", ["<script>{}</script>", "<img src=x onerror={}>", "<svg onload={}></svg>"])
def test_the_policy_stops_what_would_get_through(tmp_path, attack):
    whole = fill("answer.html.j2", answer=hostile.answer(("a",) * 9), title="x", heading="h2")
    open_door = whole.replace("<main>", f"<main>{attack.format(hostile.RUN)}")
    no_policy = open_door.replace(policy().replace("'", "&#39;"), "")
    assert no_policy != open_door
    assert 'data-pwned="1"' in render(tmp_path / "page.html", no_policy)
    assert 'data-pwned="1"' not in render(tmp_path / "page.html", open_door)
