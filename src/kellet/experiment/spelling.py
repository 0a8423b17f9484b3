"""Short spellings for the command line: an arm, a family."""

from __future__ import annotations

import re
from typing import Any, get_args

import msgspec

from kellet.errors import InputError
from kellet.experiment.arm import AnyCuration, AnyRegime, Arm
from kellet.experiment.span import Span
from kellet.families import Adapter, Command
from kellet.families.family import Prior
from kellet.families.recipe import Recipe
from kellet.loop.anchors import Anchor
from kellet.loop.curation.documents import Dedup, Quality
from kellet.loop.curation.filtering import Quantile, Verifier
from kellet.loop.curation.sampling import Shrink, Temperature, TopK, TopP
from kellet.loop.curation.verification import Verify
from kellet.loop.regimes import Accumulate, Replace, Subsample

REGIMES: dict[str, AnyRegime] = {"replace": Replace(), "accumulate": Accumulate(), "subsample": Subsample()}
FAMILIES = tuple(str(kind.__struct_config__.tag) for kind in get_args(Recipe) if kind not in (Adapter, Command))

CURATIONS: dict[str, type[Any]] = {
    "temperature": Temperature, "shrink": Shrink, "top-k": TopK, "top-p": TopP, "quantile": Quantile,
    "quality": Quality,
}  # fmt: skip

KINDS = {
    **dict.fromkeys(REGIMES, "regime"), **dict.fromkeys(("fresh", "fixed", "bank"), "anchor"),
    **dict.fromkeys(("prior", "map"), "prior"),
    **dict.fromkeys((*CURATIONS, "verifier", "dedup", "verify"), "curation"),
}  # fmt: skip

ARM = (
    "replace, accumulate or subsample; fresh:1, fresh:10%, fixed:10% or bank:5/50, with weight:2, every:10, random, "
    "contaminated:10% or once; prior:2, prior:2@mean,variance or map:2; temperature:0.9, shrink:0.9, top-k:50, "
    "top-p:0.9, quantile:0.9 or verifier:low,high, and of text dedup:exact, dedup:minhash, quality:90% or "
    "verify:PROGRAM; joined by +"
)


def parse_arm(text: str) -> tuple[str, Arm]:
    """An arm from ``NAME=SPEC``, or from a SPEC that is its own name.

    >>> name, arm = parse_arm("mine=accumulate+fresh:10%")
    >>> name, arm.regime, arm.anchor.share
    ('mine', Accumulate(), 0.1)
    >>> anchor = parse_arm("bank:5/50+weight:2")[1].anchor
    >>> anchor.draw, anchor.count, anchor.bank, anchor.weight
    ('bank', 5, 50, 2.0)
    >>> parse_arm("fresh:10%+weight:optimal+temperature:0.9")[1].curation
    Temperature(tau=0.9)
    """
    name, equals, spec = text.partition("=")
    if not equals:
        spec = name
    if not (name.strip() and spec.strip()):
        raise InputError("NAME=SPEC", repr(text), f"an arm made of {ARM}")
    regime: AnyRegime = Replace()
    anchor: dict[str, Any] = {}
    prior: Prior | None = None
    curation: AnyCuration | None = None
    given: set[str] = set()
    for term in filter(None, (part.strip() for part in spec.split("+"))):
        word, _, value = term.partition(":")
        if (kind := KINDS.get(word, word)) in given:
            raise InputError(f"one {kind} in an arm", f"{term!r} beside another in {text!r}", "two arms")
        given.add(kind)
        if word in REGIMES and not value:
            regime = REGIMES[word]
        elif word in ("fresh", "fixed", "bank"):
            amount, _, bank = value.partition("/")
            anchor |= {"draw": word, **_amount(amount, term)}
            if bank:
                anchor["bank"] = _whole(bank, term)
        elif word in ("every", "weight", "contaminated"):
            anchor[word] = value if (word, value) == ("weight", "optimal") else _anchored(word, value, term)
        elif word in ("once", "random") and not value:
            anchor[word] = True
        elif word in ("prior", "map"):
            strength, _, where = value.partition("@")
            mean, variance = _numbers(where, term, 0, 2, "prior:2@0,1")
            prior = Prior(_number(strength, term), mean, variance, "natural" if word == "prior" else "mean")
        elif word in CURATIONS:
            curation = CURATIONS[word](_whole(value, term) if word == "top-k" else _fraction(value, term))
        elif word == "dedup" and value in ("exact", "minhash"):
            curation = Dedup("exact" if value == "exact" else "minhash")
        elif word == "verify":
            curation = Verify(value)
        elif word == "verifier":
            low, high, misses, passes = _numbers(value, term, 2, 4, "verifier:-2,2 or verifier:-2,2,0.1,0.05")
            curation = Verifier(low or 0.0, high or 0.0, misses or 0.0, passes or 0.0)
        else:
            raise InputError(f"an arm made of {ARM}", f"{term!r} in {text!r}", "--arm 'mine=accumulate+fresh:1'")
    return name.strip(), Arm(regime, Anchor(**anchor) if anchor else None, prior, curation)


def parse_size(text: str) -> int | tuple[int, ...]:
    """Points a generation, or one number for each of the first generations.

    >>> parse_size("1e9"), parse_size("100,200,400")
    (1000000000, (100, 200, 400))
    """
    sizes = [_number(part, text) for part in text.split(",")]
    if not all(size.is_integer() for size in sizes):
        raise InputError("whole numbers of points a generation", text, "--size 1000 or --size 100,200,400")
    return int(sizes[0]) if len(sizes) == 1 else tuple(int(size) for size in sizes)


def parse_grid(text: str) -> tuple[str, tuple[Any, ...] | Span]:
    """A field of a grid and its values: FIELD=A,B,C or FIELD=FROM..TO:STEPS, evenly spaced in the logarithm.

    >>> parse_grid("size=100,1000"), parse_grid("anchor.count=1..1000:4")[1].values
    (('size', (100, 1000)), (1, 10, 100, 1000))
    """
    name, equals, rest = text.partition("=")
    if not (equals and name.strip() and rest.strip()):
        raise InputError("FIELD=VALUES", repr(text), "--grid size=100,1000 or --grid anchor.count=1..1000:4")
    ends, colon, steps = rest.partition(":")
    low, dots, high = ends.partition("..")
    if dots and colon:
        return name.strip(), Span(_whole_if(_number(low, text)), _whole_if(_number(high, text)), _whole(steps, text))
    return name.strip(), tuple(_plain(part.strip()) for part in rest.split(","))


def _whole_if(number: float) -> int | float:
    return int(number) if number.is_integer() else number


def parse_family(text: str, sampler: str | None = None) -> Recipe:
    """A family from ``name:key=value,key=value``, ``package.module:Class,key=value``, or ``command:PROGRAM``.

    Options of a family inside another have its key and a dot in front.  sampler: the other program of a command, whose
    options stand before the colon, since a program may have commas of its own; so do Kellet's own for a class.

    >>> parse_family("gaussian:estimator=unbiased").estimator
    'unbiased'
    >>> parse_family("reduced:components=4,family=mixture,family.components=10").family.components
    10
    >>> parse_family("lm:llama-10m,lora=8").model
    'llama-10m'
    >>> parse_family("sklearn.neighbors:KernelDensity,bandwidth=0.2").options
    {'bandwidth': 0.2}
    >>> parse_family("command,timeout=60:./train {train} {model}", "./write {model} {n} {out}").timeout
    60.0
    >>> parse_family("adapter,timeout=60:sklearn.neighbors:KernelDensity,bandwidth=0.2").timeout
    60.0
    """
    head, colon, rest = text.partition(":")
    name, _, before = head.partition(",")
    if (name == "command") != (sampler is not None):
        raise InputError(
            "--family command:PROGRAM and --sampler PROGRAM together", text if sampler is None else f"--family {text}",
            "--family 'command:python train.py {train} {model}' --sampler 'python sample.py {model} {n} {out}'",
        )  # fmt: skip
    if sampler is not None:
        other = sampler.removeprefix("command:")
        plain: dict[str, Any] = {"kind": "command", "train": rest, "sample": other, **_options(before, text)}
    elif head in FAMILIES:
        if head == "lm" and "=" not in (model := rest.partition(",")[0]):
            rest = f"model={rest}" if model else rest
        plain = {"kind": head, **_nested(_options(rest, text))}
    elif colon and (name == "adapter" or re.fullmatch(r"[\w.]+", head)):
        thing, _, options = (rest if name == "adapter" else text).partition(",")
        given = {k: _plain(v) for k, v in _options(options, text).items()}
        plain = {"kind": "adapter", "thing": thing, "options": given, **_options(before, text)}
    else:
        raise InputError(
            f"a family: {', '.join(FAMILIES)}, package.module:Class or command:PROGRAM",
            text,
            "--family mixture:components=5",
        )
    try:
        family: Recipe = msgspec.convert(plain, Recipe, strict=False)
        return family
    except msgspec.ValidationError as error:
        if isinstance(error.__cause__, InputError):
            raise error.__cause__ from None
        got, attempt = str(error).rstrip("."), f"--family {'mixture:components=5' if head == 'mixture' else head}"
        if "unknown field" in got:
            asked = plain["family"]["kind"] if "$.family" in got else plain["kind"]
            kinds = (kind for kind in get_args(Recipe) if kind.__struct_config__.tag == asked)
            attempt = f"one of {', '.join(next(kinds).__struct_fields__)}"
        raise InputError(f"options that {head} has", got, attempt) from None


def _options(text: str, whole: str) -> dict[str, str]:
    pairs = [part.partition("=") for part in text.split(",") if part]
    if any(not equals for _, equals, _ in pairs):
        raise InputError("options as key=value,key=value", whole, "mixture:components=5,floor=0.1")
    return {key.strip(): value.strip() for key, _, value in pairs}


def _nested(options: dict[str, str]) -> dict[str, Any]:
    """Options with those of a family inside as a table of its own."""
    inside = {key.removeprefix("family."): value for key, value in options.items() if key.startswith("family.")}
    plain: dict[str, Any] = {key: value for key, value in options.items() if not key.startswith("family.")}
    if "family" in plain:
        plain["family"] = {"kind": plain["family"], **inside}
    elif inside:
        raise InputError("the family that options belong to", ", ".join(inside), "family=mixture,family.components=5")
    return plain


def _plain(value: str) -> bool | int | float | str:
    """A word as the plain value that it spells."""
    try:
        return msgspec.json.decode(value, type=bool | int | float)
    except msgspec.DecodeError:
        return value


def _anchored(word: str, value: str, term: str) -> float:
    return _whole(value, term) if word == "every" else _fraction(value, term)


def _numbers(text: str, term: str, least: int, most: int, example: str) -> list[float | None]:
    """Numbers separated by commas; None for those that were left out."""
    found = [_number(part, term) for part in text.split(",")] if text else []
    if not least <= len(found) <= most:
        raise InputError(f"{least} to {most} numbers", f"{len(found)} in {term!r}", example)
    return [*found, *[None] * (most - len(found))]


def _fraction(text: str, term: str) -> float:
    return _number(text[:-1], term) / 100 if text.endswith("%") else _number(text, term)


def _amount(text: str, term: str) -> dict[str, int | float]:
    if text.endswith("%"):
        return {"share": _fraction(text, term)}
    return {"count": _whole(text, term)}


def _whole(text: str, term: str) -> int:
    number = _number(text, term)
    if not number.is_integer():
        raise InputError("a whole number of points, or a percentage", term, "fresh:1 or fresh:10%")
    return int(number)


def _number(text: str, term: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise InputError("a number", f"{text!r} in {term!r}", "fresh:1, fresh:10% or prior:2") from None
