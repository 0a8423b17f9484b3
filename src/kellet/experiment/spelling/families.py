"""A family, as the command line spells it."""

from __future__ import annotations

import re
from typing import Any, get_args

import msgspec

from kellet.errors import InputError
from kellet.experiment.numbers import read_word
from kellet.families import Adapter, Command
from kellet.families.recipe import Recipe

FAMILIES = tuple(str(kind.__struct_config__.tag) for kind in get_args(Recipe) if kind not in (Adapter, Command))


def parse_family(text: str, sampler: str | None = None) -> Recipe:
    """A family from ``name:key=value,key=value``, ``package.module:Class,key=value``, or ``command:PROGRAM``.

    Options of a family inside another have its key and a dot in front.  sampler: the other program of a command, whose
    options stand before the colon, since a program may have commas of its own; so do Kellet's own for a class.

    >>> parse_family("gaussian:estimator=unbiased").estimator
    'unbiased'
    >>> parse_family("reduced:components=4,family=mixture,family.components=10").family.components
    10
    >>> parse_family("classification:RandomForestClassifier,max_depth=3").options
    {'max_depth': 3}
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
        estimator = head in ("regression", "classification", "regressor") and rest
        plain = _parse_estimator(head, rest, text) if estimator else {"kind": head, **_nested(_options(rest, text))}
    elif colon and (name == "adapter" or re.fullmatch(r"[\w.]+", head)):
        thing, _, options = (rest if name == "adapter" else text).partition(",")
        given = {k: read_word(v) for k, v in _options(options, text).items()}
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


def _parse_estimator(head: str, rest: str, whole: str) -> dict[str, Any]:
    """A conditional family with the name of an estimator first, whose options follow; or with options of its own."""
    name, _, options = rest.partition(",")
    if "=" in name:
        return {"kind": head, **_options(rest, whole)}
    plain = {key: read_word(value) for key, value in _options(options, whole).items()}
    own: dict[str, Any] = {key: plain.pop(key) for key in ("labels", "folds") if key in plain}
    kind = "classification" if head == "classification" else "regressor"
    return {"kind": kind, "thing": name, "options": plain, **own}


def _options(text: str, whole: str) -> dict[str, str]:
    pairs = [part.partition("=") for part in text.split(",") if part]
    if any(not equals for _, equals, _ in pairs):
        raise InputError("options as key=value,key=value", whole, "mixture:components=5,floor=0.1")
    return {key.strip(): value.strip() for key, _, value in pairs}


def _nested(options: dict[str, str]) -> dict[str, object]:
    """Options with those of a family inside as a table of its own."""
    inside = {key.removeprefix("family."): value for key, value in options.items() if key.startswith("family.")}
    plain: dict[str, object] = {key: value for key, value in options.items() if not key.startswith("family.")}
    if "family" in plain:
        plain["family"] = {"kind": plain["family"], **inside}
    elif inside:
        raise InputError("the family that options belong to", ", ".join(inside), "family=mixture,family.components=5")
    return plain
