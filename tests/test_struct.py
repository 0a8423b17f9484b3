"""What is wrong with a recipe, or a keyword of a verb, is said before anything else happens."""

from pathlib import Path

import msgspec
import numpy as np
import pytest

import kellet
from kellet import Anchor, Arm, Bank, Experiment, Fixed, Fresh, InputError, families, worlds
from kellet.struct import Struct

LOOP = {"world": worlds.Normal(), "family": families.Gaussian(), "size": 20, "generations": 2}


def recipes(kind=Struct):
    for below in kind.__subclasses__():
        if below.__module__.startswith("kellet."):
            yield below
            yield from recipes(below)


NUMBERS = [
    (kind, field.name)
    for kind in recipes()
    for field in msgspec.structs.fields(kind)
    if field.type in (int, float, "int", "float", "int | None", "float | None", int | None, float | None)
]


def test_there_are_many_recipes():
    assert len({kind for kind, _ in NUMBERS}) > 50


@pytest.mark.parametrize(("kind", "name"), NUMBERS, ids=lambda one: getattr(one, "__name__", one))
def test_a_word_where_a_number_is_expected_is_named(kind, name):
    with pytest.raises(InputError, match=f"expected {name} as a (whole )?number; got 'several'"):
        kind(**{name: "several"})


@pytest.mark.parametrize(
    "call",
    [
        lambda: Fresh("one"), lambda: Fixed("one"), lambda: Bank("one", bank=3), lambda: Anchor("fixed"),
        lambda: Fresh(1.5), lambda: Fresh(float("nan")), lambda: Fresh(1, weight="opt"), lambda: Fresh(1, wieght=2.0),
        lambda: Arm(anchor=1), lambda: Arm(anchor="fresh:1"), lambda: Arm(regime="accumulate"),
        lambda: families.Mixture(componets=3), lambda: worlds.Normal(men=0.0), lambda: Experiment(**LOOP, arms="a"),
        lambda: kellet.run(**LOOP, arms={"a": "replace"}), lambda: kellet.run(**LOOP | {"size": "20"}),
        lambda: kellet.run(**LOOP | {"world": "normal"}), lambda: kellet.run(families.Gaussian()),
        lambda: kellet.plan(**LOOP, kep={"variance": 0.9}), lambda: kellet.plan(**LOOP, keep="variance"),
        lambda: kellet.plan(**LOOP, keep={"variance": "x"}), lambda: kellet.sweep(**LOOP, gird={}),
        lambda: kellet.theory(families.Gaussian(), size=9, anchr=Fresh(1)),
        lambda: kellet.theory(families.Gaussian(), size=9, anchor="fresh:1"), lambda: kellet.theory("gaussian", size=9),
        lambda: kellet.compare("a", "b"), lambda: worlds.Table("ages.csv", columns="age"), lambda: Fresh(True),
        lambda: kellet.run(**LOOP | {"size": True}), lambda: families.Command("t {train} {model}", "s", format="xls"),
    ],
)  # fmt: skip
def test_a_wrong_setting_is_bad_input(call):
    with pytest.raises(InputError):
        call()


def test_a_misspelt_keyword_is_answered_with_the_right_one():
    with pytest.raises(InputError, match=r"got kep\. Try keep\."):
        kellet.plan(**LOOP, kep={"variance": 0.9})
    with pytest.raises(InputError, match=r"got componets\. Try components\."):
        families.Mixture(componets=3)


def test_numbers_of_numpy_whole_floats_and_paths_are_plain_settings():
    plain = Experiment(**LOOP, arms={"fresh": Arm(anchor=Fresh(3))}, grid={"size": (10, 20)})
    loop = LOOP | {"size": np.int64(20), "generations": 2.0, "world": worlds.Normal(mean=np.float64(0))}
    assert plain == Experiment(**loop, arms={"fresh": Arm(anchor=Fresh(np.int8(3)))}, grid={"size": (10, np.int64(20))})
    assert kellet.resolve(Experiment(**loop, arms={"replace": Arm()})).experiment.size == 20
    assert worlds.Table(Path("a.csv")) == worlds.Table("a.csv")
    assert type(Experiment.of(plain, {"size": np.int64(30)}).size) is int


def test_what_is_no_setting_is_for_python_to_say():
    with pytest.raises(TypeError, match="Extra positional"):
        Fresh(1, None, 1.0, 1, False, False, 0.0, 8)
    with pytest.raises(TypeError, match="positional"):
        Bank(1, None, 1.0, 1, 3)
