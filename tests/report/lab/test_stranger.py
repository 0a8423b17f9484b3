"""The lab held to what it says: keys under the pointer, copied commands, files and links that make no sense."""

import json
import re
import shlex
import tomllib

import numpy as np
import pytest

import kellet
from kellet.cli.main import main

FAMILIES = "normal", "bernoulli", "poisson", "exponential", "categories"
SETTLED = """() => new Promise((done) => {
  const look = () => (lab.busy() ? setTimeout(look, 30) : done(true));
  look(); })"""
CHARTS = """() => [...lab.charts].filter((one) => one.plot?.root.clientWidth).map((one) => {
  const { left, top, width, height } = one.plot.over.getBoundingClientRect(), { min, max } = one.plot.scales.x;
  return { left: left + scrollX, top: top + scrollY, width, height, min, max, x: Array.from(one.data.x),
    lines: one.data.lines.filter((line) => line.name).map((line) => [line.name, Array.from(line.values)]),
    log: one.plot.scales.x.distr === 3 }; }).sort((one, other) => one.top - other.top || one.left - other.left)"""
LAW = """() => { const now = lab.state.settings.loop, temperature = now.family === "poisson" ? 1 : now.temperature;
  const { kind, middle } = lab.law({ ...now, temperature });
  return [kind.band, middle !== null]; }"""
LAST = """() => { const job = lab.jobs.loop({ ...lab.state.settings.loop, replicates: 500, tracks: 500 });
  let step = job.next();
  while (!step.done) step = job.next();
  return step.value.tracks.map((one) => one.at(-1)); }"""
KEYS = """() => [...document.querySelectorAll("section.view:not([hidden]) .chart-key")]
  .filter((one) => one.getClientRects().length).map((one) => [...one.children].map((part) => part.textContent))"""


def number(said):
    """The number that is said: 49 %, 1,000, 10¹², 1.3 × 10⁻⁴."""
    raised = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-")
    front, power, percent = re.match(r"(?:(-?[\d.,]+)(?: × |(?= %)|$| ))?(?:10([⁰¹²³⁴⁵⁶⁷⁸⁹⁻]+))?( %)?", said).groups()
    value = float((front or "1").replace(",", "")) * 10.0 ** int((power or "⁰").translate(raised))
    return value / 100 if percent or " %" in said else value


@pytest.mark.parametrize(
    "link", ["view=loop&real=1", "view=loop&family=categories", "view=words", "view=web", "view=plan",
             "view=digits&components=2&generations=10"],
)  # fmt: skip
def test_a_key_tells_what_is_under_the_pointer(show, link):
    page = show(link, height=1600)
    page.evaluate(SETTLED)
    charts = page.evaluate(CHARTS)
    assert charts
    for place, chart in enumerate(charts):
        page.mouse.move(chart["left"] + 0.4 * chart["width"], chart["top"] + chart["height"] / 2)
        low, high = np.log10([chart["min"], chart["max"]]) if chart["log"] else (chart["min"], chart["max"])
        x = np.log10(chart["x"]) if chart["log"] else np.array(chart["x"])
        at = int(np.abs(x - (low + 0.4 * (high - low))).argmin())
        key = page.evaluate(KEYS)[place]
        assert number(key[0].rsplit(" ", 1)[1]) == pytest.approx(chart["x"][at], rel=0.06)
        assert len(key) == 1 + len(chart["lines"])
        for told, (name, values) in zip(key[1:], chart["lines"], strict=True):
            assert told.startswith(f"{name}: ")
            said = told.removeprefix(f"{name}: ").split(" (")[0]
            if values[at] is None:
                assert said == "–"
            elif said.startswith("under"):
                assert values[at] < 0.001
            else:
                assert number(said) == pytest.approx(values[at], rel=0.06, abs=0.006)


@pytest.mark.parametrize("family", ["normal", "bernoulli", "exponential"])
def test_the_copied_command_says_what_the_page_draws(show, capsys, family):
    page = show(f"view=loop&family={family}&size=20&real=3&source=fixed&generations=30")
    page.evaluate(SETTLED)
    command = shlex.split(page.locator(".copier pre").first.text_content().splitlines()[0])
    assert command[:2] == ["kellet", "theory"]
    main([*command[1:], "--json"])
    rows = {row["quantity"]: row["value"] for row in json.loads(capsys.readouterr().out)["rows"]}
    expected = page.evaluate("() => lab.law(lab.state.settings.loop).expected.at(-1)")
    assert expected == pytest.approx(rows["variance_kept_then"], rel=1e-9)
    drawn = {line[0]: line[1][-1] for line in page.evaluate(CHARTS)[0]["lines"]}
    if "expected value" in drawn:
        assert drawn["expected value"] == pytest.approx(expected)


@pytest.mark.parametrize("family", FAMILIES)
def test_what_is_copied_of_a_loop_is_one_experiment(show, tmp_path, family):
    settings = {"family": family, "size": 40, "real": 2, "generations": 10, "seed": 5}
    copies = show().evaluate("now => lab.views.loop.copy({ ...lab.usual('loop'), ...now })", settings)
    (tmp_path / "experiment.toml").write_text(copies["toml"], encoding="utf-8")
    filed = kellet.Experiment.read(tmp_path / "experiment.toml")
    written = {}
    exec(copies["python"].split("run = ")[0], written)
    assert filed.arms == {"mine": written["mine"]}
    assert (filed.size, filed.generations, filed.replicates, filed.seed) == (40, 10, 500, 5)
    assert tomllib.loads(copies["toml"])["world"]["kind"] in {*FAMILIES, "zipf"}


@pytest.mark.slow
@pytest.mark.parametrize("more", ["", "&real=2", "&regime=accumulate"])
@pytest.mark.parametrize("family", FAMILIES)
def test_the_copied_run_has_the_band_of_the_page(show, tmp_path, capsys, family, more):
    page = show(f"view=loop&family={family}&size=40&generations=20{more}")
    page.evaluate(SETTLED)
    copies = page.evaluate("() => lab.views.loop.copy(lab.state.settings.loop)")
    (tmp_path / "experiment.toml").write_text(copies["toml"], encoding="utf-8")
    ran = {}
    exec(copies["python"], ran)
    filed = kellet.run(kellet.Experiment.read(tmp_path / "experiment.toml"))
    name = "surviving_types" if family == "categories" else "variance_ratio"
    values = ran["run"].data[name].isel(generation=-1).values.ravel()
    assert np.array_equal(values, filed.data[name].isel(generation=-1).values.ravel())
    shown = page.evaluate(LAST)
    unit = 1 / 12 if family == "categories" else 1
    # Of 500 loops each a share of 0.5 has a Monte Carlo error of 0.032 in the difference: six of them.
    for middle in np.quantile(values / unit, [0.25, 0.5, 0.75]):
        one, other = ((np.asarray(sample) <= middle + 1e-9).mean() for sample in (values / unit, shown))
        assert abs(one - other) < 0.19


@pytest.mark.parametrize("family", FAMILIES)
def test_what_is_said_without_a_law_is_true(show, family):
    page = show()
    for size, temperature, regime in ((2, 1, "replace"), (20, 1.4, "replace"), (20, 0.7, "accumulate")):
        knobs = {"family": family, "size": size, "real": 1, "source": "fixed", "temperature": temperature}
        page.evaluate("now => lab.show('loop', now)", {**knobs, "regime": regime, "generations": 20})
        for _ in range(2):
            band, typical = page.evaluate(LAW)
            words = page.locator(".view-loop .stage").inner_text()
            assert "undefined" not in words and "NaN" not in words and "null" not in words
            assert ("law (" in words) == typical
            if typical:
                assert f"law ({band})" in words
            page.evaluate(SETTLED)


HOSTILE = {
    "no clipboard": "Object.defineProperty(navigator, 'clipboard', { value: undefined })",
    "no storage": "for (const name of ['localStorage', 'sessionStorage', 'indexedDB'])"
    " Object.defineProperty(globalThis, name, { get() { throw new DOMException('denied', 'SecurityError'); } })",
    "no history": "history.replaceState = history.pushState = () => { throw new DOMException('denied'); }",
}


@pytest.mark.parametrize("missing", HOSTILE)
def test_a_page_that_may_little_still_works(show, missing):
    page = show()
    page.add_init_script(HOSTILE[missing])
    page.reload()
    page.wait_for_selector("html[data-ready=yes]")
    page.click("button.add")
    page.evaluate(SETTLED)
    assert page.locator(".view-loop .claim").inner_text().startswith("One real point")
    page.click(".do-copy >> visible=true")
    assert page.locator(".copier .told >> visible=true").first.inner_text()


def test_back_returns_to_the_part_before(show):
    page = show("view=loop&size=50", script="// a window with no history")
    page.click("nav [data-view=plan]")
    page.click("nav [data-view=web]")
    for view in ("plan", "loop"):
        page.go_back()
        assert page.evaluate("() => lab.state.view") == view
    assert page.evaluate("() => lab.state.settings.loop.size") == 50


WRITINGS = "نموذج يتعلم من نموذج آخر نموذج", "模型 从 模型 学习 数据 数据 变 少", "أ " * 5000, "x" * 20_000 + " y"


@pytest.mark.parametrize("text", WRITINGS, ids=("Arabic", "Chinese", "one word", "a long word"))
def test_a_text_in_any_writing_fits(show, text):
    page = show("view=words&generations=3", width=320, height=640)
    page.locator(".own textarea").fill(text)
    page.wait_for_timeout(300)
    page.evaluate(SETTLED)
    assert page.evaluate("() => document.documentElement.scrollWidth") <= 320
    if page.locator("#note").is_hidden():
        assert page.locator(".passage").first.text_content()[:20] == text[:20]


def test_every_slide_fits_without_scrolling(show):
    page = show()
    page.click("#present")
    for _ in page.evaluate("() => Object.keys(lab.strings.present.slides)"):
        size = page.evaluate(
            "() => { const page = document.documentElement; return [page.scrollWidth, page.scrollHeight]; }"
        )
        assert size == [1280, 800], page.locator("#slide-title").text_content()
        page.evaluate("() => document.activeElement.blur()")
        page.keyboard.press("ArrowRight")
    page.keyboard.press("c")
    assert page.locator(".controls >> visible=true").count() == 1
