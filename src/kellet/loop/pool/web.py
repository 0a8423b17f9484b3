"""The web: many writers who learn from one pool and write into it, generation by generation."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Generic, cast

import msgspec
import numpy as np
from numpy.random import Generator

from kellet.data.source import Source
from kellet.errors import InputError
from kellet.evidence import Array, Evidence, Points
from kellet.families.abilities import Archive, abilities
from kellet.families.family import E, Family, is_exact
from kellet.laws import Frequencies
from kellet.laws.frequencies import rarest
from kellet.laws.model import Model
from kellet.loop.anchors import AnyAnchor
from kellet.loop.curation.curation import Curation
from kellet.loop.lineage import Generation, Lineage
from kellet.loop.pool.documents import Documents, keeps_points
from kellet.loop.pool.flow import is_vast
from kellet.loop.pool.laws import Laws
from kellet.loop.pool.members import Member, settle
from kellet.loop.pool.settings import Pool, Writers
from kellet.loop.reading import Anchoring, ExactReader, K, Reader, make_reader
from kellet.loop.regimes import Number, pool
from kellet.loop.sizes import Size, size_at
from kellet.worlds.world import World, open_world

Library = Laws[K, Any] | Documents[K, Any]


@dataclass(frozen=True, eq=False)
class Web(Generic[K]):
    """All writers in generation t.

    writers: name -> what each learnt from and learnt.  model_share: the share of model text in the pool, before any
    filter.  read: name -> the share of model text in what each learnt from, a number or (R,); 0 in generation 0.
    """

    t: int
    writers: Mapping[str, Generation[K, Model]]
    model_share: float
    read: Mapping[str, float | Array]


def weave(
    world: World | Source,
    family: Family[Any, Any],
    *,
    size: Size,
    settings: Pool,
    writers: Writers,
    anchor: AnyAnchor | None = None,
    curation: Curation | None = None,
    replicates: int = 1,
    archive: Archive | None = None,
    rng: Generator,
) -> Iterator[Web[Any]]:
    """Many writers and one pool, for ever.

    Generation 0 of each writer learns from real points alone.  For generation t all writers' models and people write;
    then each writer, in turn, learns from the real points that its anchor and its own data give, and from a sample of
    the pool, so that all together are its size.  family, size, anchor: of writers that have none of their own.
    curation: of all that models write.

    >>> import kellet
    >>> from kellet import Writer
    >>> loop = weave(kellet.worlds.Bernoulli(0.5), kellet.families.Bernoulli(), size=10, settings=Pool(window=1),
    ...              writers={"one": Writer(many=2)}, replicates=1000, rng=np.random.default_rng(0))
    >>> web = [next(loop) for _ in range(50)][-1]
    >>> [int(g.model.absorbed.mean() * 10) for g in web.writers.values()], web.model_share
    ([9, 8], 1.0)
    """
    learning, writing, observing = rng.spawn(3)
    curation = Curation() if curation is None else curation
    known = settle(writers, family, size, anchor)
    source = open_world(world, replicates)
    if any(member.anchor.once for member in known.values()):
        source = source.once(observing)
    readers = _make_readers(known, source, settings, curation)
    vaults: dict[int, Any] = {}
    streams, choosy = (learning, observing), settings.by_points or curation.by_points
    members = [
        _Author(name, member, reader, curation, archive, streams, vaults, i if len(known) > 1 else None, choosy)
        for i, ((name, member), reader) in enumerate(zip(known.items(), readers, strict=True))
    ]
    library = _open(settings, members, readers[0], writing, observing)
    t, share = 0, 0.0
    read: dict[str, float | Array] = dict.fromkeys(known, 0.0)
    while True:
        yield Web(t, {member.name: member.lineage.show(t) for member in members}, share, dict(read))
        t += 1
        total = settings.written or float(sum(size_at(member.size, t) for member in members))
        humans = 0.0 if settings.humans is None else settings.humans.amount(t, _first_total(settings, members))
        written = [(member.lineage.model, member.lineage.curation) for member in members]
        library.publish(t, written, [total * member.share for member in members], humans)
        share = library.model_share
        for i, member in enumerate(members):
            if t % member.every == 0:
                read[member.name] = member.learn(t, library, i, writing)


def _make_readers(
    known: Mapping[str, Member], source: Source, settings: Pool, curation: Curation
) -> list[Reader[Any, Any]]:
    """How each writer reads: by statistics where all of them are of one kind, else by points."""
    families = [member.family for member in known.values()]
    points = reads_points(families, settings, curation.by_points)
    return [make_reader(source, family, points) for family in families]


def reads_points(families: Sequence[object], settings: Pool, judged: bool) -> bool:
    """Whether writers of these families read single points; judged: whether curation looks at them."""
    kinds = {_bare(family) for family in families}
    one = len(kinds) == 1 and is_exact(families[0]) and abilities(families[0]).batched
    learns = cast(type[Evidence], getattr(families[0], "learns", Points))
    return not one or judged or keeps_points(settings, learns)


def _bare(family: object) -> object:
    """A family but for its prior: what the others are to it."""
    if isinstance(family, msgspec.Struct):
        known = msgspec.structs.asdict(family)
        return type(family), repr({name: value for name, value in known.items() if name != "prior"})
    return id(family)


class _Author(Generic[K, E]):
    """One writer at work."""

    def __init__(
        self, name: str, known: Member, reader: Reader[K, E], curation: Curation, archive: Archive | None,
        streams: tuple[Generator, Generator], vaults: dict[int, Any], number: int | None, choosy: bool,
    ):  # fmt: skip
        """choosy: whether documents fare differently, by who wrote them and what they say."""
        self.choosy = choosy
        self.name, self.size, self.share, self.every = name, known.size, known.share, known.every
        self.learning, observing = streams
        n = size_at(known.size, 0)
        self.anchoring = Anchoring(known.anchor, known.size, reader, observing, vaults)
        self.private = reader.fresh(known.private, observing) if known.private else None
        self.own = known.private
        k, anchored = self.anchoring.first()
        wanted = cast(int, self._room(n, k))
        first = pool(anchored, self.private, reader.first(wanted, observing) if wanted > 0 else None)
        if archive is not None and archive.models is not None and number is not None:
            archive = replace(archive, models=archive.models / f"writer-{number}")
        self.lineage = Lineage(known.family, reader, curation, archive, first, self.learning)

    def learn(self, t: int, library: Library[K], reader: int, writing: Generator) -> float | Array:
        """Learn anew of what it reads as the pool's so-many-th reader; the share of model text in all that it does."""
        n, lineage = size_at(self.size, t), self.lineage
        write = partial(lineage.reader.write, lineage.model, lineage.curation, t=t, rng=writing)
        k: Number
        k, anchored = self.anchoring.at(n, t, write)
        wanted = self._room(n, k)
        found = library.read(reader, wanted) if np.max(wanted) > 0 else None
        lineage.learn(pool(anchored, self.private, found), self.learning)
        if found is None:
            return 0.0
        read = np.asarray(found.count)
        share: float | Array = library.model_share_read(reader)
        if self.choosy and isinstance(found, Points):
            # What becomes of one document is not to be expected of another.
            share = (found.weighed * (found.origins > 0)).sum(axis=1) / np.maximum(read, 1e-300)
        return share * (read / np.maximum(read + k + self.own, 1e-300))

    def _room(self, n: int, k: Number) -> Number:
        """What real points leave of n points."""
        left = n - k - self.own
        if isinstance(left, np.ndarray):
            return np.maximum(left, 0)
        if left < 0:
            got = f"{k} of its anchor and {self.own} of its own"
            raise InputError(f"at most the {n} points of a generation of {self.name or 'a writer'}", got, "fewer")
        return left


def _first_total(settings: Pool, members: Sequence[_Author[Any, Any]]) -> float:
    """How many documents models write for the first generation."""
    return settings.written or float(sum(size_at(member.size, 1) for member in members))


def _open(
    settings: Pool, members: Sequence[_Author[K, Any]], reader: Reader[K, Any], writing: Generator, observing: Generator
) -> Library[K]:
    """The pool as it is before any model has written."""
    homes = [i % settings.pools for i in range(len(members))]
    truth = reader.source.truth
    people = partial(reader.fresh, rng=observing)
    if settings.filter and settings.filter.minority:
        truth = _sift(settings, reader.source)
        people = partial(reader.draw, truth, rng=observing)
    if settings.reading == "documents":
        first = [member.lineage.evidence for member in members]
        return Documents(settings, reader, homes, writing, people, first, [size_at(m.size, 0) for m in members])
    exact = isinstance(reader, ExactReader)
    known = truth if isinstance(reader, ExactReader) and reader.truth is not None else None
    many = all(is_vast(member.size) for member in members)
    library = Laws(settings, reader, homes, writing, people, known, exact, many)
    before = settings.before
    library.humans.add(_first_total(settings, members) if before is None else before)
    return library


def _sift(settings: Pool, source: Source) -> Frequencies:
    """The law of what people write and the filter lets pass."""
    assert settings.filter is not None
    if not isinstance(truth := source.truth, Frequencies):
        raise InputError("categories, of which a minority are the rarest", "another world", "filter:0.9,0.05")
    p = truth.dense()
    minority = rarest(p[0], settings.filter.minority)
    passes = (1 - settings.filter.wrong) * (p[0] - minority) + (1 - (settings.filter.minority_wrong or 0.0)) * minority
    return Frequencies(np.broadcast_to(passes / passes.sum(), p.shape))
