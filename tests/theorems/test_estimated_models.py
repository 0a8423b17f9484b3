"""The share that this project's own language models wrote of a corpus is found, to 2 points of 10,000 documents."""

import numpy as np
import polars as pl
import pytest

from kellet import worlds
from kellet.audit.rule import make_rule
from kellet.estimate.judging import judge
from kellet.estimate.reference import Reference
from kellet.evidence import Points
from kellet.families.text.language import Language
from kellet.families.text.ngram import NGram

DOCUMENTS, ERROR = 10_000, 0.02


def spell(points):
    """Documents of points (1, N, L)."""
    return pl.Series([" ".join(f"w{token}" for token in row if token >= 0) for row in points.values[0].tolist()])


class Human:
    """The law of a real text, as an n-gram model of a higher order than any below."""

    def __init__(self, length, vocabulary):
        corpus = worlds.Text(length=length, vocabulary=vocabulary).open()
        family = NGram(order=5, vocabulary=corpus.tokeniser.size)
        self.size, self.rng = corpus.tokeniser.size, np.random.default_rng(0)
        self.law = family.fit(family.summarise(Points(corpus.training[None].astype(np.int64))))

    def write(self, n):
        return self.law.sample(n, self.rng)


def estimate(human, model, shares, each):
    """Shares that are read, for true ones; references of both are as many as ``each``."""
    most = round(DOCUMENTS * max(shares))
    people, written = spell(human.write(each + DOCUMENTS)), spell(model.sample(each + most, human.rng))
    reference = Reference.learn(people[:each], {"model": written[:each]}, make_rule())
    for share in shares:
        k = round(DOCUMENTS * share)
        corpus = pl.concat([people[each : each + DOCUMENTS - k], written[each : each + k]])
        yield judge(reference, reference.count(corpus, np.zeros(DOCUMENTS, np.int64), 1)[0][0])


def test_text_of_n_gram_models():
    """Of six corpora one may be told a bound of, as one in twenty is."""
    human, answered = Human(100, 3000), 0
    for order in (2, 3, 4):
        family = NGram(order=order, vocabulary=human.size)
        model = family.fit(family.summarise(human.write(300)))
        none, tenth, third = estimate(human, model, (0.0, 0.1, 0.3), 2500)
        assert none.low == 0 and none.readings[0].share < ERROR
        for found, share in ((tenth, 0.1), (third, 0.3)):
            assert abs(found.readings[0].share - share) < ERROR
            assert found.low <= share <= (found.high or 1)
            answered += found.verdict == "answered"
    assert answered >= 5


@pytest.mark.slow
def test_text_of_a_small_transformer():
    pytest.importorskip("transformers")
    human = Human(40, 1000)
    family = Language(vocabulary=human.size, layers=2, width=64, heads=2, steps=150, batch=32)
    model = family.fit(human.write(1500), human.rng)
    tenth, third = estimate(human, model, (0.1, 0.3), 1500)
    # A tenth of so few documents of so weak a model may be no more than a bound.
    assert 0 < tenth.low <= 0.1 <= (tenth.high or 1)
    assert third.verdict == "answered", third.reasons
    assert abs(third.share - 0.3) < ERROR and third.low <= 0.3 <= third.high
