"""The digits as a visitor sees them: two lines of models, the lost digits struck out, a curve, and what is copied."""

import re
import shlex

import pytest

import kellet
from kellet import Experiment
from kellet.cli.main import main

QUICK = "view=digits&generations=10&size=40&components=3"


@pytest.fixture
def digits(show):
    """The view at a link, once all its loops are computed."""

    def open_view(fragment=QUICK, **settings):
        page = show(fragment, **settings)
        page.locator(".view-digits .claim", has_text="15 loops").wait_for()
        return page

    return open_view


def test_what_is_struck_out_is_what_the_picture_says_is_lost(digits):
    page = digits(f"{QUICK}&components=2")
    told = page.locator(".pictures").first.get_attribute("aria-label")
    for _ in range(10):
        page.click(".view-digits .step")
    assert page.locator(".view-digits .generation").text_content() == "generation 10"
    for strip in page.locator(".strip").all():
        lost = strip.locator("s").all_text_contents()
        alive = strip.locator("b").all_text_contents()
        label = strip.locator("canvas").get_attribute("aria-label")
        assert sorted(lost + alive) == list("0123456789")
        assert f"still written: {', '.join(alive) or '–'}. Lost: {', '.join(lost)}." in label
    assert lost
    assert page.locator(".pictures").first.get_attribute("aria-label") != told


def test_pictures_have_the_colour_of_the_text_and_no_box(digits):
    """What is paper is transparent, so that no white box stands on a dark page."""
    count = """() => { const canvas = document.querySelector('.pictures'), pen = canvas.getContext('2d');
    const all = pen.getImageData(0, 0, canvas.width, canvas.height).data;
    let clear = 0, ink = 0, bright = 0;
    for (let i = 0; i < all.length; i += 4) {
      if (all[i + 3] < 8) clear += 1;
      if (all[i + 3] > 250) { ink += 1; bright += all[i]; }
    }
    return [clear / all.length * 4, ink, bright / ink]; }"""
    for scheme in ("light", "dark"):
        clear, ink, bright = digits(color_scheme=scheme).evaluate(count)
        assert clear > 0.1
        assert ink > 100
        assert (bright > 150) == (scheme == "dark")


def test_a_share_too_small_for_one_picture_is_said(digits):
    page = digits(f"{QUICK}&share=1")
    assert page.locator(".strip h3").all_text_contents() == ["Nothing real", "No real picture here either"]
    assert "Both sides see nothing real" in page.locator(".view-digits .claim").text_content()


def test_the_claim_is_the_curve_s_last_value(digits):
    page = digits()
    alone, fed = re.search(
        r"write (\d+) of the 10 digits .* they write (\d+)\.", page.locator(".view-digits .claim").text_content()
    ).groups()
    page.locator(".view-digits .numbers summary").first.click()
    last = page.locator(".view-digits .numbers tbody tr").last
    assert last.locator("th").text_content() == "10"
    assert last.locator("td").all_text_contents() == [alone, fed, "10"]


@pytest.mark.parametrize("settings", [(40, 3, 0), (333, 7, 29)])
def test_what_is_copied_is_one_experiment_in_three_spellings(show, capsys, settings):
    size, components, share = settings
    wanted = {"size": size, "components": components, "share": share, "generations": 30, "seed": 5}
    copied = show().evaluate("settings => lab.views.digits.copy(settings)", wanted)
    experiment = Experiment.from_toml(copied["toml"])
    assert (experiment.size, experiment.generations, experiment.seed, experiment.judged) == (size, 30, 5, 300)
    assert (experiment.family.components, experiment.arms["some real"].anchor.points(size)) == (
        components,
        round(share / 100 * size),
    )

    names = {}
    exec(copied["python"].replace("print(kellet.run(experiment))", ""), names)
    assert names["experiment"] == experiment

    main([*shlex.split(copied["command"])[1:], "--dry-run"])
    spelled = Experiment.from_toml(capsys.readouterr().out)
    assert kellet.experiment.resolution.resolve(spelled) == kellet.experiment.resolution.resolve(experiment)
