"""What theory knows for which setting, asked of the code itself.

``python tests/house/knowledge.py`` writes the tables of docs/theory.md anew.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain, product
from pathlib import Path
from typing import get_args

import msgspec

import kellet
from kellet import Anchor, Arm, Experiment, InputError, Prior, Window, families, worlds
from kellet.experiment.arm import AnyRegime
from kellet.experiment.resolution import Opening
from kellet.families.recipe import Recipe
from kellet.forecast.rare import expect_survival
from kellet.forecast.table import Rare
from kellet.loop.curation import Quantile, Shrink, Temperature, TopK, TopP, Verifier
from kellet.theory import categorical

ROOT = Path(kellet.__file__).parents[2]
PAGE = ROOT / "docs" / "theory.md"
F, W = families, worlds

OTHER_LAW = "`gaussian` of a law of another kind"
PLANE = W.multivariate_normal([0, 0], [[1, 0.5], [0.5, 1]])
LOOPS = {
    "`gaussian`": (W.Normal(), F.Gaussian()),
    "`gaussian` of several columns": (PLANE, F.Gaussian()),
    "`gaussian:estimator=unbiased` or another that is not `mle`": (W.Normal(), F.Gaussian("unbiased")),
    "`gaussian:mean=M`, rightly": (W.Normal(), F.Gaussian(mean=0.0)),
    "`gaussian:variance=V`, rightly": (W.Normal(), F.Gaussian(variance=1.0)),
    "`gaussian:covariance=diagonal`": (PLANE, F.Gaussian(covariance="diagonal")),
    OTHER_LAW: (W.Exponential(), F.Gaussian()),
    "`lognormal`": (W.LogNormal(), F.LogGaussian()),
    "`lognormal:estimator=unbiased` or another": (W.LogNormal(), F.LogGaussian("unbiased")),
    "`categorical`": (W.Zipf(5), F.Categorical()),
    "`bernoulli`": (W.Bernoulli(), F.Bernoulli()),
    "`bernoulli:trials=N`": (W.Bernoulli(0.3, 3), F.Bernoulli(trials=3)),
    "`poisson`": (W.Poisson(), F.Poisson()),
    "`geometric`": (W.NegativeBinomial(), F.Geometric()),
    "`negative-binomial`": (W.NegativeBinomial(size=3.0), F.NegativeBinomial(size=3.0)),
    "`exponential`": (W.Exponential(), F.Exponential()),
    "`pareto`": (W.Pareto(), F.Pareto()),
    "`laplace`": (W.Laplace(), F.Laplace()),
    "`exponential`, `pareto`, `laplace` with `unbiased_for=rate`": (
        W.Exponential(), F.Exponential(unbiased_for="rate"),
    ),
    "`uniform`": (W.Uniform(), F.Uniform()),
    "`ising`": (W.Ising(4), F.Ising(4)),
    "`ising:couplings=common`": (W.Ising(4, 0.0, 0.1), F.Ising(4, "common")),
    "`spin-glass`": (W.SpinGlass(3), F.SpinGlass(3)),
    "`regression` of a `linear` world": (W.Linear(3), F.Regression()),
    "`regression` with a `ridge`": (W.Linear(3), F.Regression(ridge=1.0)),
    "`gamma`": (W.Gamma(), F.Gamma()),
    "`beta`": (W.Beta(), F.Beta()),
    "`weibull`": (W.Weibull(), F.Weibull()),
    "`vonmises`": (W.VonMises(), F.VonMises()),
    "`mixture`": (W.Normal(), F.Mixture(2)),
    "`kernel`": (W.Normal(), F.Kernel()),
    "`bootstrap`": (W.Normal(), F.Bootstrap()),
}  # fmt: skip
ELSEWHERE = {
    F.Copula, F.Reduced, F.NGram, F.BernoulliRBM, F.VAE, F.Flow, F.Diffusion, F.GAN, F.Language, F.Adapter, F.Command,
    F.Regressor, F.Classification,
}  # fmt: skip
"""Families of which nothing is known in any loop."""

NOTHING = "nothing real"
SETTINGS = {
    NOTHING: {},
    "`fresh:5`": {"anchor": Anchor(5)},
    "`fresh:25%`": {"anchor": Anchor(share=0.25)},
    "`fixed:5`": {"anchor": Anchor(5, draw="fixed")},
    "`bank:5/10`": {"anchor": Anchor(5, draw="bank", bank=10)},
    "`fresh:5+weight:2`": {"anchor": Anchor(5, weight=2.0)},
    "`fixed:5+weight:2`": {"anchor": Anchor(5, draw="fixed", weight=2.0)},
    "`bank:5/10+weight:2`": {"anchor": Anchor(5, draw="bank", bank=10, weight=2.0)},
    "`fresh:5+weight:optimal`": {"anchor": Anchor(5, weight="optimal")},
    "`fresh:5+every:3`": {"anchor": Anchor(5, every=3)},
    "`fixed:5+every:3`": {"anchor": Anchor(5, draw="fixed", every=3)},
    "`fresh:25%+random`": {"anchor": Anchor(share=0.25, random=True)},
    "`fresh:5+contaminated:20%`": {"anchor": Anchor(5, contaminated=0.2)},
    "`fresh:5+contaminated:20%+weight:2`": {"anchor": Anchor(5, contaminated=0.2, weight=2.0)},
    "`prior:6`": {"prior": Prior(6.0)},
    "`map:6`": {"prior": Prior(6.0, parametrisation="mean")},
    "`map:0.5` (its mode may lie at an edge)": {"prior": Prior(0.5, parametrisation="mean")},
    "`prior:6+fresh:5`": {"prior": Prior(6.0), "anchor": Anchor(5)},
    "`temperature:0.9`": {"curation": Temperature(0.9)},
    "`temperature:0.9+fresh:5`": {"curation": Temperature(0.9), "anchor": Anchor(5)},
    "`shrink:0.9`": {"curation": Shrink(0.9)},
    "`shrink:0.9+fresh:5`": {"curation": Shrink(0.9), "anchor": Anchor(5)},
    "`top-k:3`": {"curation": TopK(3)},
    "`top-p:90%`": {"curation": TopP(0.9)},
    "`quantile:90%`": {"curation": Quantile(0.9)},
    "`verifier:-2,2`": {"curation": Verifier(-2.0, 2.0)},
}
SIZES = (20, (20, 30, 25))
NEEDED: dict[type, dict[str, int]] = {Window: {"generations": 3}}
REGIMES = {str(kind.__struct_config__.tag): kind(**NEEDED.get(kind, {})) for kind in get_args(AnyRegime)}
REFUSED = "refused"
Known = tuple[str, ...]
"""Metrics that are predicted, ~ before one that is approximated."""
Cell = tuple[Known | None, Known | None]
"""What is known for one size and for sizes that change; None where the setting is refused."""


def ask_predict(world: object, family: object) -> dict[tuple[str, str], Cell]:
    """(setting, regime) -> what `kellet.predict` knows."""
    opening, loop = Opening(), Experiment(world, family, 20, {"a": Arm()}, generations=3)
    return {
        (setting, name): tuple(_ask(opening, loop, size, Arm(regime=regime, **parts)) for size in SIZES)
        for setting, parts in SETTINGS.items()
        for name, regime in REGIMES.items()
    }


def _ask(opening: Opening, loop: Experiment, size: int | tuple[int, ...], arm: Arm) -> Known | None:
    try:
        known = kellet.predict(opening.resolve(msgspec.structs.replace(loop, size=size, arms={"a": arm})))["a"]
    except InputError:
        return None
    return tuple(sorted(f"{'' if one.kind == 'exact' else '~'}{name}" for name, one in known.items()))


def tell_predict() -> Iterator[str]:
    """The tables of `kellet.predict`: families of one pattern share a table, whose letters say which metrics."""
    groups: dict[tuple[tuple[str, ...], ...], dict[str, tuple[dict[str, Known], Known]]] = {}
    silent = []
    for name, loop in LOOPS.items():
        found = ask_predict(*loop)
        # What is known of plain replacement and nowhere else is said below the table.
        plain, changing = found.pop(at := (NOTHING, "replace"))
        elsewhere = {metric for cell in (changing, *chain(*found.values())) for metric in cell or ()}
        more = tuple(metric for metric in plain or () if metric not in elsewhere)
        found[at] = plain, changing
        letters: dict[Known, str] = {}
        pattern = tuple(_row(found, setting, more, letters) for setting in SETTINGS)
        if letters or more:
            said = {letter: known for known, letter in letters.items()}
            groups.setdefault(pattern, {})[name] = said, more
        else:
            silent.append(name)
    for pattern, named in groups.items():
        yield f"**{'; '.join(named)}**\n"
        yield from _table(["beside what models write", *(f"`{name}`" for name in REGIMES)], _merge(SETTINGS, pattern))
        yield from _legend(named)
        yield ""
    rest = sorted(f"`{kind.__struct_config__.tag}`" for kind in ELSEWHERE)
    yield f"Nothing is known of {', '.join([*silent, *rest])}.\n"


def _row(found: dict[tuple[str, str], Cell], setting: str, more: Known, letters: dict[Known, str]) -> tuple[str, ...]:
    def spell(cell: Known | None) -> str:
        if cell is None:
            return REFUSED
        rest = tuple(metric for metric in cell if metric not in more)
        return letters.setdefault(rest, "abcdefghijkl"[len(letters)]) if rest else ""

    cells = [tuple(map(spell, found[setting, name])) for name in REGIMES]
    return tuple(one if one == other else f"{one or 'nothing'} ({other or 'nothing'})" for one, other in cells)


def _merge(names: Iterable[str], rows: Iterable[tuple[str, ...]]) -> Iterator[tuple[str, ...]]:
    """Rows of the same cells as one, under all their names; without those of which nothing is known."""
    merged: dict[tuple[str, ...], list[str]] = {}
    for name, row in zip(names, rows, strict=True):
        merged.setdefault(row, []).append(name)
    return ((", ".join(named), *row) for row, named in merged.items() if set(row) - {"", REFUSED})


def _table(headings: list[str], rows: Iterable[tuple[str, ...]]) -> Iterator[str]:
    lines = [f"| {' | '.join(row)} |" for row in rows]
    if lines:
        yield from (f"| {' | '.join(headings)} |", f"|{'---|' * len(headings)}", *lines, "")


def _legend(named: dict[str, tuple[dict[str, Known], Known]]) -> Iterator[str]:
    """Which metrics the letters of each family stand for."""
    same: dict[str, list[str]] = {}
    for name, (letters, more) in named.items():
        said = [f"{letter} = {_list(known)}" for letter, known in letters.items()]
        if more:
            said.append(f"nothing real, `replace`, one size: {'also ' if said else ''}{_list(more)}")
        same.setdefault("; ".join(said), []).append(name)
    for said, names in same.items():
        whose = "" if len(same) == 1 else f"{', '.join(names)}: "
        yield f"* {whose}{said}"


def _list(known: Known) -> str:
    return ", ".join(f"`{one[1:]}` (approximation)" if one[0] == "~" else f"`{one}`" for one in known)


FED = {
    "nothing real": {},
    "`fresh:5`": {"anchor": Anchor(5)},
    "`fixed:5`": {"anchor": Anchor(5, draw="fixed")},
    "`bank:5/20`": {"anchor": Anchor(5, draw="bank", bank=20)},
    "prior": {"prior": Prior(3.0)},
    "prior and `bank`": {"prior": Prior(3.0), "anchor": Anchor(5, draw="bank", bank=20)},
    "`temperature:0.9`": {"curation": Temperature(0.9), "anchor": Anchor(5)},
    "`shrink:0.9`": {"curation": Shrink(0.9), "anchor": Anchor(5)},
    "`top-k:3`": {"curation": TopK(3), "anchor": Anchor(5)},
    "`top-p:90%`": {"curation": TopP(0.9), "anchor": Anchor(5)},
}


def tell_forecast() -> Iterator[str]:
    """The tables of `kellet.theory`: the kind of each number, families of the same table together."""
    groups: dict[tuple[str, ...], list[str]] = {}
    for name, (world, family) in LOOPS.items():
        if name != OTHER_LAW:
            groups.setdefault(tuple(_forecast(family, 2 if world is PLANE else 1)), []).append(name)
    refused = groups.pop(())
    for lines, names in groups.items():
        yield f"**{'; '.join(names)}**\n"
        yield from lines
    yield f"Refused, with a one-line message: {', '.join(refused)}, and all families of which nothing is known above.\n"


def _forecast(family: object, dim: int) -> Iterator[str]:
    kinds: dict[str, dict[str, str]] = {}
    for fed, settings in FED.items():
        asked = dict(settings)
        prior = asked.pop("prior", None)
        if prior and not family.takes_prior:
            continue
        try:
            learner = family.with_prior(prior) if prior else family
            p = (0.1,) if isinstance(learner, F.Categorical) and not (prior or "curation" in asked) else ()
            found = kellet.theory(learner, size=1000, dim=dim, generations=10, p=p, **asked)
        except InputError:
            continue
        for row in found.rows:
            kinds.setdefault(f"`{row.quantity}`", {})[fed] = row.kind
        for rare in found.rare:
            kinds.setdefault("categories kept (`--p`)", {})[fed] = rare.kind
    feeds = [fed for fed in FED if any(fed in of for of in kinds.values())]
    rows = (tuple(of.get(fed, "") for fed in feeds) for of in kinds.values())
    return _table(["", *feeds], _merge(kinds, rows))


def tell_textbook() -> Iterator[str]:
    """Public closed forms that nothing outside their package asks for, by module."""
    package = ROOT / "src" / "kellet"
    theory = {path.stem: path.read_text(encoding="utf-8") for path in sorted(package.glob("theory/*.py"))}
    others = [path.read_text(encoding="utf-8") for path in package.rglob("*.py") if path.parent.name != "theory"]
    calls: dict[tuple[str, str], set[tuple[str, str]]] = {}
    for module, source in theory.items():
        brought = {name: of for of, name in _find_calls(source, theory)}
        for node in ast.parse(source).body:
            if isinstance(node, ast.FunctionDef | ast.ClassDef):
                names = {n.id for n in ast.walk(node) if isinstance(n, ast.Name)}
                called = {(module, name) for name in names} | {(brought.get(name, module), name) for name in names}
                calls[module, node.name] = called | _find_calls(ast.unparse(node), theory)
    used = set(calls) & set().union(*(_find_calls(source, theory) for source in others))
    while more := set(calls) & set().union(*(calls[at] for at in used)) - used:
        used |= more
    for module in theory:
        names = [name for of, name in calls if of == module and (of, name) not in used and name[0] != "_"]
        if names:
            yield f"* `kellet.theory.{module}`: {', '.join(f'`{name}`' for name in names)}"
    yield ""


def _find_calls(source: str, modules: Mapping[str, str]) -> set[tuple[str, str]]:
    """(module, name) of what some source takes from the closed forms."""
    found = {(module, name) for module, name in re.findall(r"\b(\w+)\.(\w+)\b", source) if module in modules}
    for module, names in re.findall(r"from kellet\.theory(\.\w+)? import ([^\n]+)", source):
        where = [module[1:]] if module else list(modules)
        found |= {(of, name) for of in where for name in re.findall(r"\w+", names) if name not in modules}
    return found


PROBABILITIES = (0.02, 0.1, 0.3, 0.5)


def tell_errors() -> Iterator[str]:
    """The largest error of what is said of categories, against the exact chain of one of them and the rest."""
    rows = []
    for k in (1, 3, 10):
        errors = [
            (abs(kept - (1 - categorical.anchored_law(p, n, k)[0])), n, p)
            for n in (20, 200)
            for p, kept in zip(
                PROBABILITIES, expect_survival(F.Categorical(), size=n, anchor=Anchor(k), p=PROBABILITIES), strict=True
            )
        ]
        rows.append((f"kept in the end, `fresh:{k}`", *_worst(errors, "n = {}, p = {}")))
    for k, name in ((None, "nothing real"), (3, "`fresh:3`")):
        errors = [
            (abs(_rare(n, p, k, t - 1).left - (1 - categorical.law(p, n, t, k or 0)[0])), n, p, t)
            for n, p, t in product((20, 200), PROBABILITIES[1::2], (3, 30, 300))
        ]
        rows.append((f"there after t fits, {name}", *_worst(errors, "n = {}, p = {}, t = {}")))
    yield from _table(["chance that a category is ...", "largest error", "at"], rows)


def _rare(n: int, p: float, k: int | None, t: int) -> Rare:
    anchor = None if k is None else Anchor(k)
    return kellet.theory(F.Categorical(), size=n, anchor=anchor, generations=t, p=(p,)).rare[0]


def _worst(errors: list[tuple[float, ...]], where: str) -> tuple[str, str]:
    error, *at = max(errors)
    return f"{error:.3f}", where.format(*at)


PARTS = {"errors": tell_errors, "predict": tell_predict, "forecast": tell_forecast, "textbook": tell_textbook}


def write(text: str) -> str:
    """The page with its tables anew."""
    for part, tell in PARTS.items():
        start, end = f"<!-- {part} -->", f"<!-- end of {part} -->"
        before, after = text.split(start, maxsplit=1)[0], text.split(end)[1]
        text = f"{before}{start}\n" + "\n".join(tell()) + f"{end}{after}"
    return text


def find_forgotten() -> set[type]:
    """Families that neither the tables nor the list of those of which nothing is known mention."""
    return set(get_args(Recipe)) - ELSEWHERE - {type(family) for _, family in LOOPS.values()}


if __name__ == "__main__":
    PAGE.write_text(write(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
