"""What the transformer family must obey, whatever its architecture.  A new member is one line in FAMILIES."""

import numpy as np
import pytest

import kellet
from kellet import (
    Accumulate,
    Anchor,
    Arm,
    Experiment,
    Points,
    Replace,
    Subsample,
    check_family,
    generations,
    resolve,
    worlds,
)
from kellet.data.source import DataSet
from kellet.families import Language

pytest.importorskip("torch")
pytest.importorskip("transformers")

LENGTH, TOKENS = 6, 5
TINY = {"layers": 1, "width": 16, "heads": 2, "steps": 3, "batch": 1, "vocabulary": TOKENS}
FAMILIES = [
    Language(**TINY),
    Language(**TINY, start="previous", temperature=0.7, top_k=3, top_p=0.9, repetition=1.3),
    Language(**TINY, start="base", accumulate=2, prompt=2),
    Language(**TINY, model="llama-1m"),
    Language(**TINY, model="qwen-1m"),
    Language(**TINY, model="gpt-neox-1m", together=3),
]
NAMES = ["gpt2", "from the last", "from the first", "llama", "qwen", "gpt-neox"]
every_family = pytest.mark.parametrize("family", FAMILIES, ids=NAMES)


def blocks(replicates, n, seed=0):
    """Documents of 2 to 6 tokens, each a step further than the last."""
    rng = np.random.default_rng(seed)
    values = ((rng.integers(TOKENS, size=(replicates, n, 1)) + np.arange(LENGTH)) % TOKENS).astype(np.int32)
    values[np.arange(LENGTH) >= rng.integers(2, LENGTH + 1, (replicates, n, 1))] = -1
    return Points(values)


class World:
    """Made-up documents, opened like a data set."""

    def open(self, replicates):
        return DataSet(*(blocks(1, n, n).values[0] for n in (60, 40, 20)), replicates)


@every_family
def test_the_contract_holds(family):
    check_family(family, blocks(2, 20))


@every_family
def test_what_is_written_is_blocks_that_a_model_can_predict(family):
    model = family.fit(blocks(1, 20), np.random.default_rng(0))
    rows = model.sample(30, np.random.default_rng(1)).values[0]
    assert rows.max() < TOKENS
    ended = rows < 0
    np.testing.assert_array_equal(ended, np.maximum.accumulate(ended, axis=1))
    assert np.isfinite(model.log_probabilities(rows)).all()


def test_probabilities_of_all_that_can_be_written_add_up_to_one():
    model = FAMILIES[0].fit(Points(blocks(1, 20).values[:, :, :3]), np.random.default_rng(0))
    every = [[-1, -1, -1]]
    for a in range(TOKENS):
        every.append([a, -1, -1])
        for b in range(TOKENS):
            every.append([a, b, -1])
            every.extend([a, b, c] for c in range(TOKENS))
    logs = model.log_probabilities(np.array(every))
    assert logs.shape == (1, len(every))
    assert np.exp(logs).sum() == pytest.approx(1.0, abs=1e-5)
    # And what is written follows them: the first token or end, 4000 times.
    first = np.bincount(model.sample(4000, np.random.default_rng(1)).values[0, :, 0] + 1, minlength=TOKENS + 1) / 4000
    heads = np.array(every)[:, 0] + 1
    expected = np.bincount(heads, np.exp(logs[0]), minlength=TOKENS + 1)
    assert (abs(first - expected) < 5 * np.sqrt(expected * (1 - expected) / 4000) + 1e-3).all()


def test_points_of_weight_zero_are_absent_and_heavy_ones_count_for_more():
    family, evidence = FAMILIES[0], blocks(1, 20)
    other = blocks(1, 9, 1)
    rng = np.random.default_rng
    alone, beside = (family.fit(e, rng(0)).digest for e in (evidence, evidence + 0.0 * other))
    plain, heavy = (family.fit(e, rng(0)) for e in (evidence + other, evidence + 100.0 * other))
    probe = other.values[0]
    assert heavy.log_probabilities(probe).sum() > plain.log_probabilities(probe).sum()
    same = family.fit(Points(evidence.values, np.full((1, 20), 3.0)), rng(0))
    np.testing.assert_array_equal(same.log_probabilities(probe), family.fit(evidence, rng(0)).log_probabilities(probe))
    assert alone == beside


@pytest.mark.parametrize("regime", [Replace(), Accumulate(), Subsample()], ids=repr)
def test_it_learns_under_every_regime(regime):
    loop = generations(
        World(), FAMILIES[1], size=12, regime=regime, anchor=Anchor(2, weight=2.0), replicates=2,
        rng=np.random.default_rng(6),
    )  # fmt: skip
    for _ in range(3):
        g = next(loop)
    assert not g.collapsed.any()
    assert g.model.log_probabilities(World().open(1).heldout).shape == (2, 20)


def test_a_recipe_survives_being_written_down():
    family = Language(**{**TINY, "vocabulary": None}, lora=4)
    experiment = Experiment(worlds.Text(), family, 40, {"replace": Arm()}, generations=1, replicates=2)
    resolved = resolve(experiment).experiment
    assert Experiment.from_toml(resolved.to_toml()) == resolved
    assert resolved.family.vocabulary == worlds.Text().open(1).tokeniser.size
    assert resolved.block == 1


@pytest.mark.slow
def test_two_processes_give_the_numbers_of_one_bit_for_bit():
    settings = {
        "world": worlds.Text(tokens="bytes", length=12), "family": Language(**{**TINY, "vocabulary": None}), "size": 12,
        "arms": {"replace": Arm(), "anchored": Arm(anchor=Anchor(3, weight=2.0))}, "generations": 1, "replicates": 1,
        "metrics": ("perplexity",), "judged": 4,
    }  # fmt: skip
    one, two = kellet.run(**settings, jobs=1).data, kellet.run(**settings, jobs=2).data
    assert one.identical(two)
    assert np.isfinite(one["perplexity"]).all()
