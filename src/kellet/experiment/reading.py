"""Reading somebody's data: what is there, what is taken for what, and what is done with it unless something is said."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kellet.data import reading
from kellet.data.content import Content, Documents, Rows
from kellet.data.kinds import read_columns
from kellet.data.sight import Kind, Sight
from kellet.data.spool import spool
from kellet.errors import InputError, quote
from kellet.experiment.box import THINGS, box, see
from kellet.experiment.experiment import Experiment
from kellet.experiment.presets.own import Choices, for_file
from kellet.families.recipe import Recipe
from kellet.page.answer import Answer
from kellet.page.document import Document
from kellet.page.wording import describe
from kellet.struct import checked
from kellet.worlds.rows import sum_up


class DataDocument(Document, frozen=True, kw_only=True, tag="kellet/data/1"):
    """What ``kellet data`` saw.  data: column by column.  refusal: why nothing is learnt from it, where nothing is."""

    data: Sight
    refusal: str | None


@dataclass(frozen=True)
class Data:
    """Somebody's data, as Kellet sees them.

    experiment: what ``kellet run`` does with them unless something else is said; None where they are too few, or
    nothing in them can be learnt, and then refusal says why.
    """

    sight: Sight
    experiment: Experiment | None
    refusal: str | None = None

    def answer(self) -> Answer:
        """For people and programs."""
        sentences = tuple(self._say())
        return Answer(
            title="What is in the data",
            sentences=sentences,
            document=lambda: DataDocument(sentence=" ".join(sentences), data=self.sight, refusal=self.refusal),
            tables=(box(self.sight),),
        )

    def _say(self) -> list[str]:
        sight = self.sight
        columns = len(sight.columns)
        wide = f" of {columns:,} column{'s' if columns > 1 else ''}" if columns else ""
        said = [f"{sight.source} holds {sight.count:,} {THINGS[sight.form]}{wide}."]
        if out := [column.name for column in sight.columns if column.use.startswith("left out")]:
            said.append(f"Left out: {quote(out)}.")
        if self.experiment is None:
            return [*said, f"Nothing is learnt from it as it is: {self.refusal}"]
        family, world = describe(self.experiment.family), describe(self.experiment.world)
        return [*said, f"By default `kellet run` learns {world} with {family}."]

    def _repr_html_(self) -> str:
        return self.answer()._repr_html_()


@checked
def read(
    source: Any,
    *,
    columns: Sequence[str] | None = None,
    label: str | None = None,
    kinds: Mapping[str, Kind] | None = None,
    missing_words: Sequence[str] = (),
    family: Recipe | None = None,
) -> Data:
    """What is in somebody's data, and what is taken for what.

    source: the path of a file, a folder, a glob or a URL, or an object: a DataFrame, an Arrow table, an array, a list
    of texts, ...  columns: those of a table that are meant.  label: a column of classes.  kinds: column -> what it is,
    where that is not what is found.  missing_words: what is written where a value is missing.  family: what is to learn
    from it, if not the usual one.

    The data of an object are written to a temporary file, which is gone when the process ends.

    >>> import numpy as np
    >>> data = read({"age": np.arange(100) % 60, "job": ["smith", "baker"] * 50})
    >>> [(column.name, column.kind) for column in data.sight.columns], type(data.experiment.family).__name__
    ([('age', 'count'), ('job', 'category')], 'Copula')
    """
    path = str(source) if isinstance(source, str | Path) else spool(source)
    choices = Choices(None if columns is None else tuple(columns), label, dict(kinds or {}), tuple(missing_words))
    content = reading.read(path)
    try:
        experiment = for_file(path, choices, family)
    except InputError as error:
        return Data(_look(path, content, choices), None, str(error))
    return Data(see(experiment.world) or _look(path, content, choices), experiment)


def _look(path: str, content: Content, choices: Choices) -> Sight:
    """What is there, whether or not anything can be learnt from it."""
    name = Path(path).name
    if isinstance(content, Rows):
        readings = read_columns(content, choices.columns, choices.kinds, choices.missing_words)
        return sum_up(path, content, readings)
    if isinstance(content, Documents):
        return Sight(name, "text", len(content.texts), content.read, notes=content.notes)
    return Sight(name, "pictures", len(content.pixels), content.read, notes=content.notes)
