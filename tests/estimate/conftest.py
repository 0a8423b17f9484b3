"""Made-up writers: each has topics, whose words everybody who writes of them uses, and a style, which is its own."""

import functools

import numpy as np
import polars as pl
import pytest

from kellet.estimate.reference import Reference
from kellet.profile.words import Rule

RULE = Rule(word=r"\w+", letter=r"\w", joint="", odd="[^a-z0-9 ]")
STYLE, COMMON = 60, 400
WORDS = 80


def write_documents(many, rng, *, model=0.0, topics=(0, 1), accent=0, language="w"):
    """Documents.  model: from 0, a human's style, to 1, a model's.  accent: whose model: its favourite words."""
    human = 1 / (1 + np.arange(STYLE))
    own = np.roll(human, STYLE // 2 + 7 * accent)
    style = human ** (1 - model) * own**model
    common = 1 / (5 + np.arange(COMMON))
    texts = []
    for topic in rng.choice(topics, many):
        length = rng.integers(WORDS // 2, 2 * WORDS)
        kind = rng.random(length)
        words = np.where(
            kind < 0.3,
            rng.choice(STYLE, length, p=style / style.sum()),
            STYLE + COMMON * (topic + 1) * (kind > 0.6) + rng.choice(COMMON, length, p=common / common.sum()),
        )
        texts.append(" ".join(f"{language}{word}" for word in words))
    return pl.Series(texts)


@functools.cache
def learn_references(*models, topics=(0, 1), human=300, each=120):
    """References by humans and by models, each a style and an accent."""
    rng = np.random.default_rng(1)
    return Reference.learn(
        write_documents(human, rng, topics=topics),
        {f"model{i}": write_documents(each, rng, model=m, accent=a, topics=topics) for i, (m, a) in enumerate(models)},
        RULE,
    )


def count_documents(reference, *texts):
    """The counts of documents."""
    corpus = pl.concat(list(texts))
    return reference.count(corpus, np.zeros(len(corpus), np.int64), 1)[0][0]


@pytest.fixture(scope="session")
def write():
    return write_documents


@pytest.fixture(scope="session")
def learn():
    return learn_references


@pytest.fixture(scope="session")
def count():
    return count_documents
