"""What others say of the same corpora as kellet estimate: word occurrence as published, QuaPy, thresholded detectors.

Half of a domain's human documents and half of each model's are the references, corpora of 300 are drawn from the rest;
"unseen" models are left out of the references. Shares of documents in percent, as means (5-95 % of the corpora).
python benchmarks/estimate_rivals.py [DATA] [--splits N] [--corpora N]

DATA: a folder with RAID's texts (Dugan et al., ACL 2024), ../shared/data/text-pairs unless given. quapy, thinkst-zippy
and is-it-slop are tried where they are installed. Intervals are those of 90 %.
"""

from __future__ import annotations

import os

os.environ.update(dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1"))

import argparse
import gzip
import re
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_val_predict

from kellet.estimate.judging import judge
from kellet.estimate.reference import Reference
from kellet.profile.words import Rule

MODELS = ("chatgpt", "llama-chat", "mpt-chat", "gpt2", "gpt3")
DOMAINS = {"abstracts": (slice(0, 816), slice(0, 185)), "books": (slice(840, 1541), slice(205, 371))}
"""Lines of the human file and of each model's."""
KINDS = {"chat": MODELS[:3], "base": MODELS[3:]}
STRANGERS = ("chatgpt", "gpt2")
SHARES = (0.1, 0.25)
SIZE, TIMES, LEVEL = 300, 200, 0.9
WORDS = Rule(word=r"[\p{L}\p{N}]+", letter=r"[\p{L}\p{N}]", joint="'’", odd=r"[\p{M}\x{10000}-\x{10ffff}]")
ALPHAS = np.linspace(0, 1, 501)

Indices = NDArray[np.int64]


class Reading(NamedTuple):
    """What is said of a corpus; low and high are nan where no interval is given, share where there is only a bound."""

    share: float
    low: float = np.nan
    high: float = np.nan


Reader = Callable[[Indices], Reading]


class Domain(NamedTuple):
    """Texts (n,), who wrote them (0 a human, g the g-th of MODELS), and detectors' scores (n,) above their line."""

    texts: NDArray[np.object_]
    writers: Indices
    scores: dict[str, NDArray[np.float64]]


def read(folder: Path, name: str) -> Domain:
    """One domain's texts."""
    human, model = DOMAINS[name]
    lines = [gzip.open(folder / f"raid_{who}.txt.gz", "rt").read().split("\n") for who in ("human", *MODELS)]
    own = [all_[human if i == 0 else model] for i, all_ in enumerate(lines)]
    texts = np.array([text for some in own for text in some], object)
    return Domain(texts, np.repeat(np.arange(len(own)), [len(some) for some in own]), {})


def find_detectors() -> dict[str, Callable[[list[str]], NDArray[np.float64]]]:
    """Detectors that need no weights from elsewhere: what each says of documents, over zero if a model wrote them."""
    found: dict[str, Callable[[list[str]], NDArray[np.float64]]] = {}
    try:
        from zippy import Zippy  # type: ignore[import-not-found]

        zippy = Zippy()
        signs = {"AI": 1, "Human": -1}
        scores = lambda texts: [signs[word] * score for word, score in map(zippy.run_on_text_chunked, texts)]  # noqa: E731
        found["zippy"] = lambda texts: np.array(scores(texts))
    except ImportError as error:
        print(f"zippy is left out: {error}")
    try:
        import is_it_slop as slop  # type: ignore[import-not-found]

        found["is-it-slop"] = lambda texts: np.array(
            [one.ai_probability - slop.CLASSIFICATION_THRESHOLD for one in slop.is_this_slop_batch(texts)]
        )
    except ImportError as error:
        print(f"is-it-slop is left out: {error}")
    return found


def compare_words(domain: Domain, taught: Indices) -> dict[str, Reader]:
    r"""Word occurrence, uncalibrated: the alpha that maximises :math:`\sum_s \log((1-\alpha) P(s) + \alpha Q(s))` over
    sentences s, P and Q products of Bernoullis over words that 5 human and 3 model sentences have or more.

    W. Liang et al., Proc. ICML (2024), arXiv:2403.07183, but for all words, not adjectives alone; the share of sentences
    is turned into one of documents by how many the references' documents have.
    """
    cut = [
        [set(re.findall(r"\w+", part)) for part in re.split(r"(?<=[.!?])\s+", text.lower()) if len(part.split()) > 1]
        for text in domain.texts
    ]
    counts = []
    rates = []
    for mine, least in ((domain.writers[taught] == 0, 5), (domain.writers[taught] > 0, 3)):
        sentences = [sentence for i in taught[mine] for sentence in cut[i]]
        many: dict[str, int] = {}
        for sentence in sentences:
            for word in sentence:
                many[word] = many.get(word, 0) + 1
        rates.append({word: count / len(sentences) for word, count in many.items() if count >= least})
        counts.append(len(sentences) / mine.sum())
    both = rates[0].keys() & rates[1].keys()
    none = sum(np.log1p(-rates[1][word]) - np.log1p(-rates[0][word]) for word in both)
    weight = {word: np.log(rates[1][word] / rates[0][word]) - np.log((1 - rates[1][word]) / (1 - rates[0][word])) for word in both}
    ratios = [np.array([none + sum(weight.get(word, 0.0) for word in sentence) for sentence in some]) for some in cut]

    def say(corpus: Indices) -> Reading:
        ratio = np.exp(np.minimum(np.concatenate([ratios[i] for i in corpus]), 700))
        logs = np.log(np.maximum(1 - ALPHAS + ALPHAS * ratio[:, None], 1e-300))
        rng = np.random.default_rng(len(ratio))
        again = rng.multinomial(len(ratio), np.full(len(ratio), 1 / len(ratio)), TIMES) @ logs
        alphas = ALPHAS[np.append(logs.sum(axis=0).argmax(), again.argmax(axis=1))]
        human, model = (1 - alphas) / counts[0], alphas / counts[1]
        share = model / (human + model)
        return Reading(share[0], *np.quantile(share[1:], [0.05, 0.95]))

    return {"word occurrence, uncalibrated": say}


def ask_quapy(domain: Domain, taught: Indices) -> dict[str, Reader]:
    """QuaPy's quantifiers with their defaults, on its own tf-idf, and its bootstrap's intervals: models as one class, and
    each as a class of its own."""
    from joblib import parallel_config
    from quapy.method.aggregative import EMQ, PACC, DMy, KDEyML  # type: ignore[import-not-found]
    from quapy.method.confidence import AggregativeBootstrap  # type: ignore[import-not-found]

    vectors = TfidfVectorizer(min_df=3, sublinear_tf=True)
    known, writers = vectors.fit_transform(domain.texts[taught]), domain.writers[taught]
    matrix = vectors.transform(domain.texts)

    def say(quantifier: Any, corpus: Indices) -> Reading:
        return Reading(1 - float(quantifier.predict(matrix[corpus])[0]))

    def say_all(quantifier: Any, corpus: Indices) -> Reading:
        # It starts processes unless it is told otherwise, and its seed reaches none of them.
        np.random.seed(int(corpus.sum()) % 2**32)
        with parallel_config(backend="sequential"):
            _, region = quantifier.predict_conf(matrix[corpus])
        return Reading(say(quantifier.quantifier, corpus).share, 1 - region.I_high[0], 1 - region.I_low[0])

    found: dict[str, Reader] = {}
    for labels, title in ((writers > 0).astype(int), ""), (writers, ", a class each"):
        for kind in (PACC, EMQ, DMy):
            bootstrap = AggregativeBootstrap(kind(), n_test_samples=TIMES, confidence_level=LEVEL)
            found[f"QuaPy {kind.__name__}{title}"] = partial(say_all, bootstrap.fit(known, labels))
        found[f"QuaPy KDEyML{title}"] = partial(say, KDEyML().fit(known, labels))
    return found


def threshold(domain: Domain, taught: Indices) -> dict[str, Reader]:
    """Shares of documents above a detector's own line, and above the one that 5 % of human references pass; a logistic
    regression on tf-idf, taught by the references, is one more."""
    vectors = TfidfVectorizer(min_df=2, sublinear_tf=True, ngram_range=(1, 2))
    known, labels = vectors.fit_transform(domain.texts[taught]), domain.writers[taught] > 0
    logistic = LogisticRegression(C=10, max_iter=1000)
    inside = cross_val_predict(logistic, known, labels, cv=5, method="decision_function")
    own = logistic.fit(known, labels).decision_function(vectors.transform(domain.texts))
    found: dict[str, Reader] = {}
    human = taught[domain.writers[taught] == 0]
    each = [(name, scores, scores[human]) for name, scores in domain.scores.items()]
    for name, scores, before in [*each, ("tf-idf classifier", own, inside[~labels])]:
        for line, title in ((0.0, "its own line"), (float(np.quantile(before, 0.95)), "the 5 % line")):
            found[f"{name}, {title}"] = lambda corpus, scores=scores, line=line: Reading((scores[corpus] > line).mean())
    return found


def estimate(domain: Domain, taught: Indices) -> dict[str, Reader]:
    """Kellet."""
    texts = [pl.Series(domain.texts[taught[domain.writers[taught] == g]].tolist()) for g in range(len(MODELS) + 1)]
    models = {name: some for name, some in zip(MODELS, texts[1:], strict=True) if len(some)}
    reference = Reference.learn(texts[0], models, WORDS)

    def say(corpus: Indices) -> Reading:
        counts, _ = reference.count(pl.Series(domain.texts[corpus].tolist()), np.zeros(len(corpus), np.int64), 1)
        found = judge(reference, counts[0])
        none = (np.nan if value is None else value for value in (found.share, found.low, found.high))
        return Reading(*none)

    return {"kellet": say}


def draw(domain: Domain, rest: Indices, models: tuple[str, ...], share: float, rng: np.random.Generator) -> Indices:
    """A corpus of so large a share of these models' documents, all alike."""
    many = round(share * SIZE)
    each = [rng.permutation(rest[domain.writers[rest] == MODELS.index(name) + 1]) for name in models]
    parts = [one[: many // len(each) + (i < many % len(each))] for i, one in enumerate(each)]
    human = rng.permutation(rest[domain.writers[rest] == 0])[: SIZE - many]
    return np.concatenate([human, *parts])


Case = tuple[str, float]


def run(domain: Domain, ways: list[Any], splits: int, corpora: int) -> Iterator[tuple[str, Case, Reading]]:
    """What every way says of every corpus."""
    for split in range(splits):
        rng = np.random.default_rng(split)
        kept = np.concatenate([rng.permutation(np.flatnonzero(domain.writers == g))[::2] for g in range(len(MODELS) + 1)])
        for left_out in (None, *STRANGERS):
            taught = kept if left_out is None else kept[domain.writers[kept] != MODELS.index(left_out) + 1]
            rest = np.setdiff1d(np.arange(len(domain.texts)), taught)
            cases: list[tuple[str, tuple[str, ...], float]] = (
                [("none", MODELS, 0.0), *((kind, some, share) for kind, some in KINDS.items() for share in SHARES)]
                if left_out is None
                else [(f"{left_out}, unseen", (left_out,), share) for share in SHARES]
            )
            drawn = [(kind, share, draw(domain, rest, some, share, rng)) for kind, some, share in cases for _ in range(corpora)]
            for way in ways:
                for name, say in way(domain, taught).items():
                    for kind, share, corpus in drawn:
                        yield name, (kind, share), say(corpus)


def spell(readings: list[Reading]) -> str:
    """Mean and range of what was said; where only bounds were given, of those."""
    shares = 100 * np.array([one.share for one in readings])
    bounds = 100 * np.array([one.low for one in readings])
    answered = ~np.isnan(shares)
    some = shares[answered] if answered.mean() >= 0.5 else bounds[~answered & ~np.isnan(bounds)]
    if not len(some):
        return "refused"
    low, high = np.quantile(some, [0.05, 0.95])
    return f"{'' if answered.mean() >= 0.5 else '>= '}{some.mean():.0f} ({low:.0f}-{high:.0f})"


def show(rows: list[list[str]]) -> None:
    """An aligned table."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        print("  ".join(cell.ljust(w) if i == 0 else cell.rjust(w) for i, (cell, w) in enumerate(zip(row, widths, strict=True))))


def conclude(said: dict[str, dict[Case, list[Reading]]]) -> None:
    """Over all domains: how far off each way is, and how often its interval or bound holds the truth."""
    rows = [["", "true 0 reads", "off, seen", "off, unseen", "holds, seen", "holds, unseen", "answers", "bounds hold"]]
    for name, cases in said.items():
        flat = [(kind.endswith("unseen"), share, *one) for (kind, share), some in cases.items() for one in some]
        unseen, truth, share, low, high = np.array(flat, float).T
        answered, bounded = ~np.isnan(share), np.isnan(share) & ~np.isnan(low)
        holds = (low <= truth + 1e-9) & (truth <= high + 1e-9)
        interval = answered & ~np.isnan(low)
        parts = [answered & (truth == 0), *(answered & (truth > 0) & (unseen == i) for i in (0, 1))]
        off = [f"{100 * abs(share - truth)[part].mean():.1f}" if part.any() else "" for part in parts]
        kept = [interval & (unseen == i) for i in (0, 1)]
        held = [f"{100 * holds[part].mean():.0f} %" if part.any() else "" for part in kept]
        below = f"{100 * (low <= truth + 1e-9)[bounded].mean():.0f} % of {bounded.sum()}" if bounded.any() else ""
        rows.append([name, *off, *held, f"{100 * answered.mean():.0f} %", below])
    show(rows)


def main() -> None:
    """Run, and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path, nargs="?", default=Path("../shared/data/text-pairs"))
    parser.add_argument("--splits", type=int, default=5)
    parser.add_argument("--corpora", type=int, default=4)
    given = parser.parse_args()
    ways: list[Any] = [compare_words, threshold, estimate]
    try:
        import quapy  # type: ignore[import-not-found]  # noqa: F401

        ways.insert(1, ask_quapy)
    except ImportError as error:
        print(f"QuaPy is left out: {error}")
    detectors = find_detectors()
    whole: dict[str, dict[Case, list[Reading]]] = {}
    for name in DOMAINS:
        domain = read(given.data, name)
        domain.scores.update({title: detect(domain.texts.tolist()) for title, detect in detectors.items()})
        said: dict[str, dict[Case, list[Reading]]] = {}
        for title, case, reading in run(domain, ways, given.splits, given.corpora):
            said.setdefault(title, {}).setdefault(case, []).append(reading)
            whole.setdefault(title, {}).setdefault(case, []).append(reading)
        cases = list(next(iter(said.values())))
        print(f"\n{name}, {given.splits * given.corpora} corpora of {SIZE} documents each")
        heads = [[f"{kind} {share:.0%}" for kind, share in cases]]
        show([["", *heads[0]], *([title, *(spell(each[case]) for case in cases)] for title, each in said.items())])
    print("\nboth domains: means of what is said at true 0, and of how far it is off where there is model text; intervals of 90 %")
    conclude(whole)


if __name__ == "__main__":
    main()
