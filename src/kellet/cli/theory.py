"""``kellet theory``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from kellet.errors import InputError

if TYPE_CHECKING:
    from rich.console import Console

    from kellet.forecast.table import Outlook
    from kellet.loop.anchors import AnyAnchor

FORMAT = "kellet.theory/1"
RARE = (0.01, 0.001, 0.0001)
SUFFIXES = (".png", ".svg", ".html")


@click.command()
@click.option("--family", metavar="SPEC", default="gaussian", help="How each generation learns.  [default: gaussian]")
@click.option("--dim", metavar="D", default="1", help="Columns of a Gaussian.  [default: 1]")
@click.option("--size", metavar="N", default="1000", help="Points a generation, 1e9 too.  [default: 1000]")
@click.option("--anchor", metavar="K|SHARE", help="Real points in each generation, real ones included: 10, or 1%.")
@click.option("--draw", metavar="KIND", help="Which real points: fresh ones, the same fixed ones, or from a bank.")
@click.option("--bank", metavar="K", help="How many real points the bank holds.")
@click.option("--prior", metavar="A", help="Imaginary points in each fit, taken to lie at the truth.")
@click.option("--generations", metavar="T", help="Say also what is left then; generation 0 is the first fit.")
@click.option("--p", "chances", metavar="P", multiple=True, help="Probability of a category; may be repeated.")
@click.option("--nats", metavar="X", default="0.1", help="How close to the truth is close enough.  [default: 0.1]")
@click.option("--plot", metavar="FILE", type=click.Path(path_type=Path), help="Write a picture: .png, .svg or .html.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document instead of the tables.")
def theory(
    family: str,
    dim: str,
    size: str,
    anchor: str | None,
    draw: str | None,
    bank: str | None,
    prior: str | None,
    generations: str | None,
    chances: tuple[str, ...],
    nats: str,
    plot: Path | None,
    as_json: bool,
) -> None:
    """Say what theory expects of a loop, without running it.

    How many real points it is worth, what it keeps of the variance, how far from the truth it settles, which categories
    it keeps, and how long that takes; each number with its kind: exact, a limit for very many points, or an
    approximation.

    \b
    kellet theory --family gaussian --dim 20 --size 1e9 --anchor 10
    kellet theory --family categorical --size 1e6 --anchor 1% --p 0.001 --p 0.00001
    kellet theory --size 1000 --anchor 20 --draw bank --bank 200 --generations 50
    kellet theory --family poisson --size 1e12 --prior 2 --json
    kellet theory --size 1e4 --anchor 1 --plot loop.png

    FAMILY is one that averages a statistic: gaussian (also gaussian:mean=0 or gaussian:variance=1), lognormal,
    categorical, bernoulli, poisson, geometric, exponential, pareto, laplace, ...
    """
    import msgspec

    from kellet.experiment.spelling import parse_family
    from kellet.forecast.expect import expected_curves, outlook

    _check_plot(plot)
    learner: Any = parse_family(family)
    if prior is not None:
        learner = _with_prior(learner, _number(prior, "--prior"))
    loop: dict[str, Any] = {
        "size": _whole(size, "--size"),
        "dim": _whole(dim, "--dim"),
        "anchor": _anchor(anchor, draw, bank),
    }
    last = None if generations is None else _whole(generations, "--generations")
    rare = [_number(chance, "--p") for chance in chances]
    seen = outlook(
        learner,
        **loop,
        generations=last,
        p=rare or (() if learner.prior else RARE),
        nats=_number(nats, "--nats"),
    )
    if plot:
        curves = expected_curves(learner, **loop, generations=last)
        kept = _kept(seen, learner, loop["size"], loop["anchor"])
        _write(plot, _picture(seen, curves, kept, plot.suffix.lower()))
    if as_json:
        from kellet.version import __version__

        told = {"format": FORMAT, "kellet": __version__, **msgspec.structs.asdict(seen)}
        told["plot"] = str(plot) if plot else None
        click.echo(msgspec.json.format(msgspec.json.encode(told), indent=2))
        return
    from rich.console import Console

    _render(seen, Console())
    if plot:
        click.echo(f"\nPicture: {plot}")


def _number(text: str, option: str) -> float:
    """A number or a percentage."""
    try:
        return float(text[:-1]) / 100 if text.endswith("%") else float(text)
    except ValueError:
        raise InputError(f"a number after {option}", repr(text), f"{option} 1") from None


def _whole(text: str, option: str) -> int:
    """A whole number, however it is spelled: 1000, 1e9."""
    try:
        return int(text)
    except ValueError:
        number = _number(text, option)
    if text.endswith("%") or not number.is_integer():
        raise InputError(f"a whole number after {option}", repr(text), f"{option} 1000 or {option} 1e9")
    return int(number)


def _anchor(amount: str | None, draw: str | None, bank: str | None) -> AnyAnchor | None:
    from kellet.loop.anchors import Anchor

    if amount is None:
        if draw or bank:
            raise InputError("--anchor beside --draw and --bank", "none", "--anchor 10 --draw bank --bank 100")
        return None
    kind: Any = draw or ("bank" if bank else "fresh")
    if kind not in ("fresh", "fixed", "bank"):
        raise InputError("fresh, fixed or bank after --draw", repr(draw), "--draw fresh")
    stock = None if bank is None else _whole(bank, "--bank")
    if amount.endswith("%"):
        return Anchor(share=_number(amount, "--anchor"), draw=kind, bank=stock)
    return Anchor(_whole(amount, "--anchor"), draw=kind, bank=stock)


def _with_prior(family: Any, strength: float) -> Any:
    import msgspec

    from kellet.families.family import Prior

    if not family.takes_prior:
        raise InputError("a family that takes a prior", type(family).__name__.lower(), "leaving out --prior")
    return msgspec.structs.replace(family, prior=Prior(strength))


def _render(seen: Outlook, console: Console) -> None:
    """The answer in a sentence, the numbers behind it, and where they come from."""
    from rich.table import Table
    from rich.text import Text

    from kellet.forecast.sentences import number, share
    from kellet.forecast.table import TITLES

    sources = list(dict.fromkeys([*(row.source for row in seen.rows), *(one.source for one in seen.rare)]))
    last = number(seen.settings["generations"] or 0)

    def cited(source: str) -> Text:
        return Text(f"[{sources.index(source) + 1}]")

    console.print(Text(seen.sentence))
    console.print()
    table = Table(title="What theory says", title_justify="left")
    table.add_column("quantity")
    table.add_column("value")
    table.add_column("kind", no_wrap=True)
    table.add_column("source")
    for row in seen.rows:
        title = TITLES[row.quantity].removesuffix("then") + (f"generation {last}" if "then" in row.quantity else "")
        table.add_row(title, Text(f"{number(row.value)} {row.unit}"), row.kind, cited(row.source))
    console.print(table)
    if seen.rare:
        whose = "" if seen.settings["family"] == "categorical" else ", in a categorical loop of the same points"
        table = Table(title=f"What is kept of categories{whose}", title_justify="left")
        table.add_column("probability")
        table.add_column("kept in the end", justify="right")
        if seen.settings["generations"] is not None:
            table.add_column(f"at generation {last}", justify="right")
        table.add_column("fresh points to keep it (63 %)", justify="right")
        table.add_column("kind", no_wrap=True)
        table.add_column("source")
        for one in seen.rare:
            left = [] if one.left is None else [share(one.left)]
            points = "not even all" if one.points is None else number(one.points)
            table.add_row(number(one.p), share(one.kept), *left, points, one.kind, cited(one.source))
        console.print()
        console.print(table)
    console.print()
    for at, source in enumerate(sources, start=1):
        console.print(Text(f"[{at}] {source}", style="dim"))


def _check_plot(path: Path | None) -> None:
    """Whether a picture can be written there, before anything is computed."""
    if path is None:
        return
    if path.suffix.lower() not in SUFFIXES:
        raise InputError(f"a picture called {', '.join(SUFFIXES[:-1])} or {SUFFIXES[-1]}", path, "--plot loop.png")
    if not path.parent.is_dir():
        raise InputError("a folder that exists, to write the picture to", path.parent, f"--plot {path.name}")
    if path.is_dir():
        raise InputError("a file to write the picture to", f"{path}, which is a folder", "another name")


def _kept(seen: Outlook, family: Any, size: int, anchor: AnyAnchor | None) -> list[dict[str, float]]:
    """Chance that a category is kept, over its probability; nothing where that is not known."""
    import numpy as np

    from kellet.forecast.rare import expected_kept

    rarest = {row.quantity: row.value for row in seen.rows}.get("rarest_kept")
    if rarest is None or anchor is None:
        return []
    p = np.geomspace(rarest / 100, 1, 200)
    kept = expected_kept(family, size=size, anchor=anchor, p=p)
    return [{"x": float(x), "y": float(y)} for x, y in zip(p, kept, strict=True)]


def _picture(seen: Outlook, curves: dict[str, Any], kept: list[dict[str, float]], suffix: str) -> bytes:
    """The loop beside its like, and what is kept of categories."""
    import vl_convert

    from kellet.page.palette import COLOURS

    names = list(curves)
    rows: list[dict[str, Any]] = [
        {"x": float(t), "y": float(y), "loop": name}
        for name, (at, values) in curves.items()
        for t, y in zip(at, values, strict=True)
        if t > 0 and y < float("inf")
    ]
    loses = seen.settings["curvature"] < 0
    heights = [float(y) for _, values in curves.values() for y in values if 0 < y < float("inf")]
    spread = not loses and max(heights) > 100 * min(heights)
    rows = [row for row in rows if not spread or row["y"] > 0]
    hue = {
        "field": "loop",
        "type": "nominal",
        "title": None,
        "sort": names,
        "scale": {"domain": names, "range": [COLOURS[i] for i in (2, 4, 0, 1)][: len(names)]},
        "legend": {"orient": "bottom", "columns": 2, "labelLimit": 400},
    }
    what = "expected variance / true variance" if loses else "variance of the learnt mean / of one point"
    up: dict[str, Any] = {"field": "y", "type": "quantitative", "title": what}
    up["scale"] = {"type": "log"} if spread else {"domain": [0, 1]} if loses else {"zero": True}
    mark = {"type": "line", "strokeWidth": 2, "clip": True}
    over_time = {
        "width": 380,
        "height": 260,
        "data": {"values": rows},
        "mark": mark,
        "encoding": {"x": _logarithmic(rows, "generation"), "y": up, "color": hue},
    }
    panels = [over_time]
    if kept:
        y = {"field": "y", "type": "quantitative", "title": "chance that it is kept in the end"}
        x = _logarithmic(kept, "probability of a category")
        data = {"values": kept}
        panels.append(over_time | {"width": 300, "data": data, "encoding": {"x": x, "y": y}})
        panels[1]["mark"] = mark | {"color": COLOURS[2]}
    spec = {
        "$schema": "https://vega.github.io/schema/vega-lite/v5.json",
        "background": "white",
        "title": {"text": _lines(seen.sentence), "anchor": "start", "fontSize": 12, "fontWeight": "normal"},
        "hconcat": panels,
        "spacing": 50,
    }
    if suffix == ".png":
        png: bytes = vl_convert.vegalite_to_png(spec, scale=2)
        return png
    text = vl_convert.vegalite_to_svg(spec) if suffix == ".svg" else vl_convert.vegalite_to_html(spec, bundle=True)
    return text.encode()


def _logarithmic(rows: list[dict[str, Any]], title: str) -> dict[str, Any]:
    """A logarithmic axis, marked at powers of ten."""
    import math

    low, high = (math.log10(end(row["x"] for row in rows)) for end in (min, max))
    words = "datum.value > 1e5 || datum.value < 1e-3 ? format(datum.value, '.0e') : format(datum.value, '~g')"
    marks = [10.0**power for power in range(math.ceil(low), math.floor(high) + 1)]
    axis = {"values": marks, "labelExpr": words, "grid": False, "labelOverlap": True}
    return {"field": "x", "type": "quantitative", "title": title, "scale": {"type": "log", "nice": False}, "axis": axis}


def _lines(text: str, width: int = 110) -> list[str]:
    from textwrap import wrap

    return wrap(text, width)


def _write(path: Path, content: bytes) -> None:
    """Whole or not at all."""
    import os
    import tempfile

    handle, name = tempfile.mkstemp(prefix=".", suffix=".tmp", dir=path.parent)
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(content)
        # mkstemp makes private files; a picture is shared like any other.
        temporary.chmod(0o644)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
