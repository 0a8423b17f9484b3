"""The page: one file that loads nothing, escapes everything, and has all arms and pictures."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import numpy as np
import pytest

import kellet
from kellet import Anchor, Arm, Prior, report
from kellet.data import files
from kellet.errors import InputError
from kellet.experiment.running.recorder import exhibits
from kellet.experiment.verdict.answer import expectations
from kellet.page.wording import percent
from kellet.report import curves, shapes
from kellet.report.drawing import find_contours
from kellet.report.page import html
from kellet.worlds.world import _open

EVIL = "</script><b onmouseover=alert(1)>&"


class Reader(HTMLParser):
    """What a browser would see."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.scripts: list[str] = []
        self.inside: list[str] = []

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag in ("script", "style"):
            self.inside.append(tag)
            self.scripts.append("") if tag == "script" else None

    def handle_endtag(self, tag):
        if tag in ("script", "style"):
            self.inside.pop()

    def handle_data(self, data):
        if self.inside and self.inside[-1] == "script":
            self.scripts[-1] += data
        elif not self.inside:
            self.text += data


def read(page: str) -> Reader:
    reader = Reader()
    reader.feed(page)
    return reader


ARMS = {"replace": Arm(), "one fresh": Arm(anchor=Anchor(1)), EVIL: Arm(anchor=Anchor(share=0.2))}


@pytest.fixture(scope="module")
def words(tmp_path_factory):
    text = tmp_path_factory.mktemp("text") / "text.txt"
    common = " ".join(f"word{'abcdefghij'[i % 10] * (i % 7 + 1)}" for i in range(2000))
    text.write_text(f"{common}\n\n{'rare once ' * 20}")
    return kellet.run(
        world=kellet.worlds.Words(str(text)), family=kellet.families.Categorical(), size=60, arms=ARMS, generations=8,
        replicates=5, out=text.parent / "run",
    )  # fmt: skip


@pytest.fixture(scope="module")
def normal():
    arms = {"replace": Arm(), "prior": Arm(prior=Prior(2))}
    world, family = kellet.worlds.Normal(), kellet.families.Gaussian()
    return kellet.run(world=world, family=family, size=10, arms=arms, generations=300, replicates=20)


@pytest.fixture(scope="module")
def digits():
    arms = {"replace": Arm(), "fresh": Arm(anchor=Anchor(5))}
    world, family = kellet.worlds.Digits(dims=4), kellet.families.Gaussian()
    return kellet.run(world=world, family=family, size=50, arms=arms, generations=4, replicates=2, judged=50)


def test_the_page_is_one_file_that_loads_nothing(words):
    path = report(words)
    assert path == words.folder.path / "report.html"
    seen = read(path.read_text(encoding="utf-8"))
    for tag, attributes in seen.tags:
        assert tag not in ("link", "iframe", "object", "embed", "base", "form")
        assert not (attributes.get("src") or "data:").startswith(("http", "//"))
        assert (attributes.get("src") or "data:").startswith("data:")
        assert (attributes.get("href") or "#").startswith("#")
        assert not any(name.startswith("on") for name in attributes)
    style = re.search(r"<style>(.*?)</style>", path.read_text(encoding="utf-8"), re.S).group(1)
    assert "@import" not in style and "url(" not in style
    assert "fetch(" not in seen.scripts[-1]
    policy = next(a["content"] for tag, a in seen.tags if a.get("http-equiv") == "Content-Security-Policy")
    assert "default-src 'none'" in policy and "unsafe-eval" not in policy and "script-src 'sha256-" in policy
    assert path.stat().st_size < 250_000


def test_the_policy_lets_exactly_the_pages_own_scripts_run(normal):
    from base64 import b64encode
    from hashlib import sha256

    seen = read(html(normal))
    policy = next(a["content"] for tag, a in seen.tags if a.get("http-equiv") == "Content-Security-Policy")
    (script,) = seen.scripts
    assert b64encode(sha256(script.encode()).digest()).decode() in policy


def test_hostile_names_stay_text(words):
    world = kellet.worlds.categorical([0.6, 0.39, 0.01], labels=["a", "b", EVIL])
    run = kellet.run(world=world, family=kellet.families.Categorical(), size=5, arms=ARMS, generations=6, replicates=3)
    for page in (html(run), html(words)):
        seen = read(page)
        assert not any("onmouseover" in attributes for _, attributes in seen.tags)
        assert EVIL in seen.text
        assert len(seen.scripts) == 1
        assert any(attributes.get("data-name") == EVIL for _, attributes in seen.tags)


def test_the_page_has_every_arm_and_what_was_lost(words):
    seen = read(html(words))
    for arm in ARMS:
        assert seen.text.count(arm) >= 3
    assert seen.text.count("generation 8") >= len(ARMS)
    assert "The words that were lost" in seen.text
    # Six tokens in a hundred are "rare", so most samples of 60 hold some; what is lost is struck out.
    assert any(tag == "s" for tag, _ in seen.tags)


def test_digits_are_shown_as_pictures_arm_by_generation(digits):
    seen = read(html(digits))
    pictures = [attributes for tag, attributes in seen.tags if tag == "img"]
    assert len(pictures) == 1 + 2 * len(exhibits(4))
    assert all(p["src"].startswith("data:image/png;base64,") and p["alt"] for p in pictures)
    assert "reserve of 359 real points" in seen.text


def test_numbers_are_shown_as_shapes_and_beside_theory(normal):
    seen = read(html(normal))
    assert sum(tag == "svg" and "aria-hidden" in attributes for tag, attributes in seen.tags) == 1 + 2 * 5
    charts = [attributes for tag, attributes in seen.tags if tag == "svg" and "data-axes" in attributes]
    assert any("beside theory. At generation 300" in chart["aria-label"] for chart in charts)
    stops = charts[0]["data-at"].split()
    assert len(stops) <= 200 and stops[-1] == "300"
    known = expectations(normal)["replace"]["variance_ratio"]
    variance = next(metric for metric in normal.metrics if metric.name == "variance_ratio")
    theory = curves.draw_theory(normal, variance, curves.thin(301), {"replace": known}).chart
    assert theory.lines[1].dashed and theory.lines[1].y[0] == pytest.approx(0.9)
    assert "theory (expected value)" in seen.text
    assert "kellet run experiment.toml" in seen.text


@pytest.mark.parametrize("columns", [2, 8])
def test_tables_of_any_width_have_pictures(columns, tmp_path):
    path = tmp_path / "points.npy"
    np.save(path, np.random.default_rng(0).normal(size=(200, columns)))
    world, family = kellet.worlds.Table(str(path)), kellet.families.Gaussian()
    run = kellet.run(world=world, family=family, size=50, arms={"replace": Arm()}, generations=3, replicates=2)
    seen = read(html(run))
    drawn = sum(tag == "svg" and "aria-hidden" in attributes for tag, attributes in seen.tags)
    assert drawn == (1 + 4 if columns == 2 else 2 * 6)
    path.unlink()
    # What this process has read, it still knows; another one doesn't.
    _open.cache_clear()
    assert "can't be read any more" in read(html(run)).text


def test_contours_of_a_bell_curve_are_circles_with_that_share_of_the_points_outside():
    rng = np.random.default_rng(0)
    frame = np.array([[-6.0, -6.0], [6.0, 6.0]])
    points = rng.normal(size=(50_000, 2)) * (1.0, 1.5)
    for outside in (0.1, 0.5):
        lines = find_contours(points, frame, (outside,))
        distance = np.linalg.norm(lines / (1.0, 1.5), axis=2).ravel()
        # Blurring by a third of a standard deviation of x, and less of y, widens the circle by 3 to 6 %.
        assert abs(np.median(distance) / np.sqrt(-2 * np.log(outside)) - 1) < 0.08
        assert distance.std() < 0.1 * distance.mean()
        # A closed line: as many lines begin at each end as end there.
        counts = np.unique(lines.reshape(-1, 2).round(9), axis=0, return_counts=True)[1]
        assert (counts % 2 == 0).all()


def test_of_many_columns_those_are_shown_whose_tails_were_lost_and_by_how_much(tmp_path):
    rng = np.random.default_rng(0)
    rows = rng.normal(size=(3000, 8))
    # A normal law learnt of these has no tail on one side, and half of it on the other.
    rows[:, 6] = np.exp(3 * rows[:, 6])
    names = [f"c{j}" for j in range(8)]
    np.savetxt(tmp_path / "rows.csv", rows, delimiter=",", header=",".join(names), comments="")
    world = kellet.worlds.Table(str(tmp_path / "rows.csv"))
    run = kellet.run(
        world=world, family=kellet.families.Gaussian(), size=500, arms={"replace": Arm()}, generations=2, replicates=1
    )
    found = shapes.gallery(run, world.open(1))
    panels = {panel.caption: panel for panel in found.rows[1].panels}
    assert len(panels) == 6
    assert "6 of 8 columns whose tails lost most" in found.intro
    written, source = run.specimens("replace")["points"][-1], world.open(1)
    real = np.concatenate([source.training, source.heldout])
    low, high = np.quantile(real, (0.01, 0.99), axis=0)
    share = ((written < low) | (written > high)).mean(axis=0) / ((real < low) | (real > high)).mean(axis=0)
    for j, name in enumerate(names):
        if name in panels:
            assert panels[name].note == f"tails: {percent(float(share[j]))}"
        else:
            assert share[j] >= max(share[names.index(shown)] for shown in panels)


def test_a_ratio_over_many_decades_gets_a_logarithmic_axis(normal):
    variance = next(metric for metric in normal.metrics if metric.name == "variance_ratio")
    chart = curves.draw(normal, variance, curves.thin(301))
    assert chart.chart.y.logarithmic
    assert 0 < chart.chart.y.low < max(line.y.min() for line in chart.chart.lines)


def test_a_page_needs_a_folder_or_a_path(normal, tmp_path):
    with pytest.raises(kellet.InputError, match="a path for the page"):
        report(normal)
    path = report(normal, tmp_path / "page.html")
    assert path.read_text(encoding="utf-8").rstrip().endswith("</html>")
    assert [p.name for p in tmp_path.iterdir()] == ["page.html"]


def test_a_page_under_another_python_has_no_pictures_and_says_why(tmp_path, monkeypatch):
    """Its language reference is the data of `words`, and no two of them are alike."""
    world, family = kellet.worlds.Words(), kellet.families.Categorical()
    study = kellet.Experiment(world=world, family=family, size=50, generations=2, arms={"replace": Arm()})
    out = str(tmp_path / "r")
    kellet.run(study, replicates=2, out=out)
    monkeypatch.setattr(files, "_digest_built_in", lambda: "0" * 16)
    _open.cache_clear()
    page = kellet.report(out).read_text(encoding="utf-8")
    assert "so there are no pictures: expected the Python language reference" in page
    with pytest.raises(InputError, match=r"the Python language reference.* Try the same data to resume"):
        kellet.run(study, replicates=4, out=out)
