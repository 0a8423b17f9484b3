"""A first experiment takes as many replicates and generations as fit."""

import msgspec

import kellet
from kellet import Accumulate, Anchor, Arm
from kellet.experiment import budget
from kellet.experiment.budget import LADDER, fit_into

ARMS = {"replace": Arm(), "fresh": Arm(anchor=Anchor(2)), "accumulate": Arm(Accumulate())}
EXPERIMENT = kellet.Experiment(
    kellet.worlds.Normal(), kellet.families.Gaussian(), 20, ARMS, generations=1000, replicates=1000
)


def fit(monkeypatch, base, growth=0.0, jobs=1, seconds=18.0, **settings):
    monkeypatch.setattr(budget, "_time", lambda _: (base, growth))
    return fit_into(EXPERIMENT, jobs, seconds, **settings)


def numbers(found):
    return found.experiment.replicates, found.experiment.generations


def test_the_first_step_of_the_ladder_that_fits_is_taken(monkeypatch):
    assert numbers(fit(monkeypatch, 1e-6)) == LADDER[0]
    for base in (1e-4, 1e-3, 1e-2, 0.1):
        found = fit(monkeypatch, base, seconds=10.0)
        step = LADDER.index(numbers(found))
        assert found.seconds <= 10
        r, t = LADDER[step - 1]
        assert step == 0 or r * 3 * base * (t + 1) > 10
    assert numbers(fit(monkeypatch, 1e6)) == LADDER[-1]


def test_more_processes_and_less_growth_buy_more(monkeypatch):
    alone, two = (numbers(fit(monkeypatch, 4e-3, jobs=jobs)) for jobs in (1, 2))
    assert two > alone
    assert numbers(fit(monkeypatch, 4e-3, growth=4e-3)) < alone


def test_what_is_said_stays_and_nothing_becomes_more_than_was_meant(monkeypatch):
    assert fit(monkeypatch, 0.1, choose=("replicates",)).experiment.generations == 1000
    assert fit(monkeypatch, 0.1, choose=("generations",)).experiment.replicates == 1000
    small = msgspec.structs.replace(EXPERIMENT, replicates=3, generations=7)
    assert numbers(fit_into(small, 1, seconds=1e9)) == (3, 7)


def test_what_reading_took_is_no_longer_there_for_loops(monkeypatch):
    monkeypatch.setattr(budget.time, "process_time", lambda: 0.0)
    early = numbers(fit(monkeypatch, 4e-3, seconds=None))
    monkeypatch.setattr(budget.time, "process_time", lambda: 1000.0)
    late = fit(monkeypatch, 4e-3, seconds=None)
    assert numbers(late) < early
    assert late.seconds <= budget.LEAST


def test_it_says_what_it_took(monkeypatch):
    monkeypatch.setattr(budget, "_time", lambda _: (0.5, 0.0))
    found = fit_into(msgspec.structs.replace(EXPERIMENT, replicates=3, generations=7), 1, seconds=1e9)
    assert str(found) == "3 arms x 3 replicates x 7 generations, about 36 s"


def test_the_cost_of_a_generation_is_a_time():
    base, growth = budget._time(msgspec.structs.replace(EXPERIMENT, replicates=3, generations=7))
    assert base >= 0
    assert growth >= 0
