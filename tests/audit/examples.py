"""Audits made by hand, as tests and pictures of pages need them."""

import importlib.util
from pathlib import Path

import numpy as np

from kellet.audit.finding import Finding, Measured
from kellet.audit.result import Diagnosis, Gate, Look, Loss
from kellet.audit.words import NAMES

_spec = importlib.util.spec_from_file_location("hostile", Path(__file__).parents[1] / "cli" / "hostile.py")
hostile = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(hostile)
KEEPS = (0.53, 0.78, 0.957, 0.998, 1.0, 1.0, 1.0)
"""What a fresh real sample keeps of each band, about as on the census table."""
NORMAL = np.random.default_rng(7).standard_normal(199)


def find(measure, about, value, zero, scatter=0.03, meaning="kept", title=None, share=True, fresh=None):
    """A finding whose zero is normal."""
    others = zero + scatter * NORMAL
    values = np.append(value, np.clip(others, 0, 1) if share else others)
    fresh = zero if fresh is None else fresh
    return Finding.of(Measured(measure, about, title or measure, values, meaning, share, fresh))


def bands(left, about="", scatter=0.03):
    """Retention in each band, where so much is left of what a fresh sample would keep of the rarest."""
    for i, (name, zero) in enumerate(zip(NAMES, KEEPS, strict=True)):
        value = min(1.0, zero * (1 + (left - 1) * np.exp(-0.55 * i)))
        yield find(name, about, value, zero, scatter / (1 + i), title=f"what it has {name}")


def look(name, left, columns, words=str, invented=0.002, scatter=0.03, notes=True):
    """A data set that keeps so much of the rare part, relative to a real one."""
    rare = min(1.0, 0.62 * left)
    about = [
        find("rare", "", rare, 0.62, scatter, title="what is rare"), *bands(left, "", scatter),
        find("invented", "", invented, 0.0026, 0.0004, "lacking", "invented values"),
        find("richness", "", 370 * (0.6 + 0.4 * left), 370, 8, "amount", "kinds", share=False),
        find("entropy", "", 5.1 - 0.2 * (1 - left), 5.1, 0.03, "amount", "entropy", share=False),
    ]  # fmt: skip
    rng = np.random.default_rng(len(name))
    for column in columns:
        own = np.clip(left + 0.15 * rng.standard_normal(), 0, 1 / 0.62)
        about += [
            find("rare", words(column), 0.62 * own, 0.62, 0.09, title=f"what is rare in {words(column)}"),
            find("entropy", words(column), 2.3 * own**0.1, 2.3, 0.02, "amount", "entropy", share=False),
            find("missing mass", words(column), 0.01 * own, 0.01, 0.002, "amount", "missing mass"),
            find("invented", words(column), 0.004, 0.004, 0.001, "lacking", "invented values"),
        ]
    values = ("Holand-Netherlands", "Scotland", "Hong", "Laos", "Trinadad&Tobago", "Preschool", "Armed-Forces",
              "Never-worked", "Married-AF-spouse", "Without-pay", "Ecuador", "Yugoslavia")  # fmt: skip
    pairs = [(columns[i % len(columns)], value) for i, value in enumerate(values * 10)]
    losses = [
        Loss(kind="value", about=words(about), name=words(f"{value} {i}" if i > 11 else value), reference=12 - i // 10,
             candidate=int(left > 0.9), expected=11.7 - i / 10)
        for i, (about, value) in enumerate(pairs)
    ]  # fmt: skip
    new = [
        Loss(kind="value", about=words(columns[i % len(columns)]), name=words(f"{42 + i}.5"), reference=0,
             candidate=30 - i, expected=15 - i / 2)
        for i in range(25)
    ]  # fmt: skip
    said = ("capital_gain: 60 values are read as numbers, in 16 bins.", "7 rows of it are in the reference, too.")
    return Look(
        name=words(name), documents=2000, groups=(16, 16), findings=tuple(about), losses=tuple(losses),
        invented=tuple(new), notes=tuple(map(words, said)) if notes else (),
    )  # fmt: skip


COLUMNS = ("age", "workclass", "education", "marital_status", "occupation", "relationship", "race", "sex",
           "capital_gain", "capital_loss", "hours_per_week", "native_country", "income")  # fmt: skip
NOTES = (
    "fnlwgt has 1,909 values in 2,000 rows: read as a number, in 16 bins.",
    "“?” and an empty cell are one value, missing: 131 in the reference.",
    "education_num says what education says: both are kept.",
)


def audit(lefts=(0.98, 0.71, 0.34), columns=COLUMNS, words=str, gates=True, **others):
    """Generations that keep less and less."""
    names = [f"gen{i}.csv" for i, _ in enumerate(lefts, start=1)]
    looks = tuple(
        look(name, left, columns, words, 0.0026 + 0.01 * max(1 - left, 0))
        for name, left in zip(names, lefts, strict=True)
    )
    asked = [
        Gate(asked=words("rare>=0.9"), look=words(name), value=left, low=left - 0.06, high=left + 0.06, passed=passed)
        for name, left, passed in zip(names, lefts, (None, False, False), strict=False)
    ]
    asked.append(Gate(asked=words("invented<=2"), look=words(names[0]), value=1.0, low=0.8, high=1.2, passed=True))
    whole = {"reference": words("gen0.csv"), "documents": 2000, "things": words("rows"), "looks": looks}
    whole |= {"gates": tuple(asked) if gates else (), "notes": tuple(map(words, NOTES))} | others
    return Diagnosis(**whole)


def hostile_audit(name):
    """A small one in which everything is called that."""
    return audit((0.98, 0.3), COLUMNS[:2], lambda _: name, notes=(name,) * 9, reference=name)


def undecided():
    """Of so little data that nothing can be said."""
    few = look("few.csv", 0.9, COLUMNS[:3], scatter=0.3, notes=False)
    findings = [find(one.measure, one.about, 0.5, 0.6, 0.4, title=one.title) for one in few.findings]
    return Diagnosis(
        reference="gen0.csv", documents=40, things="rows",
        looks=(Look(name="few.csv", documents=40, groups=(8, 8), findings=tuple(findings)),),
    )  # fmt: skip


def text():
    """Of documents."""
    kinds = ("words", "2-grams", "3-grams")
    findings = [
        one for kind in kinds
        for one in (find("rare", kind, 0.2, 0.34, 0.02, title=f"rare {kind}"), *bands(0.6, kind, 0.02))
    ]  # fmt: skip
    findings.append(find("self-repetition", "", 0.31, 0.04, 0.01, "lacking", "repeats itself within a document"))
    losses = [
        Loss(kind="words", about="words", name=word, reference=9, candidate=0, expected=8.9)
        for word in ("kedge", "hawser", "Trosse", "蘇州", "שלום")
    ]
    one = Look(name="written.jsonl", documents=800, groups=(16, 16), findings=tuple(findings), losses=tuple(losses))
    return Diagnosis(reference="real.jsonl", documents=800, things="documents", looks=(one,))


def nothing():
    """An audit without data sets, and one of a data set without findings."""
    bare = Look(name="a.csv", documents=0, groups=(8, 8), findings=())
    yield Diagnosis(reference="r.csv", documents=0, things="rows", looks=())
    yield Diagnosis(reference="r.csv", documents=0, things="rows", looks=(bare,))


def all_of_them():
    """(name, audit) of every kind."""
    yield "three generations", audit()
    yield "one", audit((0.34,), gates=False)
    yield "copy", audit((1.6,), gates=False)
    yield "pass", audit((1.0,))
    yield "twelve generations", audit(tuple(0.97**i for i in range(12)))
    yield "hundred columns", audit(columns=tuple(f"column {i}" for i in range(100)))
    yield "redacted", audit(redacted=True)
    yield "undecided", undecided()
    yield "text", text()
    for i, bare in enumerate(nothing()):
        yield f"nothing {i}", bare
