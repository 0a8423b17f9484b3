"""Short spellings for the command line: an arm, a family."""

from __future__ import annotations

import csv
import re
from typing import Any, get_args

import msgspec

from kellet.data.sight import Kind
from kellet.errors import InputError
from kellet.experiment.arm import AnyCuration, AnyRegime, Arm
from kellet.experiment.experiment import Axis, Span
from kellet.experiment.numbers import parse_number, parse_share, parse_whole
from kellet.families import Adapter, Command
from kellet.families.family import Prior
from kellet.families.recipe import Recipe
from kellet.loop import curation as curations
from kellet.loop.anchors import Anchor, AnyAnchor, Draw
from kellet.loop.regimes import Accumulate, Replace, Subsample, Window

DRAWS: dict[str, Draw] = {draw: draw for draw in get_args(Draw)}
REGIMES: dict[str, AnyRegime] = {"replace": Replace(), "accumulate": Accumulate(), "subsample": Subsample()}
FAMILIES = tuple(str(kind.__struct_config__.tag) for kind in get_args(Recipe) if kind not in (Adapter, Command))

CURATIONS: dict[str, type[Any]] = {
    "temperature": curations.Temperature, "shrink": curations.Shrink, "top-k": curations.TopK, "top-p": curations.TopP,
    "quantile": curations.Quantile, "quality": curations.Quality,
}  # fmt: skip

KINDS = {
    **dict.fromkeys((*REGIMES, "window"), "regime"), **dict.fromkeys(DRAWS, "anchor"),
    **dict.fromkeys(("prior", "map"), "prior"),
    **dict.fromkeys((*CURATIONS, "verifier", "dedup", "verify"), "curation"),
}  # fmt: skip

ARM = (
    "replace, accumulate, window:3 or subsample; fresh:1, fresh:10%, fixed:10% or bank:5/50, with weight:2, every:10, "
    "random, contaminated:10% or once; prior:2, prior:2@mean,variance or map:2; temperature:0.9, shrink:0.9, top-k:50, "
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
        elif word == "window":
            regime = Window(parse_whole(value, term, "window:3"))
        elif word in DRAWS:
            anchor |= _parse_fields(term)
        elif word in ("every", "weight", "contaminated"):
            anchor[word] = value if (word, value) == ("weight", "optimal") else _parse_amount(word, value, term)
        elif word in ("once", "random") and not value:
            anchor[word] = True
        elif word in ("prior", "map"):
            strength, _, where = value.partition("@")
            mean, variance = _numbers(where, term, 0, 2, "prior:2@0,1")
            prior = Prior(parse_number(strength, term), mean, variance, "natural" if word == "prior" else "mean")
        elif word in CURATIONS:
            curation = CURATIONS[word](parse_whole(value, term) if word == "top-k" else parse_share(value, term))
        elif word == "dedup" and value in ("exact", "minhash"):
            curation = curations.Dedup("exact" if value == "exact" else "minhash")
        elif word == "verify":
            curation = curations.Verify(value)
        elif word == "verifier":
            low, high, misses, passes = _numbers(value, term, 2, 4, "verifier:-2,2 or verifier:-2,2,0.1,0.05")
            curation = curations.Verifier(low or 0.0, high or 0.0, misses or 0.0, passes or 0.0)
        else:
            raise InputError(f"an arm made of {ARM}", f"{term!r} in {text!r}", "--arm 'mine=accumulate+fresh:1'")
    return name.strip(), Arm(regime, Anchor(**anchor) if anchor else None, prior, curation)


def parse_curation(text: str) -> AnyCuration:
    """What of what is written becomes training data, spelled as in an arm.

    >>> parse_curation("temperature:0.9")
    Temperature(tau=0.9)
    """
    word, _, program = text.partition(":")
    if word.strip() == "verify" and program.strip():
        # A program may have any sign among its arguments.
        return curations.Verify(program.strip())
    arm = parse_arm(f"curation={text}")[1]
    if arm.curation is None or arm != Arm(curation=arm.curation):
        raise InputError("a curation and nothing else", repr(text), "--curation temperature:0.9")
    return arm.curation


def parse_anchor(text: str) -> AnyAnchor:
    """The real points in every generation: ``fresh:1``, ``fresh:2%``, ``fixed:10`` or ``bank:5/50``.

    >>> parse_anchor("fresh:2%").share, parse_anchor("bank:5/50").bank
    (0.02, 50)
    """
    draw, _, amount = text.partition(":")
    if draw not in DRAWS or not amount:
        raise InputError("an anchor: fresh:10, fresh:2%, fixed:10 or bank:5/50", repr(text), "--anchor fresh:10")
    return Anchor(**_parse_fields(text))


def parse_draw(text: str) -> tuple[Draw, int | None]:
    """An anchor whose count is what is searched for: ``fresh``, ``fixed``, or ``bank:/500``; and the bank's points.

    >>> parse_draw("fixed"), parse_draw("bank:/500")
    (('fixed', None), ('bank', 500))
    """
    word, colon, amount = text.partition(":")
    count, _, bank = amount.partition("/")
    if word not in DRAWS or count or (word == "bank") != bool(bank) or (colon and not bank):
        expected = "fresh, fixed or bank:/K, without how many of them, which is what is searched for"
        attempt = f"bank:/{bank or count or 500}" if word == "bank" else word if word in DRAWS else "fresh"
        raise InputError(expected, repr(text), f"--anchor {attempt}")
    points = parse_whole(bank, text) if bank else None
    if points is not None and points < 1:
        raise InputError("a bank of at least 1 point", text, "--anchor bank:/500")
    return DRAWS[word], points


def parse_size(text: str) -> int | tuple[int, ...]:
    """Points a generation, or one number for each of the first generations.

    >>> parse_size("1e9"), parse_size("100,200,400")
    (1000000000, (100, 200, 400))
    """
    sizes = tuple(parse_whole(part, text, "--size 1000 or --size 100,200,400") for part in text.split(","))
    return sizes[0] if len(sizes) == 1 else sizes


def parse_names(text: str) -> tuple[str, ...]:
    """Names, or words, parted by commas; one that has a comma itself stands in quotes.

    >>> parse_names('"height, cm",weight')
    ('height, cm', 'weight')
    """
    try:
        return tuple(name.strip() for name in next(csv.reader([text], skipinitialspace=True), []))
    except csv.Error as error:
        raise InputError("names parted by commas", f"{text!r}: {error}", "a,b") from None


def parse_kinds(text: str) -> dict[str, Kind]:
    """What columns are: COLUMN=KIND,COLUMN=KIND.

    >>> parse_kinds("age=number,zip=category")
    {'age': 'number', 'zip': 'category'}
    """
    kinds: dict[str, Kind] = {kind: kind for kind in get_args(Kind)}
    found = {}
    for part in parse_names(text):
        name, _, kind = part.rpartition("=")
        if not name or kind not in kinds:
            raise InputError(f"COLUMN=KIND, of the kinds {', '.join(kinds)}", repr(part), "--kinds age=number")
        found[name.strip()] = kinds[kind]
    return found


def parse_grid(text: str) -> tuple[str, Axis]:
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
        first, last = (_whole_if(parse_number(end, text)) for end in (low, high))
        return name.strip(), Span(first, last, parse_whole(steps, text))
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


def _parse_estimator(head: str, rest: str, whole: str) -> dict[str, Any]:
    """A conditional family with the name of an estimator first, whose options follow; or with options of its own."""
    name, _, options = rest.partition(",")
    if "=" in name:
        return {"kind": head, **_options(rest, whole)}
    plain = {key: _plain(value) for key, value in _options(options, whole).items()}
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


def _plain(value: str) -> bool | int | float | str:
    """A word as the plain value that it spells."""
    try:
        return msgspec.json.decode(value, type=bool | int | float)
    except msgspec.DecodeError:
        return value


def _parse_amount(word: str, value: str, term: str) -> float:
    return parse_whole(value, term) if word == "every" else parse_share(value, term)


def _numbers(text: str, term: str, least: int, most: int, example: str) -> list[float | None]:
    """Numbers separated by commas; None for those that were left out."""
    found = [parse_number(part, term) for part in text.split(",")] if text else []
    if not least <= len(found) <= most:
        raise InputError(f"{least} to {most} numbers", f"{len(found)} in {term!r}", example)
    return [*found, *[None] * (most - len(found))]


def _parse_fields(term: str) -> dict[str, Any]:
    """An anchor's fields, from DRAW:COUNT, DRAW:SHARE% or bank:COUNT/BANK."""
    draw, _, value = term.partition(":")
    amount, _, bank = value.partition("/")
    much = {"share": parse_share(amount, term)} if amount.endswith("%") else {"count": parse_whole(amount, term)}
    return {"draw": draw, **much, **({"bank": parse_whole(bank, term)} if bank else {})}
