"""Bars: whatever has the interface of tqdm says how far a verb is, and is closed whatever happens."""

import functools

import pytest

import kellet
from kellet.page import bar as bars
from kellet.page.bar import Line, makes_bars, measure_blocks, measure_words

SETTINGS = {"world": kellet.worlds.Normal(), "family": kellet.families.Gaussian(), "size": 20, "generations": 3}


class Bar:
    """The least that a bar has."""

    made: list["Bar"] = []  # noqa: RUF012

    def __init__(self, *, total, desc):
        self.total, self.desc, self.done, self.open = total, desc, 0, True
        Bar.made.append(self)

    def update(self, n):
        assert self.open
        self.done += n

    def close(self):
        self.open = False


@pytest.fixture(autouse=True)
def fresh():
    Bar.made.clear()


@pytest.mark.parametrize("verb", ["run", "sweep", "plan", "profile", "work"])
def test_a_bar_ends_at_the_whole_and_is_closed(verb, tmp_path):
    {
        "run": lambda: kellet.run(**SETTINGS, replicates=4, progress=Bar),
        "sweep": lambda: kellet.sweep(**SETTINGS, replicates=4, grid={"size": (10, 20)}, progress=Bar),
        "plan": lambda: kellet.plan(**SETTINGS, keep={"variance": 0.3}, budget=1.0, progress=Bar),
        "profile": lambda: kellet.profile({"a": ["x", "y"] * 30}, progress=Bar),
        "work": lambda: kellet.work(kellet.Experiment(**SETTINGS, arms={"a": kellet.Arm()}), tmp_path, progress=Bar),
    }[verb]()
    (bar,) = Bar.made
    assert (bar.desc, bar.done, bar.open) == (verb, bar.total, False)


def test_a_bar_is_closed_where_it_stood_when_something_breaks():
    with pytest.raises(ZeroDivisionError), measure_blocks(Bar, "run") as tell:
        tell(1, 4)
        1 / 0  # noqa: B018
    (bar,) = Bar.made
    assert (bar.done, bar.open) == (bar.total / 4, False)


def test_a_bar_goes_back_where_work_begins_anew():
    with measure_words(Bar, "mix") as tell:
        tell("looking", 1.0)
        tell("reading", 0.5)
        assert Bar.made[0].done == Bar.made[0].total / 2


def test_a_function_is_told_as_ever_and_nobody_is_told_nothing():
    told = []
    kellet.run(**SETTINGS, replicates=4, progress=lambda done, total: told.append((done, total)))
    assert told[0] == (0, 1)
    assert told[-1] == (1, 1)
    for nobody in (None, False):
        with measure_blocks(nobody, "run") as tell:
            assert tell is None
    with pytest.raises(kellet.InputError, match="progress as"):
        kellet.run(**SETTINGS, progress=3)


def test_what_can_be_called_as_tqdm_is_makes_bars():
    assert makes_bars(Bar)
    assert makes_bars(functools.partial(Bar))
    assert makes_bars(lambda **settings: [Bar(**settings)][0])
    assert not makes_bars(lambda done, total: None)
    assert not makes_bars(lambda *told: None)


def test_tqdm_itself_is_drawn(capsys):
    tqdm = pytest.importorskip("tqdm")
    kellet.run(**SETTINGS, replicates=4, progress=tqdm.tqdm)
    assert "run: 1 of 1 blocks: 100%" in capsys.readouterr().err


def test_without_tqdm_a_notebook_has_a_bar_of_its_own(monkeypatch):
    shown = []

    class Handle:
        def update(self, bar):
            shown.append(bar._repr_html_())

    monkeypatch.setattr(bars, "_display", lambda bar: Handle())
    kellet.run(**SETTINGS, replicates=4, progress=True)
    assert '<progress max="100" value="100.0"></progress> run: 1 of 1 blocks: 100 %' in shown[-1]


@pytest.mark.parametrize("terminal", [True, False])
def test_elsewhere_it_is_a_line_of_a_terminal_and_nothing_in_a_log(terminal, capsys, monkeypatch):
    monkeypatch.setattr("sys.stderr.isatty", lambda: terminal)
    bar = Line(total=2, desc="run")
    bar.update(1)
    bar.close()
    assert capsys.readouterr().err == ("\rrun: 50 %\n" if terminal else "")
