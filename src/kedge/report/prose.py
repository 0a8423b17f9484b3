"""What was done, in words for someone who never heard of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from kedge import worlds
from kedge.anchors import Anchor
from kedge.experiment import Arm, Experiment
from kedge.families import Adapter, Categorical, Gaussian, Mixture
from kedge.regimes import Accumulate, Replace, Subsample
from kedge.report.figures import listed, number, percent
from kedge.worlds.distributions import CategoricalWorld, MultivariateNormalWorld, NormalWorld, ZipfWorld


def things(experiment: Experiment) -> str:
    """What the world's diversity counts: digits, words, values, classes."""
    match experiment.world:
        case worlds.digits():
            return "digits"
        case worlds.words():
            return "words"
        case worlds.column():
            return "values"
        case CategoricalWorld() | ZipfWorld():
            return "categories"
    return "classes"


def title(experiment: Experiment) -> str:
    """A headline that promises nothing."""
    match experiment.world:
        case worlds.digits():
            what = "handwritten digits"
        case worlds.words():
            what = "the words of a text"
        case NormalWorld() | MultivariateNormalWorld():
            what = "a bell curve"
        case _:
            what = "the data"
    return f"What becomes of {what} when models learn from models"


def world(experiment: Experiment) -> str:
    """The real data, as a noun phrase."""
    match experiment.world:
        case worlds.digits(dims=dims):
            seen = f"seen through their {dims} main components"
            return f"1,797 real handwritten digits, small grey pictures of 8 × 8 pixels, {seen}"
        case worlds.words(path=path):
            text = "the Python language reference" if path is None else Path(path).name
            return f"a real text, {text}, and how often each of its words occurs"
        case worlds.column(path=path, column=column):
            return f"the column “{column}” of {Path(path).name}, and how often each of its values occurs"
        case worlds.table(path=path, columns=columns):
            which = f"the columns {listed([f'“{c}”' for c in columns])}" if columns else "the numbers"
            return f"{which} of {Path(path).name}"
        case NormalWorld(mean=mean, variance=variance):
            return f"a bell curve (a normal distribution with mean {mean:g} and variance {variance:g})"
        case MultivariateNormalWorld(mean=means):
            return f"a bell curve in {len(means)} dimensions (a multivariate normal distribution)"
        case ZipfWorld(size=size):
            return f"{number(size)} made-up words, as unequally frequent as those of a language (Zipf's law)"
        case CategoricalWorld(probabilities=p):
            return f"{number(len(p))} categories, each with its probability"
    return f"a world of the reader's own, {type(experiment.world).__name__}"


def family(experiment: Experiment) -> str:
    """The kind of model, as a noun phrase."""
    match experiment.family:
        case Gaussian():
            return "a bell curve (Gaussian), the simplest generative model there is"
        case Categorical():
            return "a list of how often each thing occurs (a categorical model)"
        case Mixture(components=components):
            return f"a mixture of {components} bell-shaped clusters (a Gaussian mixture)"
        case Adapter(thing=thing):
            return thing.partition(":")[2]
    return type(experiment.family).__name__


def sizes(experiment: Experiment) -> str:
    """How much each generation learns from."""
    unit = "words" if isinstance(experiment.world, worlds.words) else "examples"
    size = experiment.size
    if isinstance(size, tuple):
        return (
            f"{number(min(size))} to {number(max(size))} {unit}"
            if min(size) < max(size)
            else f"{number(size[0])} {unit}"
        )
    return f"{number(size)} {unit}"


def arm(setting: Arm, experiment: Experiment) -> str:
    """What one arm does, as a sentence."""
    match setting.regime:
        case Replace():
            kept = "Each generation learns only from what the one before wrote"
        case Accumulate():
            kept = "Each generation learns from everything so far: the first real data and all that was ever written"
        case Subsample():
            kept = "Everything so far is kept, and each generation learns from a random part of it"
        case _:
            kept = f"Regime {type(setting.regime).__name__}"
    added = [_anchor(setting.anchor, experiment)] if setting.anchor else []
    if setting.prior:
        added.append(f"prior knowledge worth {setting.prior.strength:g} imaginary points at every fit")
    return f"{kept}{''.join(f', plus {a}' for a in added)}."


def _anchor(anchor: Anchor, experiment: Experiment) -> str:
    size = experiment.size if isinstance(experiment.size, int) else experiment.size[0]
    if anchor.share is not None and isinstance(experiment.size, tuple):
        many = f"{percent(anchor.share)} real points"
    else:
        k = anchor.points(size)
        many = "1 real point" if k == 1 else f"{number(k)} real points"
    weight = "" if anchor.weight == 1 else f", each counting {anchor.weight:g} times"
    match anchor.draw:
        case "fixed":
            return f"the same {many} every time{weight}"
        case "bank":
            return f"{many} drawn anew each time from a bank of {number(anchor.bank or 0)}{weight}"
    return f"{many} drawn fresh each time{weight}"


def reserve(experiment: Experiment, source: Any) -> str | None:
    """What must be said where "fresh" points come from a data set that has only so many."""
    if source is None or source.truth is not None:
        return None
    returning = [
        name
        for name, setting in experiment.arms.items()
        if setting.anchor and setting.anchor.draw == "fresh" and not setting.anchor.once
    ]
    if not returning:
        return None
    bank = number(len(source.reserve))
    return (
        f"“Fresh” real points ({listed(returning)}) come from a reserve of {bank} real points that generation 0 never "
        "saw. Within one generation none is drawn twice, but over generations points come back: the reserve is a "
        f"bank of {bank}, not an endless source, and can anchor a loop no better than those points describe the world."
    )
