"""The n-gram family against a reference that anyone can read, and against what it writes itself."""

import itertools
from collections import Counter

import numpy as np
import pytest
from scipy.stats import chi2

from kellet import InputError, Points
from kellet.families import NGram
from kellet.laws.ngram import events, rank, tally

TOKENS, LENGTH = 4, 3
END, BEFORE = TOKENS, TOKENS + 1


def blocks(n, seed=0, length=LENGTH, tokens=TOKENS, full=False):
    rng = np.random.default_rng(seed)
    values = rng.zipf(1.7, (1, n, length)).astype(np.int32) % tokens
    if not full:
        values[np.arange(length) >= rng.integers(1, length + 2, (1, n, 1))] = -1
    return values


def every_block(length=LENGTH, tokens=TOKENS):
    rows = [s + (-1,) * (length - k) for k in range(length + 1) for s in itertools.product(range(tokens), repeat=k)]
    return np.array(rows)


def fitted(order, alpha, values, tokens=TOKENS):
    family = NGram(order, alpha, tokens)
    return family.fit(family.summarise(Points(values)))


class Reference:
    """Interpolated Kneser-Ney and add-alpha with dictionaries, straight from the formulas."""

    def __init__(self, order, alpha, values, tokens=TOKENS):
        self.order, self.alpha, self.tokens = order, alpha, tokens
        end, before = tokens, tokens + 1
        top = Counter()
        for row in values[0].tolist():
            told = [t for t in row if t >= 0] + [end] * (min(row) < 0)
            line = [before] * (order - 1) + told
            top.update(tuple(line[i - order + 1 : i + 1]) for i in range(order - 1, len(line)))
        raw = {order: top}
        for k in range(order - 1, 0, -1):
            raw[k] = Counter()
            for gram, times in raw[k + 1].items():
                raw[k][gram[1:]] += times
        self.adjusted = {order: dict(top)}
        for k in range(1, order):
            types = Counter(gram[1:] for gram in raw[k + 1])
            starts = {gram: k > 1 and gram[0] == before for gram in types}
            counted = {gram: raw[k][gram] if starts[gram] else types[gram] for gram in types}
            self.adjusted[k] = dict(raw[k]) if alpha is not None else counted
        self.ends = any(gram[-1] == end for gram in top)

    def discount(self, k):
        values = list(self.adjusted[k].values())
        return (values.count(1) + 0.5) / (values.count(1) + 2 * values.count(2) + 1)

    def probability(self, context, token):
        base = 1 / (self.tokens + self.ends) if token < self.tokens or self.ends else 0.0
        for k in range(1, len(context) + 2):
            ending = context[len(context) - k + 1 :] if k > 1 else ()
            after = {gram[-1]: a for gram, a in self.adjusted[k].items() if gram[:-1] == ending}
            if not after:
                break
            total, mine = sum(after.values()), after.get(token, 0)
            if self.alpha is not None:
                found = (mine + self.alpha * (base > 0)) / (total + self.alpha * (self.tokens + self.ends))
            else:
                d = self.discount(k)
                found = max(mine - d, 0) / total + sum(min(a, d) for a in after.values()) / total * base
                base = found
        return found

    def log_probability(self, row):
        told = [t for t in row if t >= 0] + [self.tokens] * (min(row) < 0)
        line = [self.tokens + 1] * (self.order - 1) + told
        with np.errstate(divide="ignore"):
            steps = range(self.order - 1, len(line))
            return sum(np.log(self.probability(tuple(line[i - self.order + 1 : i]), line[i])) for i in steps)


@pytest.mark.parametrize("full", [False, True], ids=["documents", "full blocks"])
@pytest.mark.parametrize("alpha", [None, 0.0, 0.3])
@pytest.mark.parametrize("order", [1, 2, 3, 4, 5])
def test_probabilities_are_those_of_the_formula(order, alpha, full):
    values = blocks(25, length=6, tokens=5, full=full)
    model, reference = fitted(order, alpha, values, 5), Reference(order, alpha, values, 5)
    unseen = blocks(40, 1, length=6, tokens=5, full=full)[0]
    expected = np.array([reference.log_probability(row) for row in unseen.tolist()])
    np.testing.assert_allclose(model.log_probabilities(unseen)[0], expected, rtol=1e-10)
    assert np.isfinite(expected).all() or alpha == 0


@pytest.mark.parametrize("alpha", [None, 0.0, 0.3])
@pytest.mark.parametrize("order", [1, 2, 3, 5])
def test_probabilities_of_all_blocks_sum_to_one(order, alpha):
    model = fitted(order, alpha, blocks(20))
    np.testing.assert_allclose(np.exp(model.log_probabilities(every_block())).sum(), 1.0, rtol=1e-12)


@pytest.mark.parametrize("alpha", [None, 0.0, 0.3])
@pytest.mark.parametrize("order", [1, 2, 3, 4])
def test_what_is_written_follows_the_probabilities(order, alpha):
    model, n = fitted(order, alpha, blocks(20)), 40_000
    every = every_block()
    expected = n * np.exp(model.log_probabilities(every))[0]
    written = model.sample(n, np.random.default_rng(order)).values[0].astype(int)
    code = lambda rows: (rows + 1) @ (TOKENS + 1) ** np.arange(LENGTH)  # noqa: E731
    seen = Counter(code(written).tolist())
    found = np.array([seen[c] for c in code(every).tolist()])
    assert found.sum() == n
    assert (found[expected == 0] == 0).all()
    often = expected >= 5
    statistic = ((found - expected)[often] ** 2 / expected[often]).sum()
    rest = expected[~often].sum()
    assert statistic < chi2.isf(1e-7, often.sum())
    assert abs(found[~often].sum() - rest) < 6 * np.sqrt(rest + 1)


def test_a_prompt_is_continued_as_the_law_says():
    model, n = fitted(3, None, blocks(30)), 20_000
    prompt = np.array([[1, 0]])
    written = model.sample(n, np.random.default_rng(0), prompts=np.repeat(prompt, n, axis=0)).values[0]
    assert (written[:, :2] == prompt).all()
    rows = np.array([[1, 0, t] for t in (-1, 0, 1, 2, 3)])
    p = np.exp(model.log_probabilities(rows))[0]
    p /= p.sum()
    found = np.array([(written[:, 2] == t).mean() for t in (-1, 0, 1, 2, 3)])
    assert (abs(found - p) < 5 * np.sqrt(p * (1 - p) / n)).all()


def test_written_documents_end_and_stay_ended():
    written = fitted(2, None, blocks(30, length=9)).sample(500, np.random.default_rng(0)).values[0]
    assert ((np.diff((written < 0).astype(int), axis=1)) >= 0).all()
    assert 0 < (written[:, -1] < 0).mean() < 1


def test_where_no_document_ends_none_is_ever_written_to_end():
    model = fitted(3, None, blocks(30, full=True))
    assert (model.sample(2000, np.random.default_rng(0)).values >= 0).all()
    assert np.isneginf(model.log_probabilities(np.array([[0, 1, -1]]))).all()


def test_a_model_that_emits_only_ends_has_collapsed():
    values = np.full((2, 5, 4), -1, dtype=np.int32)
    values[0, 0, 0] = 1
    model = fitted(2, None, values)
    assert model.collapsed.tolist() == [False, True]
    assert "ends" in model.reason
    assert (fitted(2, 0.0, values).sample(9, np.random.default_rng(0)).values[1] == -1).all()


@pytest.mark.parametrize("tokens", [2, 50_000, 2_000_000])
def test_any_vocabulary_fits_into_whole_numbers(tokens):
    values = np.random.default_rng(0).integers(tokens, size=(2, 30, 9)).astype(np.int32)
    model = fitted(5, None, values, tokens)
    seen, unseen = model.log_probabilities(values[:1]), model.log_probabilities((values[:1] + 1) % tokens)
    assert np.isfinite(unseen).all()
    assert (seen[0] > unseen[0]).all() or tokens == 2


def test_ranks_order_columns_however_large_the_numbers():
    columns = np.random.default_rng(0).integers(10**9, size=(6, 300))
    columns[:4, 100:] = columns[:4, 99:100]
    key = rank(columns, 10**9)
    np.testing.assert_array_equal(np.argsort(key, kind="stable"), np.lexsort(columns[::-1]))


def test_a_tally_sums_equal_columns():
    columns = np.array([[1, 0, 1, 0], [2, 5, 2, 4]])
    found, times, into = tally(columns, np.array([1.0, 2.0, 3.0, 4.0]), 9)
    assert found.tolist() == [[0, 0, 1], [4, 5, 2]]
    assert times.tolist() == [4.0, 2.0, 4.0]
    assert into.tolist() == [2, 1, 2, 0]


def test_an_empty_document_is_one_end():
    assert events(np.array([[-1, -1, -1]])).tolist() == [[True, False, False]]


@pytest.mark.parametrize("wrong", [{"order": 0}, {"order": 6}, {"alpha": -1.0}, {"alpha": np.inf}, {"vocabulary": 0}])
def test_settings_that_cannot_be_are_refused(wrong):
    with pytest.raises(InputError, match=r"^expected .*; got .*\. Try "):
        NGram(**wrong)


def test_a_token_beyond_the_vocabulary_is_refused():
    with pytest.raises(InputError, match="vocabulary of 2"):
        NGram(2, vocabulary=2).summarise(Points(np.array([[[0, 2, -1]]])))
