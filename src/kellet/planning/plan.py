"""Plan: what a loop needs, as an answer: in words, and with what to bear in mind."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import msgspec
import numpy as np

from kellet.experiment.box import box
from kellet.metrics.catalogue import find_metric
from kellet.page.answer import Answer
from kellet.page.claim import Origin, name_file
from kellet.page.wording import join
from kellet.planning.claim import FARTHEST, claim
from kellet.planning.exhibits import draw, tabulate
from kellet.planning.need import Need
from kellet.planning.reserve import Reserve
from kellet.planning.solution import AVERAGE
from kellet.planning.supply import Supply
from kellet.planning.webs import MEAN, introduce, join_levels, tell

APART = (
    "Variance needs a number of real rows, bias a share, and things of probability p about 1/p rows. These are kept "
    "apart because they grow differently: a larger training set needs no more rows against variance, but more against "
    "bias."
)
ONLY = "The answer holds for these data, this family, this size and this horizon; it is no law for others."
AGREES = 1.3
"""How far theory may lie outside the interval before that is said."""


class PlanDocument(Need, frozen=True, kw_only=True, tag="kellet/plan/1"):
    """What ``kellet plan`` found.  share: the answer as a share of each training set; binding: the reason that needs
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
        asked = f"{100 * self.confidence:g} % was asked for"
        checked = (
            "Checked on replicates that no trial had seen: {} of {} kept everything; ".format(*self.checked) + asked
            if self.checked
            else "Nothing could be checked"
        )
        return Answer(
            title="How much real data?",
            sentences=(self.sentence, f"{checked}."),
            document=self.document,
            tables=(*tabulate(self), *([box(self.data)] if self.data else [])),
            charts=(draw(self),) if self.trials else (),
            notes=(*self.notes, *([APART] if self.reasons else [])),
            lede=self.lede,
            claim=claim(self),
            origin=self.origin,
        )

    def document(self) -> PlanDocument:
        """For programs."""
        return PlanDocument(**msgspec.structs.asdict(self), share=self.share, binding=self.binding)

    @property
    def lede(self) -> str:
        """Who learns from what, and what must be left of it."""
        if self.pool:
            return introduce(self)
        return (
            f"Models of the kind {self.family} learn, generation after generation, from {self.size:,} rows, most "
            f"of them written by the model before. After {self.generations:,} generations this must be left, "
            f"relative to a real sample of the same size: {join_levels(self)}."
        )

    @property
    def origin(self) -> Origin:
        """Which data, which columns of them, family, seed, date and command."""
        data = name_file(self.data.source, self.columns) if self.data else self.world
        return Origin(data, (f"family {self.family}", f"seed {self.seed}"), self.date, self.command)

    def _repr_html_(self) -> str:
        return self.answer()._repr_html_()


def describe(
    plan: Plan, supply: Supply, usual: bool = False, notes: Sequence[str] = (), watched: Iterable[str] | None = None
) -> Plan:
    """The same plan with its sentence and its notes.

    usual: nobody said what is to be kept.  watched: names of metrics that would be kept as usual, where real rows keep
    them; those that the plan doesn't keep are named.
    """
    if usual:
        if lost := [find_metric(name).title for name in watched or () if name not in plan.keep]:
            reach = f"{plan.size:,} real rows themselves often keep nothing of it"
            notes = [f"Nothing is promised of {join([f'“{title}”' for title in lost])}: {reach}.", *notes]
        levels = join([f"{100 * level:g} % of {find_metric(name).title}" for name, level in plan.keep.items()])
        said = f"Nothing was said of what must be kept (--keep), so this is for {levels}"
        reached = " (less than 90 % is what a real sample of the same size reaches itself)"
        lower = reached if min(plan.keep.values()) < 0.9 else ""
        notes = [f"{said}{lower}.", *notes]
    if plan.pool or not isinstance(supply, Reserve):
        return msgspec.structs.replace(plan, sentence=next(tell([plan])), notes=(*notes, MEAN, ONLY))
    every = (*notes, *_notes(plan, supply), ONLY)
    return msgspec.structs.replace(plan, sentence=_sentence(plan, supply), notes=every)


def _sentence(plan: Plan, reserve: Reserve) -> str:
    low, high = int(np.ceil(plan.low)) if plan.low >= 1 else 0, _whole(plan.high, plan.most)
    sets = f"every training set of {plan.size:,}"
    if plan.points == 0 and plan.conclusive:
        return (
            f"No real row is needed for these levels up to generation {plan.generations:,}: loops without any keep "
            f"them with {100 * plan.confidence:g} % confidence. Later generations may not."
        )
    if plan.points is None:
        what = f"all {plan.most:,} rows of the bank" if reserve.bank == plan.most else "real rows alone"
        what = f"the {plan.most:,} rows of the reserve" if reserve.runs_out else what
        least = max(1, min(low, plan.most))
        return f"Inconclusive: at least {least:,} real rows in {sets}; not even {what} surely are enough."
    if not plan.conclusive:
        sentence = f"Inconclusive: between {low:,} and {high} real rows in {sets}, perhaps {plan.points:,}"
        none = next((trial for trial in plan.trials if trial.points == 0), None)
        if low < 1 and none:
            kept = none.successes / none.tries
            sentence += f"; without any, {100 * kept:.0f} % of {none.tries:,} loops keep these levels already"
        return f"{sentence}."
    kind = {"fresh": "fresh ", "fixed": "fixed ", "bank": ""}[reserve.draw]
    rows = f"{plan.points:,} {kind}real row{'s' if plan.points > 1 else ''}"
    share = plan.points / plan.size
    part = f"{share:.2g}" if share < 0.001 else f"{share:.1%}".replace("%", " %")
    span = f"90 % interval {low:,}–{high}" if plan.trials else "by theory alone"
    return f"Keep {rows} in {sets} ({part}; {span}){_why(plan)}."


def _why(plan: Plan) -> str:
    reason = next((r for r in plan.reasons if r.name == plan.binding), None)
    if reason is None:
        return ""
    title = find_metric(reason.metric).title
    if reason.name == "variance":
        of = "" if title == "variance" else f" (of {title})"
        return f": the limiting factor is variance{of}, which needs a fixed number of real rows, not a percentage"
    if reason.name == "bias":
        loss = f"{title}: {reason.loss:.2g} per generation"
        return f": the limiting factor is bias ({loss}), which needs a percentage of real rows, not a fixed number"
    kept = f"; the rarest that is kept is “{plan.rarest[0]}”, 1 in {1 / plan.rarest[1]:,.0f}" if plan.rarest else ""
    return f": the limiting factor is rare things{kept}"


def _notes(plan: Plan, reserve: Reserve) -> Iterator[str]:
    if reserve.rows is not None and reserve.draw == "fresh" and plan.points:
        needed = plan.points * plan.generations
        again = "and come back" if needed > reserve.rows else "enough for none to come back"
        yield (
            f"Fresh rows come from a reserve of {reserve.rows:,}, {again} over {plan.generations:,} generations"
            + (f"; to have none come back, {needed:,} rows are needed." if needed > reserve.rows else ".")
        )
    if reserve.runs_out and plan.high > plan.most:
        few, many = max(int(np.floor(plan.low)) - plan.most, 1), _whole(plan.high, plan.most, less=plan.most)
        least = f"{few:,} to {many}" if plan.low > plan.most else f"up to {many}"
        yield f"The reserve has {plan.most:,} rows. By extrapolation {least} more rows are needed there."
    if reserve.contaminated and plan.points:
        dirty = reserve.dirty(plan.points)
        others = f"the {plan.points - dirty:,} others do the work"
        yield f"Of {plan.points:,} rows {dirty:,} are taken to be model-written; {others}."
    theory = plan.theory if plan.points and plan.trials else None
    low, high = np.floor(plan.low) / AGREES, np.ceil(plan.high) * AGREES
    if theory and AVERAGE not in theory.kind and not low <= theory.points <= high:
        yield f"Theory says {theory.points:,} ({theory.kind}); the simulation is the better judge."
    if plan.points and plan.reasons and plan.points > 2 * max(reason.points for reason in plan.reasons):
        yield "The measured answer is more than any of the three reasons accounts for: something else limits it too."


def _whole(number: float, most: int, less: int = 0) -> str:
    """A whole number, where an extrapolation so far says anything."""
    return f"{int(np.ceil(number)) - less:,}" if number < FARTHEST * most else "nobody knows how many"
