"""One self-contained page about a run, for people who have never heard of model collapse."""

from __future__ import annotations

from collections.abc import Iterator
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
from kellet.experiment.verdict.quantiles import figure, reach
from kellet.experiment.verdict.sentence import sentences
from kellet.experiment.verdict.summary import MEANINGS, summarise
from kellet.loop.pool.settings import Writers
from kellet.metrics import Metric
from kellet.page.colours import colour
from kellet.page.html import fill, scripts
from kellet.page.wording import describe, join, number, spell
from kellet.report import grids, losses, passages, shapes
from kellet.report.curves import Curves, draw, draw_theory, thin
from kellet.report.gallery import Gallery
from kellet.report.show import show
from kellet.report.survival import draw_survival
from kellet.report.sweeping import answer as show_sweep
from kellet.report.web import show_web
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
    summary = summarise(run)
    source, missing = _source(run)
    headline = {m.name for m in run.metrics if m.prominent or m in summary.parts.values()}
    ordered = [*summary.parts.values(), *(metric for metric in run.metrics if metric.name not in headline)]
    charts = list(_charts(run, ordered))
    web = show_web(run, summary, source)
    world, size = observable(experiment.world), experiment.size
    least, most = (number(end(size) if isinstance(size, tuple) else size) for end in (min, max))
    return fill(
        "page.html.j2", "kellet.report", scripts=scripts(), web=web,
        title=f"What becomes of {world.subject} when models learn from models",
        experiment=experiment, world=describe(experiment.world, "a world of the reader's own, {}"),
        family=describe(experiment.family), sizes=f"{least if least == most else f'{least} to {most}'} {world.unit}",
        descriptions=list(_describe_arms(experiment)),
        summary=summary, sentences=sentences(experiment, summary), parts=PARTS, meanings=MEANINGS,
        notes=(*run.notes, *caveats(summary)), tones=TONES, remark=remark, survival=draw_survival(run, summary),
        kinds={outcome.kind for outcome in summary.outcomes},
        table=box(sight) if (sight := see(experiment.world)) else None,
        galleries=_galleries(run, source), missing=missing, charts=charts, headline=headline,
        reserve=_warn_of_reserve(experiment, source),
        toml=Markup.escape(experiment.to_toml()) if experiment.writable else None,
        status=run.folder.status() if run.folder else None,
        colour=colour, figure=figure, reach=reach, number=number, spell=spell,
    )  # fmt: skip


def _source(run: Run) -> tuple[Source | None, str | None]:
    """The world, opened; or why it can't be any more."""
    try:
        return run.resolved.source, None
    except InputError as error:
        return None, str(error)


def _galleries(run: Run, source: Source | None) -> tuple[Gallery, ...]:
    """Most runs have one; tables of numbers and categories have what was lost, and how the numbers are spread."""
    written = [run.specimens(arm) for arm in run.blocks]
    if source is None or not any(written):
        return ()
    if isinstance(source, DataSet) and (codebook := source.codebook) is not None:
        lost = (losses.levels(run, codebook),) if codebook.names else ()
        return (*lost, shapes.gallery(run, source, codebook.numeric)) if codebook.numeric else lost
    placed = shapes.show_surprise(run)
    return (_gallery(run, source, written), *((placed,) if placed else ()))


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


def _charts(run: Run, metrics: list[Metric]) -> Iterator[tuple[Curves, Curves | None]]:
    """Each metric's curves, and theory's beside them where there is any."""
    at = thin(len(run.generations))
    known, zero = expectations(run), zeros(run)
    for metric in metrics:
        curves = {arm: predictions[metric.name] for arm, predictions in known.items() if metric.name in predictions}
        yield draw(run, metric, at, zero.get(metric.name)), draw_theory(run, metric, at, curves) if curves else None


def _warn_of_reserve(experiment: Experiment, source: Source | None) -> str | None:
    """What must be said where "fresh" points come from a data set that has only so many."""
    if source is None or isinstance(source, Law):
        return None
    anchors = {name: arm.anchor for name, arm in experiment.arms.items() if arm.anchor}
    returning = [name for name, anchor in anchors.items() if anchor.draw == "fresh" and not anchor.once]
    if not returning:
        return None
    bank = number(len(source.reserve))
    return (
        f"“Fresh” real points ({join(returning)}) come from a reserve of {bank} real points that generation 0 never "
        "saw. Within one generation none is drawn twice, but over generations points come back: the reserve is a "
        f"bank of {bank}, not an endless source, and can anchor a loop no better than those points describe the world."
    )
