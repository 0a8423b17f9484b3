"""Plans: what they answer, what they can't, and that the same question gets the same answer."""

import sys
import time

import msgspec
import numpy as np
import polars as pl
import pytest

import kellet
from kellet import Anchor, Arm, Experiment, InputError, families, resolve, worlds
from kellet.experiment.running.blocks import Block
from kellet.experiment.running.folder import Folder
from kellet.experiment.running.schedule import Harvest
from kellet.loop.curation.sampling import Shrink
from kellet.planning import solution
from kellet.planning.cost import fit_block
from kellet.planning.outcomes import Keep, Laboratory
from kellet.planning.reserve import Reserve
from kellet.planning.search import Search, narrow
from kellet.planning.solution import solve
from kellet.theory import Loop, stationary

NORMAL = {"world": worlds.Normal(), "family": families.Gaussian(), "size": 200, "generations": 40}


def normal(**changes):
    return kellet.plan(**{**NORMAL, "keep": {"variance": 0.7}, **changes})


def timeless(plan):
    return msgspec.structs.replace(plan, seconds=0.0)


@pytest.fixture(scope="module")
def found():
    return normal()


@pytest.fixture(scope="module")
def table(tmp_path_factory):
    path = tmp_path_factory.mktemp("data") / "t.csv"
    rng = np.random.default_rng(0)
    pl.DataFrame(rng.normal(size=(160, 2)), schema=["x", "y"]).write_csv(path)
    return worlds.Table(str(path))


def test_an_answer_keeps_its_promise_on_fresh_loops(found):
    assert found.conclusive
    assert found.low <= found.points <= found.high
    run = kellet.run(
        **NORMAL, arms={"k": Arm(anchor=Anchor(found.points))}, replicates=2000, seed=99, metrics=("variance_ratio",)
    )
    values = run.data["variance_ratio"].values[0]
    share = (values[:, -1] >= 0.7 * np.median(values[:, 0])).mean()
    # The interval's ends are a factor of 1.5 apart, over which the share moves by some 0.05.
    assert 0.85 < share < 0.95


def test_an_answer_says_what_it_rests_on(found):
    assert found.trials[0].points == 0
    assert found.real[0] / found.real[1] > 0.95
    assert found.checked[1] == 200
    assert found.binding == "variance"
    assert found.sentence.startswith(f"Keep {found.points} fresh real rows in every training set of 200")
    assert "variance" in found.sentence
    assert found.share == found.points / 200
    assert found.low / 1.3 < found.theory.points < found.high * 1.3
    names = [cure.name for cure in found.cures]
    assert any("fixed" in name for name in names)
    assert any("weighted optimally" in name for name in names)
    assert "accumulate, nothing real" in names
    assert any(name.startswith("a prior") for name in names)
    assert found.cures[0].collected == found.points * 40


def test_theory_knows_rows_of_a_table_or_is_silent(table):
    experiment = Experiment(table, families.Gaussian(), 40, {"replace": Arm()}, generations=5)
    keeps = {"variance_ratio": Keep("variance_ratio", 0.95, 1.0, False)}
    found = {
        text: solve(experiment, Arm(), keeps, Reserve.of(text, 0.0, experiment, resolve(experiment).source), 0.9)
        for text in ("fresh", "fixed", "bank:/20")
    }
    assert found["bank:/20"] is None
    assert 0 < found["fresh"].points <= found["fixed"].points


def test_theory_alone_agrees_with_simulation_for_every_draw():
    for anchor in ("fresh", "fixed", "bank:/100"):
        simulated, theory = normal(anchor=anchor, precision=1.3), normal(anchor=anchor, theory_alone=True)
        assert theory.trials == ()
        assert theory.conclusive
        assert simulated.low / 1.25 < theory.points < simulated.high * 1.25, anchor


@pytest.mark.parametrize(
    ("world", "family", "level"),
    [
        (worlds.Bernoulli(0.2), families.Bernoulli(), 0.8),
        (worlds.Exponential(), families.Exponential(), 0.6),
        (worlds.Poisson(1.0), families.Poisson(), 0.7),
    ],
    ids=["bernoulli", "exponential", "poisson"],
)
def test_theory_of_one_mean_agrees_with_simulation(world, family, level):
    asked = {"world": world, "family": family, "size": 300, "generations": 60, "keep": {"variance": level}}
    simulated, theory = kellet.plan(**asked), kellet.plan(**asked, theory_alone=True)
    assert simulated.low / 1.3 - 1 <= theory.points <= simulated.high * 1.3 + 1
    assert "law of settled loops" in theory.theory.kind


@pytest.mark.parametrize(
    ("world", "family", "law", "points"),
    [
        (worlds.Normal(), families.Gaussian(), lambda k: stationary.normal(k, 0, 1)[0].ppf(0.1), 5),
        (worlds.Exponential(), families.Exponential(), lambda k: stationary.exponential(k, 1).ppf(0.1) ** 2, 8),
        (worlds.Poisson(1.0), families.Poisson(), lambda k: stationary.poisson(k, 1).ppf(0.1), 3),
    ],
    ids=["gaussian", "exponential", "poisson"],
)
def test_theory_asks_for_what_the_law_of_settled_loops_asks_for(world, family, law, points):
    asked = {"world": world, "family": family, "size": 10**9, "generations": 10**10, "keep": {"variance": 0.5}}
    assert next(k for k in range(1, 100) if law(k) >= 0.5) == points
    assert kellet.plan(**asked, theory_alone=True).points == points


@pytest.mark.parametrize("confidence", [0.5, 0.9, 0.99])
@pytest.mark.parametrize("horizon", [10, 100])
def test_theory_of_loops_without_anything_real_is_that_of_products(confidence, horizon):
    n, rng, draws = 100, np.random.default_rng(5), 50_000
    logs = {"gaussian": np.zeros(draws), "exponential": np.zeros(draws)}
    for _ in range(horizon):
        logs["gaussian"] += np.log(rng.chisquare(n - 1, draws) / n)
        logs["exponential"] += 2 * np.log(rng.standard_gamma(n, draws) / n)
    told = {
        "gaussian": solution._spread(Loop(n, 0, -1), horizon, confidence),
        "exponential": solution._variance(families.Exponential(), 1.0, Loop(n, 0, 1), horizon, confidence),
    }
    for name, seen in logs.items():
        kept = (np.exp(seen) >= told[name]).mean()
        # Taken as lognormal: the skewness of so many factors is worth half a percent.
        assert abs(kept - confidence) < 0.006 + 4 * np.sqrt(confidence * (1 - confidence) / draws), name


def test_theory_of_rare_words_agrees_with_simulation():
    p = 1 / np.arange(1, 101)
    asked = {
        "world": worlds.categorical(p / p.sum()), "family": families.Categorical(), "size": 300, "generations": 20,
        "keep": {"rare": 0.6},
    }  # fmt: skip
    simulated, theory = kellet.plan(**asked), kellet.plan(**asked, theory_alone=True)
    assert simulated.binding == "rare"
    assert simulated.rarest == theory.rarest or simulated.points != theory.points
    assert simulated.low / 1.3 <= theory.points <= simulated.high * 1.3
    assert "the rarest that is kept is" in simulated.sentence


def test_no_real_point_is_needed_for_a_short_horizon_and_a_low_level():
    found = normal(generations=2, keep={"variance": 0.3})
    assert (found.points, found.low, found.high, found.conclusive) == (0, 0, 0, True)
    assert found.sentence.startswith("No real row is needed")
    assert [trial.points for trial in found.trials] == [0]
    assert found.binding == ""


def test_contaminated_points_count_for_fewer(found):
    dirty = normal(contaminated=0.5)
    assert dirty.points / found.points == pytest.approx(2, rel=0.45)
    assert dirty.low > 1.2 * found.low
    assert "model-written" in " ".join(dirty.notes)
    assert dirty.theory.points == pytest.approx(2 * found.theory.points, abs=2)


def test_fixed_points_have_to_be_more_than_fresh_ones(found):
    fixed = normal(anchor="fixed")
    assert fixed.low > found.high
    assert "fixed real rows" in fixed.sentence
    assert fixed.cures[0].collected == fixed.points
    assert any(cure.name == f"{fixed.points} fresh" for cure in fixed.cures)


def test_a_bank_holds_no_more_than_it_has():
    found = normal(anchor="bank:/30")
    assert found.most == 30
    assert found.draw == "bank:/30"
    assert found.points is None or found.points <= 30
    assert all(trial.points <= 30 for trial in found.trials)


def test_a_bias_that_curation_repeats_binds_and_asks_for_a_share():
    answers = {}
    for size in (200, 800):
        found = normal(size=size, curation=Shrink(0.97), keep={"variance": 0.7})
        assert found.binding == "bias"
        assert "the limiting factor is bias" in found.sentence
        assert {reason.name: reason for reason in found.reasons}["bias"].loss == pytest.approx(0.03, abs=0.015)
        answers[size] = found.share
    assert answers[800] / answers[200] == pytest.approx(1, abs=0.5)


def test_a_model_that_widens_what_it_learns_is_bound_by_bias():
    found = kellet.plan(
        world=worlds.Digits(dims=4), family=families.Kernel(), size=60, generations=6, keep={"coverage": 0.75},
        precision=4,
    )  # fmt: skip
    assert found.binding == "bias"
    assert {reason.name: reason.points for reason in found.reasons}["variance"] < found.low


def test_a_reserve_smaller_than_the_answer_says_how_many_rows_are_missing(table):
    found = kellet.plan(
        world=table, family=families.Gaussian(), size=60, generations=400, keep={"spread": 0.75}, contaminated=0.8,
    )  # fmt: skip
    assert not found.conclusive
    assert found.sentence.startswith("Inconclusive")
    assert found.most == min(60, 32)
    assert "more rows are needed" in " ".join(found.notes)


def test_a_spent_budget_says_between_what_and_what():
    found = normal(budget=1e-9, precision=1.01)
    assert not found.conclusive
    assert found.sentence.startswith("Inconclusive: ")
    assert found.checked is None or found.checked[1] > 0


def test_a_plan_that_goes_on_computes_nothing_and_says_the_same(tmp_path, monkeypatch):
    first = normal(out=tmp_path / "plan")
    files = sorted(path.name for path in (tmp_path / "plan" / "cells").iterdir())

    def never(task):
        raise AssertionError(task)

    monkeypatch.setattr(sys.modules["kellet.experiment.running.schedule"], "compute_folded", never)
    again = normal(out=tmp_path / "plan")
    assert timeless(again) == timeless(first)
    assert sorted(path.name for path in (tmp_path / "plan" / "cells").iterdir()) == files


def test_what_would_end_too_late_is_not_begun(monkeypatch):
    now = [0.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    laboratory = Laboratory(
        resolve(Experiment(arms={"a": Arm()}, block=2, **NORMAL)).experiment, ("variance_ratio",), None
    )

    def perform(tasks, folder, **how):
        # Each block of 3 generations takes 3 seconds.
        now[0] += 3.0 * len(tasks)
        values = {"variance_ratio": np.ones((2, 2))}
        never = np.full(2, -1)
        blocks = {key: Block(*key, np.array([0, 2]), values, never, "", {}) for key in tasks}
        return Harvest(blocks, 0)

    monkeypatch.setattr("kellet.planning.outcomes.perform", perform)
    (first,) = laboratory.look([(Arm(), range(1))], 2)
    assert (len(first["variance_ratio"]), laboratory.pace, laboratory.estimate(4, 2)) == (2, 1.0, 12.0)
    looks = laboratory.look([(Arm(), range(1, 5)), (Arm(anchor=Anchor(3)), range(5))], 2, until=17.0)
    # Four more blocks fit, the first ones of each arm.
    assert [len(values["variance_ratio"]) for values in looks] == [2 * 2, 2 * 2]
    assert now[0] == 15.0
    assert len(laboratory.look([(Arm(), range(9, 10))], 2, until=17.0)[0]["variance_ratio"]) == 0
    assert len(laboratory.look([(Arm(), range(9, 10))], 2, until=19.0, effort=2.0)[0]["variance_ratio"]) == 0


@pytest.mark.parametrize(
    ("alone", "more", "budget", "block"),
    # Loops cost nothing; a block of 50 costs what 1 costs; a block of 6 is all that a second has room for; none fits.
    [(0.0001, 0.0, 60, 50), (0.01, 0.0, 60, 50), (0.02, 0.02, 100, 6), (9.0, 9.0, 20, None)],
)
def test_blocks_hold_what_the_budget_has_time_for(monkeypatch, alone, more, budget, block):
    now = [0.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])

    def look(self, trials, last):
        now[0] += alone + more * (self.experiment.block - 1)

    monkeypatch.setattr("kellet.planning.outcomes.Laboratory.look", look)
    experiment = Experiment(arms={"a": Arm()}, block=50, **NORMAL)
    if block is None:
        with pytest.raises(InputError, match=r"one loop takes about 184\. Try --budget-minutes 185"):
            fit_block(experiment, Arm(), (), budget, budget)
    else:
        assert fit_block(experiment, Arm(), (), budget, budget) == block


def test_where_the_check_falls_short_the_search_goes_on_and_counts_it(monkeypatch):
    """Fresh loops of the first check are made to fail: they are counted, and what is answered then is checked anew."""
    checks, true = [], Search.check

    def check(self, keeps, points):
        cure = true(self, keeps, points)
        if not checks:
            cure = msgspec.structs.replace(cure, successes=cure.tries // 2)
        checks.append((points, cure.successes, cure.tries))
        return cure

    before = normal()
    monkeypatch.setattr(Search, "check", check)
    found = normal()
    assert len(checks) > 1
    points, successes, tries = checks[0]
    assert (points, successes) == (before.points, tries // 2)
    assert {trial.points: trial for trial in found.trials}[points].tries >= tries
    assert found.points > points
    assert found.checked == checks[-1][1:]
    monkeypatch.setattr(
        Search, "check", lambda self, keeps, points: msgspec.structs.replace(true(self, keeps, points), successes=0)
    )
    never = normal()
    assert not never.conclusive
    assert "fell short" in never.notes[0]


def test_what_was_there_already_is_not_counted_as_computed(tmp_path):
    # Else a plan that goes on would believe that a trial takes no time.
    experiment = resolve(Experiment(arms={"replace": Arm()}, block=10, **NORMAL)).experiment
    folder = Folder(tmp_path / "plan")
    folder.begin(experiment)
    for blocks, computed in ((range(2), 2), (range(3), 1), (range(3), 0)):
        laboratory = Laboratory(experiment, ("variance_ratio",), None, folder)
        laboratory.look([(Arm(), blocks)], 2)
        assert laboratory.computed == computed


def test_a_plan_in_a_folder_says_what_one_without_says(found, tmp_path):
    assert timeless(normal(out=tmp_path / "plan")) == timeless(found)


def test_the_number_of_processes_changes_nothing(monkeypatch):
    monkeypatch.setattr("kellet.planning.planning.WORTH", 0.0)
    small = {"generations": 5, "keep": {"variance": 0.8}, "precision": 3.0}
    assert timeless(normal(jobs=2, **small)) == timeless(normal(jobs=1, **small))


def test_another_seed_gives_other_trials_and_much_the_same_answer(found):
    other = normal(seed=1)
    assert other.trials != found.trials
    assert other.low < found.high
    assert found.low < other.high


def test_an_experiment_may_be_given_whole(found):
    experiment = kellet.Experiment(arms={"any": Arm()}, **NORMAL)
    assert timeless(kellet.plan(experiment, keep={"variance": 0.7})) == timeless(found)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"keep": {"variance": 1.2}}, r"--keep variance_ratio=0\.\d+"),
        ({"keep": {"nonsense": 0.9}}, "variance_ratio"),
        ({"keep": {}}, "at least one metric"),
        ({"keep": {"variance": 0.8, "variance_ratio": 0.7}}, "each metric once"),
        ({"keep": {"variance": -1.0}}, "a level > 0"),
        ({"keep": {"variance": float("nan")}}, "a level > 0"),
        ({"confidence": 0.3}, "confidence"),
        ({"confidence": 1.0}, "confidence"),
        ({"contaminated": 1.0}, "contaminated share"),
        ({"contaminated": 0.1, "anchor": "fixed"}, "contamination of fresh points"),
        ({"precision": 1.0}, "precision above 1"),
        ({"budget": 0.0}, "budget above 0"),
        ({"anchor": "bank"}, "bank:/K"),
        ({"anchor": "bank:/0"}, "at least 1 point"),
        ({"anchor": "stale"}, "fresh, fixed or bank:/K"),
        ({"size": (100, 100)}, "different sizes"),
    ],
)
def test_bad_questions_are_refused_with_what_to_try(changes, said):
    with pytest.raises(InputError, match=said):
        normal(**changes)


def test_what_is_missing_is_named():
    with pytest.raises(InputError, match="no family, size"):
        kellet.plan(world=worlds.Normal(), generations=10, keep={"variance": 0.9})


def test_theory_that_is_not_known_is_refused(table):
    with pytest.raises(InputError, match="theory knows"):
        kellet.plan(
            world=table, family=families.Bootstrap(), size=50, generations=5, keep={"coverage": 0.9}, theory_alone=True
        )


def test_a_bank_larger_than_the_reserve_is_refused(table):
    with pytest.raises(InputError, match="at most the 32 points of the reserve"):
        kellet.plan(
            world=table, family=families.Gaussian(), size=50, generations=5, keep={"spread": 0.5}, anchor="bank:/500"
        )


def test_where_none_keep_as_many_as_were_asked_the_search_ends_and_says_so():
    # Of loops without anything real about 90 % keep so much, and no number of them tells whether it is 89 or 91.
    found = kellet.plan(**{**NORMAL, "size": 1000, "generations": 20}, keep={"variance": 0.74})
    assert not found.conclusive
    assert found.low < 1 < found.high < 1000
    none = found.trials[0]
    assert none.points == 0
    assert none.tries < 5000
    assert f"without any, {100 * none.successes / none.tries:.0f} % of {none.tries:,} loops keep" in found.sentence


@pytest.mark.parametrize(
    ("low", "high", "enough"),
    [(40, 60, True), (40, 61, False), (4.3, 6.9, True), (3.9, 6.9, False), (1.2, 2.7, True), (0.2, 1.5, False)],
)
def test_an_interval_is_narrow_enough_in_whole_rows(low, high, enough):
    # In whole rows 5 to 7, 4 to 7, 2 to 3; the last is perhaps none at all.
    assert narrow(low, high, 1.5) is enough
