"""One self-contained page about a run, for people who have never heard of model collapse."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from markupsafe import Markup

from kellet.data.source import Corpus, DataSet, Law, Source
from kellet.errors import InputError
from kellet.evidence import Array
from kellet.experiment.box import box, see
from kellet.experiment.experiment import Experiment
from kellet.experiment.run import Run
from kellet.experiment.running.folder import Folder
from kellet.experiment.sweep import Sweep
from kellet.experiment.verdict.answer import PARTS, TONES, caveats, expectations, remark, zeros
from kellet.experiment.verdict.naming import Naming, count_in, name_arms
from kellet.experiment.verdict.quantiles import Interval, figure, reach
from kellet.experiment.verdict.sentence import sentences
from kellet.experiment.verdict.summary import MEANINGS, Summary, summarise
from kellet.loop.pool.settings import Writers
from kellet.metrics import Metric
from kellet.page.claim import show_day
from kellet.page.colours import colour
from kellet.page.html import fill, scripts
from kellet.page.table import Table
from kellet.page.wording import describe, join, number, spell
from kellet.report import grids, losses, passages, shapes
from kellet.report.curves import Curves, draw, draw_theory, thin
from kellet.report.gallery import Gallery, Row
from kellet.report.opening import open_page, rename
from kellet.report.show import show
from kellet.report.survival import draw_survival
from kellet.report.sweeping import answer as show_sweep
from kellet.report.terms import Glossary
from kellet.report.web import WebPart, show_web
from kellet.struct import checked
from kellet.worlds.observable import observable


@checked
def report(run: Run | Sweep | str | Path, path: str | Path | None = None) -> Path | str:
    """Write the page of a run or a sweep, or of a finished one in a folder: one file for people, no network; and say
    where it is.

    path: ``report.html`` in its folder unless another one is given; whole or not at all.

    >>> import tempfile, kellet
    >>> run = kellet.run(world=kellet.worlds.Normal(), family=kellet.families.Gaussian(), size=9, generations=1)
    >>> kellet.report(run, f"{tempfile.mkdtemp()}/page.html").name
    'page.html'
    """
    run = show(run) if isinstance(run, str | Path) else run
    if path is None:
        if run.folder is None:
            attempt = 'kellet.report(run, "report.html")'
            raise InputError("a path for the page of a run that has no folder", "none", attempt)
        folder, name = run.folder, "report.html"
    else:
        folder, name = Folder(Path(path).parent), Path(path).name
    return folder.write_text(name, show_sweep(run).html() if isinstance(run, Sweep) else html(run))


def html(run: Run) -> str:
    """The page as text."""
    experiment = run.experiment
    summary, namings = summarise(run), name_arms(experiment)
    source, missing = _source(run)
    known = zeros(run)
    headline = {m.name for m in run.metrics if m.prominent or m in summary.parts.values()}
    ordered = [*summary.parts.values(), *(metric for metric in run.metrics if metric.name not in headline)]
    charts = list(_charts(run, ordered, known, namings))
    web, opening = show_web(run, summary, source), open_page(run, source, summary, namings, known)
    galleries, survival = _galleries(run, source, namings), draw_survival(run, summary)
    world, size, glossary = observable(experiment.world), experiment.size, Glossary()
    least, most = (number(end(size) if isinstance(size, tuple) else size) for end in (min, max))
    renamed = replace(summary, outcomes=tuple(replace(one, arm=namings[one.arm].title) for one in summary.outcomes))
    table, toml = _box(experiment), Markup.escape(experiment.to_toml()) if experiment.writable else None
    return fill(
        "page.html.j2", "kellet.report", scripts=scripts(), web=web,
        title=f"What becomes of {world.subject} when models learn from models", description=opening.claim.text,
        contents=_list_contents(summary, web, galleries, table, missing, survival, toml),
        opening=opening, namings=list(namings.values()), glossary=glossary, explain=glossary.explain,
        experiment=experiment, world=describe(experiment.world, "a world of the reader's own, {}"),
        family=describe(experiment.family),
        sizes=f"{least if least == most else f'{least} to {most}'} {count_in(experiment.world)}",
        descriptions=list(_describe_arms(experiment)),
        summary=renamed, sentences=sentences(experiment, renamed), parts=PARTS, meanings=MEANINGS,
        notes=(*run.notes, *caveats(summary)), tones=TONES, remark=remark, survival=survival,
        kinds={outcome.kind for outcome in summary.outcomes}, table=table,
        galleries=galleries, missing=missing, charts=charts, headline=headline,
        reserve=_warn_of_reserve(experiment, source, namings), toml=toml,
        status=run.folder.status() if run.folder else None,
        colour=colour, figure=figure, reach=reach, number=number, spell=spell, show_day=show_day,
    )  # fmt: skip


def _box(experiment: Experiment) -> Table | None:
    sight = see(experiment.world)
    return box(sight) if sight else None


def _list_contents(
    summary: Summary, web: WebPart | None, galleries: Sequence[Gallery], table: Table | None, missing: str | None,
    survival: object, toml: object,
) -> list[tuple[str, str]]:  # fmt: skip
    """(address, heading) of every part of the page, in order; the same addresses on all pages."""
    parts = [
        ("what", "What was done", True), ("left", f"What is left at generation {number(summary.generations)}", True),
        ("pool", "Many models, one pool", web is not None),
        ("writers", "What each model keeps", web is not None and bool(web.writers)),
        ("alive", web.survey.title if web and web.survey else "", bool(web and web.survey)),
        *((gallery.key, gallery.title, True) for gallery in galleries),
        ("data-read", table.title if table else "", table is not None),
        ("written", "Pictures", bool(missing) and not galleries),
        ("survival", "How many can still move", survival is not None), ("curves", "Generation by generation", True),
        ("trust", "How far to trust it", True), ("words", "The words used here", True),
        ("again", "Doing it again", toml is not None),
    ]  # fmt: skip
    return [(key, heading) for key, heading, there in parts if there]


def _source(run: Run) -> tuple[Source | None, str | None]:
    """The world, opened; or why it can't be any more."""
    try:
        return run.resolved.source, None
    except InputError as error:
        return None, str(error)


def _galleries(run: Run, source: Source | None, namings: Mapping[str, Naming]) -> tuple[Gallery, ...]:
    """Most runs have one; tables of numbers and categories have what was lost, and how the numbers are spread."""
    written = [run.specimens(arm) for arm in run.blocks]
    if source is None or not any(written):
        return ()
    titles = {arm: naming.title for arm, naming in namings.items()}
    if isinstance(source, DataSet) and (codebook := source.codebook) is not None:
        found = [losses.levels(run, codebook)] if codebook.names else []
        found += [shapes.gallery(run, source, codebook.numeric)] if codebook.numeric else []
    else:
        placed = shapes.show_surprise(run, titles)
        found = [_gallery(run, source, written), *([placed] if placed else [])]
    return tuple(replace(one, rows=tuple(_rename(row, run, titles) for row in one.rows)) for one in found)


def _rename(row: Row, run: Run, titles: Mapping[str, str]) -> Row:
    return row if row.arm is None else replace(row, name=titles[[*run.blocks][row.arm]])


def _gallery(run: Run, source: Source, written: list[dict[str, Array]]) -> Gallery:
    if isinstance(source, Corpus):
        return passages.gallery(run, source)
    if isinstance(source, Law):
        lost = any("probabilities" in specimen for specimen in written)
        return losses.gallery(run, source) if lost else shapes.gallery(run, source)
    pictured = observable(run.experiment.world).pictures(source.heldout[:1]) is not None
    return grids.gallery(run, source) if pictured else shapes.gallery(run, source)


def _describe_arms(experiment: Experiment) -> Iterator[str]:
    """What each arm does; writers who were described are not described again."""
    told: list[Writers] = []
    for arm in experiment.arms.values():
        yield arm.describe(experiment.size, told=arm.writers in told)
        told.append(arm.writers)


def _charts(
    run: Run, metrics: list[Metric], zero: Mapping[str, Interval], namings: Mapping[str, Naming]
) -> Iterator[tuple[Curves, Curves | None]]:
    """Each metric's curves, and theory's beside them where there is any."""
    at = thin(len(run.generations))
    known = expectations(run)
    for metric in metrics:
        curves = {arm: predictions[metric.name] for arm, predictions in known.items() if metric.name in predictions}
        theory = rename(draw_theory(run, metric, at, curves), run, namings) if curves else None
        yield rename(draw(run, metric, at, zero.get(metric.name)), run, namings), theory


def _warn_of_reserve(experiment: Experiment, source: Source | None, namings: Mapping[str, Naming]) -> str | None:
    """What must be said where "fresh" points come from a data set that has only so many."""
    if source is None or isinstance(source, Law):
        return None
    anchors = {name: arm.anchor for name, arm in experiment.arms.items() if arm.anchor}
    returning = [
        f"“{namings[name].title}”" for name, anchor in anchors.items() if anchor.draw == "fresh" and not anchor.once
    ]
    if not returning:
        return None
    bank = number(len(source.reserve))
    return (
        f"“Fresh” real points ({join(returning)}) come from a reserve of {bank} real points that generation 0 never "
        "saw. Within one generation none is drawn twice, but over generations points come back: the reserve is a "
        f"bank of {bank}, not an endless source, and can anchor a loop no better than those points describe the world."
    )
