"""Plan: what a loop needs, as an answer."""

from __future__ import annotations

import msgspec

from kellet.metrics.catalogue import find_metric
from kellet.page.answer import Answer
from kellet.planning.need import Need
from kellet.planning.picture import draw
from kellet.planning.tables import tables_of

APART = (
    "Variance needs a number of real rows, bias a share, and things of probability p about 1/p rows. These are kept "
    "apart because they grow differently: a larger training set needs no more rows against variance, but more against "
    "bias."
)


class PlanDocument(Need, frozen=True, kw_only=True, tag="kellet/plan/1"):
    """What ``kellet plan`` found.  share: the answer as a share of each training set; binding: the reason that asks for
    most."""

    share: float | None
    binding: str


class Plan(Need, frozen=True):
    """What a loop needs of real data; its numbers are those of a `Need`.

    >>> import kellet
    >>> found = kellet.plan(world=kellet.worlds.Normal(), family=kellet.families.Gaussian(), size=100, generations=20,
    ...                    keep={"variance": 0.5})
    >>> found.conclusive, 0 < found.low <= found.points <= found.high
    (True, True)
    """

    def answer(self) -> Answer:
        """For people and programs."""
        levels = ", ".join(f"{find_metric(name).title} {100 * level:g} %" for name, level in self.keep.items())
        asked = f"{100 * self.confidence:g} % was asked for"
        checked = (
            "Checked on replicates that no trial had seen: {} of {} kept everything; ".format(*self.checked) + asked
            if self.checked
            else "Nothing could be checked"
        )
        return Answer(
            title="How much real data?",
            sentences=(self.sentence, f"{checked}."),
            document=self._document,
            tables=tuple(tables_of(self)),
            charts=(draw(self),) if self.trials else (),
            notes=(*self.notes, *([APART] if self.reasons else [])),
            lede=f"Models of the kind {self.family} learn, generation after generation, from {self.size:,} rows, most "
            f"of them written by the model before. After {self.generations:,} generations this must be left, of what "
            f"as many real rows give: {levels}.",
        )

    def _document(self) -> PlanDocument:
        return PlanDocument(**msgspec.structs.asdict(self), share=self.share, binding=self.binding)

    def _repr_html_(self) -> str:
        return self.answer()._repr_html_()
