"""What a result shows in a notebook: plots, tables, pages and cells."""

import re
from xml.etree import ElementTree

import numpy as np
import pytest

import kellet
from kellet.page.axis import Axis
from kellet.page.chart import Chart, Line
from kellet.page.colours import COLOURS, DARK

EVIL = "<b onclick=x>&"
SETTINGS = {"world": kellet.worlds.Normal(), "family": kellet.families.Gaussian(), "size": 20, "generations": 6}


@pytest.fixture(scope="module")
def run():
    arms = {"replace": kellet.Arm(), EVIL: kellet.Arm(anchor=kellet.Anchor(1))}
    return kellet.run(**SETTINGS, arms=arms, replicates=40)


@pytest.fixture(scope="module")
def sweep():
    arms = {"fresh": kellet.Arm(anchor=kellet.Anchor(1))}
    return kellet.sweep(**SETTINGS, arms=arms, replicates=20, grid={"size": (10, 100), "anchor.count": (1, 2, 3)})


def test_a_plot_names_its_arms_and_what_is_real_in_a_notebook_and_in_a_file(run, tmp_path):
    plot = run.plot("variance")
    cell, path = plot._repr_html_(), plot.save(tmp_path / "a.svg")
    file = ElementTree.fromstring(path.read_text(encoding="utf-8"))
    words = {text.text for text in file.iter("{http://www.w3.org/2000/svg}text")}
    assert {"replace", EVIL, "real data", "generation"} <= words
    assert cell.count('class="band"') == 2
    for name in ("replace", "&lt;b onclick=x&gt;&amp;", "real data", "where 90 % of them lie"):
        assert name in cell
    assert "var(" not in path.read_text(encoding="utf-8")
    assert str(plot).startswith("Variance. At generation 6: replace ")


def test_arms_that_have_no_room_for_their_names_have_them_below():
    lines = [Line(f"an arm with a name as long as {i}", np.arange(2.0), np.ones(2), i) for i in range(2)]
    chart = Chart("A", lines, Axis("generation", 0, 1), Axis("", 0, 2))
    plot = kellet.page.plot.Plot(chart)
    assert [mark.name for mark in plot.marks] == [line.name for line in lines]
    assert all(line.name in plot.svg and line.name in plot._repr_html_() for line in lines)


@pytest.mark.parametrize(("word", "meant"), [("varianse_ratio", "variance_ratio"), ("k1", "kl"), ("nonsense", "")])
def test_a_metric_that_is_not_there_is_told_with_those_that_are_near(run, word, meant):
    with pytest.raises(kellet.InputError, match=f"got '{word}'. Try .*{meant}"):
        run.plot(word)
    with pytest.raises(kellet.InputError, match="a metric of this run"):
        run.table(word)


def test_theory_is_drawn_where_it_knows_something(run):
    assert "replace, theory (exact)" in [mark.name for mark in run.plot("variance", theory=True).marks]
    with pytest.raises(kellet.InputError, match=r"a metric that theory knows here: .*variance_ratio"):
        run.plot("tail_reach", theory=True)


def test_a_file_is_a_picture(run, tmp_path):
    pytest.importorskip("vl_convert")
    assert run.plot().save(tmp_path / "a.png").read_bytes().startswith(b"\x89PNG")
    for path in ("a.pdf", "nowhere/a.svg"):
        with pytest.raises(kellet.InputError):
            run.plot().save(tmp_path / path)


def test_a_table_has_a_row_for_each_arm_metric_and_generation(run):
    table = run.table(generations=[0, 6])
    assert len(table) == 2 * 2 * len(run.metrics)
    (row,) = run.table("variance").rows(named=True)[:1]
    values = run.values("replace", "variance_ratio")[:, -1]
    assert (row["arm"], row["metric"], row["generation"], row["replicates"]) == ("replace", "variance_ratio", 6, 40)
    assert row["median"] == pytest.approx(np.median(values))
    assert row["low"] == pytest.approx(np.quantile(values, 0.05))
    assert (row["real_low"], row["real"], row["real_high"]) == (1.0, 1.0, 1.0)
    with pytest.raises(kellet.InputError, match="generations that were recorded, 0 to 6; got 7"):
        run.table(generations=[0, 7])


def test_a_metric_of_points_stands_beside_fresh_samples():
    world, family = kellet.worlds.Digits(), kellet.families.Mixture(2)
    run = kellet.run(world=world, family=family, size=60, generations=1, replicates=2, metrics=("energy_distance",))
    (row,) = run.table().rows(named=True)
    assert row["real_low"] < row["real"] < row["real_high"]
    assert "fresh samples of real data" in [mark.name for mark in run.plot().marks]


def test_a_writers_own_metric_is_drawn_for_the_arms_that_have_it():
    web = kellet.Arm(pool=kellet.Pool(), writers={"small": kellet.Writer(size=10), "large": kellet.Writer()})
    run = kellet.run(**SETTINGS, arms={"alone": kellet.Arm(), "web": web}, replicates=8)
    assert [line.name for line in run.plot("variance_ratio@small").chart.lines] == ["web"]
    assert run.table("differentiation")["arm"].to_list() == ["web"]


def test_a_sweep_is_drawn_over_a_field(sweep):
    assert sweep.plot().chart.x.title == "anchor.count"
    assert sweep.plot("variance", by="size").chart.x.title == "size"
    with pytest.raises(kellet.InputError, match="one of the grid's fields"):
        sweep.plot(by="seed")


def test_a_result_writes_the_page_that_the_verb_writes(run, sweep, tmp_path):
    for result in (run, sweep):
        path = result.report(tmp_path / "page.html")
        assert path == tmp_path / "page.html"
        written = path.read_text(encoding="utf-8")
        kellet.report(result, path)
        assert path.read_text(encoding="utf-8") == written
    with pytest.raises(kellet.InputError, match="a path for the page"):
        run.report()


def test_every_result_shows_itself_escaped_without_scripts_and_with_a_style_of_its_own(run, sweep, tmp_path):
    world, family = kellet.worlds.Bernoulli(0.3), kellet.families.Bernoulli()
    coins = kellet.run(world=world, family=family, size=5, generations=5, replicates=20, out=tmp_path / "coins")
    results = {
        "run": run, "sweep": sweep, "plot": run.plot(), "check": run.check(), "survival": coins.survival("replace"),
        "prediction": kellet.predict(run.experiment)[EVIL]["variance_ratio"], "answer": run.answer(),
        "state": kellet.runs(tmp_path)[0], "snapshot": next(kellet.watch(tmp_path / "coins")),
        "profile": kellet.profile({EVIL: ["x", "y"] * 30}), "data": kellet.read({EVIL: ["x", "y"] * 30}),
        "compare": kellet.compare({EVIL: run, "other": run}),
    }  # fmt: skip
    for name, result in results.items():
        cell = result._repr_html_()
        assert cell.lstrip().startswith('<div class="kellet">'), name
        assert "<script" not in cell, name
        assert "<b onclick" not in cell, name
        (style,) = re.findall(r"<style>(.*?)</style>", cell, flags=re.DOTALL)
        selectors = [one for rule in style.split("}") if rule for one in rule.partition("{")[0].split(",")]
        assert all(re.search(r"(^| )(\.kellet)+( |$)", one) for one in selectors), name
        assert COLOURS[0] in style, name
        assert DARK[0] in style, name


def test_a_loop_of_billions_of_generations_has_its_picture():
    found = kellet.theory(kellet.families.Gaussian(), size=10**10, anchor=kellet.Anchor(2))
    assert "<svg" in found._repr_html_()
