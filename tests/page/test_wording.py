"""What things say of themselves, in the middle of a sentence."""

import typing

import msgspec
import numpy as np
import pytest

import kellet
from kellet import Anchor
from kellet.data.files import digest
from kellet.experiment import arm
from kellet.families.recipe import Recipe
from kellet.loop.curation import Filter
from kellet.page.wording import describe
from kellet.worlds.observable import Observable, observable
from kellet.worlds.world import World

NEEDED = {"components": 3, "thing": "golden:Rows", "train": "a {train} {model}", "sample": "b {model} {n} {out}",
          "path": "some/text.txt", "column": "c", "mean": (0.0, 1.0), "covariance": ((1.0, 0.0), (0.0, 1.0)),
          "probabilities": (0.5, 0.5), "tau": 0.5, "factor": 0.5, "k": 3, "p": 0.5, "keep": 0.5, "low": 0.0,
          "high": 1.0, "command": "judge", "label": "c", "generations": 3}  # fmt: skip
"""Settings that have no default."""


def made(kind):
    """A recipe with as few settings as it can have."""
    return kind(**{f.name: NEEDED[f.name] for f in msgspec.structs.fields(kind) if f.required})


def members(union):
    return [made(kind) for kind in typing.get_args(union)]


EVERYTHING = [*members(World), *members(Recipe), *members(arm.AnyRegime), *members(arm.AnyCuration)]


@pytest.mark.parametrize("recipe", EVERYTHING, ids=lambda recipe: f"{type(recipe).__module__}.{type(recipe).__name__}")
def test_every_recipe_says_what_it_is(recipe):
    said = recipe.describe()
    assert said == describe(recipe) == said.strip()
    assert len(said) > 3 and not said.endswith(".") and "{" not in said.replace("{train} {model}", "")


def test_what_says_nothing_is_called_by_its_name():
    class Mine:
        """A family of somebody's own."""

    class Struct(msgspec.Struct):
        size: int = 3

    assert describe(Mine()) == "Mine"
    assert describe(Mine(), "Regime {}") == "Regime Mine"
    assert describe(Struct(4)) == "Struct, size 4"
    assert describe(Filter(lambda points, rng: points)) == "passes a filter of the reader's own"
    assert describe(kellet.families.adapt(kellet.families.Gaussian())) == "Gaussian"


def test_what_says_something_of_its_own_is_believed():
    class Mine:
        def describe(self):
            return "a box of dice"

    assert describe(Mine(), "Regime {}") == "a box of dice"


@pytest.mark.parametrize(
    ("anchor", "size", "said"),
    [
        (Anchor(1), 50, "1 real point drawn fresh each time"),
        (Anchor(share=0.1), 50, "5 real points drawn fresh each time"),
        (Anchor(share=0.1), (50, 60), "10 % real points drawn fresh each time"),
        (Anchor(3, draw="fixed"), 50, "the same 3 real points every time"),
        (Anchor(3, draw="fixed", every=4), 50, "the same 3 real points every 4 generations"),
        (Anchor(2, weight="optimal"), 50, "2 real points drawn fresh each time, weighted as is best for the variance"),
        (Anchor(4, contaminated=0.5), 50, "4 real points drawn fresh each time (50 % of them in truth written by the "
         "model)"),
        (Anchor(share=0.1, random=True), 50, "real points drawn fresh: each point is one with a chance of 10 %"),
    ],
)  # fmt: skip
def test_an_anchor_says_what_enters(anchor, size, said):
    assert anchor.describe(size) == said


def test_a_world_of_ones_own_may_say_nothing_or_some_of_it():
    class Silent:
        def open(self, replicates):
            raise NotImplementedError

    class Coins(Observable):
        things = "sides"
        labels = ("head", "tail")

    assert observable(Silent()).things == "classes" and observable(Silent()).labels is None
    coins = observable(Coins())
    assert (coins.things, coins.unit, coins.labels) == ("sides", "examples", ("head", "tail"))
    assert coins.pictures(np.ones((1, 4))) is None
    assert coins.passage(9) == []


def test_words_of_a_passage_are_numbered_as_the_labels_are(tmp_path):
    path = tmp_path / "text.txt"
    path.write_text("One two one two one two one two one.\n\nTwo three,   four.\n=====\nfive six")
    world = kellet.worlds.Words(str(path), digest(str(path)))
    pieces = world.passage(4)
    assert "".join(piece for piece, _ in pieces) == "Two three, four. five"
    assert [world.labels[i] for _, i in pieces if i is not None] == ["two", "three", "four", "five"]
