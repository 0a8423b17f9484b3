"""Estimating: what share of a corpus models wrote, from files of any size."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from concurrent.futures import Executor
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import reduce
from operator import add
from typing import Any

import numpy as np

from kellet.audit.rule import make_rule
from kellet.errors import InputError
from kellet.estimate import slicing
from kellet.estimate.census import Census, take
from kellet.estimate.collecting import RowReferences
from kellet.estimate.gathering import SHORTEST, References, choose, gather
from kellet.estimate.ground import Ground
from kellet.estimate.inventory import Inventory
from kellet.estimate.judging import LEAST, Finding, judge, read_uncalibrated
from kellet.estimate.likeness import find_drift
from kellet.estimate.occurrence import cut as divide
from kellet.estimate.phrases import find_phrases
from kellet.estimate.reference import Reference
from kellet.estimate.result import Estimate, Removed, Slice, Writer
from kellet.estimate.rows import RowReference
from kellet.estimate.slices import pool
from kellet.estimate.slicing import OTHERS, Slicing
from kellet.experiment.documents import Source, locate
from kellet.experiment.excess import estimate_excess
from kellet.experiment.extent import check_jobs
from kellet.experiment.surveying import Look, Survey
from kellet.experiment.tabular import count_rows, holds_rows
from kellet.page.bar import Bars, Words, measure_words
from kellet.profile.tally import Hashes
from kellet.struct import checked

BYTES = 1 << 21
"""Of text that are looked at together."""
DIFFER = 0.01
"""How rarely slices of one share differ as much, from where on it is said that they differ."""


@checked
def estimate(
    corpus: Any,
    *,
    human: Any = None,
    model: Mapping[str, Any] | None = None,
    by: str | None = None,
    text: str | None = None,
    bound_only: bool = False,
    human_until: str | None = None,
    seed: int = 0,
    jobs: int = 1,
    executor: Executor | None = None,
    progress: Words | Bars | bool | None = None,
) -> Estimate:
    """What share of a corpus did models write?  One pass, whatever its size.

    corpus, human: paths, globs or folders, a mix's too, or lists of them; or a DataFrame, an Arrow table, a dict of
    columns, a list of texts.  model: of each model, by its name, text that it wrote, likewise.  by: the column that the
    corpus is divided by, or "length", "script" or "file".  text: the column of tables that holds the text, several with
    commas between.  bound_only: whether only to say how much it is at least.  human_until: without model text, up
    to which year, month or day the corpus is human, by its column of dates; "2022-11" where no other text is.  jobs:
    processes of this machine, or executor: whoever else computes; neither changes a bit.  progress: as in
    `kellet.plan`.
    """
    check_jobs(jobs)
    if not 0 <= seed < 1 << 32:
        raise InputError("a seed from 0 to 2^32 - 1", seed, "0")
    with ExitStack() as stack:
        tell = stack.enter_context(measure_words(progress, "estimate"))
        if not model:
            return estimate_excess(corpus, human, by, human_until, text, seed, tell)
        _require(human, human_until)
        human = locate(human, stack)
        survey = Survey(jobs, executor, tell)
        if text is None and holds_rows(human):
            return _conclude(*count_rows(human, model, corpus, by, seed, survey, stack), bound_only)
        sources = [Source.open(human, "the human references", text, stack)]
        sources += [Source.open(one, f"the references of {name}", text, stack) for name, one in model.items()]
        target = Source.open(corpus, "the corpus", text, stack, required=True)
        references = _read_references(sources, list(model), tell)
        sliced = _choose_slices(target, survey, by, references)
        tell("learning from the references", 0.0)
        texts = {name: frame["text"] for name, frame in references.models.items()}
        reference = Reference.learn(references.human["text"], texts, make_rule(), seed)
        hashes = references.hashes
        census = survey.count(target, lambda part: _Count(part, sliced, reference, hashes))
    return _conclude(target.name, reference, references, sliced, census, bound_only)


def _require(human: Any, human_until: str | None) -> None:
    """Without references there are only dates."""
    if human is None:
        raise InputError("text that people wrote", "none", "--human FILE")
    if human_until is not None:
        raise InputError("no --human-until beside --model", human_until, "--human FILE with text of that time")


def _read_references(sources: list[Source], names: list[str], tell: Words) -> References:
    human, models = gather(make_rule(), names)
    for source, gathering in zip(sources, (human, *models.values()), strict=True):
        tell(source.name, 0.0)
        for batch in source.read():
            gathering.add(batch.texts)
    return choose(human, models)


def _choose_slices(source: Source, survey: Survey, by: str | None, references: References) -> Slicing:
    if by is None:
        return Slicing("whole")
    values = None
    if by in source.columns and (frame := next(source.read((by,))).frame) is not None:
        values = frame[by]
    files = [path.name for path, _ in source.shards]
    sliced = slicing.choose(by, values, source.columns, files, references.human["words"].to_numpy())
    if values is None:
        return sliced
    return sliced.settle(survey.count(source, lambda part: Look(part, sliced)))


@dataclass(frozen=True)
class _Count:
    """Scores a part of the corpus."""

    source: Source
    sliced: Slicing
    reference: Reference
    hashes: Hashes

    def work(self) -> Census:
        """The census of a part."""
        return reduce(add, self._read())

    def _read(self) -> Iterator[Census]:
        for texts, frame, path in self.source.read(self.sliced.columns):
            for start, some in divide(texts, BYTES):
                found = self.reference.vocabulary.find(some)
                rows = None if frame is None else frame.slice(start, len(some))
                slices = self.sliced.find(rows, some, found.lengths, path.name)
                yield take(self.reference, found, slices, self.sliced.many, self.hashes)


def _conclude(
    corpus: str,
    reference: Reference | RowReference,
    references: References | RowReferences,
    sliced: Slicing,
    census: Census | Inventory,
    bound_only: bool,
) -> Estimate:
    """What is found, of the whole and of each slice."""
    whole, things = census.whole, reference.nouns.things
    if whole.documents < 2:
        left = f", besides {census.known} that are in the references and {census.empty} of fewer than {SHORTEST} words"
        got = f"{whole.documents:.0f}{left if census.known or census.empty else ''}"
        raise InputError(f"a corpus of {LEAST} {things} or more", got, "a larger one, or other references")
    found = judge(reference, whole, bound_only)
    slices, notes = _judge_slices(reference, sliced, census, bound_only, found.verdict == "answered")
    if repeated := census.sample.repeated:
        notes = (f"{repeated:,} {things} of the corpus are there for another time; each counts.", *notes)
    known = found.verdict != "not identifiable"
    if known:
        found = replace(found, drift=find_drift(reference, whole, found.readings[0].share))
    phrases = find_phrases(reference, census.features, whole.documents) if known else ()
    removed = Removed(census.known, references.both, references.repeated, references.empty + census.empty)
    return Estimate(
        corpus, things, "references", found, len(references.human),
        writers=_describe_writers(reference, references, found),
        by=sliced.by,
        slices=slices,
        phrases=phrases,
        removed=removed,
        uncalibrated=read_uncalibrated(reference, whole) if known and reference.nouns.worded else None,
        notes=(*references.notes, *notes),
    )  # fmt: skip


def _judge_slices(
    reference: Ground, sliced: Slicing, census: Census | Inventory, bound_only: bool, settled: bool
) -> tuple[tuple[Slice, ...], tuple[str, ...]]:
    """Each slice that has documents, and what is to be said of all."""
    if sliced.kind == "whole":
        return (), ()
    named = zip((*sliced.names, OTHERS), census.slices, strict=True)
    slices = [Slice(name, judge(reference, counts, bound_only, settled)) for name, counts in named if counts.documents]
    if sliced.kind in ("script", "file"):
        slices.sort(key=lambda one: -one.finding.documents)
    answered = [i for i, one in enumerate(slices) if one.finding.verdict == "answered"]
    if not answered:
        return tuple(slices), ()
    pooled = pool(*([getattr(slices[i].finding, end) for i in answered] for end in ("share", "low", "high")))
    for i, share, low, high in zip(answered, pooled.shares, pooled.low, pooled.high, strict=True):
        slices[i] = replace(slices[i], pooled=(float(share), float(low), float(high)))
    if pooled.chance >= DIFFER:
        return tuple(slices), ()
    note = (
        f"The {len(answered)} slices that are answered differ beyond chance: around {100 * pooled.mean:.0f} % their "
        f"shares have a standard deviation of {100 * pooled.spread:.0f} points."
    )
    return tuple(slices), (note,)


def _describe_writers(reference: Ground, references: References | RowReferences, found: Finding) -> tuple[Writer, ...]:
    law = reference.calibrations[0]
    return tuple(
        Writer(
            name, len(references.models[name]), float(detected),
            None if np.isnan(strange) else float(strange), found.writers.get(name),
        )
        for name, detected, strange in zip(reference.names, law.detection, law.strange, strict=True)
    )  # fmt: skip
