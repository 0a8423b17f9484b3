"""Arms in plain words, which follow from their settings."""

from __future__ import annotations

from importlib.resources import files

import pytest

import kellet
from kellet import Accumulate, Anchor, Arm, Prior, Window
from kellet.experiment.spelling.arms import parse_arm
from kellet.experiment.verdict.naming import CODES, describe_plainly, name_arms


def experiment(**arms):
    return kellet.Experiment(kellet.worlds.Digits(), kellet.families.Gaussian(), 10, arms, 3)


def test_kellets_own_names_give_way_to_plain_words_and_stand_small_beside_them():
    arms = {"replace": Arm(), "10 % fresh real": Arm(anchor=Anchor(share=0.1)), "fresh:1": Arm(anchor=Anchor(1))}
    named = name_arms(experiment(**arms))
    assert [(one.title, one.beside) for one in named.values()] == [
        ("no real data", "replace"), ("10 % fresh real pictures", "10 % fresh real"),
        ("one fresh real picture per generation", "fresh:1"),
    ]  # fmt: skip
    assert [one.lead for one in named.values()] == [
        "Left alone", "With 10 % fresh real pictures", "With one fresh real picture per generation"
    ]  # fmt: skip


def test_somebodys_own_name_stays_with_what_it_does_beside_it():
    named = name_arms(experiment(mine=Arm(anchor=Anchor(3)), yours=Arm()))
    assert (named["mine"].title, named["mine"].beside) == ("mine", "three fresh real pictures per generation")
    assert (named["mine"].lead, named["yours"].lead) == ("In “mine”", "Left alone")


def test_a_name_that_says_something_else_than_the_settings_is_somebodys_own():
    assert name_arms(experiment(**{"fresh:2": Arm(anchor=Anchor(1))}))["fresh:2"].title == "fresh:2"


def test_two_arms_never_get_the_same_name():
    named = name_arms(experiment(**{"replace": Arm(), "window:1": Arm(Window(1)), "no real data": Arm(Accumulate())}))
    assert [one.title for one in named.values()] == ["replace", "window:1", "no real data"]


def test_every_arm_of_the_presets_has_a_plain_name():
    import tomllib

    folder = files("kellet.experiment.presets")
    arms = [
        name
        for file in ("digits", "normal", "text", "words")
        for name in tomllib.loads(folder.joinpath(f"{file}.toml").read_text(encoding="utf-8"))["arms"]
    ]
    assert set(arms) <= CODES


@pytest.mark.parametrize(
    "spelled",
    ["replace", "accumulate", "subsample", "window:3", "fresh:1", "fresh:10%", "fresh:2+every:5", "fresh:10%+random",
     "fresh:10%+contaminated:5%", "fixed:10%", "fixed:3", "bank:5/50", "fresh:2+weight:3", "prior:2",
     "temperature:0.9", "top-k:3", "accumulate+fresh:1+prior:2+top-p:0.9"],
)  # fmt: skip
def test_every_setting_is_seen_in_the_words(spelled):
    arm = parse_arm(spelled)[1]
    words = describe_plainly(arm, "pictures")
    others = {describe_plainly(one, "pictures") for one in (Arm(), Arm(Accumulate()), Arm(prior=Prior(7)))}
    assert words and (words not in others or arm in (Arm(), Arm(Accumulate())))
    assert ("real picture" in words) == (arm.anchor is not None)
