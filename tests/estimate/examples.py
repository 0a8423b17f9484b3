"""Estimates made by hand, as tests and pictures of pages need them."""

import importlib.util
from dataclasses import replace
from pathlib import Path

from kellet.estimate.judging import Finding, Reading
from kellet.estimate.result import Estimate, Phrase, Placebo, Removed, Slice, Surplus, Writer

_spec = importlib.util.spec_from_file_location("hostile", Path(__file__).parents[1] / "cli" / "hostile.py")
hostile = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(hostile)
NAN = float("nan")


def read(name="regression", share=0.12, low=0.08, high=0.16, unlike=1.3, there=80.0):
    """What a method says."""
    return Reading(name, share, low, high, (low / 2, min(1.0, 2 * high)), low / 2, unlike, there)


def find(share=0.12, low=0.08, high=0.16, documents=3204.0, **more):
    """A finding that is an answer."""
    return replace(
        Finding("answered", documents, 250 * documents, share, low, high, 0.9 * share, 0.9 * low, 0.9 * high),
        **{
            "writers": {"chatgpt": 0.7, "llama-chat": 0.25, "gpt2": 0.05},
            "distance": 0.01,
            "foreign": 0.1,
            "known": 0.97,
        }
        | more,
    )


def bound(low=0.06, reason="its model text is unlike that of the references: somebody else wrote it", **more):
    """A lower bound."""
    unknown = dict.fromkeys(("share", "high", "words_share", "words_high"))
    found = replace(find(), verdict="bound only", low=low, words_low=low, reasons=(reason,), **unknown)
    return replace(found, **more)


def refuse(
    reason="it and the references don't speak of the same things, by words that tell no model from a human", **more
):
    """Nothing that can be told."""
    found = replace(bound(None, reason), verdict="not identifiable", distance=0.41, foreign=0.1, writers={})
    return replace(found, **more)


WRITERS = (
    Writer("chatgpt", 1200, 0.97, 0.93, 0.7), Writer("llama-chat", 1100, 0.95, 0.84, 0.25),
    Writer("gpt2", 900, 0.61, 0.2, 0.05),
)  # fmt: skip
PHRASES = (
    Phrase("delve", 41, 0.013, 0.0004, 0.09), Phrase("in conclusion", 128, 0.04, 0.006, 0.31),
    Phrase("it is important", 96, 0.03, 0.004, 0.26),
)  # fmt: skip


def make(whole=None, slices=(), by="", **more):
    """An estimate by references."""
    whole = find() if whole is None else whole
    if whole.verdict != "not identifiable" and not whole.readings:
        unlike = 31.0 if whole.verdict == "bound only" else 1.3
        whole = replace(whole, readings=(read(unlike=unlike), read("occurrence", 0.14, 0.1, 0.19, 2.2)))
    given = {
        "corpus": "corpus.jsonl",
        "things": "documents",
        "method": "references",
        "human_documents": 2400,
        "writers": WRITERS,
        "phrases": PHRASES,
        "removed": Removed(3, 0, 12, 40),
        "uncalibrated": 0.21,
    }
    return Estimate(whole=whole, by=by, slices=slices, **given | more)


def cut(values):
    """Slices whose share rises, the second a bound, the third nothing that can be told."""
    found = []
    for i, value in enumerate(values):
        share = min(0.02 + 0.03 * i, 0.9)
        finding = find(share, share / 2, min(1.0, share * 1.7), 100.0 + i)
        finding = bound(0.04, documents=90.0) if i == 1 else refuse(documents=12.0) if i == 2 else finding
        pooled = (share, share * 0.7, share * 1.3) if finding.verdict == "answered" else None
        found.append(Slice(value, finding, pooled))
    return tuple(found)


def excess():
    """Bounds from dates."""
    unknown = {"distance": None, "known": None, "writers": {}, "words_low": None}
    of = {"method": "excess", "writers": (), "human_documents": 4000, "uncalibrated": None}
    low = (0.0, 0.06, 0.11)
    slices = tuple(
        Slice(f"{2023 + i}", bound(share, "no text of models was given", **unknown), None,
              Surplus(("2021", "2022"), 900, share + 0.1, 0.08, 0.02 + 0.02 * i, share + 0.03, 0.1 + 0.2 * i))
        for i, share in enumerate(low)
    )  # fmt: skip
    small = Slice("2026", refuse("fewer than 100 documents", documents=12.0, **unknown))
    placebos = tuple(Placebo(f"{year}", 900, 0.02 * (year % 2)) for year in range(2018, 2023))
    words = tuple(replace(one, model=None) for one in PHRASES)
    whole = bound(0.05, "no text of models was given", **unknown)
    yield "excess", make(whole, (*slices, small), "date", phrases=words, placebos=placebos, **of)
    surplus = Surplus(("the human references",), 900, 0.2, 0.08, None, 0.12, 0.1)
    once = replace(whole, reasons=("no text of models was given", "one human period"), low=0.0)
    yield "excess without dates", make(once, phrases=words, surplus=surplus, **of)
    drift = refuse("human text drifts too fast: of a human period, too, 20% would be said to be models'", **unknown)
    part = Slice("2023", drift, None, replace(slices[0].surplus, placebo=0.2))
    yield "excess of nothing", make(drift, (part,), "date", placebos=(Placebo("2022", 900, 0.2),), phrases=(), **of)


def all_of_them():
    """(name, estimate)."""
    months = [f"{year}-{month:02}" for year in (2021, 2022, 2023) for month in range(1, 13)]
    asked = bound(reason="a bound was asked for")
    yield (
        "answered",
        make(replace(find(), drift=(0.09, 0.17), weighted=True), cut(["web", "news", "mail", "forum"]), "source"),
    )
    yield "along time", make(slices=cut(months), by="month")
    yield "three years", make(slices=cut(["2021", "2022", "2023", "2024"]), by="year")
    yield "many slices", make(slices=cut([f"site-{i}.example" for i in range(300)]), by="source")
    yield "none", make(find(0.0, 0.0, 0.02))
    yield "bound", make(bound(), cut(["web", "news", "mail"]), "source")
    yield "bound of nothing", make(bound(0.0))
    yield "bound that was asked for", make(replace(asked, readings=(read(), read("occurrence"))))
    yield "refused", make(refuse(), uncalibrated=None, phrases=())
    yield "too few", make(refuse("7 documents are too few: 20 or more are needed", documents=7.0, distance=None))
    yield "one model", make(writers=(Writer("llm", 500, 0.99, NAN, None),))
    yield "rows", make(replace(find(), readings=(read("trees"), read("pairs"))), things="rows", phrases=())
    yield from excess()
    odd = read(share=NAN, low=NAN, high=NAN, unlike=NAN, there=float("inf"))
    yield "nothing finite", make(
        replace(find(NAN, NAN, NAN), readings=(odd,), drift=(NAN, NAN), distance=NAN, known=NAN), uncalibrated=NAN,
        writers=(Writer("llm", 3, NAN, NAN, NAN),), phrases=(Phrase("a", 0, NAN, NAN, NAN),),
    )  # fmt: skip
