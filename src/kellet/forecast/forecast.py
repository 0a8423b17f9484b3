"""What one may expect of an anchored loop, without running it, as an answer: ``kellet theory``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from textwrap import wrap

import numpy as np

from kellet.errors import InputError
from kellet.experiment.running.stores import place
from kellet.families import Ising
from kellet.forecast.biased import rows_of_biased, sentences_of_biased
from kellet.forecast.picture import draw, expect_curves
from kellet.forecast.rare import expect_survival, rare_of
from kellet.forecast.rows import rows_of
from kellet.forecast.sentences import claim_of, number, sentences_of, share
from kellet.forecast.table import DIFFUSION, TITLES, Rare, Row, Settings, average_of, loop_of
from kellet.loop.anchors import AnyAnchor
from kellet.loop.curation import Shrink, Temperature, TopK, TopP
from kellet.loop.numbers import Closing
from kellet.loop.sizes import MOST
from kellet.page.answer import Answer
from kellet.page.chart import Chart, collect
from kellet.page.claim import Claim, Origin
from kellet.page.document import Document
from kellet.page.engine import rasterise
from kellet.page.table import Table
from kellet.struct import checked
from kellet.theory import ising

SUFFIXES = (".png", ".svg", ".html")
"""Of pictures."""


class TheoryDocument(Document, frozen=True, kw_only=True, tag="kellet/theory/1"):
    """What ``kellet theory`` says.  rows: one number each.  rare: what becomes of categories.  plot: where the picture
    was written."""

    settings: Settings
    rows: tuple[Row, ...]
    rare: tuple[Rare, ...]
    plot: str | None


@dataclass(frozen=True)
class Forecast:
    """What theory says about one loop.  settings: what was asked, in numbers; sentence: the answer for people; claim:
    the same with one number, for a page; None where what is written is curated."""

    family: Closing
    anchor: AnyAnchor | None
    settings: Settings
    sentence: str
    rows: tuple[Row, ...]
    rare: tuple[Rare, ...]
    claim: Claim | None = None

    def value(self, quantity: str) -> float:
        """One of the numbers, by name."""
        found = {row.quantity: row.value for row in self.rows}
        if quantity not in found:
            raise InputError(f"one of {', '.join(found)}", quantity, next(iter(found)))
        return found[quantity]

    def answer(self, plot: str | Path | None = None, command: tuple[str, ...] = ()) -> Answer:
        """For people and programs.  plot: where the picture was written, if it was.  command: what makes it again."""
        asked = self.settings
        sources = list(dict.fromkeys([*(row.source for row in self.rows), *(one.source for one in self.rare)]))
        return Answer(
            title="What theory expects of a loop",
            sentences=(self.sentence,),
            document=lambda: TheoryDocument(
                sentence=self.sentence, settings=asked, rows=self.rows, rare=self.rare,
                plot=str(plot) if plot else None,
            ),
            tables=(self._numbers(sources), *([self._categories(sources)] if self.rare else [])),
            charts=() if asked.curation else self._charts(),
            notes=tuple(f"[{at}] {source}" for at, source in enumerate(sources, start=1)),
            claim=self.claim,
            origin=Origin(f"{asked.family}, {number(asked.size)} points per generation", command=command)
            if command else None,
        )  # fmt: skip

    def _repr_html_(self) -> str:
        return self.answer()._repr_html_()

    def plot(self, path: str | Path, command: tuple[str, ...] = ()) -> Path:
        """Write the picture, ``.png`` or ``.svg``, or a page around it, ``.html``; whole or not at all.

        command: what makes it again, for the page to say.
        """
        path = check_plot(path)
        if self.settings.curation:
            raise InputError("a loop without a curation, to draw", self.settings.curation, "leaving out the picture")
        if path.suffix.lower() == ".html":
            content = self.answer(path, command).html().encode()
        else:
            file = collect(self._charts(), wrap(self.sentence, 150))
            content = rasterise(file) if path.suffix.lower() == ".png" else file.encode()
        place(path.parent).write(path.name, content)
        return path

    def _charts(self) -> tuple[Chart, ...]:
        asked, kept = self.settings, None
        anchor, last = self.anchor, asked.generations
        curves = expect_curves(self.family, size=asked.size, dim=asked.dim, anchor=anchor, generations=last)
        rarest = next((row.value for row in self.rows if row.quantity == "rarest_kept"), None)
        if rarest is not None and anchor is not None:
            p = np.geomspace(rarest / 100, 1, 200)
            kept = p, expect_survival(self.family, size=asked.size, anchor=anchor, p=p)
        return draw(curves, kept, asked.curvature < 0)

    def _numbers(self, sources: list[str]) -> Table:
        at = f"generation {number(self.settings.generations or 0)}"
        rows = tuple(
            (
                TITLES[row.quantity].removesuffix("then") + (at if "then" in row.quantity else ""),
                f"{number(row.value)} {row.unit}", row.kind, f"[{sources.index(row.source) + 1}]",
            )
            for row in self.rows
        )  # fmt: skip
        return Table("What theory says", ("quantity", "value", "kind", "source"), rows, align="llll")

    def _categories(self, sources: list[str]) -> Table:
        last = self.settings.generations
        then = () if last is None else (f"at generation {number(last)}",)
        whose = "" if self.settings.family == "categorical" else ", in a categorical loop of the same points"
        rows = tuple(
            (
                number(one.p), share(one.kept), *(() if one.left is None else (share(one.left),)),
                "not even all" if one.points is None else number(one.points),
                one.kind, f"[{sources.index(one.source) + 1}]",
            )
            for one in self.rare
        )  # fmt: skip
        headings = ("probability", "kept in the end", *then, "fresh points to keep it (63 %)", "kind", "source")
        return Table(f"What is kept of categories{whose}", headings, rows, align=f"lr{'r' * len(then)}rll")


@checked
@np.errstate(over="ignore")
def expect(
    family: Closing | Ising, *, size: int, dim: int = 1, anchor: AnyAnchor | None = None,
    curation: Temperature | Shrink | TopK | TopP | None = None, generations: int | None = None,
    p: Sequence[float] = (), nats: float = 0.1,
) -> Forecast:  # fmt: skip
    """What theory says about a loop that replaces its data, without running it.

    family: one that has closed forms; its prior is taken to lie at the truth.  size: points per generation.  dim:
    columns of a Gaussian.  anchor: a count or a share of fresh points, of the same ones, or from a bank.  curation: of
    what is written; what its bias comes to is known for very many points.
    generations: also what is left then, generation 0 being the first fit.  p: probabilities of categories, to say
    which are kept.  nats: the divergence that ``points_for_divergence`` is to reach.

    >>> import kellet
    >>> from kellet.families import Gaussian
    >>> found = expect(Gaussian(), size=10**9, dim=20, anchor=kellet.Anchor(10), p=[0.001])
    >>> [round(found.value(name), 2) for name in ("effective_points", "variance_kept", "divergence")]
    [21.0, 0.95, 7.13]
    >>> round(found.rare[0].kept, 2)
    0.3
    """
    average = average_of(family)
    loop = loop_of(average, size, dim, anchor)
    if size > MOST:
        raise InputError("a size of at most 10^18 points", size, "1e18")
    for chance in p:
        if not 0 < chance <= 1:
            raise InputError("the probability of a category, above 0 and at most 1", chance, "0.001")
    if p and loop.prior:
        raise InputError("no prior where categories are asked for: what it keeps of them is not known", loop.prior, "0")
    if generations is not None and not 0 <= generations <= MOST:
        raise InputError("generations >= 0, and at most 10^18", generations, "1000")
    if not 0 < nats < np.inf:
        raise InputError("a divergence above 0 nats", nats, "0.1")
    settings = Settings(
        family=family.name, dim=dim, size=size, curvature=loop.curvature, real_points=loop.k,
        draw=anchor.draw if anchor and loop.k else "none", bank=loop.bank, prior=loop.prior,
        curation=None if curation is None else curation.describe(), generations=generations, nats=nats,
    )  # fmt: skip
    if curation is not None:
        rows = tuple(rows_of_biased(average, loop, curation, generations, p))
        sentence = " ".join(sentences_of_biased(average, loop, curation, rows))
        return Forecast(average, anchor, settings, sentence, rows, ())
    rows = tuple(rows_of(average, loop, dim, generations, nats))
    if isinstance(family, Ising) and not loop.pull:
        time = float(ising.absorption_time(family.spins, size))
        rows = (*rows, Row("absorption_time", time, "fits, on average", "limit", DIFFUSION))
    sentence = " ".join(sentences_of(settings, rows, loop, average))
    rare = tuple(rare_of(loop, chance, generations) for chance in p)
    return Forecast(average, anchor, settings, sentence, rows, rare, claim_of(settings, rows, loop, average))


def check_plot(path: str | Path) -> Path:
    """Whether a picture can be written there, before anything is computed."""
    path = Path(path)
    if path.suffix.lower() not in SUFFIXES:
        raise InputError(f"a picture called {', '.join(SUFFIXES[:-1])} or {SUFFIXES[-1]}", path, "--plot loop.png")
    if not path.parent.is_dir():
        raise InputError("a folder that exists, to write the picture to", path.parent, f"--plot {path.name}")
    if path.is_dir():
        raise InputError("a file to write the picture to", f"{path}, which is a folder", "another name")
    return path
