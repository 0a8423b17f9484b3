"""Anybody's own model in Python, in the style of scikit-learn, of SDV, or of Kellet itself."""

from __future__ import annotations

import copy
import random
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, Self

import msgspec
import numpy as np
from numpy.random import Generator

from kellet.data.source import Corpus, DataSet, Source
from kellet.errors import InputError
from kellet.evidence import Points
from kellet.families.abilities import Abilities, Archive, Learner, check_kind
from kellet.families.conditional.estimated import read_task, take
from kellet.families.family import is_exact
from kellet.families.yours import guarded, named
from kellet.families.yours.documents import Documents
from kellet.families.yours.guarded import NO_NUMBER, NO_TOKEN, Failure, Guest, Lesson
from kellet.families.yours.manners import Manner, is_own, read_manner
from kellet.families.yours.named import Option
from kellet.families.yours.tables import Kind, Layout, Levels
from kellet.laws.model import read_marks

Columns = tuple[str, ...] | None
UNKNOWN = Layout()


class Adapter(Learner, frozen=True, tag="adapter"):
    """A class of somebody's, named ``"package.module:Class"``, made anew with ``options`` for every fit.

    Told apart by what it has: ``fit(evidence, rng, previous)`` is Kellet's own protocol, whose model has
    ``sample(n, rng)``; else ``fit`` takes an array or a DataFrame of pandas or polars, which is read off its
    annotation, its parameters' names and what its module imports unless ``data`` says so, and ``sample`` as many rows
    as it is asked for, under whatever name (n, n_samples, num_rows, count, ...).  DataFrames have the world's
    ``columns`` (x0, x1, ... where it has none), words in those that have ``levels``, and nothing where something is
    missing, as a number may be in columns at ``gaps``.  In a world of text ``fit`` takes a list of texts, and
    ``sample`` gives one.

    Where it takes ``random_state`` it is given one; the global generators of NumPy and Python are seeded around each
    call and put back, so a loop repeats bit for bit if the class draws from those.  A class that raises, or that writes
    something else than n finite points of the right shape, leaves the replicate *failed*, with what went wrong; what it
    raises on points that are all the same is a collapse.

    timeout: seconds that one call may take.  What hangs in Python is ended by an alarm; what hangs in compiled code is
    not, nor in another thread than a process's first: see `Command`.
    contents: digest of the file that the class is in, filled in when an experiment is resolved if that file lies in the
    working folder: a class that was changed is another one.

    >>> from sklearn.neighbors import KernelDensity
    >>> model = adapt(KernelDensity(bandwidth=0.1)).fit(Points(np.zeros((1, 5, 2))), np.random.default_rng(0))
    >>> model.sample(3, np.random.default_rng(0)).values.shape
    (1, 3, 2)
    """

    thing: str
    options: dict[str, Option] = msgspec.field(default_factory=dict)
    columns: Columns = None
    timeout: float = 3600.0
    levels: Levels = msgspec.field(default_factory=dict)
    gaps: tuple[int, ...] = ()
    data: Kind | None = None
    contents: str | None = None

    batched = False
    archives = True
    text = None  # type: ignore[assignment]

    def __post_init__(self) -> None:
        named.check_name(self.thing)
        if not 0 < self.timeout < np.inf:
            raise InputError("a time limit > 0 in seconds", self.timeout, "3600")

    def describe(self) -> str:
        return self.thing.partition(":")[2]

    @property
    def programs(self) -> tuple[str, ...]:
        return (self.thing,)

    def make(self) -> Any:
        """A new, untrained object of the class."""
        return named.make(self.thing, self.options)

    @property
    def manner(self) -> Manner:
        """How the class learns and writes."""
        return read_manner(named.find(self.thing), self.thing, self.data)

    @property
    def tables(self) -> bool:
        """Whether it learns from tables, categories too."""
        manner = self.manner
        return manner.protocol == "others" and manner.choose(words=True) in ("pandas", "polars")

    @property
    def texts(self) -> bool:
        """Whether it learns from texts."""
        return self.manner.data == "texts"

    def prepare(self, source: Source) -> Self:
        """The same with its columns and its digest, once it is certain that the class can be had."""
        check_kind(self, source)
        layout = _find_layout(self.manner, source, self.thing)
        self.make()
        file = Path(getattr(sys.modules[self.thing.partition(":")[0]], "__file__", None) or "")
        own = file.is_file() and file.is_relative_to(Path.cwd()) and "site-packages" not in file.parts
        contents = guarded.check_contents([file] if own else [], self.contents)
        named = None if self.manner.choose(bool(layout.levels)) == "array" else layout.columns
        return msgspec.structs.replace(
            self, columns=self.columns or named, levels=layout.levels, gaps=layout.gaps, contents=contents
        )

    def recall(self, source: Source) -> Self:
        layout = Layout.of(source)
        return msgspec.structs.replace(self, levels=layout.levels, gaps=layout.gaps)

    def fit(self, evidence: Points, rng: Generator, previous: object = None, archive: Archive | None = None) -> Guest:
        layout = Layout(self.columns, self.levels, self.gaps)
        return _learn(self.make(), self.manner, layout, evidence, rng, previous, archive, self.timeout)


@dataclass(frozen=True)
class ObjectAdapter(Abilities):
    """An object of somebody's, copied for every fit.  Name a class instead to be able to write an experiment down."""

    thing: Any
    layout: Layout = UNKNOWN
    data: Kind | None = None
    batched = False
    archives = True

    def describe(self) -> str:
        return type(self.thing).__name__

    @property
    def name(self) -> str:
        return type(self.thing).__name__.lower()

    @property
    def manner(self) -> Manner:
        """How the object learns and writes."""
        return read_manner(self.thing, type(self.thing).__name__, self.data, "an object")

    def prepare(self, source: Source) -> Self:
        check_kind(self, source)
        known = _find_layout(self.manner, source, type(self.thing).__name__)
        return replace(self, layout=replace(known, columns=self.layout.columns or known.columns))

    def fit(self, evidence: Points, rng: Generator, previous: object = None, archive: Archive | None = None) -> Guest:
        return _learn(_copy(self.thing), self.manner, self.layout, evidence, rng, previous, archive)


def adapt(thing: Any, columns: Columns = None, data: Kind | None = None) -> ObjectAdapter:
    """Make a family of any object that learns in one of the ways of `Adapter`.

    columns: the names that a model of tables finds its columns under, those of the world unless they are given.  data:
    what it learns from, "array", "pandas" or "polars", where that is not to be found out.  An object with Kellet's own
    protocol is a family as it stands; adapted, it learns one replicate at a time and what it does wrong ends that
    replicate only.
    """
    if isinstance(thing, type):
        raise InputError("an object", f"the class {thing.__name__}", f"{thing.__name__}()")
    adapted = ObjectAdapter(thing, Layout(columns), data)
    # Now, and not when it is to learn, it is told what is wrong with it.
    assert adapted.manner
    return adapted


def welcome(family: Any) -> Any:
    """A family as the loop wants it: one with Kellet's own protocol as it stands; an estimator of scikit-learn's by its
    name, if that and its parameters can be written down, and as a conditional family where it is a classifier or a
    regressor; any other object adapted.

    >>> from sklearn.mixture import GaussianMixture
    >>> known = welcome(GaussianMixture(3))
    >>> known.thing, known.options
    ('sklearn.mixture:GaussianMixture', {'n_components': 3})
    """
    if isinstance(family, Abilities):
        return family
    if task := read_task(family):
        return take(family, task)
    if is_own(family) and not isinstance(family, type):
        return family
    return Adapter(*found) if (found := named.spell(family)) else adapt(family)


def _copy(thing: Any) -> Any:
    """An untrained copy of an estimator, and of any other object one as it is."""
    if not named.is_estimator(thing):
        return copy.deepcopy(thing)
    from sklearn.base import clone

    return clone(thing)


def _find_layout(manner: Manner, source: Source, name: str) -> Layout:
    """What the columns of a world are; bad input where an object of that manner can't learn there."""
    layout = Layout.of(source)
    if manner.protocol == "kellet":
        return layout
    if isinstance(source, Corpus):
        if manner.data not in ("texts", None):
            attempt = "--family ngram:order=3, or data=texts before the class, if it can"
            raise InputError("a class whose fit takes texts for a world of text", name, attempt)
        return layout
    kind = manner.choose(words=True)
    if kind == "texts":
        raise InputError(f"a world of text for a class whose fit takes texts, {name}", "another", "a text file")
    if kind == "array" and (layout.levels or layout.gaps):
        which = [*layout.levels, *(source.names[j] for j in layout.gaps if isinstance(source, DataSet))]
        attempt = "data=pandas before the class, if it can (adapter,data=pandas:package.module:Class)"
        raise InputError(f"a class whose fit takes a DataFrame for {', '.join(which)}", name, attempt)
    return layout


def _learn(
    thing: Any,
    manner: Manner,
    layout: Layout,
    evidence: Points,
    rng: Generator,
    previous: object,
    archive: Archive | None,
    timeout: float | None = None,
) -> Guest:
    """What an object learns from points of one replicate."""
    own = manner.protocol == "kellet"
    values = evidence.values[0] if own else guarded.read_points(evidence)
    spelling = None if archive is None or archive.tokeniser is None else archive.tokeniser

    def teach(_: int) -> Lesson:
        if own:
            before = previous.thing if isinstance(previous, Guest) else previous
            model = thing.fit(thing.summarise(evidence) if is_exact(thing) else evidence, rng, before)
            if not callable(getattr(model, "sample", None)):
                raise Failure(f"fit gave {type(model).__name__}, which has no sample(n, rng)")
            fits = read_marks(model, 1)
            reason = fits.reason or "its fit degenerated" if fits.collapsed.any() else None
            return model, partial(_write_points, model), reason
        _give_seed(thing, seed)
        if spelling is not None:
            documents = Documents(spelling, values.shape[1])
            thing.fit(documents.spell(values))
            return thing, lambda n, rng: documents.read(_write(thing, manner, n, rng)), None
        rows = values.reshape(len(values), -1)
        given = {manner.categories: list(layout.levels)} if manner.categories else {}
        thing.fit(layout.make(rows, manner.choose(bool(layout.levels))), **given)
        return thing, lambda n, rng: layout.read(_write(thing, manner, n, rng), rows.shape[1]), None

    blank, warned = NO_NUMBER if spelling is None else NO_TOKEN, None if archive is None else archive.warned
    with seed_globals(rng) as seed:
        probe = np.random.default_rng(seed)
        return guarded.learn(teach, values, previous, probe, timeout, layout.gaps, blank, warned)


def _write(thing: Any, manner: Manner, n: int, rng: Generator) -> Any:
    """What an object writes when it is asked for n rows."""
    with seed_globals(rng) as seed:
        _give_seed(thing, seed)
        own = {manner.seed: np.random.default_rng(seed) if manner.seed == "rng" else seed} if manner.seed else {}
        written = thing.sample(**{manner.count: n}, **own) if manner.count else thing.sample(n, **own)
    # scikit-learn's mixtures also say which component each point is of.
    pair = isinstance(written, tuple) and len(written) == 2 and np.ndim(written[0]) == 2
    return written[0] if pair else written


def _write_points(model: Any, n: int, rng: Generator) -> Any:
    """What a model of Kellet's own protocol writes."""
    with seed_globals(rng):
        written = model.sample(n, rng)
    if not isinstance(written, Points) or written.weights is not None or written.replicates != 1:
        raise Failure(f"sample({n}) must write Points of one replicate, without weights; got {type(written).__name__}")
    return written.values[0]


def _give_seed(thing: Any, seed: int) -> None:
    parameters: Mapping[str, Any] = thing.get_params() if hasattr(thing, "get_params") else {}
    if "random_state" in parameters:
        thing.set_params(random_state=seed)


@contextmanager
def seed_globals(rng: Generator) -> Iterator[int]:
    """A seed for somebody's code, with the global generators seeded inside and put back after."""
    seed = int(rng.integers(2**32))
    torch = sys.modules.get("torch")
    before, mine, theirs = np.random.get_state(), random.getstate(), torch and torch.get_rng_state()  # noqa: NPY002
    np.random.seed(seed)  # noqa: NPY002
    random.seed(seed)
    if torch:
        torch.manual_seed(seed)
    try:
        yield seed
    finally:
        np.random.set_state(before)  # noqa: NPY002
        random.setstate(mine)
        if torch:
            torch.set_rng_state(theirs)
