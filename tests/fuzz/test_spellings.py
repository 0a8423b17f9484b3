"""Spellings: what is spelt is read as what it was, and any other text is refused in one line."""

import math
import os

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from kellet import Accumulate, Anchor, Arm, Prior, Replace, Subsample, Window
from kellet.cli.plan import _level
from kellet.data.missing import MISSING_WORDS
from kellet.data.selection import spell_columns
from kellet.data.sight import Kind
from kellet.experiment.experiment import Span
from kellet.experiment.numbers import parse_number, parse_share, parse_whole
from kellet.experiment.spelling import (
    FAMILIES,
    parse_anchor,
    parse_arm,
    parse_curation,
    parse_draw,
    parse_family,
    parse_grid,
    parse_kinds,
    parse_names,
    parse_size,
)
from kellet.loop.curation import Dedup, Quality, Quantile, Shrink, Temperature, TopK, TopP, Verifier

fuzz = settings.get_profile(os.environ.get("HYPOTHESIS_PROFILE", "quick fuzz"))
PARSERS = {
    "arm": parse_arm, "anchor": parse_anchor, "curation": parse_curation, "draw": parse_draw, "family": parse_family,
    "grid": parse_grid, "keep": _level, "kinds": parse_kinds, "names": parse_names, "size": parse_size,
    "number": lambda text: parse_number(text, "--x"), "whole": lambda text: parse_whole(text, "--x"),
    "share": lambda text: parse_share(text, "--x"),
}  # fmt: skip
PIECES = st.sampled_from(
    [
        *"=+:,./%@\"'- \n\t\0_", "..", "nan", "inf", "-1", "0", "1e999", "1e400%", "5", "0.5", "9" * 30, "9" * 5000,
        "1_0",
        "٣", "²", "1e5000", "fresh", "fixed", "bank", "weight", "optimal", "every", "once", "random", "contaminated",
        "prior", "map", "temperature", "top-k", "top-p", "shrink", "quantile", "verifier", "dedup", "exact", "quality",
        "verify", "replace", "accumulate", "window", "subsample", "size", "anchor.count", "variance", "category",
        "components", "family", "family.components", "adapter", "command", "timeout", "order", "floor", "lm", "labels",
        "pool", "writers", "humans", "filter", "halving", "documents", "whole", "10%",
        "regression", "classification", "true", "null", "[1]", "{}", "\ud800", "é", *FAMILIES,
    ]
)  # fmt: skip
NEARLY = st.lists(PIECES, max_size=9).map("".join)
COUNTS, SHARES = st.integers(1, 10**6), st.integers(1, 99).map(lambda n: n / 100)
POSITIVE = st.floats(1e-3, 1e6)
SAID = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=9).filter(
    lambda name: name == name.strip() and "=" not in name
)


@pytest.mark.parametrize("what", PARSERS)
@fuzz
@given(text=NEARLY | st.text(max_size=20))
@example(text="9" * 5000)
@example(text="fresh:" + "9" * 5000)
@example(text="a=fresh:1e999")
@example(text="size=" + "9" * 5000)
@example(text="a=1..nan:3")
@example(text="a=\0")
def test_any_text_is_read_or_refused(what, text, refused):
    with refused(f"{what}-new.txt", text.encode(errors="surrogatepass")):
        PARSERS[what](text)


def test_what_was_found_stays_mended(found, refused):
    with refused(found.name, found.read_bytes()):
        PARSERS[found.name.partition("-")[0]](found.read_bytes().decode(errors="surrogatepass"))


AMOUNTS = COUNTS.map(lambda n: (str(n), {"count": n})) | st.integers(1, 99).map(lambda n: (f"{n}%", {"share": n / 100}))


@st.composite
def anchors(draw):
    """An anchor and its spelling."""
    spelt, much = draw(AMOUNTS)
    match draw(st.sampled_from(["fresh", "fixed", "bank"])):
        case "bank":
            bank = draw(COUNTS)
            return f"bank:{spelt}/{bank}", Anchor(**much, draw="bank", bank=bank)
        case word:
            return f"{word}:{spelt}", Anchor(**much, draw=word)


CURATIONS = st.one_of(
    POSITIVE.map(lambda x: (f"temperature:{x!r}", Temperature(x))),
    POSITIVE.map(lambda x: (f"shrink:{x!r}", Shrink(x))),
    COUNTS.map(lambda k: (f"top-k:{k}", TopK(k))),
    SHARES.map(lambda x: (f"top-p:{x!r}", TopP(x))),
    SHARES.map(lambda x: (f"quantile:{x!r}", Quantile(x))),
    SHARES.map(lambda x: (f"quality:{x!r}", Quality(x))),
    st.tuples(st.floats(-9, 0), st.floats(1, 9), SHARES, SHARES).map(
        lambda v: (f"verifier:{','.join(map(repr, v))}", Verifier(*v))
    ),
    st.sampled_from(["exact", "minhash"]).map(lambda how: (f"dedup:{how}", Dedup(how))),
)
REGIMES = st.one_of(
    st.sampled_from([("replace", Replace()), ("accumulate", Accumulate()), ("subsample", Subsample())]),
    COUNTS.map(lambda n: (f"window:{n}", Window(n))),
)
PRIORS = st.one_of(
    POSITIVE.map(lambda a: (f"prior:{a!r}", Prior(a))),
    st.tuples(POSITIVE, st.floats(-9, 9)).map(lambda v: (f"map:{v[0]!r}@{v[1]!r}", Prior(*v, parametrisation="mean"))),
    st.tuples(POSITIVE, st.floats(-9, 9), POSITIVE).map(lambda v: (f"prior:{v[0]!r}@{v[1]!r},{v[2]!r}", Prior(*v))),
)


@fuzz
@given(anchors())
def test_an_anchor_is_what_is_spelt(pair):
    spelt, anchor = pair
    assert parse_anchor(spelt) == anchor


@fuzz
@given(CURATIONS)
def test_a_curation_is_what_is_spelt(pair):
    spelt, curation = pair
    assert parse_curation(spelt) == curation


@fuzz
@given(SAID, REGIMES, st.none() | anchors(), st.none() | PRIORS, st.none() | CURATIONS, st.randoms())
def test_an_arm_is_what_is_spelt_in_any_order(name, regime, anchor, prior, curation, random):
    terms = [pair for pair in (regime, anchor, prior, curation) if pair]
    random.shuffle(terms)
    spelt = " + ".join(text for text, _ in terms)
    arm = Arm(regime[1], anchor and anchor[1], prior and prior[1], curation and curation[1])
    assert parse_arm(f"{name}={spelt}") == (name, arm)


@fuzz
@given(SAID, st.lists(st.integers() | st.floats(allow_nan=False, allow_infinity=False), min_size=1, max_size=5))
def test_values_of_a_grid_are_what_is_spelt(name, values):
    assert parse_grid(f"{name}={','.join(map(repr, values))}") == (name, tuple(values))


@fuzz
@given(SAID, COUNTS, COUNTS, st.integers(2, 9))
def test_a_span_is_what_is_spelt(name, first, last, steps):
    assert parse_grid(f"{name}={first}..{last}:{steps}") == (name, Span(first, last, steps))


@fuzz
@given(SAID, st.integers(1, 99))
def test_what_is_kept_is_what_is_spelt(name, level):
    assert _level(f"{name}={level}%") == _level(f"{name}={level / 100!r}") == (name, level / 100)


@fuzz
@given(st.lists(SAID.filter(lambda name: '"' not in name), min_size=1, max_size=5))
def test_columns_are_what_is_spelt(names):
    # A shell takes the single quotes away.
    spelt = spell_columns(names)
    assert parse_names(spelt[1:-1] if spelt[0] == spelt[-1] == "'" and len(spelt) > 1 else spelt) == tuple(names)


@fuzz
@given(
    st.dictionaries(
        SAID.filter(lambda name: not set(name) & set('",')), st.sampled_from(Kind.__args__), min_size=1, max_size=5
    )
)
def test_kinds_are_what_is_spelt(kinds):
    assert parse_kinds(",".join(f"{name}={kind}" for name, kind in kinds.items())) == kinds


@fuzz
@given(st.integers(-(10**18), 10**18), st.floats(allow_nan=False, allow_infinity=False), st.sampled_from(MISSING_WORDS))
def test_numbers_are_what_is_spelt(whole, number, word):
    assert parse_whole(str(whole), "--x") == whole
    assert parse_number(repr(number), "--x") == number
    assert parse_names(f'"{word}",x') == (word, "x")
    assert math.isclose(parse_share(f"{abs(number) % 1e9!r}%", "--x"), abs(number) % 1e9 / 100)
