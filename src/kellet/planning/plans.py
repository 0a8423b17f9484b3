"""Plans: the answers for several sizes side by side, and where answers are kept."""

from __future__ import annotations

import math
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from kellet.errors import InputError
from kellet.experiment.box import box
from kellet.experiment.running.folder import Folder
from kellet.experiment.running.status import next_status
from kellet.experiment.running.stores import remote
from kellet.loop.sizes import MOST
from kellet.metrics import catalogue
from kellet.page.answer import Answer
from kellet.page.document import Document
from kellet.page.table import Table
from kellet.planning.claim import claim, claim_over
from kellet.planning.exhibits import draw
from kellet.planning.plan import Plan, PlanDocument
from kellet.planning.sizes import draw_sizes
from kellet.planning.webs import join_levels, tell


class PlansDocument(Document, frozen=True, kw_only=True, tag="kellet/plans/1"):
    """What ``kellet plan`` found for several sizes of training sets, or of a pool for several things, a plan each."""

    plans: tuple[PlanDocument, ...]


@dataclass(frozen=True)
class Plans:
    """A plan for each of several sizes, or for each thing that was searched for in a pool.

    >>> import kellet
    >>> found = kellet.plan(world=kellet.worlds.Normal(), family=kellet.families.Gaussian(), size=(10**6, 10**9),
    ...                     generations=10**9, keep={"variance": 0.5}, theory_alone=True)
    >>> [(plan.size, plan.points) for plan in found.plans]
    [(1000000, 5), (1000000000, 5)]
    """

    plans: tuple[Plan, ...]

    @property
    def conclusive(self) -> bool:
        """Whether all of them are."""
        return all(plan.conclusive for plan in self.plans)

    @property
    def sentence(self) -> str:
        """The answers, one after the other."""
        return " ".join(self.sentences)

    @property
    def sentences(self) -> Iterator[str]:
        """One for each; of a pool what is the same for all of one size is said once."""
        for _, same in groupby(self.plans, lambda plan: plan.size):
            plans = list(same)
            yield from tell(plans) if plans[0].pool else (plan.sentence for plan in plans)

    def answer(self) -> Answer:
        """For people and programs."""
        first = self.plans[0]
        sizes = len({plan.size for plan in self.plans}) > 1
        table = self._tabulate("Over sizes" if sizes else "What is needed", sizes)
        charts = draw_sizes(self.plans) if sizes else tuple(draw(plan) for plan in self.plans if plan.trials)
        lede = (
            f"Models of the kind {first.family} learn, generation after generation, from so many rows, most of "
            f"them written by the model before. After {first.generations:,} generations this must be left, "
            f"relative to a real sample of the same size: {join_levels(first)}."
        )
        return Answer(
            title="How much real data, over the size of training sets?" if sizes else "How much real data?",
            sentences=tuple(self.sentences),
            document=lambda: PlansDocument(sentence=self.sentence, plans=tuple(plan.document() for plan in self.plans)),
            tables=(table, *([box(first.data)] if first.data else [])),
            notes=tuple(dict.fromkeys(note for plan in self.plans for note in plan.notes)),
            claim=claim_over(self.plans) if sizes else claim(first),
            origin=first.origin,
            charts=charts,
            lede=lede if sizes and not first.pool else first.lede,
        )

    def _tabulate(self, title: str, sizes: bool) -> Table:
        """A row for each; sizes: whether there are several."""
        pools = bool(self.plans[0].pool)
        rows = tuple(
            (
                *([f"{plan.size:,}"] if sizes else []), *([plan.unit] if pools else []),
                "none that is enough" if plan.points is None else f"{plan.points:,}",
                f"{plan.low:,.0f}–{plan.high:,.0f}" if math.isfinite(plan.high) else f"{plan.low:,.0f} or more",
                "" if plan.share is None else f"{100 * plan.share:.2g} %",
                *([] if pools else [plan.binding]), "yes" if plan.conclusive else "inconclusive",
            )
            for plan in self.plans
        )  # fmt: skip
        size = ("rows in each training set",) if sizes else ()
        what = ("what", "at least") if pools else ("real ones among them",)
        headings = (*size, *what, "90 % interval", "share", *(() if pools else ("limiting factor",)), "conclusive")
        return Table(title, headings, rows, align=("r" * sizes + "lrrrl") if pools else "rrrrll")

    def _repr_html_(self) -> str:
        return self.answer()._repr_html_()


Found = TypeVar("Found", bound=Plan | Plans)


def write(found: Found, folder: Folder | None) -> Found:
    """The same, with its document and its page in the folder."""
    if folder is not None:
        answer = found.answer()
        folder.write_text("plan.json", f"{answer.json()}\n")
        folder.write_text("plan.html", answer.html())
        seconds = found.seconds if isinstance(found, Plan) else sum(plan.seconds for plan in found.plans)
        folder.set_status(next_status("finished", seconds, folder.status(), "plan", found.sentence))
    return found


@contextmanager
def leave_nothing(out: str | Path | None) -> Iterator[None]:
    """Where bad input is found as late as in the search, the folder goes that was made for it.

    >>> import tempfile
    >>> out = Path(tempfile.mkdtemp(), "runs/plan")
    >>> with suppress(InputError), leave_nothing(out):
    ...     out.mkdir(parents=True)
    ...     raise InputError("a plan", "none", "another")
    >>> out.parent.exists()
    False
    """
    if out is None or remote(out):
        yield
        return
    path = Path(out).absolute()
    new = [folder for folder in (path, *path.parents) if not folder.exists()]
    try:
        yield
    except InputError:
        if new:
            shutil.rmtree(path, ignore_errors=True)
        for folder in new[1:]:
            # Somebody else may have put something there.
            with suppress(OSError):
                folder.rmdir()
        raise


def read(path: str | Path) -> Plan | Plans | None:
    """The finished plan in a folder; None where none is."""
    written = Folder(path).place.read(["plan.json"]).get("plan.json")
    if written is None:
        return None
    try:
        document = msgspec.convert(_restore(msgspec.json.decode(written)), type=PlanDocument | PlansDocument)
        plans = (document,) if isinstance(document, PlanDocument) else document.plans
        if wrong := next(filter(None, map(_doubt, plans)), "" if plans else "no plan"):
            raise msgspec.ValidationError(wrong)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        raise InputError("a plan.json that Kellet wrote", error, "planning again with another --out") from None
    if isinstance(document, PlanDocument):
        return _undocument(document)
    return Plans(tuple(map(_undocument, document.plans)))


def _restore(part: Any, within: str = "") -> Any:
    """What a document says, with the numbers that JSON has not and writes as null."""
    if isinstance(part, list):
        return [_restore(one, within) for one in part]
    if not isinstance(part, dict):
        return part
    lost = math.nan if within in ("baseline", "medians", "values") else math.inf if within == "reasons" else None
    restored = {name: lost if one is None else _restore(one, name) for name, one in part.items()}
    return restored | {"high": math.inf} if restored.get("high", 0) is None else restored


def _doubt(plan: PlanDocument) -> str:
    """What in a plan can't be; empty where everything can."""
    tries = [(t.successes, t.tries) for t in plan.trials] + [(c.successes, c.tries) for c in plan.cures]
    wrong = {
        "size": not 1 <= plan.size <= MOST,
        "generations": not 1 <= plan.generations <= MOST,
        "confidence": not 0 < plan.confidence < 1,
        "keep": not plan.keep.keys() <= {metric.name for metric in catalogue.ALL} or not plan.keep,
        "points": not 0 <= (plan.points or 0) <= MOST,
        "interval": not 0 <= plan.low <= plan.high,
        "trials": any(not 0 <= trial.points <= MOST for trial in plan.trials),
        "tries": any(not 0 <= kept <= made or not made for kept, made in (*tries, *filter(None, [plan.checked]))),
    }
    return next((f"{name} that can't be" for name, is_wrong in wrong.items() if is_wrong), "")


def _undocument(document: PlanDocument) -> Plan:
    return Plan(**{name: getattr(document, name) for name in Plan.__struct_fields__})
