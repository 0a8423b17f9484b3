"""Charts: what is drawn is where the numbers are, and is said in words; no name leaves its place; hues can be seen."""

import re
from html.parser import HTMLParser
from xml.dom import minidom

import numpy as np
import pytest

from kellet.errors import InputError
from kellet.page import engine, path
from kellet.page.axis import Axis
from kellet.page.chart import Chart, Level, Line
from kellet.page.colours import COLOURS, DARK

EVIL = '"><script>alert(1)</script>'
TIMES = np.arange(101.0)
ACROSS, SHARE = Axis("generation", 0, 100), Axis("kept", 0, 1, share=True)
PAPERS = {"light": ("#fffdf9", COLOURS), "dark": ("#17181a", DARK)}


def line(name="one", arm=0, start=1.0, **others):
    y = start * np.exp(-TIMES / 30)
    return Line(name, TIMES, y, arm, 0.9 * y, np.minimum(1.1 * y, 1.0), **others)


def walk(drawn):
    """Every point of a path, as the page's script reads it."""
    points = []
    for part in re.split("[MLz]", drawn):
        numbers = np.array([int(n) for n in re.findall(r"-?\d+", part)]).reshape(-1, 2)
        if len(numbers):
            points.append(np.cumsum(numbers, axis=0))
    return points


def paths(chart, kind):
    return [walk(d) for d in re.findall(rf'<path class="{kind}" d="([^"]+)"', chart.svg)]


def test_a_line_is_where_its_numbers_are_and_so_are_the_ends_of_its_interval():
    noise = np.random.default_rng(0).normal(size=101) * 0.02
    one = line()
    wild = Line("two", TIMES, 0.5 + noise, 3, 0.4 + noise, 0.6 + noise)
    chart = Chart("Kept", [one, wild], ACROSS, SHARE, width=900)
    tall = (chart.height - 30 - 50) * path.FINE
    for drawn, band, given in zip(paths(chart, "line"), paths(chart, "band"), (one, wild), strict=True):
        (middle,), (high, low) = drawn, band
        for found, values in ((middle, given.y), (high, given.high), (low[::-1], given.low)):
            across = found[:, 0] / found[-1, 0] * 100
            # A step for the rounding of each end, and what may be left out.
            assert (
                np.abs(np.interp(TIMES, across, 1 - found[:, 1] / tall) - values).max() * tall
                < (path.TOLERANCE if values is given.y else path.LOOSE) + 1.5
            )


def test_what_can_not_be_seen_is_left_out():
    smooth = Chart("Kept", [line()], ACROSS, SHARE)
    assert len(paths(smooth, "line")[0][0]) < 40
    assert len(smooth.svg) < 3000


def test_a_gap_stays_a_gap_and_nothing_at_all_is_no_fault():
    broken = np.where((TIMES > 40) & (TIMES < 60), np.nan, 0.5)
    chart = Chart("Kept", [Line("one", TIMES, broken, 0)], ACROSS, SHARE)
    assert len(paths(chart, "line")[0]) == 2
    empty = Chart("Kept", [Line("one", TIMES, np.full(101, np.nan), 0)], ACROSS, SHARE)
    assert empty.said == "Kept: nothing to draw."
    assert "NaN" not in empty.svg and "nan" not in empty.svg


def test_a_logarithm_of_nothing_falls_out_of_the_frame():
    y = np.where(TIMES < 50, 1e-3, 0.0)
    chart = Chart("Kept", [Line("one", TIMES, y, 0)], ACROSS, Axis("kept", 1e-6, 1, logarithmic=True))
    ((points,),) = paths(chart, "line")
    assert points[-1, 1] == 2 * (chart.height - 30 - 50) * path.FINE


def test_it_says_in_words_where_each_line_ends_and_beside_what():
    zero = Level("fresh real samples", 0.97, 0.95, 1.0)
    chart = Chart("Kept", [line("no real data"), line("all", 1, 0.5)], ACROSS, SHARE, [zero])
    assert chart.said == (
        "Kept. At generation 100: no real data 3.57 % (3.21 to 3.92 %), all 1.78 % (1.61 to 1.96 %). "
        "fresh real samples: 97 % (95 to 100 %)."
    )
    assert f'aria-label="{chart.said}"' in chart.svg and 'role="img"' in chart.svg
    trials = Line("trials", np.array([1.0, 10]), np.array([0.2, 0.9]), 0, np.array([0.1, 0.8]), np.ones(2), dots=True)
    answer = Level("answer", 7.0, 5.0, 9.0, upright=True, arm=4)
    told = Chart("Found", [line(), trials], ACROSS, SHARE, [answer]).said
    assert "trials: at 1 20 % (10 to 100 %), at 10 90 % (80 to 100 %)." in told and "answer: 7 (5 to 9)." in told


class Reader(HTMLParser):
    """The elements of a picture."""

    def __init__(self, text):
        super().__init__()
        self.tags = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, [name for name, _ in attrs]))


@pytest.mark.parametrize("name", [EVIL, "constructor", "a" * 400, "שלום עולם", "a\x07b\u202ec", "名前" * 4])
def test_a_name_is_never_more_than_a_name(name):
    def tags(called):
        titles = Axis(called, 0, 100), Axis(called, 0, 1)
        chart = Chart(called, [line(called)], *titles, [Level(called, 0.5)])
        return Reader(chart.svg).tags, chart

    (found, chart), (usual, _) = tags(name), tags("name")
    # A long name doesn't stand at its line; then there is less, and nothing else.
    assert {tag for tag, _ in found} <= {"svg", "path", "text", "g"} and len(found) <= len(usual)
    assert {attribute for _, attributes in found for attribute in attributes} == {
        attribute for _, attributes in usual for attribute in attributes
    }
    assert "\x07" not in chart.svg and "\u202e" not in chart.svg
    assert minidom.parseString(chart.file.encode()).documentElement.tagName == "svg"


def test_names_stand_at_the_ends_without_covering_each_other_or_not_at_all():
    near = [line(f"arm {i}", i, 1 - 0.01 * i) for i in range(6)]
    chart = Chart("Kept", near, ACROSS, SHARE)
    heights = [float(y) for y in re.findall(r'y="([\d.]+)" dy=".35em">arm', chart.svg)]
    assert len(heights) == 6
    assert min(np.diff(sorted(heights))) >= 16.8
    assert all(30 <= y <= chart.height - 50 for y in heights)
    many = Chart("Kept", [line(f"arm {i}", i) for i in range(20)], ACROSS, SHARE)
    assert ">arm" not in many.svg
    long = Chart("Kept", [line("a name that is far too long to stand here", 0)], ACROSS, SHARE)
    assert ">a name" not in long.svg


def test_a_file_has_its_own_colours_and_dots_are_made_of_it():
    chart = Chart("Kept", [line()], ACROSS, SHARE)
    assert (
        "var(" not in chart.file
        and COLOURS[0] in chart.file
        and 'fill="#fff"' in chart.file
        and "&lt;" not in chart.file
    )
    assert "<rect" not in chart.svg
    assert chart.png.startswith(b"\x89PNG")


def test_without_the_renderer_a_line_says_what_to_install(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "vl_convert", None)
    with pytest.raises(InputError, match=r"pip install 'kellet\[figures\]'"):
        engine.rasterise("<svg/>")


def shine(hue):
    """The luminance of a colour, and what is seen of it by those who have two kinds of cones: long and short waves."""
    red, green, blue = (int(hue[i : i + 2], 16) / 255 for i in (1, 3, 5))
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in (red, green, blue)]
    return float(np.dot(linear, (0.2126, 0.7152, 0.0722)))


@pytest.mark.parametrize("scheme", PAPERS)
def test_every_hue_is_three_times_as_light_or_dark_as_the_page(scheme):
    paper, hues = PAPERS[scheme]
    for hue in hues:
        dark, light = sorted((shine(hue), shine(paper)))
        assert (light + 0.05) / (dark + 0.05) >= 3, hue


PROTAN = ((0.152286, 1.052583, -0.204868), (0.114503, 0.786281, 0.099216), (-0.003882, -0.048116, 1.051998))
DEUTAN = ((0.367322, 0.860646, -0.227968), (0.280085, 0.672501, 0.047413), (-0.011820, 0.042940, 0.968881))
"""How colours look without the first, or the second, kind of cones: G. M. Machado, M. M. Oliveira and L. A. F.
Fernandes, IEEE Transactions on Visualization and Computer Graphics 15:1291 (2009), of linear red, green and blue."""


@pytest.mark.parametrize("scheme", PAPERS)
@pytest.mark.parametrize("eyes", [np.eye(3), PROTAN, DEUTAN], ids=["all cones", "protan", "deutan"])
def test_the_first_six_hues_are_told_apart_by_all_eyes(scheme, eyes):
    _, hues = PAPERS[scheme]
    seen = []
    for hue in hues[:6]:
        codes = np.array([int(hue[i : i + 2], 16) / 255 for i in (1, 3, 5)])
        linear = np.where(codes <= 0.04045, codes / 12.92, ((codes + 0.055) / 1.055) ** 2.4)
        seen.append(lab(np.clip(np.asarray(eyes) @ linear, 0, 1)))
    apart = [np.linalg.norm(a - b) for i, a in enumerate(seen) for b in seen[:i]]
    # Of CIE 1976; 2.3 can just be seen.
    assert min(apart) > 15


def lab(linear):
    """CIE L*a*b* of linear red, green and blue."""
    xyz = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]) @ linear
    f = np.cbrt(np.maximum(xyz / (0.9505, 1.0, 1.089), 1e-9))
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])
