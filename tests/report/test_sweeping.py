"""The page of a sweep: curves over its fields, pooled as it says, and tables in colour."""

import json

import numpy as np
import pytest

import kellet
from kellet import Accumulate, Anchor, Arm, Experiment, cli, families, worlds
from kellet.report.sweeping import Last, answer, choose_field, draw, draw_apart, make_claim, show_heat

EVIL = "<script>alert(1)</script>"
ARMS = {"alone": Arm(), "anchored": Arm(anchor=Anchor(1)), "all": Arm(regime=Accumulate())}
FAMILY = families.Gaussian("unbiased")


def swept(arms=ARMS, family=FAMILY, **settings):
    grid = settings.pop("grid", {"size": (10, 40), "anchor.count": (1, 4, 9)})
    whole = {"generations": 20, "replicates": 40, "seed": 3} | settings
    return kellet.sweep(Experiment(worlds.Normal(), family, 20, arms, grid=grid, **whole))


@pytest.fixture(scope="module")
def sweep():
    return swept()


def last(sweep, metric=None, by="anchor.count"):
    return Last(sweep, sweep.find(metric), by)


def test_the_field_with_most_numbers_is_drawn_over(sweep):
    assert choose_field(sweep) == "anchor.count"
    assert choose_field(swept(grid={"family.estimator": ("mle", "unbiased"), "size": (10, 20)})) == "size"


def test_a_curve_is_the_median_and_the_band_of_all_replicates_that_it_is_pooled_over(sweep):
    (chart,) = draw(last(sweep))
    lines = {line.name: line for line in chart.lines}
    assert list(lines) == list(ARMS)
    ends = sweep.data["variance_ratio"].sel(arm="anchored").isel(generation=-1)
    pooled = np.moveaxis(ends.values, 1, 0).reshape(3, -1)
    line = lines["anchored"]
    assert line.x.tolist() == [1, 4, 9]
    for found, level in ((line.low, 0.05), (line.y, 0.5), (line.high, 0.95)):
        np.testing.assert_allclose(found, np.quantile(pooled, level, axis=1))
    # What has no anchor is the same wherever the anchor's count stands.
    assert len(set(lines["alone"].y)) == 1
    assert lines["alone"].low is None
    assert "Pooled over size." in chart.caption
    assert chart.x.logarithmic
    assert chart.levels[0].at == 1.0


def test_values_close_to_each_other_are_drawn_on_an_even_axis():
    (chart,) = draw(last(swept(grid={"size": (10, 20, 30)}), by="size"))
    assert not chart.x.logarithmic
    assert [(axis.low, axis.high) for axis in (chart.x,)] == [(10, 30)]
    assert "Pooled" not in chart.caption


def test_an_arm_that_two_fields_change_has_a_line_for_each_value_of_the_other(sweep):
    (chart,) = draw_apart(last(sweep))
    assert "anchored" in chart.title
    assert [line.name for line in chart.lines] == ["size 10", "size 40"]
    # The key hides arms: no line of another kind has the number of one.
    assert not {line.arm for line in chart.lines} & set(range(len(ARMS)))


def test_the_claim_is_of_the_arm_that_the_field_changes_most(sweep):
    claim = make_claim(last(sweep))
    assert claim.text.startswith("“anchored” keeps ")
    assert "at anchor.count 9, and " in claim.text
    assert "pooled over size 10, 40" in claim.span
    assert "a fresh real sample: 100 %" in claim.span


def test_fields_that_are_no_numbers_have_tables_and_no_curves():
    found = answer(swept(grid={"family.estimator": ("mle", "unbiased")}))
    assert found.charts == ()
    assert [row[0] for row in found.tables[0].rows] == ["mle", "unbiased"]
    assert "mle" in found.claim.text


def test_two_fields_make_a_table_in_colour_whose_numbers_are_those_of_the_points(sweep):
    (picture,) = show_heat(last(sweep))
    shown = str(picture.shown)
    assert shown.count("<td") == 6
    assert shown.count("<tr>") == 3
    middle = float(sweep.data["variance_ratio"].sel(arm="anchored", size=40, **{"anchor.count": 9})[:, -1].median())
    assert f">{100 * middle:.0f} %<br>" in shown


def test_the_page_says_what_it_is_of_and_how_it_is_made_again(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.argv", ["/usr/bin/kellet", "run", "normal", "--seed", "5"])
    cli.main(["run", "normal", "--grid", "size=10,100", "--generations", "4", "--replicates", "6", "--seed", "5"])
    (folder,) = (tmp_path / "runs").iterdir()
    page = folder / "report.html"
    assert f"Report: {page.relative_to(tmp_path)}" in capsys.readouterr().out
    text = page.read_text(encoding="utf-8")
    assert "size at 2 values, 6 replicates, seed 5" in text
    assert "<code>kellet run normal --seed 5</code>" in text
    assert len(text.encode()) < 250_000
    page.unlink()
    assert kellet.report(folder) == page
    assert page.read_text(encoding="utf-8") == text
    cli.main(["report", str(folder), "--json"])
    assert json.loads(capsys.readouterr().out)["report"] == str(page)


def test_a_sweep_of_the_command_line_records_ever_fewer_generations(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    cli.main(["run", "normal", "--grid", "size=10,20", "--generations", "500", "--replicates", "3", "--quiet"])
    (folder,) = (tmp_path / "runs").iterdir()
    generations = kellet.Sweep.read(folder).runs[0].generations
    assert len(generations) < 50
    assert generations[-1] == 500


def test_names_of_anybodys_do_nothing(sweep):
    page = answer(swept({EVIL: Arm(), "constructor": Arm(anchor=Anchor(1))})).html()
    assert EVIL not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
