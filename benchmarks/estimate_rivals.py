"""What others say of the same corpora as kellet estimate: word occurrence as published, QuaPy, thresholded detectors.

Half of a domain's human documents and half of each model's are the references, and corpora of 300 come from the rest; a
model* is one that the references lack. Shares of documents in percent: means, and from where to where 90 % of them lie.
python benchmarks/estimate_rivals.py [DATA] [--splits N]

DATA: a folder with RAID's texts (Dugan et al., ACL 2024), ../shared/data/text-pairs unless given. quapy, thinkst-zippy
and is-it-slop are tried where they are installed. Intervals are those of 90 %.
"""

from __future__ import annotations

import os

os.environ.update(dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1"))

import argparse
import gzip
import re
from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial
from importlib import import_module
from importlib.util import find_spec
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
from kellet.mix.strata import WORDS

WRITERS = ("human", "chatgpt", "llama-chat", "mpt-chat", "gpt2", "gpt3")
DOMAINS = {"abstracts": (slice(0, 816), slice(0, 185)), "books": (slice(840, 1541), slice(205, 371))}
"""Lines of the human file and of each model's."""
KINDS = {"any": (), "chat": WRITERS[1:4], "base": WRITERS[4:], "chatgpt*": ("chatgpt",), "gpt2*": ("gpt2",)}
SIZE, EACH, TIMES = 300, 5, 100
"""Documents of a corpus, corpora of a split, and samples of a bootstrap."""
ALPHAS = np.linspace(0, 1, 501)
OURS = "kellet"

Indices = NDArray[np.int64]
Scores = NDArray[np.float64]
Case = tuple[str, float]
"""Who wrote the model text of a corpus, of KINDS, and its share."""
Detector = Callable[[list[str]], Scores]
"""Says of documents (n,) how far each is above its line: above zero a model wrote it."""
CASES: dict[str, list[Case]] = {
    "": [("any", 0.0), ("chat", 0.1), ("chat", 0.25), ("base", 0.1), ("base", 0.25)],
    "chatgpt": [("chatgpt*", 0.1), ("chatgpt*", 0.25)],
    "gpt2": [("gpt2*", 0.1), ("gpt2*", 0.25)],
}
"""By the model that the references lack."""


class Reading(NamedTuple):
    """What is said of a corpus; low and high are nan where no interval is given, share where there is only a bound."""

    share: float
    low: float = np.nan
    high: float = np.nan


class Domain(NamedTuple):
    """Texts (n,), which of WRITERS wrote them, and what detectors say of them."""

    texts: NDArray[np.object_]
    writers: Indices
    scores: dict[str, Scores]


Reader = Callable[[Indices], Reading]
Way = Callable[[Domain, Indices], dict[str, Reader]]
"""From references, by name, to what reads a corpus."""
Said = dict[str, dict[Case, list[Reading]]]


def read(folder: Path, name: str) -> Domain:
    """One domain's texts."""
    files = [gzip.decompress((folder / f"raid_{who}.txt.gz").read_bytes()).decode() for who in WRITERS]
    own = [text.split("\n")[DOMAINS[name][i > 0]] for i, text in enumerate(files)]
    return Domain(np.concatenate(own, dtype=object), np.repeat(np.arange(len(own)), [len(one) for one in own]), {})


def load_zippy() -> Detector:
    """How much better a document packs behind text that models wrote than that text itself."""
    zippy = import_module("zippy").Zippy().run_on_text_chunked
    return lambda texts: np.array([score if word == "AI" else -score for word, score in map(zippy, texts)])


def load_slop() -> Detector:
    """A classifier that comes with its weights."""
    slop = import_module("is_it_slop")
    line = slop.CLASSIFICATION_THRESHOLD
    return lambda texts: np.array([one.ai_probability - line for one in slop.is_this_slop_batch(texts)])


def compare_words(domain: Domain, taught: Indices) -> dict[str, Reader]:
    r"""Word occurrence, uncalibrated: the alpha that maximises :math:`\sum_s \log((1-\alpha) P(s) + \alpha Q(s))` over
    sentences s, P and Q products of Bernoullis over words that 5 human and 3 model sentences have or more.

    W. Liang et al., Proc. ICML (2024), arXiv:2403.07183, but for all words, not adjectives alone; and the share of
    sentences becomes one of documents by how many sentences the references' documents have.
    """
    parts = [re.split(r"(?<=[.!?])\s+", text.lower()) for text in domain.texts]
    cut = [[set(re.findall(r"\w+", part)) for part in some if len(part.split()) > 1] for some in parts]
    lengths, rates = [], []
    for mine, least in ((domain.writers[taught] == 0, 5), (domain.writers[taught] > 0, 3)):
        sentences = [sentence for i in taught[mine] for sentence in cut[i]]
        many = Counter(word for sentence in sentences for word in sentence)
        rates.append({word: count / len(sentences) for word, count in many.items() if count >= least})
        lengths.append(len(sentences) / mine.sum())
    both = sorted(rates[0].keys() & rates[1].keys())
    human, model = (np.array([rate[word] for word in both]) for rate in rates)
    absent = np.log1p(-model) - np.log1p(-human)
    present = dict(zip(both, np.log(model / human) - absent, strict=True))
    ratios = [np.array([absent.sum() + sum(present.get(word, 0) for word in one) for one in some]) for some in cut]

    def say(corpus: Indices) -> Reading:
        ratio = np.exp(np.minimum(np.concatenate([ratios[i] for i in corpus]), 700))
        logs = np.log(np.maximum(1 - ALPHAS + ALPHAS * ratio[:, None], 1e-300))
        again = np.random.default_rng(0).multinomial(len(ratio), np.full(len(ratio), 1 / len(ratio)), TIMES) @ logs
        alphas = ALPHAS[np.append(logs.sum(axis=0).argmax(), again.argmax(axis=1))]
        share = alphas / lengths[1] / (alphas / lengths[1] + (1 - alphas) / lengths[0])
        return Reading(share[0], *np.quantile(share[1:], [0.05, 0.95]))

    return {"word occurrence, uncalibrated": say}


def ask_quapy(domain: Domain, taught: Indices) -> dict[str, Reader]:
    """QuaPy's quantifiers with their defaults on its tf-idf, and its bootstrap: all models one class, or one each."""
    from joblib import parallel_config  # type: ignore[import-untyped]
    from quapy.method.aggregative import EMQ, PACC, DMy, KDEyML  # type: ignore[import-not-found]
    from quapy.method.confidence import AggregativeBootstrap  # type: ignore[import-not-found]

    vectors = TfidfVectorizer(min_df=3, sublinear_tf=True)
    known, writers = vectors.fit_transform(domain.texts[taught]), domain.writers[taught]
    matrix = vectors.transform(domain.texts)

    def say(quantifier: Any, corpus: Indices) -> Reading:
        return Reading(1 - float(quantifier.predict(matrix[corpus])[0]))

    def say_all(quantifier: Any, corpus: Indices) -> Reading:
        # It starts processes unless it is told otherwise, and its seed reaches none of them.
        with parallel_config(backend="sequential"):
            _, region = quantifier.predict_conf(matrix[corpus])
        return Reading(say(quantifier.quantifier, corpus).share, 1 - region.I_high[0], 1 - region.I_low[0])

    found: dict[str, Reader] = {}
    for labels, title in ((writers > 0).astype(int), ""), (writers, ", a class each"):
        # With six classes a bootstrap of DMy takes seconds a corpus.
        for kind in (PACC,) if title else (PACC, DMy):
            bootstrap = AggregativeBootstrap(kind(), n_test_samples=TIMES, confidence_level=0.9, random_state=0)
            found[f"QuaPy {kind.__name__}{title}"] = partial(say_all, bootstrap.fit(known, labels))
        for kind in (EMQ, KDEyML):
            found[f"QuaPy {kind.__name__}{title}"] = partial(say, kind().fit(known, labels))
    return found


def threshold(domain: Domain, taught: Indices) -> dict[str, Reader]:
    """Shares of documents above a detector's own line, and above the one that 5 % of human references pass; a logistic
    regression on tf-idf, taught by the references, is one more."""
    vectors = TfidfVectorizer(min_df=2, sublinear_tf=True, ngram_range=(1, 2))
    known, labels = vectors.fit_transform(domain.texts[taught]), domain.writers[taught] > 0
    logistic = LogisticRegression(C=10, max_iter=1000)
    inside = cross_val_predict(logistic, known, labels, cv=5, method="decision_function")
    own = logistic.fit(known, labels).decision_function(vectors.transform(domain.texts))
    each = [(name, scores, scores[taught][~labels]) for name, scores in domain.scores.items()]

    def say(scores: Scores, line: float, corpus: Indices) -> Reading:
        return Reading(float((scores[corpus] > line).mean()))

    found: dict[str, Reader] = {}
    for name, scores, human in [*each, ("tf-idf classifier", own, inside[~labels])]:
        found[f"{name}, its own line"] = partial(say, scores, 0.0)
        found[f"{name}, the 5 % line"] = partial(say, scores, float(np.quantile(human, 0.95)))
    return found


def estimate(domain: Domain, taught: Indices) -> dict[str, Reader]:
    """Kellet."""
    each = [pl.Series(domain.texts[taught[domain.writers[taught] == g]].tolist()) for g in range(len(WRITERS))]
    models = {name: some for name, some in zip(WRITERS[1:], each[1:], strict=True) if len(some)}
    reference = Reference.learn(each[0], models, WORDS)

    def say(corpus: Indices) -> Reading:
        counts, _ = reference.count(pl.Series(domain.texts[corpus].tolist()), np.zeros(len(corpus), np.int64), 1)
        found = judge(reference, counts[0])
        return Reading(*(np.nan if one is None else one for one in (found.share, found.low, found.high)))

    return {OURS: say}


def draw(domain: Domain, rest: Indices, case: Case, rng: np.random.Generator) -> Indices:
    """A corpus: so large a share of these models' documents, all alike."""
    many, models = round(case[1] * SIZE), KINDS[case[0]]
    each = [rng.permutation(rest[domain.writers[rest] == WRITERS.index(name)]) for name in models]
    parts = [one[: many // len(each) + (i < many % len(each))] for i, one in enumerate(each)]
    return np.concatenate([rng.permutation(rest[domain.writers[rest] == 0])[: SIZE - many], *parts])


def run(domain: Domain, ways: list[Way], splits: int) -> Iterator[tuple[str, Case, Reading]]:
    """What every way says of every corpus."""
    everything = np.arange(len(domain.texts))
    for split in range(splits):
        rng = np.random.default_rng(split)
        half = np.concatenate([rng.permutation(everything[domain.writers == g])[::2] for g in range(len(WRITERS))])
        for left_out, cases in CASES.items():
            taught = half[domain.writers[half] != WRITERS.index(left_out)] if left_out else half
            rest = np.setdiff1d(everything, taught)
            drawn = [(case, draw(domain, rest, case, rng)) for case in cases for _ in range(EACH)]
            for way in ways:
                for name, say in way(domain, taught).items():
                    for case, corpus in drawn:
                        yield name, case, say(corpus)


def spell(readings: list[Reading]) -> str:
    """Mean and range of the shares; of the bounds where most are bounds."""
    shares, bounds = (100 * np.array([one[i] for one in readings]) for i in (0, 1))
    answered = ~np.isnan(shares)
    sign, some = ("", shares[answered]) if answered.mean() >= 0.5 else (">= ", bounds[~answered & ~np.isnan(bounds)])
    ends = np.quantile(some, [0.05, 0.95]) if len(some) else []
    return f"{sign}{some.mean():.0f} ({'-'.join(f'{end:.0f}' for end in ends)})" if len(some) else "refused"


def tell(values: NDArray[Any]) -> str:
    """Their mean, if there are any: of shares in points, of what holds or not in percent."""
    mean = 100 * values.mean() if len(values) else np.nan
    return "" if np.isnan(mean) else f"{mean:.0f} %" if values.dtype == bool else f"{mean:.1f}"


def show(rows: list[list[str]]) -> None:
    """An aligned table."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for first, *others in rows:
        cells = (cell.rjust(width) for cell, width in zip(others, widths[1:], strict=True))
        print("  ".join([first.ljust(widths[0]), *cells]))


def conclude(said: Said) -> list[list[str]]:
    """How far off each way is, where kellet answers too, and how often its interval or bound holds the truth."""
    rows = [["", "at true 0", "off, seen", "unseen", "answered", "holds, seen", "unseen", "answers", "bounds hold"]]
    table = {
        name: np.array([(case[0].endswith("*"), case[1], *one) for case, some in cases.items() for one in some]).T
        for name, cases in said.items()
    }
    good = ~np.isnan(table[OURS][2])
    for name, (unseen, truth, share, low, high) in table.items():
        answered, given, some = ~np.isnan(share), ~np.isnan(low), truth > 0
        off, below, above = abs(share - truth), low <= truth + 1e-9, truth <= high + 1e-9
        parts = [answered & some & (unseen == 0), answered & some & (unseen == 1), good]
        kept = [answered & given & (unseen == i) for i in (0, 1)]
        held = [tell((below & above)[part]) for part in kept]
        bounds = [tell(answered), tell(below[given & ~answered])]
        rows.append([name, tell(share[answered & ~some]), *(tell(off[part]) for part in parts), *held, *bounds])
    return rows


def main() -> None:
    """Run, and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path, nargs="?", default=Path("../shared/data/text-pairs"))
    parser.add_argument("--splits", type=int, default=4)
    given = parser.parse_args()
    quapy = find_spec("quapy") is not None
    ways: list[Way] = [compare_words, *([ask_quapy] if quapy else []), threshold, estimate]
    print("" if quapy else "QuaPy is left out: it isn't installed")
    detectors, whole = {}, Said()
    for name, load in ("zippy", load_zippy), ("is-it-slop", load_slop):
        try:
            detectors[name] = load()
        except ImportError as error:
            print(f"{name} is left out: {error}")
    for name in DOMAINS:
        domain = read(given.data, name)
        domain.scores.update({title: detect(domain.texts.tolist()) for title, detect in detectors.items()})
        said = Said()
        for title, case, reading in run(domain, ways, given.splits):
            for one in (said, whole):
                one.setdefault(title, {}).setdefault(case, []).append(reading)
        print(f"\n{name}: {given.splits * EACH} corpora of {SIZE} documents for each share")
        cases = [case for some in CASES.values() for case in some]
        rows = [[title, *(spell(each[case]) for case in cases)] for title, each in said.items()]
        show([["", *(f"{kind} {share:.0%}" for kind, share in cases)], *rows])
        answers = [tell(~np.isnan([one.share for one in said[OURS][case]])) for case in cases]
        print(f"{OURS} answers: {', '.join(answers)}", flush=True)
    print("\nboth domains: at true 0, how far off shares are, and how often an interval or a bound holds the truth")
    show(conclude(whole))


if __name__ == "__main__":
    main()
