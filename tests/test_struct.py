"""What is wrong with a recipe, or a keyword of a verb, is said before anything else happens."""

import msgspec
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
        lambda: kellet.theory(families.Gaussian(), size=9, anchor="fresh:1"),
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
