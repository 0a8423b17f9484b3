"""An arm, as the command line spells it, and its anchor and curation alone."""

from __future__ import annotations

import re
from typing import Any, get_args

from kellet.errors import InputError
from kellet.experiment.arm import AnyCuration, AnyRegime, Arm
from kellet.experiment.numbers import parse_number, parse_share, parse_whole
from kellet.experiment.spelling.pools import KEPT, OWN, POOL, WORDS, parse_pool
from kellet.families.family import Prior
from kellet.loop import curation as curations
from kellet.loop.anchors import Anchor, AnyAnchor, Draw
from kellet.loop.regimes import Accumulate, Replace, Subsample, Window

DRAWS: dict[str, Draw] = {draw: draw for draw in get_args(Draw)}
REGIMES: dict[str, AnyRegime] = {"replace": Replace(), "accumulate": Accumulate(), "subsample": Subsample()}
CURATIONS: dict[str, type[Any]] = {
    "temperature": curations.Temperature, "shrink": curations.Shrink, "top-k": curations.TopK, "top-p": curations.TopP,
    "quantile": curations.Quantile, "quality": curations.Quality,
}  # fmt: skip
CURATED = (*CURATIONS, "verifier", "dedup", "verify")
KINDS = {
    **dict.fromkeys((*REGIMES, "window"), "regime"), **dict.fromkeys(DRAWS, "anchor"),
    **dict.fromkeys(("prior", "map"), "prior"), **dict.fromkeys(CURATED, "curation"),
    **dict.fromkeys(("laws", "documents"), "way of reading"),
}  # fmt: skip
PLUS = re.compile(r"(?<!\d[eE])\+|\+(?!\d)")
"""What parts terms, which the sign of an exponent doesn't."""
ARM = (
    "replace, accumulate, window:3 or subsample; fresh:1, fresh:10%, fixed:10% or bank:5/50, with weight:2, every:10, "
    "random, contaminated:10% or once; prior:2, prior:2@mean,variance or map:2; temperature:0.9, shrink:0.9, top-k:50, "
    "top-p:0.9, quantile:0.9 or verifier:low,high, and of text dedup:exact, dedup:minhash, quality:90% or "
    f"verify:PROGRAM; or {POOL}; joined by +"
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
    >>> web = parse_arm("web=pool+writers:5+humans:10%+filter:0.9,0.05")[1]
    >>> web.pool.humans.share, web.pool.filter.caught, web.writers["writer"].many
    (0.1, 0.9, 5)
    """
    name, equals, spec = text.partition("=")
    if not equals:
        spec = name
    if not (name.strip() and spec.strip()):
        raise InputError("NAME=SPEC", repr(text), f"an arm made of {ARM}")
    terms = _part(spec, text)
    regime: AnyRegime = Replace()
    anchor: dict[str, Any] = {}
    prior: Prior | None = None
    curation: AnyCuration | None = None
    pool = {word: value for word, (value, _) in terms.items() if _is_pools(word, terms)}
    for word, (value, term) in terms.items():
        if word in pool:
            continue
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
            prior = _parse_prior(word, value, term)
        elif (found := _parse_curated(word, value, term)) is not None:
            curation = found
        else:
            raise InputError(f"an arm made of {ARM}", f"{term!r} in {text!r}", "--arm 'mine=accumulate+fresh:1'")
    anchored = Anchor(**anchor) if anchor else None
    if not pool:
        return name.strip(), Arm(regime, anchored, prior, curation)
    if pool.pop("pool", None) is None:
        got = f"{next(iter(pool))} without one in {text!r}"
        raise InputError("pool, beside what is said of one", got, f"pool+{spec.strip()}")
    web, writers = parse_pool(pool)
    return name.strip(), Arm(regime, anchored, prior, curation, web, writers)


def _part(spec: str, text: str) -> dict[str, tuple[str, str]]:
    """Word -> (value, term) of each term; bad input where two are of the same kind."""
    terms: dict[str, tuple[str, str]] = {}
    parts = [part.strip() for part in PLUS.split(spec)]
    kinds = {"dedup": "dedup"} if {"pool", "documents"} <= set(parts) else {}
    given: set[str] = set()
    for term in filter(None, parts):
        word, _, value = term.partition(":")
        if (kind := (KINDS | kinds).get(word, word)) in given:
            raise InputError(f"one {kind} in an arm", f"{term!r} beside another in {text!r}", "two arms")
        given.add(kind)
        terms[word] = value, term
    return terms


def _is_pools(word: str, terms: dict[str, tuple[str, str]]) -> bool:
    """Whether a term says something of a pool; some do only beside one."""
    value, term = terms[word]
    if word in OWN or word == "pool":
        # Those that have no value are not meant with one.
        return (word not in (*WORDS, "pool")) == (":" in term)
    if "pool" not in terms:
        return False
    if word == "dedup":
        return "documents" in terms and value in ("exact", "minhash")
    return word == "window" or (word in KEPT and not value)


def _parse_prior(word: str, value: str, term: str) -> Prior:
    strength, _, where = value.partition("@")
    mean, variance = _numbers(where, term, 0, 2, "prior:2@0,1")
    return Prior(parse_number(strength, term), mean, variance, "natural" if word == "prior" else "mean")


def _parse_curated(word: str, value: str, term: str) -> AnyCuration | None:
    """A curation; None where the word is none."""
    if word in CURATIONS:
        found: AnyCuration = CURATIONS[word](parse_whole(value, term) if word == "top-k" else parse_share(value, term))
        return found
    if word == "dedup" and value in ("exact", "minhash"):
        return curations.Dedup("exact" if value == "exact" else "minhash")
    if word == "verify":
        return curations.Verify(value)
    if word == "verifier":
        low, high, misses, passes = _numbers(value, term, 2, 4, "verifier:-2,2 or verifier:-2,2,0.1,0.05")
        return curations.Verifier(low or 0.0, high or 0.0, misses or 0.0, passes or 0.0)
    return None


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
