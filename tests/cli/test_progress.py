"""How far a verb is, as it is told on standard error."""

import io
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from itertools import pairwise

import pytest

import kellet as library
from kellet.cli import progress
from kellet.experiment.running import meter


@pytest.fixture
def clock(monkeypatch):
    """Seconds that pass only when somebody says so."""
    now = [0.0]
    monkeypatch.setattr("time.monotonic", lambda: now[0])

    def wait(seconds):
        now[0] += seconds

    return wait


EXPERIMENT = library.Experiment(
    library.worlds.Normal(), library.families.Gaussian(), 10, {"a": library.Arm(), "b": library.Arm()}, 100, 50
)


def test_a_log_gets_what_is_done_first_then_a_line_for_each_tenth_with_the_time_that_is_left(clock, capsys):
    with progress.show_run(False, EXPERIMENT, "runs/a b") as tell:
        for done in range(21):
            tell(done / 2, 10)
            clock(4)
    said = capsys.readouterr().err.splitlines()
    assert said[0] == "2 arms x 50 replicates x 100 generations -> runs/a b; to follow it: kellet watch 'runs/a b'"
    assert said[1] == "10 %: about 1,000 of 10,000 generations, about 72 s left"
    assert [line.split()[0] for line in said[1:]] == [f"{tenth}0" for tenth in range(1, 10)]


def test_what_is_quick_says_nothing_and_nothing_comes_too_often(clock, capsys):
    with progress.show_run(False, EXPERIMENT, "runs/a") as tell:
        for done in range(11):
            tell(done, 10)
            clock(0.4)
    assert capsys.readouterr().err == ""
    with progress.show_search(False, "At most 10 minutes -> runs/plan") as tell:
        for done in range(100):
            tell("between 3 and 9 points", done / 100)
            clock(0.2)
    said = capsys.readouterr().err.splitlines()
    assert said[0] == "At most 10 minutes -> runs/plan"
    assert said[1:] == [f"{share} %: between 3 and 9 points" for share in (20, 50, 70)]


def test_what_was_there_at_first_took_no_time(clock, capsys):
    with progress.show_run(False, EXPERIMENT, "runs/a") as tell:
        tell(5, 10)
        clock(10)
        tell(6, 10)
    assert "60 %: about 6,000 of 10,000 generations, about 40 s left" in capsys.readouterr().err


def test_a_sweep_says_how_many_points_it_has_and_counts_blocks_where_generations_differ(clock, capsys):
    swept = library.Experiment(
        library.worlds.Normal(), library.families.Gaussian(), 10, {"a": library.Arm()}, 100, 50,
        grid={"generations": (10, 20), "size": (10, 20, 30)},
    )  # fmt: skip
    with progress.show_run(False, swept, "s") as tell:
        tell(0, 12)
        clock(60)
        tell(3.5, 12)
    first, second = capsys.readouterr().err.splitlines()
    assert first.startswith("a grid of 6 x 1 arm x 50 replicates -> s;")
    assert second.startswith("20 %: 3.5 of 12 blocks, about 2 min left")


def test_nothing_is_told_to_whoever_wants_silence(clock, capsys):
    with progress.show_run(True, EXPERIMENT, "runs/a") as tell:
        for done in range(11):
            tell(done, 10)
            clock(60)
    assert capsys.readouterr().err == ""


def test_a_terminal_sees_all_of_it_at_once(monkeypatch):
    told = io.StringIO()
    told.isatty = lambda: True
    monkeypatch.setattr("sys.stderr", told)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "120")
    with progress.show_run(False, EXPERIMENT, "runs/a") as tell:
        tell(0, 10)
        tell(2.5, 10)
    assert "2 arms x 50 replicates x 100 generations -> runs/a; to follow it: kellet watch runs/a" in told.getvalue()
    assert "about 2,500 of 10,000 generations, about" in told.getvalue()
    assert "25 %" in told.getvalue()


@pytest.mark.parametrize("apart", [False, True])
def test_a_long_block_tells_how_far_it_is_wherever_it_is_computed(apart, monkeypatch):
    told = []
    monkeypatch.setattr(meter, "PERIOD", 0.0)
    monkeypatch.setattr("kellet.experiment.running.engines.GLANCE", 0.001)
    arms = {"a": library.Arm(), "b": library.Arm(anchor=library.Anchor(1))}
    with ThreadPoolExecutor(1) if apart else nullcontext() as executor:
        library.run(
            world=library.worlds.Normal(), family=library.families.Gaussian(), size=10, arms=arms, generations=500,
            replicates=2, executor=executor, metrics=("variance_ratio",),
            progress=lambda done, total: told.append((done, total)),
        )  # fmt: skip
    assert told[0] == (0, 2) and told[-1] == (2, 2)
    assert {total for _, total in told} == {2}
    assert any(done not in (0, 1, 2) for done, _ in told)
    if not apart:
        assert all(0 <= later - before < 0.01 for (before, _), (later, _) in pairwise(told))


def test_notes_that_cannot_be_written_or_read_are_none(tmp_path):
    notes = meter.Notes(str(tmp_path))
    notes(("a", 0), 0.25)
    notes(("b", 1), 0.5)
    (tmp_path / "c-0").write_text("", encoding="ascii")
    assert notes.read() == 0.75
    notes.drop(("a", 0))
    notes.drop(("a", 0))
    assert notes.read() == 0.5
    gone = meter.Notes(str(tmp_path / "gone"))
    gone(("a", 0), 0.25)
    assert gone.read() == 0
