"""What is dropped of written documents, and n-grams that write at another temperature."""

import shlex
import sys
import time

import numpy as np
import pytest

import kellet
from kellet import Arm, Experiment, Points, generations, resolve, worlds
from kellet.data.minhash import signatures
from kellet.data.source import Corpus
from kellet.errors import InputError
from kellet.experiment.spelling import parse_arm
from kellet.families import Bootstrap, Categorical, Gaussian, NGram
from kellet.laws.decoding import NGramDecoder
from kellet.loop.curation.documents import Dedup, Quality
from kellet.loop.curation.verification import Verify

RNG = np.random.default_rng
TOKENS, LENGTH = 50, 40


def random_documents(n, seed=0):
    return RNG(seed).integers(TOKENS, size=(n, LENGTH)).astype(np.int32)


def changed(rows, many, seed=1):
    """The same documents with so many tokens at the end replaced."""
    other = rows.copy()
    other[:, LENGTH - many :] = RNG(seed).integers(TOKENS, size=(len(rows), many))
    return other


def test_of_equal_documents_the_first_stays():
    rows = random_documents(6)
    both = np.stack([np.concatenate([rows, rows[::-1]]), np.concatenate([rows, rows + 1])])
    kept = Dedup().points(Points(both, 2 * np.ones((2, 12)), 3), 12, RNG(0))
    assert kept.weights.tolist() == [[2.0] * 6 + [0.0] * 6, [2.0] * 12]
    assert kept.origin == 3


def test_minhash_drops_what_is_almost_the_same_and_nothing_else():
    rows = random_documents(200)
    near, far = changed(rows, 2), changed(rows, 20)
    kept = Dedup("minhash").points(Points(np.concatenate([rows, near, far])[None]), 600, RNG(0)).weights[0]
    assert kept[:200].all()
    # 34 of 38 runs are shared: a Jaccard index of 34/38 or so, and 112 hashes tell it to within 0.03.
    assert kept[200:400].mean() < 0.1
    assert kept[400:].all()


def test_hashes_agree_as_often_as_the_runs_do():
    rows = random_documents(300)
    agree = (signatures(rows) == signatures(changed(rows, 10))).mean(axis=1)
    shared, runs = LENGTH - 10 - 4, LENGTH - 4
    expected = shared / (2 * runs - shared)
    assert abs(agree.mean() - expected) < 5 * agree.std() / np.sqrt(300) + 0.01


def test_short_documents_are_compared_whole():
    rows = np.full((4, LENGTH), -1, dtype=np.int32)
    rows[1, 0], rows[2, :2], rows[3, 0] = 3, (3, 4), 3
    assert Dedup("minhash").points(Points(rows[None]), 4, RNG(0)).weights[0].tolist() == [1, 1, 1, 0]


def test_quality_keeps_what_generation_0_finds_least_surprising():
    family = NGram(2, vocabulary=TOKENS)
    real = RNG(0).choice(5, size=(1, 50, LENGTH)).astype(np.int32)
    model = family.fit(family.summarise(Points(real)))

    judge = Quality(0.5).open(model, Corpus(*[real[0]] * 3, 1))
    assert judge.enough(10) == 20
    strange = random_documents(10)[None]
    mixed = np.concatenate([strange, real[:, :10]], axis=1)
    np.testing.assert_array_equal(
        np.sort(judge.points(Points(mixed), 10, RNG(0)).values[0], axis=0), np.sort(real[0, :10], axis=0)
    )
    with pytest.raises(InputError, match="a world of text"):
        Quality(0.5).open(model, worlds.Normal().open())


PROGRAM = "import sys, json\nfor line in sys.stdin: print({})"


def judging(expression, **settings):
    return Verify(shlex.join([sys.executable, "-c", PROGRAM.format(expression)]), **settings)


def test_a_program_judges_texts():
    world = worlds.Text(tokens="words", length=16)
    source = world.open(1)
    panel = judging("str('the' in json.loads(line)['text'].split()).lower()").open(None, source)
    points = Points(source.training[None, :40])
    kept = panel.points(points, 40, RNG(0))
    expected = ["the" in source.tokeniser.decode(row).split() for row in source.training[:40]]
    assert kept.weights[0].astype(bool).tolist() == expected
    assert 0 < sum(expected) < 40


def test_a_program_judges_numbers():
    points = Points(np.array([[[1.0, 2.0], [-1.0, 0.0]]]))
    assert judging("int(json.loads(line)['values'][0] > 0)").points(points, 2, RNG(0)).weights.tolist() == [[1.0, 0.0]]


@pytest.mark.parametrize(
    ("verify", "said"),
    [
        (Verify("/nothing/there"), "No such file"),
        (judging("'maybe'"), "got 'maybe'"),
        (judging("'1 1'"), "4 lines"),
        (judging("1/0"), "exit code 1: ZeroDivisionError"),
        (judging("__import__('time').sleep(60)", timeout=1.0), "nothing after 1 seconds"),
    ],
)
def test_a_program_that_does_not_judge_is_told_in_one_line(verify, said):
    before = time.monotonic()
    with pytest.raises(InputError, match=said):
        verify.points(Points(np.zeros((1, 2, 1))), 2, RNG(0))
    assert time.monotonic() - before < 50


def test_arms_spell_curation_of_text():
    assert parse_arm("dedup:minhash")[1].curation == Dedup("minhash")
    assert parse_arm("quality:90%")[1].curation == Quality(0.9)
    assert parse_arm("mine=fresh:1+verify:./judge --mode=a,b")[1].curation == Verify("./judge --mode=a,b")
    for spec in ("dedup:fuzzy", "quality:0", "verify:", "verify:'"):
        with pytest.raises(InputError):
            parse_arm(spec)
    arms = {name: parse_arm(name)[1] for name in ("dedup:exact", "quality:90%", "verify:./judge")}
    experiment = resolve(Experiment(worlds.Text(), NGram(2), 30, arms, generations=1)).experiment
    assert Experiment.from_toml(experiment.to_toml(), trust=True) == experiment


@pytest.mark.parametrize("alpha", [None, 0.5])
def test_an_ngram_knows_all_its_next_probabilities_at_once(alpha):
    rows = RNG(0).choice(6, p=[0.4, 0.3, 0.1, 0.1, 0.05, 0.05], size=(2, 30, 8)).astype(np.int32)
    rows[np.arange(8) >= RNG(1).integers(1, 10, (2, 30, 1))] = -1
    family = NGram(3, alpha, 6)
    law = family.fit(family.summarise(Points(rows)))
    states = np.arange(len(law.keep))
    every = NGramDecoder(law).probabilities(states)
    known = np.stack([law.read(states, np.full(len(states), token))[0] for token in range(7)], axis=1)
    np.testing.assert_allclose(every, known / known.max(axis=1, keepdims=True), atol=1e-12)


def test_an_ngram_at_temperature_one_writes_as_ever_and_at_half_more_of_the_likely():
    rows = RNG(0).choice(3, p=[0.6, 0.3, 0.1], size=(1, 4000, 1)).astype(np.int32)
    family = NGram(1, 0.0, 3)
    law = family.fit(family.summarise(Points(rows)))
    p = np.bincount(rows.ravel()) / 4000
    for how, expected in (
        ({}, p), ({"temperature": 0.5}, p**2 / (p**2).sum()), ({"temperature": 0}, [1, 0, 0]),
        ({"top_k": 2}, [*p[:2] / p[:2].sum(), 0]), ({"top_p": 0.5}, [1, 0, 0]),
        ({"top_p": 0.85}, [*p[:2] / p[:2].sum(), 0]),
    ):  # fmt: skip
        seen = np.bincount(NGramDecoder(law, **how).sample(4000, RNG(1)).values.ravel(), minlength=3) / 4000
        assert (abs(seen - expected) <= 5 * np.sqrt(np.multiply(expected, np.subtract(1, expected)) / 4000)).all()


@pytest.mark.parametrize("alpha", [None, 0.1, 0.0])
@pytest.mark.parametrize("temperature", [0.5, 1.6])
def test_proposals_that_are_refused_leave_the_law_at_that_temperature(alpha, temperature):
    rows = RNG(0).choice(5, p=[0.4, 0.3, 0.2, 0.08, 0.02], size=(2, 60, 4)).astype(np.int32)
    rows[0, :15, 2:], rows[1, :5, 3:] = -1, -1
    family = NGram(2, alpha, 5)
    decoded = NGramDecoder(family.fit(family.summarise(Points(rows))), temperature)
    n = 40_000
    for replicate, blocks in enumerate(decoded.sample(n, RNG(1)).values):
        after_0 = decoded.law.read(decoded.law.first[replicate, None], np.array([0]))[1]
        for state, seen in (
            (decoded.law.first[replicate, None], blocks[:, 0]),
            (after_0, blocks[blocks[:, 0] == 0, 1]),
        ):
            p = decoded.probabilities(state)[0]
            p = p / p.sum()
            found = np.bincount(np.where(seen < 0, 5, seen), minlength=6) / len(seen)
            assert (abs(found - p) <= 5 * np.sqrt(p * (1 - p) / len(seen))).all()


def test_what_one_replicate_writes_at_a_temperature_changes_no_other():
    rows = RNG(0).choice(5, p=[0.4, 0.3, 0.2, 0.08, 0.02], size=(2, 60, 4)).astype(np.int32)
    other = np.stack([rows[0], np.zeros_like(rows[1])])
    family = NGram(2, 0.1, 5)
    first, second = (
        NGramDecoder(family.fit(family.summarise(Points(some))), 0.7).sample(50, RNG(1)).values
        for some in (rows, other)
    )
    assert np.array_equal(first[0], second[0])
    assert not np.array_equal(first[1], second[1])


def test_curation_that_cannot_be_is_refused_before_anything_runs():
    with pytest.raises(InputError, match="categorical, ngram and lm"):
        parse_arm("top-k:5")[1].curation.law(Gaussian().fit(Gaussian().summarise(Points(np.zeros((1, 9))))))
    loop = generations(worlds.Words(), Categorical(), size=9, curation=Quality(0.5), rng=RNG(0))
    with pytest.raises(InputError, match="a world of text"):
        next(loop)


def test_curated_arms_run(tmp_path):
    import kellet

    arms = {name: parse_arm(name)[1] for name in ("temperature:0.8", "dedup:minhash", "quality:80%")}
    arms |= {"judged": Arm(curation=judging("1"))}
    found = kellet.run(
        world=worlds.Text(length=16), family=NGram(2), size=40, arms=arms, generations=2, replicates=2, judged=20,
        metrics=("perplexity", "distinct_pairs"),
    )  # fmt: skip
    assert np.isfinite(found.data["perplexity"]).all()


TIRED = """
import pathlib, sys
n, calls = len(list(sys.stdin)), pathlib.Path(sys.argv[1])
if calls.exists():
    calls.write_text(calls.read_text() + "x")
    if len(calls.read_text()) > 4:
        sys.exit("tired")
for _ in range(n):
    print(1)
"""


@pytest.mark.parametrize("world", [worlds.Normal(), worlds.Digits(dims=2)], ids=["normal", "digits"])
def test_a_program_that_breaks_while_it_judges_is_a_failed_replicate_and_tried_again(tmp_path, world):
    program, calls = tmp_path / "judge.py", tmp_path / "calls"
    calls.touch()
    program.write_text(TIRED, encoding="utf-8")
    judged = Arm(curation=Verify(shlex.join([sys.executable, str(program), str(calls)])))
    family = Gaussian() if isinstance(world, worlds.Normal) else Bootstrap()
    settings = {"world": world, "family": family, "size": 20, "generations": 6, "replicates": 2, "judged": 20}
    study = Experiment(arms={"plain": Arm(), "judged": judged}, **settings)
    out = tmp_path / "run"
    run = kellet.run(study, out=out)
    (told,) = run.failures()["judged"]
    assert told.startswith("generation ")
    assert told.endswith("exit code 1: tired")
    assert (run.failed("plain") < 0).all()
    assert len(set(run.failed("judged"))) == 1
    kellet.report(run)
    calls.unlink()
    again = kellet.run(study, out=out)
    assert not again.failures()
    alone = kellet.run(study)
    for metric in alone.metrics:
        assert again.values("judged", metric.name).tobytes() == alone.values("judged", metric.name).tobytes()
