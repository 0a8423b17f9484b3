"""Charts in a browser: what a pointer or a key reads is what was measured, arms hide, and nothing needs a script."""

import re

import numpy as np
import pytest

import kellet
from kellet import Anchor, Arm, Prior
from kellet.page.axis import Axis
from kellet.page.chart import Chart, Level, Line
from kellet.page.colours import DARK
from kellet.page.html import fill, scripts
from kellet.report.page import html

EVIL = '<script>document.title="pwned"</script>'
NAMES = ("mine", "one fresh", EVIL, "constructor", "a long name " * 12, "שלום עולם")


@pytest.fixture(scope="module")
def run():
    arms = dict(zip(NAMES, (Arm(), Arm(anchor=Anchor(1)), Arm(prior=Prior(2)), *[Arm()] * 3), strict=True))
    world, family = kellet.worlds.Normal(), kellet.families.Gaussian()
    return kellet.run(world=world, family=family, size=20, arms=arms, generations=12, replicates=6)


@pytest.fixture(scope="module")
def page(run):
    return html(run)


def point(shown, chart, share):
    """Move the mouse over a chart, so far from its left."""
    chart.scroll_into_view_if_needed()
    axis = chart.locator("path").nth(1).bounding_box()
    shown.mouse.move(axis["x"] + share * axis["width"], axis["y"] - 40)
    return shown.locator(".tip")


def rows(shown):
    """What the tip says: name -> number."""
    return dict(shown.locator(".tip dl").evaluate(
        "list => [...list.querySelectorAll('dt')].map(term => [term.textContent, term.nextSibling.textContent])"
    ))  # fmt: skip


def leading(text):
    return float(re.match(r"[\d.,]+", text).group().replace(",", ""))


def test_hovering_every_chart_of_a_run_names_every_arm_and_the_generation(page, browse):
    shown = browse(page)
    for fold in shown.locator("details").all():
        fold.evaluate("fold => { fold.open = true; }")
    charts = shown.locator("svg.chart").all()
    assert len(charts) > 5
    for chart in charts:
        tip = point(shown, chart, 0.5)
        assert tip.is_visible()
        assert tip.locator("b").first.inner_text() == "generation 6"
        found = rows(shown)
        assert {name for name in NAMES if any(said.startswith(name) for said in found)} == set(
            chart.evaluate("c => [...c.querySelectorAll('g[data-name]')].map(g => g.dataset.name)")
        ) & set(NAMES) | {name for name in NAMES if f"{name}, simulated mean" in found}
        assert not any("undefined" in text or "NaN" in text for one in found.items() for text in one)
    assert shown.title() != "pwned"


def test_the_numbers_read_are_those_that_were_measured(run, page, browse):
    shown = browse(page)
    chart = shown.locator("svg.chart:has(g[data-name='mine'] .band)").first
    title = chart.get_attribute("aria-label").split(".")[0]
    metric = next(m for m in run.metrics if m.title.capitalize() == title)
    for t in (0, 3, 12):
        point(shown, chart, t / 12)
        median = np.median(run.values("mine", metric.name)[:, t]) * (100 if metric.share else 1)
        high = chart.evaluate("chart => JSON.parse(chart.dataset.axes)[1][1]") * (100 if metric.share else 1)
        assert leading(rows(shown)["mine"]) == pytest.approx(median, abs=high / 500)


CURVE = np.geomspace(1, 1000, 40)
CHARTS = {
    "logarithmic": Chart(
        "Falls", [Line("one", np.arange(11.0), 10.0 ** -np.arange(11.0), 0)], Axis("generation", 0, 10),
        Axis("variance", 1e-10, 1, logarithmic=True), [Level("real data", 1.0)],
    ),
    "dots": Chart(
        "Found",
        [Line("believed", CURVE, CURVE / 1000, 4),
         Line("tried", np.array([1.0, 1000]), np.array([0.1, 0.9]), 0, np.array([0.0, 0.8]), np.ones(2), dots=True)],
        Axis("rows", 1, 1000, logarithmic=True), Axis("kept", 0, 1, share=True),
        [Level("the answer", 30.0, 20.0, 40.0, upright=True, arm=4)], wide=True,
    ),
}  # fmt: skip


AXES = {
    "shares": Axis("kept", 1e-4, 1, logarithmic=True, share=True), "small": Axis("kept", 1e-9, 1, logarithmic=True),
    "below zero": Axis("logarithm", -10.0, 1.0), "large": Axis("points", 0, 3e7),
}  # fmt: skip


def around(*charts):
    """A page with nothing else."""
    answer = kellet.page.answer.Answer("Charts", (), dict, charts=charts)
    return fill("answer.html.j2", answer=answer, title="Charts", heading="h2", whole=True, scripts=scripts())


def test_arrow_keys_read_a_chart_and_escape_closes_it(browse):
    shown = browse(around(CHARTS["logarithmic"]))
    shown.keyboard.press("Tab")
    assert shown.locator(".tip b").first.inner_text() == "generation 10"
    for key, at, said in (
        ("ArrowLeft", 9, "10⁻⁹"),
        ("Home", 0, "1"),
        ("ArrowRight", 1, "0.1"),
        ("ArrowRight", 2, "0.01"),
    ):
        shown.keyboard.press(key)
        assert shown.locator(".tip b").first.inner_text() == f"generation {at}"
        assert rows(shown)["one"].removeprefix("1×") == said
    assert rows(shown)["real data"] == "1"
    shown.keyboard.press("Escape")
    assert not shown.locator(".tip").is_visible()


def test_dots_are_read_with_their_intervals_and_phones_have_another_shape(browse):
    for width, kind in ((1280, "on-screens"), (390, "on-phones")):
        shown = browse(around(CHARTS["dots"]), width=width)
        (chart,) = [one for one in shown.locator("svg.chart").all() if one.is_visible()]
        assert chart.evaluate("chart => chart.parentElement.className") == f"plot {kind}"
        point(shown, chart, 0.999)
        assert rows(shown) == {"believed": "100 %", "tried": "90 % 80 % to 100 %", "the answer": "30 (20 to 40)"}
        point(shown, chart, 0.5)
        assert "tried" not in rows(shown)


@pytest.mark.parametrize("name", AXES)
def test_numbers_on_axes_are_whole_on_phones_too(name, browse):
    line = Line("one " * 9, np.arange(11.0), np.full(11, AXES[name].high), 0)
    for width in (360, 390, 1280):
        shown = browse(around(Chart("Falls", [line], Axis("generation", 0, 10000), AXES[name])), width=width)
        over = shown.evaluate("""() => [...document.querySelectorAll("svg.chart text")].flatMap((text) => {
          const [own, all] = [text, text.ownerSVGElement].map((one) => one.getBoundingClientRect());
          return [own.left - all.left, all.right - own.right];
        })""")
        assert len(over) > 8 and min(over) > -0.5


def test_a_key_hides_an_arm_in_all_charts_and_shows_it_again(page, browse):
    shown = browse(page)
    button = shown.locator(".key").first.get_by_role("button", name="one fresh")
    lines = shown.locator("svg.chart g[data-arm='1'] .line")
    seen = sum(line.is_visible() for line in lines.all())
    assert seen > 1 and button.get_attribute("aria-pressed") == "true"
    button.press("Enter")
    assert {b.get_attribute("aria-pressed") for b in shown.locator(".key button[data-arm='1']").all()} == {"false"}
    assert not any(line.is_visible() for line in lines.all())
    point(shown, shown.locator("svg.chart").first, 0.5)
    assert "one fresh" not in rows(shown) and "mine" in rows(shown)
    button.click()
    assert sum(line.is_visible() for line in lines.all()) == seen


def test_without_script_curves_are_there_and_no_button_that_does_nothing(page, browse):
    shown = browse(page, java_script_enabled=False)
    assert shown.locator("svg.chart .line").first.is_visible()
    assert shown.locator(".key button").count() == 0
    assert shown.locator(".key span[data-arm]").count() >= len(NAMES)


def test_in_the_dark_no_chart_is_white_and_lines_are_light(page, browse):
    shown = browse(page, color_scheme="dark")
    fills = shown.evaluate(
        "[...document.querySelectorAll('svg *, svg')].map(e => getComputedStyle(e))"
        ".flatMap(style => [style.fill, style.backgroundColor])"
    )
    assert not {"rgb(255, 255, 255)", "#fff", "white"} & set(fills)
    drawn = shown.locator("svg.chart g[data-arm='0'] .line").first.evaluate("line => getComputedStyle(line).stroke")
    assert drawn == "rgb({}, {}, {})".format(*(int(DARK[0][i : i + 2], 16) for i in (1, 3, 5)))


def test_on_paper_folded_curves_are_printed_and_nothing_is_wider_than_the_page(page, browse):
    shown = browse(page, width=680, java_script_enabled=False)
    shown.emulate_media(media="print")
    assert all(line.is_visible() for line in shown.locator("svg.chart .line").all())
    right = "[...document.querySelectorAll('svg, img, table, pre')].map(e => e.getBoundingClientRect().right)"
    assert max(shown.evaluate(right)) <= 680
    assert shown.evaluate("getComputedStyle(document.querySelector('.curves')).display") == "block"


@pytest.mark.slow
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1280])
def test_a_page_is_for_people_who_do_not_see_it_too(page, browse, violations, width, scheme):
    shown = browse(page, width=width, color_scheme=scheme)
    for fold in shown.locator("details").all():
        fold.evaluate("fold => { fold.open = true; }")
    assert violations(shown) == []
    assert shown.evaluate("document.documentElement.scrollWidth") <= width


def test_dots_are_as_large_as_they_are_meant_to_be(browse):
    shown = browse(around(CHARTS["dots"]))
    width = shown.locator(".on-screens .spots").evaluate("dots => getComputedStyle(dots).strokeWidth")
    assert width == "80px"
