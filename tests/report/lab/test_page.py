"""The lab as a visitor has it: every control does something, the link is the state, bad input is one friendly line."""

import pytest

SIZES = {"phone": (360, 800), "laptop": (1280, 800), "wall": (1920, 1080)}


def left(page):
    """The law's last value, as it is drawn."""
    return page.evaluate("() => { const law = lab.law(lab.state.settings.loop); return law.middle.at(-1); }")


def test_one_real_point_is_added_by_one_button(show):
    page = show("view=loop&size=20")
    before = left(page)
    page.click("button.add")
    assert page.evaluate("() => lab.state.settings.loop.real") == 1
    assert left(page) > 5 * before
    assert "real=1" in page.url


def test_a_link_restores_what_was_set(show):
    page = show("view=loop&family=poisson&size=1000000&real=3&source=fixed&generations=50&seed=7")
    assert page.evaluate("() => lab.link()") == (
        "view=loop&family=poisson&size=1000000&real=3&source=fixed&generations=50&seed=7"
    )
    assert page.locator("#note").is_hidden()


@pytest.mark.parametrize(
    "fragment",
    [
        "view=loop&size=abc&real=-4",
        "view=<script>alert(1)</script>",
        "view=loop&toString=1&__proto__=2",
        "%%%",
        "x" * 9000,
    ],
)
def test_nonsense_in_a_link_is_one_friendly_line(show, fragment):
    page = show(fragment)
    assert page.locator("#note").is_visible() or fragment in ("%%%", "x" * 9000)
    assert page.locator(".claim").first.text_content()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", SIZES)
def test_a_page_for_everybody(show, violations, size, scheme):
    width, height = SIZES[size]
    page = show(width=width, height=height, color_scheme=scheme, reduced_motion="reduce")
    assert violations(page) == []
    assert page.evaluate("() => document.documentElement.scrollWidth") <= width
