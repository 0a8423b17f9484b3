"""Short spellings for the command line: an arm, a family."""

from __future__ import annotations

import re
from typing import Any, get_args

import msgspec

from kedge.anchors import Anchor
from kedge.errors import InputError
from kedge.experiment import Arm, Regime
from kedge.families import Adapter, Recipe
from kedge.family import Prior
from kedge.regimes import Accumulate, Replace, Subsample

REGIMES: dict[str, Regime] = {"replace": Replace(), "accumulate": Accumulate(), "subsample": Subsample()}
FAMILIES = tuple(str(kind.__struct_config__.tag) for kind in get_args(Recipe) if kind is not Adapter)

ARM = (
    "replace, accumulate or subsample; fresh:1, fresh:10%, fixed:10% or bank:5/50; "
    "prior:2 or prior:2@mean,variance; joined by +"
)


def parse_arm(text: str) -> tuple[str, Arm]:
    """An arm from ``NAME=SPEC``, or from a SPEC that is its own name.

    >>> name, arm = parse_arm("mine=accumulate+fresh:10%")
    >>> name, arm.regime, arm.anchor.share
    ('mine', Accumulate(), 0.1)
    >>> anchor = parse_arm("bank:5/50+weight:2")[1].anchor
    >>> anchor.draw, anchor.count, anchor.bank, anchor.weight
    ('bank', 5, 50, 2.0)
    """
    name, equals, spec = text.partition("=")
    if not equals:
        spec = name
    if not (name.strip() and spec.strip()):
        raise InputError("NAME=SPEC", repr(text), f"an arm made of {ARM}")
    regime: Regime = Replace()
    anchor: dict[str, Any] = {}
    prior: Prior | None = None
    for term in filter(None, (part.strip() for part in spec.split("+"))):
        word, _, value = term.partition(":")
        if word in REGIMES and not value:
            regime = REGIMES[word]
        elif word in ("fresh", "fixed", "bank"):
            amount, _, bank = value.partition("/")
            anchor |= {"draw": word, **_amount(amount, term)}
            if bank:
                anchor["bank"] = _whole(bank, term)
        elif word == "weight":
            anchor["weight"] = _number(value, term)
        elif word == "once":
            anchor["once"] = True
        elif word == "prior":
            strength, _, where = value.partition("@")
            places = [_number(part, term) for part in where.split(",")] if where else []
            if len(places) > 2:
                raise InputError("prior:STRENGTH@MEAN,VARIANCE", term, "prior:2@0,1")
            mean, variance = (*places, None, None)[:2]
            prior = Prior(_number(strength, term), mean, variance)
        else:
            raise InputError(f"an arm made of {ARM}", f"{term!r} in {text!r}", "--arm 'mine=accumulate+fresh:1'")
    return name.strip(), Arm(regime, Anchor(**anchor) if anchor else None, prior)


def parse_family(text: str) -> Recipe:
    """A family from ``name:key=value,key=value``, or ``package.module:Class,key=value``.

    >>> parse_family("gaussian:estimator=unbiased").estimator
    'unbiased'
    >>> parse_family("sklearn.neighbors:KernelDensity,bandwidth=0.2").options
    {'bandwidth': 0.2}
    """
    head, colon, rest = text.partition(":")
    if head in FAMILIES:
        plain: dict[str, Any] = {"kind": head, **_options(rest, text)}
    elif colon and re.fullmatch(r"[\w.]+", head):
        thing, _, options = rest.partition(",")
        plain = {
            "kind": "adapter",
            "thing": f"{head}:{thing}",
            "options": {k: _plain(v) for k, v in _options(options, text).items()},
        }
    else:
        raise InputError(
            f"a family: {', '.join(FAMILIES)}, or package.module:Class", text, "--family mixture:components=5"
        )
    try:
        family: Recipe = msgspec.convert(plain, Recipe, strict=False)
        return family
    except msgspec.ValidationError as error:
        attempt = "--family mixture:components=5" if head == "mixture" else f"--family {head}"
        raise InputError(f"options that {head} has", str(error).rstrip("."), attempt) from None


def _options(text: str, whole: str) -> dict[str, str]:
    pairs = [part.partition("=") for part in text.split(",") if part]
    if any(not equals for _, equals, _ in pairs):
        raise InputError("options as key=value,key=value", whole, "mixture:components=5,floor=0.1")
    return {key.strip(): value.strip() for key, _, value in pairs}


def _plain(value: str) -> bool | int | float | str:
    """A word as the plain value that it spells."""
    try:
        return msgspec.json.decode(value, type=bool | int | float)
    except msgspec.DecodeError:
        return value


def _amount(text: str, term: str) -> dict[str, int | float]:
    if text.endswith("%"):
        return {"share": _number(text[:-1], term) / 100}
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
