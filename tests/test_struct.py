"""What is wrong with a recipe, or a keyword of a verb, is said before anything else happens."""

import re
from pathlib import Path
from typing import get_args, get_type_hints

import msgspec
import numpy as np
import pytest

import kellet
from kellet import Anchor, Arm, Bank, Experiment, Fixed, Fresh, InputError, families, worlds
from kellet.experiment.arm import AnyCuration
from kellet.families import Gaussian
from kellet.families.recipe import Recipe
from kellet.loop.curation import Filter
from kellet.struct import Struct
from kellet.worlds import MultivariateNormal
from kellet.worlds.distributions import Lawful
from kellet.worlds.world import World

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


WHOLE = [10.0, np.int64(10), np.float64(10.0), np.float32(10), np.array(10), np.uint8(10)]
SEVERAL = [[10, 20], np.array([10, 20]), np.array([10.0, 20.0]), range(10, 30, 10), (np.int64(10), 20.0)]


def ids(**changes):
    return [cell.id for cell in kellet.resolve(Experiment.of(None, {**LOOP, **changes})).cells.values()]


@pytest.mark.parametrize("size", WHOLE, ids=repr)
@pytest.mark.parametrize("name", ["size", "generations", "replicates", "seed", "block", "judged"])
def test_a_whole_number_is_one_however_it_is_held(name, size):
    experiment = Experiment.of(None, {**LOOP, name: size})
    assert (getattr(experiment, name), type(getattr(experiment, name))) == (10, int)
    assert ids(**{name: size}) == ids(**{name: 10})


@pytest.mark.parametrize("sizes", SEVERAL, ids=repr)
def test_several_sizes_are_a_tuple_however_they_are_held(sizes):
    assert Experiment.of(None, {**LOOP, "size": sizes}).size == (10, 20)
    assert ids(size=sizes) == ids(size=(10, 20))
    loop = kellet.generations(LOOP["world"], LOOP["family"], size=sizes, rng=np.random.default_rng(0))
    assert [next(loop).evidence.count for _ in range(3)] == [10, 20, 20]
    swept = kellet.sweep(**{**LOOP, "replicates": 2}, grid={"size": sizes})
    assert [run.experiment.size for _, run in swept.points()] == [10, 20]


@pytest.mark.parametrize(
    "size", [10.5, True, np.True_, None, "10", [10, 10.5], [10, True], [[10]], {10: 20}, float("inf")]
)
def test_what_is_no_size_is_bad_input(size):
    for call in (
        lambda: kellet.run(**LOOP | {"size": size}), lambda: kellet.plan(**LOOP | {"size": size}),
        lambda: kellet.theory(families.Gaussian(), size=size),
        lambda: kellet.generations(LOOP["world"], LOOP["family"], size=size, rng=np.random.default_rng(0)),
    ):  # fmt: skip
        with pytest.raises(InputError, match="expected size as a whole number"):
            call()
    with pytest.raises(InputError):
        kellet.sweep(**LOOP, grid={"size": [size]})


@pytest.mark.parametrize(("kind", "name"), NUMBERS, ids=lambda one: getattr(one, "__name__", one))
def test_a_number_of_numpy_is_a_plain_one_in_every_recipe(kind, name):
    def make(value):
        try:
            return getattr(kind(**{name: value}), name)
        except (InputError, TypeError) as error:
            return type(error), str(error)

    whole = "int" in str({field.name: field.type for field in msgspec.structs.fields(kind)}[name])
    for value in (np.int64(2), np.float64(2), np.float32(2), np.array(2)):
        made = make(value)
        assert made == make(2)
        assert not isinstance(made, np.generic)
    assert whole or make(np.float32(0.1)) == make(0.1)
    for wrong in (True, np.True_, [2], *([2.5] if whole else [])):
        with pytest.raises(InputError, match=f"expected {name} as a (whole )?number"):
            kind(**{name: wrong})


def test_numbers_are_the_same_setting_in_any_recipe():
    matrix = ((1.0, 0.0), (0.0, 1.0))
    for mean, covariance in (([0, 1], np.eye(2)), (np.array([0.0, 1.0]), [[1, 0], [0, 1]])):
        world = worlds.MultivariateNormal(mean, covariance)
        assert (world.mean, world.covariance) == ((0.0, 1.0), matrix)
        assert hash(world) == hash(worlds.MultivariateNormal((0.0, 1.0), matrix))
    assert Fresh(share=np.float32(0.1)) == Fresh(share=0.1)
    assert kellet.Prior(1, mean=np.array([0, 1])) == kellet.Prior(1.0, mean=(0.0, 1.0))
    assert [repr(Fresh(3.0, weight=w)) for w in (2, np.int64(2))] == [repr(Fresh(3, weight=2.0))] * 2
    assert kellet.Span(np.int64(1), np.int64(100), 3.0).values == (1, 10, 100)


def test_a_whole_number_in_a_file_may_have_a_point():
    text = 'size = {}\ngenerations = 2.0\n[world]\nkind = "zipf"\nsize = 50.0\n[family]\nkind = "categorical"\n'
    anchor = "[arms.a.anchor]\ncount = 1.0\nweight = 2\n"
    plain = Experiment.from_toml((text.format(10) + anchor).replace(".0", ""))
    assert Experiment.from_toml(text.format("10.0") + anchor) == plain
    assert Experiment.from_toml(text.format("[10.0, 20]") + anchor).size == (10, 20)
    for size in ("10.5", "true", "[10, 20.5]"):
        with pytest.raises(InputError, match="expected a whole number"):
            Experiment.from_toml(text.format(size) + anchor)


def test_settings_are_given_once_and_all_that_are_needed():
    with pytest.raises(InputError, match="each once and by name; got 8 of them by place"):
        Fresh(1, None, 1.0, 1, False, False, 0.0, 8)
    with pytest.raises(InputError, match="each once and by name; got 5 of them by place"):
        Bank(1, None, 1.0, 1, 3, bank=5)
    with pytest.raises(InputError, match="each once"):
        Fresh(1, count=1)
    with pytest.raises(InputError, match=r"settings of MultivariateNormal; got no mean, covariance. Try mean=\.\.\."):
        MultivariateNormal()


@pytest.mark.parametrize(
    ("setting", "value"),
    [("curation", Filter(lambda points, rng: points)), ("anchor", 3), ("regime", {}), ("prior", np.arange(3))],
)
def test_an_arm_is_made_of_what_a_file_can_name(setting, value):
    with pytest.raises(InputError, match=f"{setting} as "):
        Arm(**{setting: value})


@pytest.mark.parametrize("world", [np.arange(30.0), "data.csv", Path("data.csv"), None, {"mean": 1}, [1, 2]])
def test_data_are_no_world(world):
    for verb in (kellet.run, kellet.plan):
        with pytest.raises(InputError, match="world"):
            verb(world=world, family=Gaussian(), size=9, generations=1)


@pytest.mark.parametrize(
    "call",
    [
        lambda: kellet.theory(Gaussian()),
        lambda: kellet.theory(Gaussian(), size=10**5000),
        lambda: kellet.run(1, 2, 3),
        lambda: kellet.run(world=kellet.worlds.Normal(), family=Gaussian(), size=9, generations=1, jobs=0),
        lambda: kellet.run(world=kellet.worlds.Normal(), family=Gaussian(), size=9, generations=1, out=5),
        lambda: kellet.run(world=kellet.worlds.Normal(), family=Gaussian(), size=9, generations=1, arms={"a": None}),
        lambda: kellet.run(world=kellet.worlds.Normal(), family=Gaussian(), size=9, generations=1, grid={1: (2,)}),
        lambda: kellet.plan(world=kellet.worlds.Normal(), family=Gaussian(), size=9, generations=1, keep={"a": None}),
        lambda: kellet.compare(5),
        lambda: kellet.show(None),
        lambda: kellet.report(b"runs"),
        lambda: kellet.runs("a\0b"),
        lambda: kellet.watch("nowhere", np.arange(3)),
        lambda: kellet.resolve({}),
        lambda: kellet.predict(None),
        lambda: kellet.work(5, "runs"),
        lambda: kellet.Experiment.read(1j),
        lambda: kellet.Experiment.from_toml(None),
        lambda: kellet.worlds.Normal(mean="caf\udce9"),
    ],
)
def test_functions_say_what_they_cannot_take(call):
    with pytest.raises(InputError, match=r"(?s)expected .*; got .*Try "):
        call()


NEEDED = {
    "components": 2, "spins": 4, "probabilities": (0.5, 0.5), "mean": (0.0, 0.0),
    "covariance": ((1.0, 0.0), (0.0, 1.0)), "tau": 0.9, "factor": 0.9, "k": 3, "p": 0.9,
    "keep": 0.9, "low": -1.0, "high": 1.0, "command": "cat", "bank": 5,
    "strength": 1.0, "thing": "a.b:C", "train": "x {train} {model}", "sample": "y {model} {n} {out}", "path": "x.csv",
    "column": "a", "label": "b", "start": 1.0, "stop": 9.0, "steps": 3,
}  # fmt: skip
SENSIBLE = {
    -1.0: {
        "Gaussian.mean", "Laplace.location", "Normal.mean", "LogNormal.mean", "MultivariateNormal.mean",
        "VonMises.direction", "Ising.field", "Ising.coupling", "SpinGlass.field", "SpinGlass.coupling",
        "Verifier.low", "Prior.mean",
    },
    -np.inf: {"Verifier.low"},
    np.inf: {"Verifier.high"},
    np.nan: set(),
}  # fmt: skip
KINDS = [
    *get_args(Recipe), *get_args(World), *get_args(AnyCuration), Fresh, Fixed, Bank, kellet.Prior, kellet.Span
]  # fmt: skip


def numbers_of(kind):
    """The recipe's numeric settings, each with a way to make it with that number."""
    fields = msgspec.structs.fields(kind)
    given = {field.name: NEEDED[field.name] for field in fields if field.required}
    given |= {"count": 3} if kind in (Fresh, Fixed, Bank) else {}
    for field in fields:
        if not {"float", "int"} & set(re.findall(r"\w+", str(get_type_hints(kind)[field.name]))):
            continue
        if isinstance(before := given.get(field.name), tuple):
            first = (
                (lambda x, row=before: ((x, *row[0][1:]), *row[1:]))
                if isinstance(before[0], tuple)
                else (lambda x, row=before: (x, *row[1:]))
            )
        else:
            first = None
        other = {"count": None} if field.name == "share" else {}
        yield field.name, lambda x, f=first, n=field.name, o=other: kind(**given | o | {n: f(x) if f else x})


SETTINGS = [(kind, name, make) for kind in KINDS for name, make in numbers_of(kind)]


def test_many_settings_are_numbers():
    assert len(SETTINGS) > 120


@pytest.mark.parametrize(
    ("kind", "name", "make"), SETTINGS, ids=[f"{kind.__name__}.{name}" for kind, name, _ in SETTINGS]
)
@pytest.mark.parametrize("number", [np.nan, np.inf, -np.inf, -1.0])
def test_a_number_that_is_none_or_infinite_or_negative_is_refused_or_makes_sense(kind, name, make, number):
    if f"{kind.__name__}.{name}" in SENSIBLE[number]:
        made = make(number)
        if isinstance(made, Lawful):
            assert np.isfinite(made.open(2).truth.sample(3, np.random.default_rng(0)).values).all()
        return
    with pytest.raises(InputError) as error:
        make(number)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("plain", ["nan", "inf", "-inf"])
def test_files_are_told_of_such_numbers_too(plain):
    with pytest.raises(msgspec.ValidationError, match="a finite mean; got"):
        msgspec.convert({"kind": "normal", "mean": float(plain)}, worlds.Normal)
