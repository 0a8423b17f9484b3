"""Claims: one sentence that says no more than the numbers do, whatever a run was."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from kellet import metrics
from kellet.experiment.verdict.claim import RunClaim, claim
from kellet.experiment.verdict.naming import Naming
from kellet.experiment.verdict.summary import Outcome, Summary, what_is_left

CLASSES, VARIANCE = metrics.find_metric("surviving_classes"), metrics.find_metric("variance_ratio")
RARE = metrics.find_metric("tail_kept")
LEADS = {"replace": "Left alone", "fresh": "With 10 % fresh real pictures", "more": "With nothing thrown away"}
NAMINGS = {name: Naming(name, "", lead) for name, lead in LEADS.items()}


def falls(start, *ends):
    """(R, 20): from one number to each of the others."""
    return np.linspace(np.full(len(ends), start), np.array(ends, dtype=float), 20).T


def outcome(arm, metric, values, **more):
    left = what_is_left(values, metric.part, metric)
    return Outcome(arm, (left,), 0, (), len(values), **more)


def tell(*outcomes, replicates=20, noun="digits", anchored=("fresh",)) -> RunClaim:
    parts = {left.part: left.metric for one in outcomes for left in one.left}
    return claim(Summary(19, replicates, parts, outcomes), noun, NAMINGS, ("replace",), anchored)


def around(level, count=20, by=0.02):
    return level * np.linspace(1 - by, 1 + by, count)


LOST = outcome("replace", CLASSES, falls(10, *[1, 2, 2, 2, 2, 2, 2, 2, 3, 4]))
KEPT = outcome("fresh", CLASSES, falls(10, *[8, 9, 9, 9, 9, 9, 9, 9, 9, 10]))


def test_things_that_are_counted_are_counted_in_the_claim_with_interval_and_zero():
    found = tell(LOST, KEPT)
    text = "Left alone, the models forgot 8 of the 10 digits. With 10 % fresh real pictures they kept 9."
    assert found.text == text
    assert "In 90 % of 10 replicates they forgot 6 to 9; with 10 % fresh real pictures they kept 8 to 10." in found.span
    assert "No loss would be what generation 0 had, which learnt from real data alone: 10 digits." in found.span
    assert (found.worst, found.best, found.metric) == ("replace", "fresh", CLASSES)


def test_one_arm_is_told_alone():
    assert tell(LOST).text == "Left alone, the models forgot 8 of the 10 digits."
    assert tell(LOST).best is None


def test_real_data_are_told_before_what_kept_even_more_and_other_arms_where_real_data_did_not_help():
    more = outcome("more", CLASSES, falls(10, *[10] * 10))
    assert tell(LOST, more, KEPT).best == "fresh"
    useless = outcome("fresh", CLASSES, falls(10, *[1, 2, 2, 2, 2, 2, 2, 2, 3, 4]))
    found = tell(LOST, useless, more)
    assert found.best == "more"
    assert found.text.endswith("With nothing thrown away they kept all of them.")


def test_arms_that_do_not_differ_are_said_not_to():
    same = outcome("fresh", VARIANCE, falls(1, *around(0.31)))
    found = tell(outcome("replace", VARIANCE, falls(1, *around(0.3, by=0.5))), same)
    assert (
        found.text
        == "Left alone, the models lost 70 % of the variance. Nothing else that was tried kept measurably more."
    )
    assert found.best is None


def test_nothing_lost_is_said_only_where_it_is_certain():
    sure = tell(*(outcome(arm, VARIANCE, falls(1, *around(0.97))) for arm in ("replace", "fresh")))
    assert sure.text == "Nothing was lost: whatever they learnt from, the models kept 97 % of the variance."
    assert tell(outcome("replace", VARIANCE, falls(1, *around(1.3)))).text == (
        "Nothing was lost: left alone, the models kept 100 % of the variance."
    )
    unsure = tell(outcome("replace", VARIANCE, falls(1, *around(0.92, by=0.4))))
    assert unsure.text == "Whether the models lost any of the variance, 20 replicates can't tell."
    assert "the median replicate kept 92 %" in unsure.span


@pytest.mark.parametrize(
    ("end", "said"),
    [(0.0, "all of the variance"), (1e-9, "over 99.9 % of the variance"), (0.004, "99.6 % of the variance"),
     (0.25, "75 % of the variance")],
)  # fmt: skip
def test_all_is_said_only_where_nothing_is_left(end, said):
    assert tell(outcome("replace", VARIANCE, falls(1, *[end] * 10))).text == f"Left alone, the models lost {said}."


def test_all_of_what_is_counted():
    assert (
        tell(outcome("replace", CLASSES, falls(10, *[0] * 10))).text == "Left alone, the models forgot all 10 digits."
    )


def test_one_repetition_may_be_chance():
    found = tell(outcome("replace", VARIANCE, falls(1, 0.2)), outcome("fresh", VARIANCE, falls(1, 0.8)), replicates=1)
    text = "Left alone, the models lost 80 % of the variance. With 10 % fresh real pictures they kept 80 %."
    assert found.text == text
    assert found.span.startswith("This is one replicate only, so all of it may be chance.") and "90 %" not in found.span


def test_where_diversity_holds_the_rare_part_is_told():
    both = [
        replace(
            outcome("replace", VARIANCE, falls(1, *around(0.97))),
            left=tuple(
                what_is_left(falls(1, *around(level)), metric.part, metric)
                for metric, level in ((VARIANCE, 0.97), (RARE, 0.3))
            ),
        )
    ]
    assert tell(*both, noun="words").text == "Left alone, the models lost 70 % of the rare words."


def test_where_nothing_can_be_judged_nothing_is_claimed():
    blind = tell(outcome("replace", VARIANCE, np.zeros((10, 20))))
    assert blind.text == "What was watched here can't show whether anything was lost."
    assert (blind.metric, blind.worst, blind.best) == (None, None, None)
    assert claim(Summary(9, 5, {}, (Outcome("replace", (), 0, (), 5),)), "digits", NAMINGS).text == blind.text


def test_failed_and_emptied_arms_are_no_outcome_and_not_hidden():
    broken = Outcome("fresh", (), 0, (), 10, failed=10, failures=("generation 3: no",))
    assert "A program broke in “fresh”" in tell(LOST, broken).span
    assert tell(LOST, broken).text == "Left alone, the models forgot 8 of the 10 digits."
    assert tell(broken).text == "A program broke before anything could be measured."
    emptied = Outcome("fresh", (), 0, (), 10, emptied=8, first=2)
    assert tell(emptied).text == "Nothing was left to learn from in 8 of 10 replicates."
    assert "“fresh”" in tell(LOST, emptied).span
