"""``plan()``: how much real data a loop needs, with its uncertainty and its reason."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Executor
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Literal

import msgspec
import numpy as np

from kedge import engines, metrics
from kedge.anchors import Anchor
from kedge.errors import InputError
from kedge.evidence import Array
from kedge.experiment import Arm, Experiment
from kedge.families import Categorical
from kedge.family import ExactFamily, Prior
from kedge.metrics import Real
from kedge.planning import reasons
from kedge.planning.expected import Expected, expected
from kedge.planning.outcomes import Keep, Laboratory, kept
from kedge.planning.reasons import Reason
from kedge.planning.threshold import Belief
from kedge.regimes import Accumulate
from kedge.store import Folder

ALIASES = {
    "variance": ("variance_ratio",),
    "spread": ("variance_ratio", "determinant_ratio"),
    "coverage": ("coverage",),
    "rare": ("tail_kept", "rare_levels", "rare_coverage", "tail_reach"),
    "diversity": ("effective_types", "effective_classes", "modes"),
    "types": ("surviving_types", "surviving_levels"),
    "words": ("surviving_types",),
    "levels": ("surviving_levels",),
    "classes": ("surviving_classes",),
}
"""Words for people, and the metrics that they stand for: the first that the data have."""

CHECKED = 1000
"""Number of the first block of the replicates that check an answer: no trial has seen them."""
ROUNDS = 200
WORTH = 1.0
"""Seconds that the first look takes, from which on processes of their own are worth their start; no number changes."""

Progress = Callable[[str, float], None]


class Trial(msgspec.Struct, frozen=True):
    """How often loops with so many real points kept everything."""

    points: int
    successes: int
    tries: int


class Cure(msgspec.Struct, frozen=True):
    """What the same number of real points comes to when it is used otherwise.

    points: real (or imaginary) points in each training set.  collected: real points that have to be got in all, after
    generation 0.  kept: share of replicates that kept everything, of ``tries``.  medians: metric -> median, relative.
    """

    name: str
    points: int
    collected: int
    kept: float
    tries: int
    medians: dict[str, float]


class Plan(msgspec.Struct, frozen=True):
    """An answer.

    sentence: the answer for people.  points: the least real points a generation, None where there is none.  low, high:
    90 % credible interval.  conclusive: whether the interval is as narrow as was asked.  checked: (kept, tries) of
    fresh replicates at the answer.  theory: what closed forms say, where they say anything.  reasons: the three, and
    what each asks for; binding: the name of the largest.  rarest: the rarest category kept, and its probability.
    """

    sentence: str
    family: str
    size: int
    generations: int
    confidence: float
    keep: dict[str, float]
    draw: str
    points: int | None
    low: float
    high: float
    most: int
    conclusive: bool
    trials: tuple[Trial, ...]
    checked: tuple[int, int] | None
    theory: Expected | None
    reasons: tuple[Reason, ...]
    binding: str
    rarest: tuple[str, float] | None
    cures: tuple[Cure, ...]
    notes: tuple[str, ...]
    baseline: dict[str, float]
    seconds: float

    @property
    def share(self) -> float | None:
        """The answer as a share of each training set."""
        return None if self.points is None else self.points / self.size


def plan(
    experiment: Experiment | None = None,
    *,
    keep: Mapping[str, float],
    confidence: float = 0.9,
    anchor: str = "fresh",
    contaminated: float = 0.0,
    precision: float = 1.5,
    budget: float = 600.0,
    theory_alone: bool = False,
    jobs: int = 1,
    executor: Executor | None = None,
    out: str | Path | None = None,
    progress: Progress | None = None,
    **settings: Any,
) -> Plan:
    """The least anchor that keeps what must be kept, with the confidence asked for.

    experiment: a world, a family, a size and a horizon (its arms are not used); or ``settings``, the fields of
    `Experiment`.  keep: metric (or one of the words in ``ALIASES``) -> level at the last generation, relative to what
    as many real points get; for a metric of which less is better, the most that it may be.  confidence: the chance
    that one loop keeps them all.  anchor: "fresh", "fixed" or "bank:K".  contaminated: share of the reserve that
    models wrote.  precision: stop when the upper end of the interval is at most so many times the lower.
    budget: seconds; what is then known is said.  theory_alone: closed forms, no simulation.  out: a folder that keeps
    the trials, so that a plan that was stopped goes on.

    Chances are those of one loop.  An answer holds for these data, this family and this horizon, for no others.

    >>> import kedge
    >>> found = plan(world=kedge.worlds.normal(), family=kedge.families.Gaussian(), size=10**9, generations=10**9,
    ...              keep={"variance": 0.5}, theory_alone=True)
    >>> found.points
    6
    """
    started = time.monotonic()
    if experiment is None:
        experiment = Experiment(arms={"replace": Arm()}, **settings)
    elif settings:
        experiment = msgspec.structs.replace(experiment, **settings)
    _check(keep, confidence, contaminated, precision, budget)
    experiment = msgspec.structs.replace(experiment, arms={"replace": Arm()}, metrics=None)
    if experiment.block is None:
        # Small enough for several processes to share a trial.
        small = 8 if isinstance(experiment.family, Categorical) else 100
        block = experiment.resolved().block or 1
        experiment = msgspec.structs.replace(
            experiment, block=min(block, small if isinstance(experiment.family, ExactFamily) else 8)
        )
    experiment = experiment.resolved()
    if not isinstance(experiment.size, int):
        raise InputError("one size for all generations", f"{len(experiment.size)} sizes", "--size 1000")
    source: Any = experiment.world.open(1)
    levels = _named(keep, experiment, source)
    experiment = msgspec.structs.replace(experiment, metrics=tuple(levels))
    draws = _Draw.of(anchor, contaminated, experiment, source)
    if theory_alone:
        return _by_theory(experiment, levels, draws, source, confidence, started)
    with ExitStack() as stack:
        laboratory = Laboratory(experiment, tuple(levels), executor, None if out is None else _folder(out, experiment))
        search = _Search(
            experiment, levels, draws, source, confidence, precision, started + budget, laboratory, progress
        )
        keeps = search.keeps()
        if executor is None and jobs > 1 and time.monotonic() - started > WORTH:
            laboratory.executor = stack.enter_context(engines.local(jobs))
        return search.answer(keeps, started)


@dataclass(frozen=True)
class _Draw:
    """Which anchor k real points are.  most: the largest k."""

    kind: Literal["fresh", "fixed", "bank"]
    bank: int | None
    contaminated: float
    most: int
    reserve: int | None

    @staticmethod
    def of(text: str, contaminated: float, experiment: Experiment, source: Any) -> _Draw:
        kind, _, bank = text.partition(":")
        if kind not in ("fresh", "fixed", "bank") or (kind == "bank") != bool(bank) or (bank and not bank.isdigit()):
            raise InputError("fresh, fixed or bank:K", text, "--anchor bank:500")
        if contaminated and kind != "fresh":
            raise InputError("contamination of fresh points", kind, "--anchor fresh")
        size = int(experiment.size)  # type: ignore[arg-type]
        reserve = None if source.truth is not None else len(source.reserve)
        most = min(size, reserve or size, int(bank or size))
        if kind == "bank" and reserve is not None and int(bank) > reserve:
            raise InputError(f"a bank of at most the {reserve} points of the reserve", bank, f"--anchor bank:{reserve}")
        return _Draw(kind, int(bank) if bank else None, contaminated, most, reserve)  # type: ignore[arg-type]

    def anchor(self, k: int) -> Anchor | None:
        """k points, of which some may in truth have been written by a model."""
        if not k:
            return None
        dirt = round(k * self.contaminated) / k
        return Anchor(k, draw=self.kind, bank=self.bank, contaminated=dirt)


@dataclass
class _Search:
    """One sequential search for the least k."""

    experiment: Experiment
    levels: dict[str, float]
    draws: _Draw
    source: Any
    confidence: float
    precision: float
    until: float
    laboratory: Laboratory
    progress: Progress | None

    def __post_init__(self) -> None:
        self.size: int = self.experiment.size  # type: ignore[assignment]
        self.horizon = self.experiment.generations
        family = self.experiment.family
        tries = 32 if isinstance(family, Categorical) else 200 if isinstance(family, ExactFamily) else 16
        self.per = -(-tries // (self.experiment.block or 1))
        self.used: dict[int, int] = {}
        self.found: dict[int, tuple[int, int]] = {}

    def answer(self, keeps: list[Keep], started: float) -> Plan:
        """Try until the answer is narrow enough, or the time is up."""
        rng = np.random.default_rng(self.experiment.seed)
        self._try(keeps, [0])
        successes, tries = self.found[0]
        first = np.geomspace(1, self.draws.most, 6)
        belief = self._belief()
        # No real point at all: a Beta posterior says whether that is enough.
        if _surely(successes, tries, self.confidence):
            return self._told(keeps, 0, (0.0, 0.0), True, started)
        self._try(keeps, sorted({round(k) for k in first}))
        for number in range(ROUNDS):
            belief = self._belief()
            low, high = belief.interval()
            self._say(belief, number)
            narrow = high <= self.precision * low or high - low <= 1
            if narrow or belief.beyond > 0.99 or time.monotonic() > self.until:
                break
            self._try(keeps, sorted({belief.draw(rng), belief.draw(rng)}))
        low, high = belief.interval()
        conclusive = (high <= self.precision * low or high - low <= 1) and belief.beyond < 0.05
        points = belief.least if belief.beyond < 0.5 else None
        return self._told(keeps, points, (max(low, 0.0), high), conclusive, started)

    def keeps(self) -> list[Keep]:
        """The levels, in units of what as many real points get: the models of generation 0."""
        (values,) = self.laboratory.look([Arm()], range(2 * self.per), _begun(self.horizon))
        self.baseline = {name: rows[:, 0] for name, rows in values.items()}
        self.early = values
        keeps = []
        for name, level in self.levels.items():
            median = float(np.median(self.baseline[name]))
            if not np.isfinite(median) or median <= 0:
                raise InputError(
                    f"a metric that real data of this size give a positive number, to keep {level} of it",
                    f"{name} = {median:.3g}",
                    "another --keep",
                )
            keeps.append(Keep(name, level, median, metrics.named(name).lower))
        self._reachable(keeps)
        return keeps

    def _reachable(self, keeps: list[Keep]) -> None:
        """Levels that not even real data keep often enough are refused, with what they do keep."""
        if kept(keeps, self.baseline).mean() >= self.confidence:
            return
        for keep in keeps:
            relative = keep.relative(self.baseline[keep.metric])
            if keep.kept(self.baseline[keep.metric]).mean() < self.confidence:
                q = self.confidence if keep.lower else 1 - self.confidence
                best = float(np.quantile(relative, q))
                best = np.ceil(100 * best) / 100 if keep.lower else np.floor(100 * best) / 100
                raise InputError(
                    f"a level that {self.size} real points themselves reach with {self.confidence:.0%} confidence",
                    f"{keep.metric}={keep.level:g}",
                    f"--keep {keep.metric}={best:g}, a lower --confidence or a larger --size",
                )
        raise InputError(
            f"levels that {self.size} real points reach all at once with {self.confidence:.0%} confidence",
            ", ".join(f"{k.metric}={k.level:g}" for k in keeps),
            "lower levels, a lower --confidence or a larger --size",
        )

    def _try(self, keeps: list[Keep], ks: list[int]) -> None:
        for start in sorted({self.used.get(k, 0) for k in ks}):
            group = [k for k in ks if self.used.get(k, 0) == start]
            arms = [Arm(anchor=self.draws.anchor(k)) for k in group]
            for k, values in zip(
                group, self.laboratory.look(arms, range(start, start + self.per), self.horizon), strict=True
            ):
                good = kept(keeps, {name: rows[:, 1] for name, rows in values.items()})
                before = self.found.get(k, (0, 0))
                self.found[k] = (before[0] + int(good.sum()), before[1] + len(good))
                self.used[k] = start + self.per

    def _belief(self) -> Belief:
        return Belief(self.draws.most, self.confidence, {k: seen for k, seen in self.found.items() if k})

    def _say(self, belief: Belief, number: int) -> None:
        if self.progress:
            low, high = belief.interval()
            wide = np.log(high / low) / np.log(self.precision)
            self.progress(f"between {low:,.0f} and {high:,.0f} points", float(min(1.0, 1 / max(wide, 1e-9))))

    def _told(
        self, keeps: list[Keep], points: int | None, interval: tuple[float, float], conclusive: bool, started: float
    ) -> Plan:
        known = reasons_of(self.laboratory, keeps, self.early, self.source, self.experiment, self.confidence, self.per)
        checked: tuple[int, int] | None = None
        cures: tuple[Cure, ...] = ()
        if points is not None:
            checked, cures = self._checked(keeps, points)
        theory = expected(
            self.experiment, {k.metric: k for k in keeps}, self.draws.anchor, self.draws.most, self.confidence
        )
        return told(
            self.experiment, self.levels, self.draws, self.confidence, points, interval, conclusive,
            tuple(Trial(k, *seen) for k, seen in sorted(self.found.items())), checked, theory, known,
            _rarest(self.source, self.experiment, keeps, points, self.confidence), cures,
            {keep.metric: keep.median for keep in keeps}, time.monotonic() - started,
        )  # fmt: skip

    def _checked(self, keeps: list[Keep], points: int) -> tuple[tuple[int, int], tuple[Cure, ...]]:
        """Fresh replicates at the answer, and of other uses of as many points."""
        family: Any = self.experiment.family
        arms = {f"{points} {self.draws.kind}" if points else "nothing real": Arm(anchor=self.draws.anchor(points))}
        if points and self.draws.kind == "fresh":
            arms[f"{points} fixed"] = Arm(anchor=Anchor(points, draw="fixed"))
            if getattr(family, "batched", True) and not self.draws.contaminated:
                arms[f"{points} fresh, weighted optimally"] = Arm(anchor=Anchor(points, weight="optimal"))
        arms["accumulate, nothing real"] = Arm(Accumulate())
        if points and "prior" in getattr(family, "__struct_fields__", ()):
            arms[f"a prior worth {points}"] = Arm(prior=Prior(float(points)))
        blocks = range(CHECKED, CHECKED + 2 * self.per)
        cures = []
        for (name, arm), values in zip(
            arms.items(), self.laboratory.look(list(arms.values()), blocks, self.horizon), strict=True
        ):
            last = {metric: rows[:, 1] for metric, rows in values.items()}
            good = kept(keeps, last)
            medians = {
                k.metric: float(np.nanmedian(k.relative(last[k.metric]))) if np.isfinite(last[k.metric]).any() else 0.0
                for k in keeps
            }
            anchor = arm.anchor
            k = anchor.count or 0 if anchor else 0
            got = 0 if not anchor else k if anchor.draw == "fixed" else anchor.bank or k * self.horizon
            cures.append(Cure(name, k, got, float(good.mean()), len(good), medians))
        first = cures[0]
        return (round(first.kept * first.tries), first.tries), tuple(cures)


def reasons_of(
    laboratory: Laboratory, keeps: list[Keep], early: Mapping[str, Array], source: Any, experiment: Experiment,
    confidence: float, per: int,
) -> tuple[Reason, ...]:  # fmt: skip
    """What each of the three asks for by itself."""
    from scipy.special import ndtri

    size: int = experiment.size  # type: ignore[assignment]
    horizon = experiment.generations
    begun = _begun(horizon)
    (quarter,) = laboratory.look([Arm()], range(2 * per), begun, max(2, size // 4))
    deviations = float(ndtri(confidence))
    found: dict[str, Reason] = {}
    for keep in keeps:
        kinds = reasons.kinds(source, experiment.world, keep.metric)
        if kinds is not None and isinstance(experiment.family, Categorical):
            # Exact counting: what it loses, it loses because it is rare.
            found["rare"] = max(
                reasons.rare(keep.metric, keep.level, kinds, size, confidence),
                found.get("rare", Reason("rare", -1.0)),
                key=lambda reason: reason.points,
            )
            continue
        loss = reasons.Losses.of(early[keep.metric], quarter[keep.metric], begun, keep.lower)
        allowed = abs(1 - keep.level)
        sampled = reasons.least(partial(loss.by_variance, size=size, horizon=horizon, tries=deviations), allowed, size)
        biased = reasons.least(partial(loss.by_bias, size=size, horizon=horizon), allowed, size)
        asking = [
            Reason("variance", sampled, keep.metric, loss.step**0.5),
            Reason("bias", biased, keep.metric, *loss.bias),
        ]
        for asked in asking:
            if asked.name not in found or asked.points > found[asked.name].points:
                found[asked.name] = asked
        if kinds is not None:
            asked = reasons.rare(keep.metric, keep.level, kinds, size, confidence)
            if "rare" not in found or asked.points > found["rare"].points:
                found["rare"] = asked
    return tuple(found.get(name, Reason(name, 0.0)) for name in ("variance", "bias", "rare"))


def _begun(horizon: int) -> int:
    """How many generations show what one generation loses."""
    return max(1, min(4, horizon))


def told(
    experiment: Experiment, levels: dict[str, float], draws: _Draw, confidence: float, points: int | None,
    interval: tuple[float, float], conclusive: bool, trials: tuple[Trial, ...], checked: tuple[int, int] | None,
    theory: Expected | None, known: tuple[Reason, ...], rarest: tuple[str, float] | None, cures: tuple[Cure, ...],
    baseline: dict[str, float], seconds: float,
) -> Plan:  # fmt: skip
    """A plan, with its sentence."""
    size: int = experiment.size  # type: ignore[assignment]
    asking = [reason for reason in known if reason.points > 0]
    binding = max(asking, key=lambda reason: reason.points).name if asking else ""
    notes = list(_notes(draws, points, interval, experiment, theory))
    sentence = _sentence(experiment, draws, confidence, points, interval, conclusive, known, binding, rarest)
    return Plan(
        sentence, type(experiment.family).__name__.lower(), size, experiment.generations, confidence, levels,
        draws.kind if draws.bank is None else f"bank:{draws.bank}", points, *interval, draws.most, conclusive, trials,
        checked, theory, known, binding, rarest, cures, tuple(notes), baseline, seconds,
    )  # fmt: skip


def _sentence(
    experiment: Experiment, draws: _Draw, confidence: float, points: int | None, interval: tuple[float, float],
    conclusive: bool, known: tuple[Reason, ...], binding: str, rarest: tuple[str, float] | None,
) -> str:  # fmt: skip
    size: int = experiment.size  # type: ignore[assignment]
    t = experiment.generations
    low, high = interval
    if points == 0:
        return (
            f"No real row is needed for these levels up to generation {t:,}: loops without any keep them with "
            f"{confidence:.0%} confidence. Later generations may not."
        )
    if points is None or (not conclusive and high > draws.most):
        there = (
            f"the {draws.reserve:,} rows of the reserve"
            if draws.reserve is not None and draws.most == draws.reserve
            else f"the {draws.most:,} points that there may be"
        )
        return (
            f"Inconclusive: at least {max(1, int(low)):,} real rows in every training set of {size:,}; "
            f"not even {there} surely do."
        )
    kind = {"fresh": "fresh ", "fixed": "fixed ", "bank": ""}[draws.kind]
    rows = f"{points:,} {kind}real row{'s' if points > 1 else ''}"
    share = f"{points / size:.2g}" if points / size < 0.001 else f"{points / size:.1%}".replace("%", " %")
    span = "by theory alone" if low == high else f"90 % interval {int(np.floor(low)):,}–{int(np.ceil(high)):,}"
    if not conclusive:
        return (
            f"Inconclusive: between {int(np.floor(low)):,} and {int(np.ceil(high)):,} real rows in every training set "
            f"of {size:,}, perhaps {points:,}."
        )
    why = ""
    reason = next((r for r in known if r.name == binding), None)
    if reason is not None:
        title = metrics.named(reason.metric).title
        kept = f"; the rarest that is kept is {rarest[0]!r}, 1 in {1 / rarest[1]:,.0f}" if rarest else ""
        why = {
            "variance": f": what binds is variance ({title}), which asks for a number of rows",
            "bias": f": what binds is bias ({title}: {reason.loss:.2g} a generation), which asks for a share",
            "rare": f": what binds is rare things{kept}",
        }[binding]
    return f"Keep {rows} in every training set of {size:,} ({share}; {span}){why}."


def _notes(
    draws: _Draw, points: int | None, interval: tuple[float, float], experiment: Experiment, theory: Expected | None
) -> Iterator[str]:
    if draws.reserve is not None and draws.kind == "fresh" and points:
        yield (
            f"Fresh rows come from a reserve of {draws.reserve:,} and come back over {experiment.generations:,} "
            f"generations. To have none come back, {points * experiment.generations:,} rows are needed."
        )
    if draws.reserve is not None and draws.most == draws.reserve and interval[1] > draws.most:
        more = int(np.ceil(interval[1])) - draws.reserve
        yield f"The reserve has {draws.reserve:,} rows; up to {more:,} more may be needed there."
    if draws.contaminated and points:
        clean = points - round(points * draws.contaminated)
        yield f"Of {points:,} rows {points - clean:,} are taken to be model-written; the {clean:,} others do the work."
    if theory is not None and points and not interval[0] / 1.3 <= theory.points <= interval[1] * 1.3:
        yield f"Theory says {theory.points:,} ({theory.kind}); the simulation is the better judge."
    yield "The answer holds for these data, this family, this size and this horizon; it is no law for others."


def _rarest(
    source: Any, experiment: Experiment, keeps: list[Keep], points: int | None, confidence: float
) -> tuple[str, float] | None:
    size: int = experiment.size  # type: ignore[assignment]
    for name in [keep.metric for keep in keeps] + ["surviving_types", "surviving_levels", "surviving_classes"]:
        if points and (kinds := reasons.kinds(source, experiment.world, name)) is not None:
            return reasons.rarest(kinds, size, points, confidence)
    return None


def _by_theory(
    experiment: Experiment, levels: dict[str, float], draws: _Draw, source: Any, confidence: float, started: float
) -> Plan:
    keeps = [Keep(name, level, 1.0, metrics.named(name).lower) for name, level in levels.items()]
    found = expected(experiment, {keep.metric: keep for keep in keeps}, draws.anchor, draws.most, confidence)
    if found is None:
        raise InputError(
            "a family and metrics that theory knows",
            f"{type(experiment.family).__name__.lower()}, {', '.join(levels)}",
            "leaving --theory out, to simulate",
        )  # fmt: skip
    points = found.points if found.points <= draws.most else None
    low = high = float(found.points)
    return told(
        experiment, levels, draws, confidence, points, (low, high), points is not None, (), None, found, (),
        _rarest(source, experiment, keeps, points, confidence), (), {}, time.monotonic() - started,
    )  # fmt: skip


def _named(keep: Mapping[str, float], experiment: Experiment, source: Any) -> dict[str, float]:
    """Metric -> level, words for people replaced by what they stand for here."""
    real = Real.of(source)
    model = None
    family: Any = experiment.family
    if isinstance(family, ExactFamily) or (real.truth is not None and getattr(family, "batched", True)):
        from kedge.loop import generations

        model = next(generations(experiment.world, family, size=experiment.size, rng=np.random.default_rng(0))).model
    there = [metric.name for metric in metrics.suitable(real, model)]
    found = {}
    for word, level in keep.items():
        name = next((name for name in ALIASES.get(word, (word,)) if name in there), None)
        if name is None:
            raise InputError(
                "metrics that these data and this family have",
                word,
                f"--keep {there[0]}=0.9, or one of {', '.join(there)}",
            )
        found[name] = float(level)
    return found


def _check(keep: Mapping[str, float], confidence: float, contaminated: float, precision: float, budget: float) -> None:
    if not keep:
        raise InputError("at least one metric to keep", "none", "--keep variance=0.9")
    for word, level in keep.items():
        if not 0 < level < np.inf:
            raise InputError("a level > 0", f"{word}={level:g}", f"--keep {word}=0.9")
    if not 0.5 <= confidence < 1:
        raise InputError("a confidence of at least 0.5 and below 1", confidence, "--confidence 0.9")
    if not 0 <= contaminated < 1:
        raise InputError("a contaminated share in [0, 1)", contaminated, "--contaminated 0.1")
    if not precision > 1:
        raise InputError("a precision above 1", precision, "--precision 1.5")
    if not budget > 0:
        raise InputError("a budget above 0", budget, "--budget-minutes 5")


def _surely(successes: int, tries: int, confidence: float) -> bool:
    """Whether the chance is above the confidence, with 95 % posterior probability from a uniform prior."""
    from scipy.special import betainc

    return bool(1 - betainc(successes + 1, tries - successes + 1, confidence) > 0.95)


def _folder(out: str | Path, experiment: Experiment) -> Folder:
    folder = Folder(out)
    folder.begin(experiment)
    return folder
