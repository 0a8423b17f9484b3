"""The lab as a visitor has it: every control does something, the link is the state, bad input is one friendly line."""

import json
import re
import tomllib
from pathlib import Path

import pytest

from kellet.report.lab import lab
from kellet.report.lab.lab import VIEWS, html

ROOM = Path(lab.__file__).parent

SMALL = {"digits": "&components=2&generations=10"}
"""What takes long otherwise."""
SIZES = {"phone": (360, 800), "laptop": (1280, 800), "wall": (1920, 1080)}
VIEWED = """() => JSON.stringify([
  [...lab.charts].filter((one) => one.plot && one.plot.root.isConnected && one.plot.root.clientWidth)
    .map(({ data }) => [data.log, ...data.x, data.marker, data.lines.map((line) => [line.name, [...line.values]])]),
  document.querySelector("section.view:not([hidden]) .stage").innerText,
])"""
QUIET = """() => new Promise((resolve) => {
  let before = null;
  const look = () => {
    const now = JSON.stringify(lab.busy()) + document.querySelector("section.view:not([hidden]) .stage").textContent;
    if (!lab.busy() && now === before) resolve(true); else { before = now; setTimeout(look, 60); }
  };
  look();
})"""


def look(page):
    """All that is drawn and said in the view that is seen, once nothing is computed any more."""
    page.evaluate(QUIET)
    return page.evaluate(VIEWED)


def move(page, control):
    """Move a control as a person does, by keyboard or click; whether it could be moved."""
    kind = control.get_attribute("type")
    if kind == "range":
        control.focus()
        page.keyboard.press("ArrowLeft" if control.evaluate("one => +one.value >= +one.max") else "ArrowRight")
    elif kind == "radio":
        control.evaluate("one => one.click()")
    else:
        control.click()


def test_one_real_point_is_added_by_one_button(show):
    page = show("view=loop&size=20")
    middle = "() => lab.law(lab.state.settings.loop).middle.at(-1)"
    before = page.evaluate(middle)
    page.click("button.add")
    assert page.evaluate("() => lab.state.settings.loop.real") == 1
    assert page.evaluate(middle) > 5 * before
    page.evaluate(QUIET)
    assert "real=1" in page.evaluate("() => location.hash")


@pytest.mark.parametrize("view", VIEWS)
def test_every_control_changes_what_is_drawn_and_the_link_brings_it_back(show, view):
    page = show(f"view={view}{SMALL.get(view, '')}")
    shown = "lab.views[view].fields.filter((one) => !one.hidden && one.kind !== 'text')"
    names = page.evaluate(f"view => {shown}.map((one) => one.name)", view)
    seen = set()
    for name in names:
        for control in page.locator(f"section.view:not([hidden]) [data-field={name}]:visible").all():
            if control.get_attribute("type") == "radio" and control.is_checked():
                continue
            before, link = look(page), page.evaluate("() => lab.link()")
            move(page, control)
            assert page.evaluate("() => lab.link()") != link, name
            assert look(page) != before, name
            seen.add(name)
            break
    hidden = page.evaluate("view => lab.views[view].fields.filter((one) => one.when).map((one) => one.name)", view)
    assert set(names) - set(hidden) <= seen
    drawn, fragment = look(page), page.evaluate("() => location.hash.slice(1)")
    again = show(fragment)
    assert look(again) == drawn
    assert again.locator("#note").is_hidden()


def test_a_link_restores_what_was_set(show):
    link = "view=loop&family=poisson&size=1000000&real=3&source=fixed&generations=50&seed=7"
    page = show(link)
    assert page.evaluate("() => lab.link()") == link
    assert page.locator("#note").is_hidden()


@pytest.mark.parametrize(
    "fragment", ["view=loop&size=abc&real=-4", "view=<script>alert(1)</script>", "view=loop&toString=1&__proto__=2"]
)
def test_nonsense_in_a_link_is_one_friendly_line(show, fragment):
    page = show(fragment)
    assert page.locator("#note").is_visible()
    assert page.locator(".claim").first.text_content()


@pytest.mark.parametrize("fragment", ["%%", "x" * 9000, "view=loop&" + "size=1&" * 5000])
def test_any_link_opens_the_page(show, fragment):
    assert show(fragment).locator(".claim").first.text_content()


def test_a_number_out_of_range_is_said_and_brought_back(show):
    page = show("view=loop")
    field = page.locator(".exact").first
    for typed, value in (("1e15", 1e12), ("seven", 1e12), ("1,000", 1000)):
        field.fill(typed)
        field.press("Enter")
        assert page.evaluate("() => lab.state.settings.loop.size") == value
        assert page.locator("#note").is_visible() == (typed != "1,000")


@pytest.mark.parametrize(
    "missing", ["delete globalThis.Worker", "globalThis.Worker = class { constructor() { throw 1; } }"]
)
def test_without_workers_the_page_computes_itself(show, missing):
    assert look(show(script=missing)) == look(show())


def test_what_is_copied_is_what_kellet_reads(show):
    page = show("view=loop&size=30&real=2&prior=3&temperature=0.9&generations=40")
    copies = page.evaluate("() => lab.views.loop.copy(lab.state.settings.loop)")
    assert tomllib.loads(copies["toml"])["arms"]["mine"]["anchor"] == {"draw": "fresh", "count": 2}
    page.click("[data-copy=python]")
    assert page.locator(".copier pre").first.text_content() == copies["python"]


def test_the_keyboard_alone_plays_and_sets(show):
    page = show("view=loop&generations=30", reduced_motion="reduce")
    for _ in range(30):
        page.keyboard.press("Tab")
        if page.evaluate("() => document.activeElement.className") == "play":
            break
    page.keyboard.press("Enter")
    page.wait_for_function("() => lab.parts('loop').player.at >= 3")
    page.keyboard.press("Enter")
    assert not page.evaluate("() => lab.parts('loop').player.playing")
    page.keyboard.press("Tab")
    at = page.evaluate("() => lab.parts('loop').player.at")
    page.keyboard.press("Enter")
    assert page.evaluate("() => lab.parts('loop').player.at") == at + 1


def test_the_presenter_turns_its_pages_by_arrows(show):
    page = show()
    page.click("#present")
    slides = page.evaluate("() => Object.keys(lab.strings.present.slides)")
    titles = [page.locator("#slide-title").text_content()]
    playing = []
    for _ in slides[1:]:
        page.evaluate("() => document.activeElement.blur()")
        page.keyboard.press("ArrowRight")
        titles.append(page.locator("#slide-title").text_content())
        playing.append(page.evaluate("() => lab.parts(lab.state.view).player?.playing"))
    assert playing.count(True) == 11
    assert titles == [slide["title"] for slide in page.evaluate("() => Object.values(lab.strings.present.slides)")]
    page.keyboard.press("n")
    assert page.locator(".slide-notes").is_visible()
    page.keyboard.press("Escape")
    assert page.locator("#slide-title").is_hidden()


def leaves(words, path=""):
    """Where each word stands: "loop.title"."""
    for name, inner in words.items():
        where = f"{path}.{name}" if path else name
        yield from leaves(inner, where) if isinstance(inner, dict) else (where,)


def test_every_word_is_used():
    words = json.loads((ROOM / "strings" / "en.json").read_text(encoding="utf-8"))
    text = "".join(path.read_text(encoding="utf-8") for path in ROOM.rglob("*.js")) + (
        (ROOM / "templates" / "lab.html.j2").read_text(encoding="utf-8").replace("words.", '"')
    )
    used = {"page.title"} | set(re.findall(r"[\"`]([\w]+(?:\.[\w]+)+)", text))
    heads = tuple(re.findall(r"`((?:\w+\.)+)\$\{", text))
    # Of fields and views: `${view}.${field.name}` and the like.
    fields = set(re.findall(r'\bname: "(\w+)"', text)) | {"name", "title", "lede", "options"}
    used |= {key for key in leaves(words) if key.split(".")[0] in VIEWS and key.split(".")[1] in fields}
    assert not [key for key in leaves(words) if key not in used and not key.startswith(heads)]


QUICKLY = [("phone", "light"), ("laptop", "dark")]


@pytest.mark.parametrize(
    ("size", "scheme"),
    [
        pytest.param(size, scheme, marks=() if (size, scheme) in QUICKLY else pytest.mark.slow)
        for size in SIZES for scheme in ("light", "dark")
    ],
)  # fmt: skip
def test_a_page_for_everybody(show, violations, size, scheme):
    width, height = SIZES[size]
    link = f"view=digits{SMALL['digits']}"
    page = show(link, width=width, height=height, color_scheme=scheme, reduced_motion="reduce")
    for view in VIEWS:
        page.evaluate("view => lab.open(view)", view)
        if view == "words":
            # axe looks at each word of a text.
            page.evaluate("text => lab.set({ text })", "To be, or not to be, that is the question: whether to suffer")
        look(page)
        assert violations(page) == [], view
        assert page.evaluate("() => document.documentElement.scrollWidth") <= width, view


def test_the_file_is_small():
    assert len(html().encode()) < 400_000
