"""Abilities: what a family may say of itself beside ``fit``, and what is assumed where it doesn't."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import ClassVar, Literal, Self, TypeVar, cast

import msgspec
import numpy as np

from kellet.data.labelled import Labelled, LabelledSet
from kellet.data.source import Corpus, DataSet, KnowsMean, Law, Source
from kellet.data.tokens import Tokeniser
from kellet.errors import InputError, quote
from kellet.evidence import Array
from kellet.families.family import Prior
from kellet.families.yours.warned import Warned
from kellet.laws.frequencies import Frequencies
from kellet.page.wording import settings
from kellet.struct import Struct

F = TypeVar("F")
Task = Literal["regression", "classification"]
"""What a conditional family writes: numbers, or classes."""


@dataclass(frozen=True)
class Archive:
    """Where the fits of one block of replicates leave what they print and what they learnt.

    log: the file that what somebody's programs print is appended to.  models: the folder for networks, finished ones
    and those whose training was interrupted.  Where either is None nothing of that kind is kept.  tokeniser: of the
    world, where that is one of text.  warned: counts what somebody's code warns of, which is shown as ever without it.
    """

    log: Path | None = None
    models: Path | None = None
    tokeniser: Tokeniser | None = None
    warned: Warned | None = None


class Abilities:
    """All that a family may say of itself.  What stands here is assumed of one that says nothing.

    Kellet's own recipes inherit it.  Anybody's own family may, too, or just have some attributes of these names, such
    as ``batched = False``; `abilities` reads them off.

    batched: it learns all replicates in one call; else it is called once for each, with evidence of one.  block: how
    many replicates it wants to learn together, if it says so.  weighs: a point may count by any weight, and not just
    once or not at all; as ``batched`` where it doesn't say.  models: the classes of models and true laws whose
    ``statistics`` it learns from, if it is exact.
    takes_gaps: it learns columns of numbers of which some are missing (NaN).
    text: it learns from blocks of tokens and nothing else; None: it doesn't say.  categories: it learns how often
    categories occur and nothing else.  span: from where to where data may lie, if not everywhere.  discrete: data must
    be whole numbers.  prior: imaginary evidence that it adds to each fit.  prior_span: from where to where the mean of
    that must lie, if not everywhere.  heeds: what it heeds of a prior beside strength and mean, its "variance" or its
    "parametrisation".
    copies: its models write nothing but copies of points that they learnt.
    task: what kind of labels it writes for features that stay real, if it is conditional.
    predicts: its models of text say how likely they find what others wrote (``log_probabilities``).
    device: what it computes on, "cpu", a kind of GPU, or "auto", a GPU where there is one.  resources: what a worker of
    a cluster must have to compute it, such as {"GPU": 1}.  archives: its ``fit`` also takes ``archive``, an `Archive`
    for what it leaves beside its model.
    """

    __slots__ = ()

    batched: bool = True
    block: int | None = None
    models: tuple[type, ...] = ()
    text: bool | None = None
    takes_gaps: bool = False
    predicts: bool = False
    categories: bool = False
    copies: bool = False
    discrete: bool = False
    task: Task | None = None
    prior: Prior | None = None
    device: str = "cpu"
    resources: Mapping[str, float] = MappingProxyType({})
    archives: bool = False

    @property
    def name(self) -> str:
        """What people call it."""
        return type(self).__name__.lower()

    @property
    def span(self) -> tuple[float, float] | None:
        return None

    @property
    def prior_span(self) -> tuple[float, float] | None:
        return None

    @property
    def heeds(self) -> tuple[str, ...]:
        return "variance", "parametrisation"

    @property
    def weighs(self) -> bool:
        return self.batched

    @property
    def takes_prior(self) -> bool:
        """Whether it can be given another prior."""
        return False

    def knows(self, truth: object) -> bool:
        """Whether a true law gives its statistics."""
        return isinstance(truth, self.models)

    def with_prior(self, prior: Prior) -> Self:
        """The same family with that prior."""
        raise InputError("a family that takes a prior", self.name, "gaussian, or without a prior")

    def prepare(self, source: Source) -> Self:
        """The same family with all that it must know of the opened world; an InputError where it can't learn there."""
        check_kind(self, source)
        check_gaps(self, source)
        if isinstance(source, DataSet):
            check_span(self, source)
        if self.prior is not None:
            check_prior(self, _count_dimensions(source))
        return self

    def recall(self, source: Source) -> Self:
        """The same as it was prepared once, for whoever only reads what came of it: nothing of somebody's own runs."""
        return self.prepare(source)

    def advise(self, values: Array) -> str:
        """What to try where data don't lie in its span."""
        return "--family gaussian"

    def tidy(self, archive: Archive) -> None:
        """Leave in the archive what is to stay there for good, once the last generation has been learnt."""


class Learner(Abilities, Struct, frozen=True, omit_defaults=True, tag_field="kind"):
    """A family that comes with Kellet: plain settings, known in files and on the command line by its tag.

    words: what it is, in the middle of a sentence, {settings} standing for those that are not usual.
    """

    words: ClassVar[str] = "{settings}"

    text = False
    heeds: ClassVar[tuple[str, ...]] = ("variance",)

    @property
    def name(self) -> str:
        return str(self.__struct_config__.tag)

    def describe(self) -> str:
        return self.words.replace("{settings}", settings(self))

    @property
    def takes_prior(self) -> bool:
        return "prior" in self.__struct_fields__

    def check_prior(self) -> None:
        """Refuse a prior that lies where the laws can't, or that says what the family doesn't heed."""
        if (prior := self.prior) is None:
            return
        if prior.variance is not None and "variance" not in self.heeds:
            expected = f"a prior without a variance, which follows from the mean in the {self.name} family"
            raise InputError(expected, prior.variance, "leaving it out")
        if prior.parametrisation != "natural" and "parametrisation" not in self.heeds:
            expected = f"a prior in natural parameters for the {self.name} family"
            raise InputError(expected, f"{prior.parametrisation} parameters", "prior:2, or parametrisation = natural")
        if prior.mean is None or self.prior_span is None:
            return
        (low, high), means = self.prior_span, np.ravel(prior.mean)
        if (outside := (means < low) | (means > high)).any():
            where = f"from {low:g} to {high:g}" if high < np.inf else "> 0" if low else ">= 0"
            got = f"{means[outside][0]:g}"
            raise InputError(f"a prior mean {where} for the {self.name} family", got, "leaving the mean out")

    def with_prior(self, prior: Prior) -> Self:
        return msgspec.structs.replace(self, prior=prior) if self.takes_prior else super().with_prior(prior)


class Reader(Learner, frozen=True):
    """A family of text.  It has a setting ``vocabulary``, how many tokens there are, which the world knows."""

    text = True
    predicts = True

    @property
    @abstractmethod
    def vocabulary(self) -> int | None:
        """How many tokens there are, if that is known."""

    def prepare(self, source: Source) -> Self:
        check_kind(self, source)
        assert isinstance(source, Corpus)
        there = source.tokeniser.size
        if self.vocabulary not in (None, there):
            raise InputError(f"the tokeniser's vocabulary of {there}", self.vocabulary, "leaving it out of the family")
        return msgspec.structs.replace(self, vocabulary=there)


class _Foreign(Abilities):
    """Anybody's own family: what it says of itself, and what is assumed where it doesn't."""

    __slots__ = ("_own",)

    def __init__(self, own: object) -> None:
        self._own = own

    def __getattribute__(self, name: str) -> object:
        own = object.__getattribute__(self, "_own")
        return getattr(own, name) if hasattr(own, name) else object.__getattribute__(self, name)

    @property
    def name(self) -> str:
        return type(object.__getattribute__(self, "_own")).__name__.lower()


def abilities(family: object) -> Abilities:
    """What a family says of itself, and what is assumed of it.

    >>> class Mine:
    ...     batched = False
    >>> abilities(Mine()).batched, abilities(Mine()).weighs, abilities(Mine()).device
    (False, False, 'cpu')
    """
    return family if isinstance(family, Abilities) else _Foreign(family)


def prepare(family: F, source: Source) -> F:
    """A family with all that it must know of the opened world; an InputError where it can't learn there."""
    known = abilities(family).prepare(source)
    return family if isinstance(known, _Foreign) else cast(F, known)


def hand_over(family: object, archive: Archive | None, source: Source) -> dict[str, Archive]:
    """The arguments that hand an archive to the ``fit`` of a family that takes one, with the tokens of its world."""
    if not abilities(family).archives or (archive is None and not isinstance(source, Corpus)):
        return {}
    tokeniser = source.tokeniser if isinstance(source, Corpus) else None
    return {"archive": replace(archive or Archive(), tokeniser=tokeniser)}


def check_kind(family: Abilities, source: Source) -> None:
    """Text is for families of text, categories for families of categories, and the other way round."""
    if isinstance(source, Corpus) and family.text is False:
        raise InputError("a family of text for a world of text", family.name, "--family ngram:order=3")
    if not isinstance(source, Corpus) and family.text:
        attempt = f"a text file, or `kellet run text --family {family.name}`"
        raise InputError(f"a world of text for the {family.name} family", "another", attempt)
    _check_label(family, source)
    categories = isinstance(source, Law) and isinstance(source.truth, Frequencies)
    if categories and not family.categories:
        raise InputError("the categorical family for a world of categories", family.name, "--family categorical")
    if family.categories and not categories:
        there = "points" if source.truth is None else type(source.truth).__name__.lower()
        attempt = "--family gaussian, or one --columns"
        raise InputError(f"a world of categories for the {family.name} family", there, attempt)


def _check_label(family: Abilities, source: Source) -> None:
    """Labels are for conditional families and nothing else, numbers for regression and categories for the others."""
    if not isinstance(source, Labelled):
        if family.task:
            attempt = f"--label COLUMN, or `kellet run linear --family {family.name}`"
            raise InputError(f"a world with a label for the {family.name} family", "one without", attempt)
        return
    classes = isinstance(source, LabelledSet) and source.labels
    task: Task = "classification" if classes else "regression"
    if family.task is None:
        raise InputError("a family that writes labels for a world with a label", family.name, f"--family {task}")
    if family.task != task:
        name = source.names[-1] if isinstance(source, LabelledSet) else "label"
        wanted, got = ("numbers", "categories") if classes else ("categories", "numbers")
        attempt = f"--family {task}{'' if classes else f', or --kinds {name}=category'}"
        raise InputError(f"a label of {wanted} for the {family.name} family", f"{got} in {quote([name])}", attempt)


def find_gaps(source: Source) -> tuple[int, ...]:
    """Positions of a table's columns of which numbers are missing."""
    return source.codebook.gaps if isinstance(source, DataSet) and source.codebook else ()


def check_gaps(family: Abilities, source: Source) -> None:
    """Missing numbers are for families that take them."""
    if family.takes_gaps or not (gaps := find_gaps(source)):
        return
    assert isinstance(source, DataSet)
    whose = quote((source.names[j] for j in gaps), most=4)
    whole = ",".join(name for j, name in enumerate(source.names) if j not in gaps)
    attempt = f"--family copula, which learns gaps{f', or --columns {whole}' if whole else ''}"
    raise InputError(f"numbers without gaps for the {family.name} family", f"gaps in {whose}", attempt)


def check_span(family: Abilities, source: DataSet) -> None:
    """Data must lie where the laws of a family can put points."""
    if family.span is None:
        return
    (low, high), whole = family.span, family.discrete
    values = np.concatenate([np.ravel(part) for part in (source.training, source.reserve)])
    outside = (values < low) | (values > high) | (whole & (values % 1 != 0))
    if outside.any():
        positive = 0 < low < 1e-300
        kind = "whole numbers" if whole else "positive numbers" if positive and high == np.inf else "numbers"
        where = "" if positive or low == -np.inf else f" of at least {low:g}"
        if high < np.inf:
            where = f" between 0 and {high:g}, both excluded," if positive else f" from {low:g} to {high:g}"
        expected = f"{kind}{where} for the {family.name} family"
        attempt = 'scale = "raw" in the world of an experiment file' if values.min() < 0 else family.advise(values)
        raise InputError(expected, f"{values[outside][0]:g}", attempt)


def check_prior(family: Abilities, dimensions: int) -> None:
    """A prior's mean must have as many numbers as points have."""
    mean = None if family.prior is None else family.prior.mean
    if isinstance(mean, tuple) and len(mean) != dimensions:
        expected = f"a prior mean with one number for each of {dimensions} dimensions"
        raise InputError(expected, len(mean), "one number for all")


def _count_dimensions(source: Source) -> int:
    if isinstance(source, DataSet | Corpus):
        return int(source.training[0].size)
    assert isinstance(source.truth, KnowsMean)
    return int(source.truth.mean[0].size)
