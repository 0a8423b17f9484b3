"""A first experiment on a person's own data, where nothing else is said."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from kellet import families, worlds
from kellet.data import reading
from kellet.data.content import Album, Documents, Rows
from kellet.data.documents import Division
from kellet.data.kinds import Reading
from kellet.data.selection import TEXTS, holds_records
from kellet.data.sight import Column, Kind
from kellet.errors import InputError, quote
from kellet.experiment.arm import Arm
from kellet.experiment.experiment import Experiment
from kellet.experiment.presets.presets import preset, training_of
from kellet.families.abilities import abilities
from kellet.families.exponential.averages import Average
from kellet.families.recipe import Conditional, Continuous, Recipe
from kellet.struct import Struct
from kellet.worlds import labelled, rows, text
from kellet.worlds.world import World, identify

PARTS = Average | families.LogGaussian | Continuous | families.BernoulliRBM
"""Families of data on part of the line."""


FEW = 2
"""Columns beside a text that are labels of it."""
CLASSES = 20
"""Different numbers that may be classes where somebody asks for a classification."""
JUDGED = 400
"""Rows that are judged in each generation of a first run: what distances cost grows with their square."""


class Choices(Struct, frozen=True):
    """What a person says of the data; what is empty is left to what is found.

    columns: of a table.  label: a column of classes.  kinds: of columns, where another one is meant.  missing_words:
    what is written for a missing value.  tokens: what a family of text reads and writes.  documents: what one
    is.
    """

    columns: tuple[str, ...] | None = None
    label: str | None = None
    kinds: dict[str, Kind] = msgspec.field(default_factory=dict)
    missing_words: tuple[str, ...] = ()
    tokens: text.Kind | None = None
    documents: Division | None = None


def for_file(path: str, choices: Choices | None = None, family: Recipe | None = None) -> Experiment:
    """The usual arms, in sizes that fit the data.

    Texts become word frequencies, pictures their principal components.  A table of nothing but numbers becomes points
    for a normal law, one column of categories its frequencies, and any other table, with gaps or without, rows for the
    copula; columns that say nothing in general are left out.  family: which one is to learn them, if not the usual one;
    for a family of text, or where tokens are named, texts and columns of texts become documents.
    """
    choices = choices or Choices()
    if choices.tokens or choices.documents or abilities(family).text:
        return _of_documents(path, choices, family)
    if isinstance(family, families.Adapter) and family.texts:
        return _of_documents(path, choices, family)
    match reading.read(path):
        case Documents() if isinstance(family, families.Command):
            return _of_documents(path, choices, family)
        case Documents():
            return _of_categories(worlds.Words(path))
        case Album():
            return _of_pictures(path, choices)
        case Rows():
            return _of_rows(path, choices, family)


def _of_rows(path: str, choices: Choices, family: Recipe | None) -> Experiment:
    # A program says nothing of what it learns from.
    unsaid = family is None or isinstance(family, families.Command)
    if unsaid and not (choices.label or choices.kinds):
        frame = reading.read_rows(path).frame
        named = [name for name in choices.columns or () if name in frame.columns]
        # What else stands beside conversations and instructions is no table of its own.
        if holds_records(frame.select(named) if named else frame):
            return _of_documents(path, choices, family)
    kinds = tuple(sorted(choices.kinds.items()))
    _, readings = rows.read_rows(path, choices.columns, kinds, choices.missing_words)
    learnt = [found for found in readings if found.role and found.sight.name != choices.label]
    if unsaid and _are_documents(readings, choices.label):
        return _of_documents(path, choices, family)
    if isinstance(family, Conditional) or (family is None and choices.label):
        return _of_labels(path, choices, family)
    one = learnt[0] if len(learnt) == 1 and choices.label is None else None
    if isinstance(family, families.Categorical) or (family is None and one and one.role == "category"):
        if one is None:
            names = quote([found.sight.name for found in learnt]) if learnt else "none"
            raise InputError("one column for the categorical family", names, "--columns NAME")
        return _of_categories(worlds.Column(path, one.sight.name, missing_words=choices.missing_words))
    if (family is None and not _are_points(learnt)) or _takes_rows(family):
        return _of_mixed(path, choices, family)
    return _of_numbers(path, choices, family)


def _are_documents(readings: Sequence[Reading], label: str | None) -> bool:
    """Whether texts are what columns have to learn: nothing else, or beside a column that is called a text no more than
    a label or two.  Short ones, all different, are taken for names of rows where they aren't called texts."""

    def is_text(column: Column) -> bool:
        return column.kind == "text" or (column.kind == "identifier" and column.name in TEXTS)

    others = [found for found in readings if found.role and not is_text(found.sight) and found.sight.name != label]
    texts = [found.sight for found in readings if is_text(found.sight)]
    called = any(column.name.lower() in TEXTS for column in texts)
    return bool(texts) and len(others) <= (FEW if called else 0)


def _are_points(learnt: Sequence[Reading]) -> bool:
    """Whether columns are numbers without gaps."""
    return all(found.role == "number" and not found.sight.missing for found in learnt)


def _takes_rows(family: Recipe | None) -> bool:
    """Whether a family learns from rows of anything."""
    tables = isinstance(family, families.Adapter) and family.tables
    return tables or isinstance(family, families.Copula | families.Command)


def _of_numbers(path: str, choices: Choices, family: Recipe | None) -> Experiment:
    arms = preset("normal").arms
    on_part_of_the_line = isinstance(family, PARTS)
    table = identify(
        worlds.Table(
            path, choices.columns, choices.label, kinds=choices.kinds, missing_words=choices.missing_words,
            scale="raw" if on_part_of_the_line else "standard",
        )
    )  # fmt: skip
    if on_part_of_the_line:
        # Nobody's prior: where these data should lie is not ours to guess.
        arms = {name: arm for name, arm in arms.items() if arm.prior is None}
    return Experiment(table, families.Gaussian(), _half(table, 200), arms, generations=100, replicates=50)


def _of_mixed(path: str, choices: Choices, family: Recipe | None) -> Experiment:
    label, columns = choices.label, choices.columns
    own = (label,) if label else ()
    chosen = None if columns is None else (*columns, *(name for name in own if name not in columns))
    kinds: dict[str, Kind] = {**choices.kinds, **dict.fromkeys(own, "category")}
    table = identify(worlds.Mixed(path, chosen, kinds, choices.missing_words))
    arms = {name: arm for name, arm in preset("normal").arms.items() if arm.prior is None}
    size = _half(table, 1000)
    known = family or families.Copula()
    return Experiment(table, known, size, arms, generations=50, replicates=20, judged=max(2, min(JUDGED, size)))


def _of_labels(path: str, choices: Choices, family: Conditional | None) -> Experiment:
    """Labels of numbers by a regression, of categories by a classification, unless a family is named."""
    label, kinds = choices.label, dict(choices.kinds)
    if label is None:
        raise InputError("a column of labels for a family that learns them", "none", "--label COLUMN")
    found = labelled.read_labelled(path, label, choices.columns, tuple(sorted(kinds.items())), choices.missing_words)[1]
    if isinstance(family, families.Classification) and label not in kinds and found.role != "category":
        if found.sight.distinct > CLASSES:
            got = f"{found.sight.distinct:,} different numbers in {quote([label])}"
            attempt = f"--family regression, or --kinds {label}=category"
            raise InputError("a label of categories for the classification family", got, attempt)
        kinds[label] = "category"
    world = identify(worlds.Labelled(path, label, choices.columns, kinds, choices.missing_words))
    usual = families.Classification() if found.role == "category" else families.Regression()
    arms = {name: arm for name, arm in preset("normal").arms.items() if arm.prior is None}
    return Experiment(world, family or usual, _half(world, 1000), arms, generations=50, replicates=20)


def _of_pictures(path: str, choices: Choices) -> Experiment:
    """The arms and the mixture of the digits, in units of these pictures."""
    if choices.columns or choices.label:
        got = choices.columns or choices.label
        raise InputError("no --columns and no --label for pictures", got, "a subfolder for each class")
    like, world = preset("digits"), identify(worlds.Images(path))
    variance = float(f"{training_of(world).var(axis=0).mean():.2g}")
    family = msgspec.structs.replace(like.family, floor=float(f"{variance / 1000:.2g}"))
    arms = {
        name: arm if arm.prior is None else Arm(prior=msgspec.structs.replace(arm.prior, variance=variance))
        for name, arm in like.arms.items()
    }
    return msgspec.structs.replace(like, world=world, family=family, arms=arms, size=_half(world, 200))


def _of_documents(path: str, choices: Choices, family: Recipe | None) -> Experiment:
    tokens = choices.tokens or ("bpe" if isinstance(family, families.Language) else "words")
    length = 256 if tokens in ("bytes", "characters") else 64
    world = identify(worlds.Text(path, tokens, length, documents=choices.documents, columns=choices.columns))
    return msgspec.structs.replace(preset("text"), world=world, size=max(1, _half(world, 2000)))


def _of_categories(world: worlds.Words | worlds.Column) -> Experiment:
    known = identify(world)
    arms = {
        name: msgspec.structs.replace(arm, prior=None if arm.prior is None else preset("words").arms["a prior"].prior)
        for name, arm in preset("normal").arms.items()
    }
    size = min(20_000, int(known.counts.sum()))
    return Experiment(known, families.Categorical(), size, arms, generations=100, replicates=40)


def _half(world: World, most: int) -> int:
    """Points per generation: half of those that generation 0 may learn from, at most so many."""
    return min(most, len(training_of(world)) // 2)
