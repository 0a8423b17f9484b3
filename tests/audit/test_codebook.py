"""Cells are counted like words, and those whom they were learnt from aren't counted."""

import numpy as np
import pytest

from kellet.audit import codebook
from kellet.audit.codebook import Codebook
from kellet.audit.exchange import Exchange, Zero
from kellet.audit.retention import sum_keys
from kellet.errors import InputError
from kellet.profile.hashes import hash_word


def skewed(rng, n, d=16):
    """Clouds of quite unequal weight and width."""
    weights, fixed = 0.7 ** np.arange(12), np.random.default_rng(0)
    which = rng.choice(12, n, p=weights / weights.sum())
    centres, widths = fixed.normal(0, 3, (12, d)), fixed.gamma(2, 0.5, (12, 1))
    return (centres[which] + widths[which] * rng.normal(size=(n, d))).astype(np.float32)


def compare(reference, candidate, seed, many=99, rest=True):
    rng = np.random.default_rng(seed)
    cells = Codebook.learn(reference, rng)
    mine = cells.profile_rest(reference) if rest else cells.profile(reference)
    return sum_keys(Exchange.of(mine, cells.profile(candidate), rng, many), "cell")


def test_a_codebook_is_the_same_again():
    points = skewed(np.random.default_rng(1), 400)
    one, other = (Codebook.learn(points, np.random.default_rng(2)) for _ in range(2))
    assert (one.centres == other.centres).all()
    assert (one.part == other.part).all()


def test_keys_are_words_and_names_show_an_example():
    points = skewed(np.random.default_rng(1), 400)
    cells = Codebook.learn(points, np.random.default_rng(2))
    tally = cells.profile(points).tallies["cell"]
    assert hash_word("cell 12", "kellet") in tally.keys
    row = cells.examples[12]
    assert f"cell 12, like row {row + 1:,} of the reference" in tally.names["name"].to_list()
    assert cells.assign(points[row : row + 1]) == [12]
    assert row in cells.part


def test_the_part_is_not_counted():
    points = skewed(np.random.default_rng(1), 400)
    cells = Codebook.learn(points, np.random.default_rng(2))
    assert len(cells.part) == 100
    assert cells.profile_rest(points).height == 300


def test_missing_points_are_a_key():
    points = skewed(np.random.default_rng(1), 400)
    points[::4] = np.nan
    tally = Codebook.learn(points, np.random.default_rng(2)).profile(points).tallies["cell"]
    missing = tally.rows.filter(key=hash_word("missing", "kellet"))
    assert missing["count"].sum() == 100


def test_whole_clusters_are_learnt_from():
    points, clusters = skewed(np.random.default_rng(1), 400), np.repeat(np.arange(80, dtype=np.uint64), 5)
    cells = Codebook.learn(points, np.random.default_rng(2), clusters)
    assert (np.unique(clusters[cells.part], return_counts=True)[1] == 5).all()
    assert cells.profile_rest(points, clusters).dealing == "by cluster"


def test_pictures_are_reduced():
    rng = np.random.default_rng(3)
    pictures = (rng.normal(size=(500, 3)) @ rng.normal(size=(3, 400))).astype(np.float32)
    cells = Codebook.learn(pictures, rng)
    assert cells.centres.shape == (len(cells.part) // codebook.EACH, codebook.COMPONENTS)


@pytest.mark.parametrize("sizes", [(400, 400), (400, 1200)])
def test_false_alarms_are_as_many_as_they_should_be(sizes):
    rng, alarms = np.random.default_rng(4), []
    for seed in range(60):
        sums = compare(*(skewed(rng, n) for n in sizes), seed, 59)
        zero = Zero.of(sums.rare_retention)
        alarms.append(min(zero.less, zero.more) <= 0.05)
    # 60 trials at 10 %: more than 21 have a chance below 1e-6.
    assert 1 <= sum(alarms) <= 21


def test_counting_the_part_would_give_false_alarms():
    rng, alarms = np.random.default_rng(5), []
    for seed in range(30):
        sums = compare(skewed(rng, 400), skewed(rng, 1200), seed, 59, rest=False)
        alarms.append(Zero.of(sums.invented_share).less <= 0.05)
    assert sum(alarms) > 20


def test_losing_what_is_unusual_is_found():
    rng = np.random.default_rng(6)
    real, other = skewed(rng, 2000), skewed(rng, 2500)
    far = np.linalg.norm(other - other.mean(axis=0), axis=1)
    tame = other[far < np.quantile(far, 0.8)]
    assert Zero.of(compare(real, tame, 0).rare_retention).less < 0.025
    assert Zero.of(compare(real, real, 0).rare_retention).more < 0.025


def test_bad_input_is_one_line():
    with pytest.raises(InputError, match="at least 8 embeddings or pictures; got 5"):
        Codebook.learn(np.zeros((5, 2), np.float32), np.random.default_rng(0))
    cells = Codebook.learn(skewed(np.random.default_rng(1), 400), np.random.default_rng(0))
    with pytest.raises(InputError, match="points of 16 numbers; got 2"):
        cells.assign(np.zeros((5, 2), np.float32))
