"""What was done, in words for someone who never heard of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec

from kellet import worlds
from kellet.experiment.arm import Arm
from kellet.experiment.experiment import Experiment
from kellet.families import (
    GAN,
    VAE,
    Adapter,
    BernoulliRBM,
    Bootstrap,
    Categorical,
    Command,
    Copula,
    Diffusion,
    Flow,
    Gaussian,
    Kernel,
    Mixture,
    NGram,
)
from kellet.loop.anchors import AnyAnchor
from kellet.loop.curation.filtering import Quantile, Verifier
from kellet.loop.curation.sampling import Shrink, Temperature, TopK, TopP
from kellet.loop.regimes import Accumulate, Replace, Subsample
from kellet.report.figures import listed, number, percent
from kellet.worlds.distributions import CategoricalWorld, MultivariateNormalWorld, NormalWorld, ZipfWorld


def things(experiment: Experiment) -> str:
    """What the world's diversity counts: digits, words, values, classes."""
    match experiment.world:
        case worlds.digits():
            return "digits"
        case worlds.words():
            return "words"
        case worlds.text():
            return "tokens"
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
        case worlds.images():
            what = "pictures"
        case worlds.words():
            what = "the words of a text"
        case worlds.text():
            what = "a text"
        case NormalWorld() | MultivariateNormalWorld():
            what = "a bell curve"
        case _:
            what = "the data"
    return f"What becomes of {what} when models learn from models"


def world(experiment: Experiment) -> str:
    """The real data, as a noun phrase."""
    match experiment.world:
        case worlds.digits(dims=dims):
            seen = f"seen through their {dims} main components" if dims else "pixel by pixel"
            return f"1,797 real handwritten digits, small grey pictures of 8 × 8 pixels, {seen}"
        case worlds.images(path=path, components=components):
            seen = f", seen through their {components} main components" if components else ""
            return f"the pictures of {Path(path).name}{seen}"
        case worlds.words(path=path):
            text = "the Python language reference" if path is None else Path(path).name
            return f"a real text, {text}, and how often each of its words occurs"
        case worlds.text(path=path, tokens=tokens, length=length):
            text = "the Python language reference" if path is None else Path(path).name
            read = {"bpe": "pieces of words (byte pairs)"}.get(tokens, tokens)
            return f"the documents of a real text, {text}, in passages of at most {length} {read}"
        case worlds.column(path=path, column=column):
            return f"the column “{column}” of {Path(path).name}, and how often each of its values occurs"
        case worlds.table(path=path, columns=columns) | worlds.mixed(path=path, columns=columns):
            every = "the rows" if isinstance(experiment.world, worlds.mixed) else "the numbers"
            which = f"the columns {listed([f'“{c}”' for c in columns])}" if columns else every
            return f"{which} of {Path(path).name}"
        case NormalWorld(mean=mean, variance=variance):
            return f"a bell curve (a normal distribution with mean {mean:g} and variance {variance:g})"
        case MultivariateNormalWorld(mean=means):
            return f"a bell curve in {len(means)} dimensions (a multivariate normal distribution)"
        case ZipfWorld(size=size):
            return f"{number(size)} made-up words, as unequally frequent as those of a language (Zipf's law)"
        case CategoricalWorld(probabilities=p):
            return f"{number(len(p))} categories, each with its probability"
    if isinstance(experiment.world, msgspec.Struct):
        return f"a known law ({_settings(experiment.world)})"
    return f"a world of the reader's own, {type(experiment.world).__name__}"


def family(experiment: Experiment) -> str:
    """The kind of model, as a noun phrase."""
    match experiment.family:
        case Gaussian():
            return "a bell curve (Gaussian), the simplest generative model there is"
        case Copula():
            return "a Gaussian copula: each column as it was seen, bound together as a bell curve binds"
        case BernoulliRBM(hidden=hidden):
            return f"a restricted Boltzmann machine with {hidden} hidden units"
        case Categorical():
            return "a list of how often each thing occurs (a categorical model)"
        case NGram(order=1):
            return "a list of how often each token occurs"
        case NGram(order=order):
            before = "the one token" if order == 2 else f"the {order - 1} tokens"
            return f"a table of which token follows {before} before it (an n-gram model)"
        case Mixture(components=components):
            return f"a mixture of {components} bell-shaped clusters (a Gaussian mixture)"
        case Kernel():
            return "the points that it was given, each blurred by a bell (a kernel density estimate)"
        case Bootstrap():
            return "a copy of what it was given, from which it draws at random (a bootstrap)"
        case VAE():
            return f"a variational autoencoder ({_settings(experiment.family)})"
        case Flow():
            return f"a normalising flow ({_settings(experiment.family)})"
        case Diffusion():
            return f"a diffusion model ({_settings(experiment.family)})"
        case GAN():
            return f"a generative adversarial network ({_settings(experiment.family)})"
        case Adapter(thing=thing):
            return thing.partition(":")[2]
        case Command(train=train):
            return f"a program of the reader's own ({train})"
    if isinstance(experiment.family, msgspec.Struct):
        return f"a {_settings(experiment.family)} model"
    return type(experiment.family).__name__


def _settings(recipe: msgspec.Struct) -> str:
    """A recipe as its name and what is not usual about it.

    >>> _settings(worlds.poisson(2.5))
    'poisson, mean 2.5'
    """
    told = [str(recipe.__struct_config__.tag)]
    for field in msgspec.structs.fields(recipe):
        value = getattr(recipe, field.name)
        plain = isinstance(value, int | float | str) and field.name not in ("digest", "seed", "path")
        if plain and (field.required or value != field.default):
            told.append(f"{field.name} {value:g}" if isinstance(value, float) else f"{field.name} {value}")
    return ", ".join(told)


def sizes(experiment: Experiment) -> str:
    """How much each generation learns from."""
    unit = {worlds.words: "words", worlds.text: "passages"}.get(type(experiment.world), "examples")
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
    curated = f"; what is written {_curation(setting.curation)}" if setting.curation else ""
    return f"{kept}{''.join(f', plus {a}' for a in added)}{curated}."


def _anchor(anchor: AnyAnchor, experiment: Experiment) -> str:
    size = experiment.size if isinstance(experiment.size, int) else experiment.size[0]
    if anchor.random:
        return f"real points drawn fresh: each point is one with a chance of {percent(anchor.share or 0.0)}"
    if anchor.share is not None and isinstance(experiment.size, tuple):
        many = f"{percent(anchor.share)} real points"
    else:
        k = anchor.points(size)
        many = "1 real point" if k == 1 else f"{number(k)} real points"
    often = "each time" if anchor.every == 1 else f"every {anchor.every} generations"
    match anchor.draw:
        case "fixed":
            said = f"the same {many} {'every time' if anchor.every == 1 else often}"
        case "bank":
            said = f"{many} drawn anew {often} from a bank of {number(anchor.bank or 0)}"
        case _:
            said = f"{many} drawn fresh {often}"
    if anchor.contaminated:
        said += f" ({percent(anchor.contaminated)} of them in truth written by the model)"
    if anchor.weight == "optimal":
        return f"{said}, weighted as is best for the variance"
    return said if anchor.weight == 1 else f"{said}, each counting {anchor.weight:g} times"


def _curation(curation: Any) -> str:
    """What becomes of what was written, as a clause."""
    match curation:
        case Temperature(tau=tau):
            return f"is sampled at temperature {tau:g}"
        case Shrink(factor=factor):
            return f"is sampled with {factor:g} times the variance"
        case TopK(k=k):
            return f"is sampled from the {number(k)} likeliest alone (top-k)"
        case TopP(p=p):
            return f"is sampled from the likeliest {percent(p)} of the probability alone (top-p)"
        case Quantile(keep=keep):
            return f"is cut to the {percent(keep)} nearest to the mean"
        case Verifier(low=low, high=high):
            return f"passes a judge who believes points to lie between {low:g} and {high:g}"
    return "is filtered"


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
