"""Killed at any moment, again and again, it ends with the same bits, and nothing is left behind."""

import json
import random
import time

import pytest

SWEEP = ["--grid", "size=20,40"]


@pytest.mark.parametrize("kills", [7, pytest.param(40, marks=pytest.mark.slow)])
@pytest.mark.parametrize(("verb", "more"), [("run", []), ("sweep", SWEEP)])
def test_a_run_or_a_sweep_that_is_killed_again_and_again_has_the_same_bits(room, until, verb, more, kills):
    command = ["run", "study.toml", *more, "--jobs", "2", "--quiet", "--out"]
    room.call(*command, "whole")
    whole = room.cells("whole")
    chance = random.Random(f"{verb} {kills}")
    for _ in range(kills):
        process = room.start(*command, "killed")
        # Somewhere between nothing, and a few blocks more than there are.
        target = len(room.cells("killed")) + chance.randrange(len(whole) // kills + 2)
        until(lambda target=target: len(room.cells("killed")) >= target, process)
        time.sleep(chance.choice((0.0, 0.003, 0.3)))
        process.kill()
        process.communicate()
        assert room.cells("killed") <= whole
    room.call(*command, "killed")
    assert room.cells("killed") == whole
    assert not room.left("killed")


@pytest.mark.parametrize("kills", [6, pytest.param(20, marks=pytest.mark.slow)])
def test_a_plan_that_is_killed_again_and_again_finds_the_same(room, until, kills):
    command = ["plan", "normal", "--size", "20", "--generations", "3", "--jobs", "1", "--json", "--out"]
    whole = json.loads(room.call(*command, "whole")[0])
    chance = random.Random(kills)
    for _ in range(kills):
        process = room.start(*command, "killed")
        target = len(room.cells("killed")) + chance.randrange(8)
        until(lambda target=target: len(room.cells("killed")) >= target, process)
        time.sleep(chance.choice((0.0, 0.003, 0.3)))
        process.kill()
        process.communicate()
    again = json.loads(room.call(*command, "killed")[0])
    for told in (whole, again):
        told.pop("folder", None)
        told.pop("seconds", None)
    assert json.dumps(again).replace("killed", "whole") == json.dumps(whole)
    assert not room.left("killed")
