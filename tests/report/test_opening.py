"""The first screen: claim, pictures and a curve, on every kind of page, in a browser."""

from __future__ import annotations

import re

import numpy as np
import pytest

import kellet
from kellet import Accumulate, Anchor, Arm
from kellet.report.drawing import HEIGHT, ROOM, WIDTH, draw_line
from kellet.report.page import html

EVIL = "<script>alert(1)</script>" + "w" * 90
ARMS = {"replace": Arm(), "fresh:10%": Arm(anchor=Anchor(share=0.1)), "mine": Arm(Accumulate())}
GAUSSIAN, CATEGORICAL = kellet.families.Gaussian(), kellet.families.Categorical()
BOTTOMS = """() => Object.fromEntries([".claim", ".opening .panels", ".opening svg.chart"].map(
  (name) => [name, document.querySelector(name).getBoundingClientRect().bottom]))"""


def table(path, *columns):
    rows = zip(*columns, strict=True)
    names = ",".join(f"c{i}" for i in range(len(columns)))
    path.write_text("\n".join([names, *(",".join(map(str, row)) for row in rows)]), encoding="utf-8")
    return str(path)


def make(kind, folder):
    rng = np.random.default_rng(0)
    numbers, words = rng.normal(size=(3, 200)).round(3), rng.choice([*"abcdefgh"], size=(2, 200))
    plain = {"arms": ARMS, "size": 40, "generations": 12, "replicates": 6}
    worlds = kellet.worlds
    match kind:
        case "digits":
            return kellet.run(world=worlds.Digits(dims=4), family=GAUSSIAN, judged=50, **plain)
        case "words":
            return kellet.run(world=worlds.Words(), family=CATEGORICAL, **plain | {"size": 500})
        case "text":
            world, family = worlds.Text(length=16), kellet.families.NGram(order=2)
            return kellet.run(world=world, family=family, judged=50, **plain | {"generations": 4, "replicates": 2})
        case "normal":
            return kellet.run(world=worlds.Normal(), family=GAUSSIAN, **plain)
        case "scatter":
            return kellet.run(world=worlds.Table(table(folder / "t.csv", *numbers[:2])), family=GAUSSIAN, **plain)
        case "columns":
            return kellet.run(world=worlds.Table(table(folder / "t.csv", *numbers)), family=GAUSSIAN, **plain)
        case "levels":
            world = worlds.Mixed(table(folder / "t.csv", *words))
            return kellet.run(world=world, family=kellet.families.Copula(), judged=60, **plain)
        case "mixed":
            codes = [f"country number {i}" for i in rng.zipf(1.5, 200) % 60]
            world = worlds.Mixed(table(folder / "t.csv", codes, numbers[0]))
            return kellet.run(world=world, family=kellet.families.Copula(), judged=60, **plain)
        case "categories":
            world = worlds.categorical([0.5, 0.3, 0.15, 0.05], labels=["a", "b", "c", EVIL])
            return kellet.run(world=world, family=CATEGORICAL, **plain | {"arms": {EVIL: Arm(), **ARMS}})
        case "web":
            study = kellet.Experiment(
                worlds.Words(), CATEGORICAL, 500, {"web": pool(), "more": pool(humans=0.9)}, generations=4
            )
            return kellet.run(study, replicates=3)
        case _:
            return kellet.run(world=worlds.Normal(), family=GAUSSIAN, **plain | {"arms": {"replace": Arm()}})


def pool(humans=0.1):
    from kellet.experiment.spelling.arms import parse_arm

    return parse_arm(f"pool+writers:3+humans:{humans:.0%}")[1]


KINDS = ("digits", "words", "text", "normal", "scatter", "columns", "levels", "mixed", "categories", "web", "alone")


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    made = {}

    def page(kind):
        if kind not in made:
            made[kind] = html(make(kind, tmp_path_factory.mktemp(kind)))
        return made[kind]

    return page


@pytest.mark.parametrize("kind", KINDS)
def test_claim_strip_and_curve_are_on_the_first_screen_and_on_two_of_a_phone(pages, browse, kind):
    for width, height, screens in ((1280, 800, 1), (390, 844, 2)):
        shown = browse(pages(kind), width, height)
        bottoms = shown.evaluate(BOTTOMS)
        assert max(bottoms.values()) <= screens * height, (width, bottoms)
        assert shown.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("kind", KINDS)
def test_every_part_has_an_address_that_the_contents_list(pages, kind):
    page = pages(kind)
    named = re.findall(r'<h2 id="([\w-]+)">|<section id="(data-read)">', page)
    addresses = [one or other for one, other in named]
    assert len(set(addresses)) == len(addresses)
    listed = re.findall(r'<a href="#([\w-]+)">', page[page.index('<nav class="contents"') : page.index("</nav>")])
    assert listed == [one for one in addresses if one not in ("before-after", "headline")]
    assert "<h2>" not in page.replace('<section id="data-read"><h2>', "")


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (390, "dark")])
def test_nothing_is_wrong_for_those_who_do_not_see_the_page(pages, browse, violations, width, scheme):
    for kind in ("digits", "categories", "web"):
        shown = browse(pages(kind), width, 800, color_scheme=scheme)
        assert violations(shown) == []


def test_arms_have_plain_names_with_the_code_beside_them(pages, browse):
    shown = browse(pages("digits"))
    head = shown.locator("table.arms tbody th").all_inner_texts()
    head = [" ".join(one.split()) for one in head]
    assert head[0].startswith("no real data replace") and head[1].startswith("10 % fresh real pictures fresh:10%")
    assert head[2].startswith("mine nothing thrown away")
    assert "no real data" in shown.locator(".opening svg.chart").get_attribute("aria-label")
    assert shown.locator(".verdict").inner_text().count("replace") == 0


def test_a_term_opens_by_keyboard_and_says_what_it_means(pages, browse):
    shown = browse(pages("normal"))
    shown.locator(".opening .term").first.focus()
    shown.keyboard.press("Enter")
    assert "half of the replicates lie above it" in shown.locator("[popover]:popover-open").inner_text()


def test_the_first_stop_of_the_keyboard_skips_to_the_results(pages, browse):
    shown = browse(pages("normal"))
    shown.keyboard.press("Tab")
    assert shown.evaluate("document.activeElement.textContent") == "Skip to the results"
    shown.keyboard.press("Enter")
    assert shown.evaluate("location.hash") == "#left"


def test_the_head_tells_others_what_the_page_is(pages, browse):
    shown = browse(pages("digits"))
    claim = shown.locator(".claim").inner_text().replace("\N{NO-BREAK SPACE}", " ")
    for name in ('[name="description"]', '[property="og:description"]'):
        assert shown.locator(f"meta{name}").get_attribute("content") == claim
    assert shown.locator('link[rel="icon"]').get_attribute("href").startswith("data:image/svg+xml,")


def test_a_claim_about_categories_stands_over_those_that_were_lost(pages, browse):
    shown = browse(pages("mixed"))
    assert "categories" in shown.locator(".claim").inner_text()
    before, after, _ = (one.locator("s").count() for one in shown.locator(".opening .tally").all())
    assert before < after
    names = shown.locator(".opening .tally").first.locator("> *").all_inner_texts()
    assert len(names) > 3 and all(name.startswith("c0: country number") for name in names)


def test_a_curve_of_numbers_takes_few_letters_and_peaks_where_they_do():
    values = np.random.default_rng(0).normal(size=500)
    drawn = draw_line(values, values, np.array([-4.0, 4.0]), 0, 1.0)
    assert len(drawn) < 500
    d = re.search(r' d="M(\d+) (\d+)l([^"]+)"', drawn)
    ways = np.array(re.findall(r"-?\d+", d[3]), float).reshape(-1, 2)
    points = np.cumsum(np.vstack([[float(d[1]), float(d[2])], ways]), axis=0)
    assert points[:, 1].min() == pytest.approx(10 * (HEIGHT - 1 - (HEIGHT - 2) / ROOM), abs=1)
    assert abs(points[points[:, 1].argmin(), 0] / 10 - WIDTH / 2) < WIDTH / 10


def test_where_the_data_are_gone_bars_stand_in_place_of_pictures(tmp_path):
    run = make("scatter", tmp_path)
    (tmp_path / "t.csv").unlink()
    from kellet.worlds.world import _open

    _open.cache_clear()
    page = html(run)
    assert "Bars are medians over replicates" in page and '<p class="claim">' in page
