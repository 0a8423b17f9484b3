"""Verdicts: what counts as collapsed, and that the sentence says only what the numbers say."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

import kellet
from kellet import Resolved, metrics, resolve
from kellet.experiment.run import Run
from kellet.experiment.running.blocks import Block
from kellet.experiment.verdict.quantiles import fill_in, quantiles
from kellet.experiment.verdict.sentence import sentences
from kellet.experiment.verdict.summary import headlines, summarise, what_is_left
from kellet.metrics import catalogue

ARMS = ("replace", "anchored")
VARIANCE = metrics.find_metric("variance_ratio")


def made_up(setting: kellet.Arm = kellet.Arm(), **arms: np.ndarray) -> Run:  # noqa: B008
    """A run of a normal world whose variance went as given, (R, G) an arm; by default theory has the last word."""
    generations = next(iter(arms.values())).shape[1] - 1
    experiment = kellet.Experiment(
        kellet.worlds.Normal(), kellet.families.Gaussian(), 10, dict.fromkeys(arms, setting), generations
    )
    blocks = {}
    for name, values in arms.items():
        collapsed = np.where(np.isnan(values[:, -1]), 3, -1)
        blocks[name] = [
            Block("x", 0, np.arange(values.shape[1]), {"variance_ratio": values}, collapsed, "diverged at step 7", {})
        ]
    return Run(resolve(experiment), None, blocks)


def said(run: Run) -> str:
    """The verdict in words."""
    return " ".join(sentences(run.experiment, summarise(run)))


def falling(to: float, by: int, generations: int = 100, replicates: int = 20) -> np.ndarray:
    """Straight down to a level, and on that level from then on, each replicate a little aside."""
    path = np.interp(np.arange(generations + 1), [0, by], [1.0, to])
    return path * np.linspace(0.95, 1.05, replicates)[:, None]


@pytest.mark.parametrize(
    ("values", "kind", "direction", "since"),
    [
        (falling(1.0, 50), "kept", "steady", None),
        (falling(0.97, 50), "kept", "steady", None),
        (falling(0.91, 50), "can't tell", "steady", None),
        (falling(0.7, 50), "lost some", "steady", None),
        (falling(0.7, 100), "lost some", "falling", None),
        (falling(0.4, 50), "lost half", "steady", 42),
        (falling(0.3, 100), "lost half", "falling", 72),
        (falling(0.1, 30), "collapsed", "steady", 17),
        (falling(0.1, 100), "collapsed", "falling", 56),
        (falling(0.0, 50), "collapsed", "unknown", 26),
    ],
)
def test_a_verdict_follows_its_definition(values, kind, direction, since):
    left = what_is_left(values, "spread", VARIANCE)
    assert (left.kind, left.trend.direction, left.since) == (kind, direction, since)


def test_an_arm_that_recovers_has_not_collapsed():
    there = np.ones((5, 101))
    there[:, 20:40] = 0.1
    assert what_is_left(there, "spread", VARIANCE).kind == "kept"


def test_replicates_that_degenerated_count_as_having_nothing_left():
    values = np.ones((10, 101))
    values[:9, 3:] = np.nan
    left = what_is_left(values, "spread", VARIANCE)
    assert (left.kind, left.since, left.end.median) == ("collapsed", 3, 0.0)
    values[:7] = 1.0
    left = what_is_left(values, "spread", VARIANCE)
    assert (left.kind, left.end.median) == ("can't tell", 1.0)
    values[:9] = 1.0
    assert what_is_left(values, "spread", VARIANCE).kind == "kept"


def test_a_distance_of_a_degenerate_replicate_is_infinite_and_others_are_nothing():
    assert fill_in(np.array([np.nan]), metrics.find_metric("kl"))[0] == np.inf
    assert fill_in(np.array([np.nan]), metrics.find_metric("entropy"))[0] == 0


def test_quantiles_are_numpys_where_all_is_finite():
    values = np.random.default_rng(0).normal(size=(17, 5))
    levels = (0.05, 0.5, 0.95)
    assert np.allclose(quantiles(values, levels), np.quantile(values, levels, axis=0))


def test_the_sentence_names_every_arm_with_its_number_its_interval_and_when():
    run = made_up(replace=falling(0.0, 50), anchored=falling(1.0, 50))
    summary = summarise(run)
    assert [outcome.kind for outcome in summary.outcomes] == ["collapsed", "kept"]
    sentence = said(run)
    assert "“replace” collapsed: from generation 26 on the median replicate had less than half" in sentence
    assert "(0 % of the real variance), and is proved to fall for ever." in sentence
    assert "“anchored” (100 % of the real variance, 96 to 104 %) kept what generation 0 had" in sentence
    assert "90 %" in sentence


def test_degenerate_replicates_are_told():
    values = falling(1.0, 50)
    values[:3, 3:] = np.nan
    run = made_up(replace=values)
    assert summarise(run).outcomes[0].degenerated == 3
    assert "3 of 20 replicates ended in a model that could learn nothing any more (diverged at step 7)" in said(run)


def test_a_single_replicate_is_called_chance():
    run = made_up(replace=falling(0.0, 50, replicates=1))
    assert summarise(run).outcomes[0].kind == "can't tell"
    assert "may be chance" in said(run)


def test_the_worse_of_diversity_and_spread_decides():
    world = kellet.worlds.categorical([0.5, 0.3, 0.2])
    experiment = kellet.Experiment(world, kellet.families.Categorical(), 10, {"prior": kellet.Arm()}, 100)
    values = {"surviving_types": np.ones((20, 101)), "effective_types": falling(0.1, 50)}
    run = Run(resolve(experiment), None, {"prior": [Block("x", 0, np.arange(2), values, np.full(20, -1), "", {})]})
    outcome = summarise(run).outcomes[0]
    assert outcome.kind == "collapsed"
    assert outcome.deciding.metric.name == "effective_types"
    assert "100 % of the categories, but 10 % of the effective number" in said(run)


def wide(metric, world):
    """A run whose metric rose to seven times what is real."""
    experiment = kellet.Experiment(world, kellet.families.Categorical(), 10, {"wide": kellet.Arm()}, 100)
    values = {metric.name: np.full((20, 101), 1.0) + np.linspace(0, 6, 101)}
    return Run(Resolved(experiment), None, {"wide": [Block("x", 0, np.arange(101), values, np.full(20, -1), "", {})]})


def test_what_is_wider_than_real_data_is_told_in_whole_sentences():
    sentence = said(wide(metrics.find_metric("effective_types"), kellet.worlds.Zipf(9)))
    assert "“wide” writes more widely than the real data (700 % of the effective number of categories): no" in sentence


def test_a_metric_without_a_unit_is_told_by_its_title(monkeypatch):
    plain = replace(metrics.find_metric("variance_ratio"), name="plain", unit="", title="what is plain")
    monkeypatch.setattr(catalogue, "ALL", (plain,))
    sentence = said(wide(plain, kellet.worlds.Normal()))
    assert "“wide” (what is plain: 700 %) kept what generation 0 had" in sentence
    assert "“wide” writes more widely than the real data (what is plain: 700 %): no loss" in sentence


ANCHORED = kellet.Arm(anchor=kellet.Anchor(1))


def noisy(to: float, by: int, generations: int = 100, replicates: int = 4) -> np.ndarray:
    """Down to a level with much chance."""
    noise = np.random.default_rng(3).normal(size=(replicates, generations + 1))
    return falling(to, by, generations, replicates) * np.exp(0.3 * noise)


def test_still_falling_is_said_beside_the_word_and_makes_none_worse():
    run = made_up(ANCHORED, one=falling(0.35, 100), other=falling(0.34, 40))
    assert [outcome.kind for outcome in summarise(run).outcomes] == ["lost half", "lost half"]
    sentence = said(run)
    assert "“one” (35 % of the real variance, 33 to 37 %) lost half, still falling." in sentence
    assert "“other” (34 % of the real variance, 32 to 36 %) lost half, no longer falling." in sentence
    assert "a fall of more than 1 % of generation 0 per ten generations would have been seen" in sentence


def test_what_so_few_replicates_cannot_tell_is_said_with_how_many_could():
    run = made_up(ANCHORED, one=noisy(0.7, 40))
    (outcome,) = summarise(run).outcomes
    assert outcome.kind == "can't tell" and outcome.level.needed > 4
    assert f"can't tell with 4 replicates; {outcome.level.needed} would do" in said(run)
    assert "no longer" not in said(run)
    table = run.answer().tables[0]
    assert table.rows[0][1].startswith("can't tell\n") and f"{outcome.level.needed} replicates would do" in str(table)


def test_a_short_run_tells_no_trend():
    run = made_up(ANCHORED, one=falling(0.7, 3, 3))
    assert "lost some; so short a run can't tell whether it still falls." in said(run)


def test_theory_has_the_word_where_it_knows():
    assert "“one” (4" in said(made_up(one=falling(0.45, 40)))
    assert "lost half, and is proved to fall for ever" in said(made_up(one=falling(0.45, 40)))
    kept = said(made_up(one=falling(0.97, 40), other=falling(0.97, 40)))
    assert "kept what generation 0 had so far, but are proved to fall for ever" in kept


def test_generation_0_is_judged_first():
    run = made_up(ANCHORED, one=0.57 * falling(1.0, 50), other=0.57 * falling(0.5, 40))
    assert said(run).startswith("Generation 0 itself has 57 % of the real variance. ")
    assert [outcome.kind for outcome in summarise(run).outcomes] == ["kept", "can't tell"]
    assert "Generation 0" not in said(made_up(ANCHORED, one=falling(0.4, 40)))


def test_of_what_generation_0_never_had_nothing_is_said():
    """No per cent of zero, and no collapse."""
    values = falling(1.0, 50)
    values[:, 0] = 0.0
    run = made_up(ANCHORED, one=values)
    assert summarise(run).outcomes[0].kind == "no verdict"
    assert "No verdict on “variance”: the median generation 0 has none of it." in said(run)
    assert "kept" not in said(run) and "133 %" not in said(run)
    values[:, 0] = np.inf
    assert "No verdict on “variance”: generation 0 scores ∞." in said(made_up(ANCHORED, one=values))


def test_a_metric_that_cannot_fall_is_called_blind(monkeypatch):
    monkeypatch.setattr(Run, "floors", lambda run, watched: {"variance_ratio": 0.67})
    run = made_up(ANCHORED, one=falling(0.7, 50))
    assert summarise(run).outcomes[0].kind == "no verdict"
    assert "it is blind here, since one real point written over and over scores 67 % already" in said(run)
    assert "“one” is proved to fall for ever; nothing that was watched can show" in said(made_up(one=falling(0.7, 50)))


def test_coverage_of_few_held_out_rows_is_blind_and_of_many_is_not(tmp_path):
    rng = np.random.default_rng(0)
    for rows, blind in ((60, True), (3000, False)):
        path = tmp_path / f"{rows}.csv"
        np.savetxt(path, rng.normal(size=(rows, 2)), delimiter=",", header="a,b", comments="", fmt="%.6f")
        run = kellet.run(
            world=kellet.worlds.Table(str(path)), family=kellet.families.Gaussian(), size=12, generations=2,
            replicates=6, metrics=("coverage", "variance_ratio"),
        )  # fmt: skip
        left = summarise(run).outcomes[0].of("diversity")
        assert (left.metric.name, left.blind is not None) == ("coverage", blind)
        assert ("% of the real data covered" in said(run)) != blind


def test_wider_than_real_data_is_said_only_where_it_is():
    """Four replicates of which two happen to be wide."""
    values = np.ones((4, 101))
    values[:, -1] = 0.4, 0.9, 2.5, 6.0
    assert "more widely" not in said(made_up(ANCHORED, one=values))
    assert "more widely" in said(made_up(ANCHORED, one=falling(3.0, 50)))


@pytest.mark.parametrize(
    ("watched", "found"),
    [
        (("coverage", "surviving_classes", "variance_ratio"), ["surviving_classes", "variance_ratio"]),
        (("variance_ratio", "spread", "kl"), ["spread"]),
        (("rare_coverage", "coverage", "rare_levels"), ["coverage", "rare_levels"]),
        (("kl", "entropy"), []),
    ],
)
def test_for_each_part_the_best_metric_stands_whatever_the_order(watched, found):
    for names in (watched, watched[::-1]):
        assert [metric.name for metric in headlines(tuple(map(metrics.find_metric, names))).values()] == found


def test_the_table_has_a_row_for_each_arm_and_takes_no_markup_from_names(capsys):
    from rich.console import Console

    run = made_up(**{"[red]replace": falling(0.0, 50), "anchored": falling(1.0, 50)})
    Console(width=120).print(run.answer())
    printed = capsys.readouterr().out
    assert "[red]replace" in printed and "anchored" in printed and "collapsed" in printed and "was 100 %" in printed


def test_the_document_is_json_without_nan():
    values = falling(0.0, 50)
    values[:, 90:] = np.nan
    answer = made_up(replace=values, anchored=falling(1.0, 50)).answer()
    found = json.loads(answer.json())
    assert found["schema"] == "kellet/run/1"
    assert found["sentence"] == answer.sentence
    assert found["arms"]["replace"]["verdict"] == "collapsed"
    assert found["arms"]["replace"]["theory"]["variance_ratio"]["kind"] == "exact"
    assert found["arms"]["anchored"]["left"]["spread"]["end"]["median"] == pytest.approx(1.0)
    assert found["arms"]["replace"]["metrics"]["variance_ratio"]["end"]["median"] == 0.0


def test_what_is_no_finite_number_is_null_in_the_document():
    values = falling(1.0, 50)
    values[0, -1] = np.inf
    ends = json.loads(made_up(replace=values).answer().json())["arms"]["replace"]["metrics"]["variance_ratio"]
    assert ends["mean"] is None
    assert ends["end"]["median"] is not None
