"""Pages of answers in a browser: what is seen first, that nothing is cut off, and that everybody can read them."""

import importlib.util
from pathlib import Path

import pytest

import kellet
from kellet import Anchor, Arm, families, worlds
from kellet.audit.page import html as show_audit
from kellet.forecast.forecast import expect
from kellet.page.answer import Answer
from kellet.page.claim import Origin
from kellet.page.html import fill
from kellet.report.sweeping import answer as show_sweep

ORIGIN = Origin("a-file-with-a-rather-long-name.csv (age, income)", ("seed 7",), "2026-11-28", ("kellet", "x" * 200))
ARMS = {
    "replace": Arm(), "one fresh real point": Arm(anchor=Anchor(1)), "fixed": Arm(anchor=Anchor(4, draw="fixed")),
}  # fmt: skip
SETTINGS = {"world": worlds.Normal(), "size": 40, "generations": 5, "replicates": 20}
WIDTHS = (320, 390, 768, 1280)


def load(name):
    spec = importlib.util.spec_from_file_location(f"{name}_examples", Path(__file__).parents[1] / name / "examples.py")
    found = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(found)
    return found


def make(kind):
    family = families.Gaussian()
    if kind == "sweep":
        grid = {"size": (10, 40), "anchor.count": (1, 4, 9)}
        return show_sweep(kellet.sweep(**SETTINGS, family=family, arms=ARMS, grid=grid)).html()
    if kind == "compare":
        runs = {name: kellet.run(**SETTINGS, family=families.Gaussian(name), arms=ARMS) for name in ("mle", "unbiased")}
        return kellet.compare(runs).answer().html()
    if kind in ("plan", "plans"):
        size = (100, 400) if kind == "plans" else 100
        return (
            kellet.plan(**SETTINGS | {"size": size, "generations": 40}, family=family, keep={"variance": 0.5}, budget=8)
            .answer()
            .html()
        )
    if kind == "audit":
        return show_audit(load("audit").audit(), ORIGIN)
    if kind == "theory":
        found = expect(family, size=1000, anchor=Anchor(1))
        return found.answer(command=("kellet", "theory")).html()
    return load("estimate").make().answer().html()


@pytest.fixture(scope="module", params=["sweep", "compare", "plan", "plans", "audit", "estimate", "theory"])
def page(request):
    return make(request.param)


SEEN = """() => [...document.querySelectorAll("main svg")].map((one) => one.getBoundingClientRect())
  .filter((box) => box.width > 150).map((box) => [box.top, box.bottom])[0]"""
CUT = """() => [...document.querySelectorAll("body *")].filter((one) =>
  one.getBoundingClientRect().right > innerWidth + 1 && !one.closest(".wide, pre, .tip"))
  .map((one) => one.outerHTML.slice(0, 80))"""
OUTSIDE = """() => [...document.querySelectorAll(".wide svg text")].filter((one) => {
  const box = one.getBoundingClientRect(), room = one.closest(".wide").getBoundingClientRect();
  return box.width && (box.left < room.left - 0.5 || box.right > room.right + 0.5);
}).map((one) => one.textContent)"""
CONTRAST = """() => [...document.querySelectorAll("s")].map((one) => {
  const read = (text) => text.match(/[\\d.]+/g).map(Number);
  const light = (text) => read(text).slice(0, 3).map((v) => v / 255)
    .map((v) => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  let behind = one;
  while (getComputedStyle(behind).backgroundColor === "rgba(0, 0, 0, 0)") behind = behind.parentElement;
  for (let at = one; at; at = at.parentElement) if (getComputedStyle(at).opacity !== "1") return 0;
  const [a, b] = [getComputedStyle(one).color, getComputedStyle(behind).backgroundColor].map(light);
  return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
})"""
LETTERS = """() => Math.min(...[...document.querySelectorAll("main svg text")].map((one) => one.getBoundingClientRect())
  .filter((box) => box.width).map((box) => box.height))"""


def test_the_claim_and_a_picture_stand_on_the_first_screen(page, browse):
    for width, height, most in ((1280, 800, 800), (390, 844, 2 * 844)):
        shown = browse(page, width, height)
        top, bottom = shown.evaluate(SEEN)
        claim = shown.locator(".claim").bounding_box()
        assert 0 < claim["y"] < claim["y"] + claim["height"] <= top
        assert bottom <= most


def test_nothing_is_cut_off_and_numbers_on_axes_can_be_read(page, browse):
    for width in WIDTHS:
        shown = browse(page, width)
        assert shown.evaluate("document.documentElement.scrollWidth") <= width
        assert shown.evaluate(CUT) == [] and shown.evaluate(OUTSIDE) == []
        if width == 390:
            assert shown.evaluate(LETTERS) > 9.9


def test_those_who_do_not_see_it_can_use_it(page, browse, violations):
    for width, scheme in ((360, "light"), (1280, "light"), (1280, "dark")):
        assert violations(browse(page, width, color_scheme=scheme)) == []


def test_a_page_is_small(page):
    assert len(page.encode()) < 250_000


def test_what_is_struck_out_can_be_read(browse):
    struck = '<p class="tally"><s>7</s></p><p class="passage">A <s>word</s></p><p class="small"><s>3</s></p>'
    page = fill("answer.html.j2", answer=Answer("Words", (), dict), title="Words", heading="h2")
    for scheme in ("light", "dark"):
        shown = browse(page.replace("<main>", f"<main>{struck}"), color_scheme=scheme)
        found = shown.evaluate(CONTRAST)
        assert len(found) == 3 and min(found) >= 4.5
