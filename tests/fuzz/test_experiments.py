"""Experiment files: what is written is read again as it was, and whatever else is in one is refused in one line."""

import os
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin

import msgspec
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from kellet import Arm, Experiment, InputError, resolve
from kellet.experiment.experiment import Span
from kellet.families import Categorical, Gaussian
from kellet.families.recipe import Recipe
from kellet.worlds import Normal, Zipf
from kellet.worlds.world import OfFiles, World

fuzz = settings.get_profile(os.environ.get("HYPOTHESIS_PROFILE", "quick fuzz"))
NUMBERS = st.sampled_from([0.0, 0.5, 1.0, 2.0, 0.1, -1.0, 1e-9, 1e6]) | st.floats(0.01, 10)
WHOLE = st.integers(0, 12) | st.sampled_from([1, 2, 3, 100])
NAMES = st.text(min_size=1, max_size=8) | st.sampled_from(["a b", "ä", 'q"', "a.b", "[x]", "\\", "\x7f", "\n", "'''"])
AT_HAND = tuple(kind for kind in get_args(World) if kind not in get_args(OfFiles))


def values(hint: Any) -> st.SearchStrategy[Any]:
    """Values that may stand where a recipe has this type."""
    origin, inner = get_origin(hint), get_args(hint)
    if origin in (Union, UnionType):
        return st.one_of([values(part) for part in inner])
    if origin is Literal:
        return st.sampled_from(inner)
    if origin is tuple:
        return st.lists(values(inner[0]), min_size=1, max_size=3).map(tuple)
    if origin is dict:
        return st.dictionaries(NAMES, values(inner[1]), max_size=2)
    if isinstance(hint, type) and issubclass(hint, msgspec.Struct):
        return recipes(hint)
    plain = {NoneType: st.none(), bool: st.booleans(), int: WHOLE, float: NUMBERS, str: NAMES, Any: NUMBERS | NAMES}
    return plain.get(hint, st.nothing())


@st.composite
def recipes(draw, kind):
    """A recipe of this kind, most of whose settings are the usual ones."""
    given = {}
    for field in msgspec.structs.fields(kind):
        if field.required or draw(st.integers(0, 3)) == 0:
            given[field.name] = draw(values(field.type))
    try:
        return kind(**given)
    except InputError:
        return assume(False)


def grids() -> st.SearchStrategy[dict[str, Any]]:
    """Fields that vary, most of which are there."""
    axis = st.lists(WHOLE, min_size=1, max_size=3, unique=True).map(tuple)
    span = st.builds(
        Span, st.integers(1, 9), st.integers(10, 99), st.integers(2, 4), st.sampled_from(["log", "linear"])
    )
    names = st.sampled_from(["size", "generations", "anchor.count", "family.floor", "world.mean"]) | NAMES
    return st.dictionaries(names, axis | span, max_size=2)


@st.composite
def experiments(draw):
    """Any world and family that need no data, whether or not they go together."""
    usual = draw(st.booleans())
    pair = draw(st.sampled_from([(Normal(), Gaussian()), (Zipf(9), Categorical())]))
    world = pair[0] if usual else draw(st.sampled_from(AT_HAND).flatmap(recipes))
    family = pair[1] if usual else draw(st.sampled_from(get_args(Recipe)).flatmap(recipes))
    try:
        return Experiment(
            world, family, draw(WHOLE | st.lists(WHOLE, min_size=1, max_size=3).map(tuple)),
            draw(st.dictionaries(NAMES, recipes(Arm), min_size=1, max_size=3)), draw(WHOLE), draw(WHOLE),
            seed=draw(st.integers(0, 2**63)), metrics=draw(st.none() | st.lists(NAMES, max_size=2).map(tuple)),
            record=draw(st.sampled_from(["all", "log"])), grid=draw(st.just({}) | grids()),
        )  # fmt: skip
    except InputError:
        return assume(False)


@fuzz
@given(experiment=experiments())
def test_what_is_written_is_read_again(experiment, refused):
    text = experiment.to_toml()
    with refused("new.toml", text.encode()):
        try:
            assert Experiment.from_toml(text, trust=True) == experiment
            assert Experiment.from_toml(text).to_toml() == text
        except InputError as error:
            raise AssertionError(str(error)) from error


@fuzz
@given(experiment=experiments())
def test_what_is_resolved_is_read_again(experiment, refused):
    plain = msgspec.structs.replace(experiment, grid={})
    with refused("new.toml", plain.to_toml().encode()):
        known = resolve(plain)
        again = resolve(Experiment.from_toml(known.experiment.to_toml(), trust=True))
        assert again == known
        assert [cell.id for cell in again.cells.values()] == [cell.id for cell in known.cells.values()]


BITS = r"""
size = 1e999; size = nan; size = -1; size = []; size = [1, [2]]; size = true; size = '9'; generations = 1e18
generations = 10000000000000000000; replicates = 0.5; seed = -1; seed = 340282366920938463463374607431768211456
seed = 1979-05-27; arms = []; arms = {}; [arms]; [arms.a]; [arms.a.anchor]; count = nan; share = inf
weight = 'optimal'; bank = 0; draw = 'bank'; regime = 1; [arms.a.prior]; strength = -inf; [arms.a.curation]
kind = 'top-k'; k = 1e30; [grid]; size = [1, 'a', 2.5]; '' = [1]; 'anchor.' = [1]; "a\u0000" = [1]; world = []
[world]; kind = 'normal'; kind = 'table'; path = '\u0000'; path = '/dev/null'; mean = nan; variance = 1e400; [family]
kind = 'mixture'; components = -5; kind = 'adapter'; thing = 'os:system'; kind = 'reduced'; [family.family]
metrics = ['spread', 'spread']; record = 1; judged = 1; block = 1e9; = 3; a; [[arms]]; a.b.c = {d = {}}
x = 0x7fffffffffffffffff
"""
WILD = f"size = {'9' * 30}", f"x = {'[' * 300}{']' * 300}", "\x00"
LINES = st.sampled_from([*BITS.strip().replace("\n", "; ").split("; "), *WILD])


@st.composite
def mutants(draw):
    """The text of an experiment, with lines left out, changed, doubled or put in."""
    lines = draw(experiments()).to_toml().split("\n")
    for _ in range(draw(st.integers(1, 3))):
        place = draw(st.integers(0, len(lines) - 1))
        match draw(st.sampled_from(["drop", "put", "value", "double", "sign"])):
            case "drop":
                del lines[place : place + 1]
            case "put":
                lines.insert(place, draw(LINES))
            case "value":
                key, equals, _ = lines[place].partition(" = ")
                lines[place] = f"{key}{equals}{draw(LINES).partition(' = ')[2]}" if equals else draw(LINES)
            case "double":
                lines.insert(place, lines[place])
            case "sign":
                end = draw(st.integers(0, len(lines[place])))
                lines[place] = lines[place][:end] + draw(st.characters()) + lines[place][end + 1 :]
        lines = lines or [""]
    return "\n".join(lines)


def take(text: str) -> None:
    """What ``--dry-run`` does with an experiment file."""
    experiment = Experiment.from_toml(text)
    if isinstance(experiment.world, get_args(OfFiles)):
        return
    assert Experiment.from_toml(experiment.to_toml()) == experiment
    if not experiment.grid and getattr(experiment.family, "kind", "") not in ("adapter", "command"):
        resolve(experiment)


@fuzz
@given(text=mutants() | st.text(max_size=30) | LINES)
def test_any_text_is_an_experiment_or_refused(text, refused):
    with refused("new.toml", text.encode(errors="surrogatepass")):
        take(text)


def test_what_was_found_stays_mended(found, refused):
    with refused(found.name, found.read_bytes()):
        take(found.read_text(encoding="utf-8"))
