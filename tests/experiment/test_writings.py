"""What generations wrote, as an audit reads it: laws, tables, texts, pictures; and runs that can't be audited."""

import numpy as np
import polars as pl
import pytest

from kellet import Anchor, Arm, families, run, sweep, worlds
from kellet.data.content import Album, Documents, Rows
from kellet.errors import InputError
from kellet.experiment.auditing import audit
from kellet.experiment.writings import gather, read
from kellet.families.text.ngram import NGram
from kellet.loop.regimes import Accumulate

LOOP = {"generations": 3, "replicates": 1, "seed": 3}


@pytest.fixture
def table(tmp_path):
    rng, path = np.random.default_rng(0), tmp_path / "people.csv"
    jobs = np.array(["smith", "baker", "cook", "farrier"])[rng.choice(4, 600, p=(0.6, 0.3, 0.09, 0.01))]
    frame = {"age": rng.integers(20, 70, 600), "born": np.datetime64("1950-01-01") + rng.integers(0, 9999, 600)}
    pl.DataFrame({**frame, "job": jobs}).write_csv(path)
    return str(path)


def test_a_table_comes_back_in_the_columns_and_units_of_its_file(table, tmp_path):
    out = tmp_path / "run"
    run(world=worlds.Mixed(table), family=families.Copula(), size=300, arms={"a": Arm()}, out=out, **LOOP)
    first = read(out).sides[0].content
    assert isinstance(first, Rows)
    assert dict(first.frame.schema) == {"age": pl.Int64, "born": pl.Date, "job": pl.String}
    assert set(first.frame["job"]) <= {"smith", "baker", "cook", "farrier"}
    assert 20 <= first.frame["age"].median() <= 70
    alone, against = audit(str(out)), audit(table, str(out))
    assert [look.name for look in alone.looks] == ["generation 1", "generation 2", "generation 3"]
    assert [look.name for look in against.looks] == ["generation 0 of run", *(look.name for look in alone.looks)]
    assert (alone.diagnosis.reference, against.diagnosis.reference) == ("generation 0 of run", "people.csv")
    assert against.looks[0].verdict == "pass"


def test_numbers_are_no_longer_standardised(table):
    found = run(world=worlds.Table(table, columns=("age",)), family=families.Gaussian(), size=300, arms={"a": Arm()},
                **LOOP)  # fmt: skip
    ages = read(found).sides[0].content.frame["age"]
    assert ages.dtype == pl.Int64
    assert 40 < ages.mean() < 50


def test_a_law_is_drawn_from_as_often_as_a_generation_learns_from():
    arms = {"replace": Arm(), "all": Arm(Accumulate()), "real": Arm(anchor=Anchor(3)),
            "once": Arm(anchor=Anchor(share=0.1, every=2))}  # fmt: skip
    found = run(world=worlds.Zipf(50), family=families.Categorical(), size=30, arms=arms, **LOOP)
    assert [side.content.frame.height for side in read(found).sides] == [30] * 4
    assert all(
        a.content.frame.equals(b.content.frame) for a, b in zip(read(found).sides, read(found).sides, strict=True)
    )
    assert [read(found, arm).share for arm in arms] == [0.0, None, 0.1, None]
    _, alone = gather((found,))
    _, against = gather((worlds.Zipf(50), found))
    assert (alone.steps, against.steps) == ((2, 3, 4), (1, 2, 3, 4))
    assert "--arm NAME" in alone.notes[0]


def test_texts_are_passages_and_pictures_pictures(tmp_path):
    path = tmp_path / "text.txt"
    path.write_text("\n\n".join(f"the cat {i % 7} sat on the mat{' and slept' * (i % 5)}" for i in range(200)), "utf-8")
    texts = run(world=worlds.Text(str(path)), family=NGram(2), size=60, arms={"a": Arm()}, **LOOP)
    sides = read(texts).sides
    assert isinstance(sides[0].content, Documents)
    assert "the cat" in " ".join(sides[0].content.texts)
    with pytest.raises(InputError, match=r"passages of a fixed length\. Try auditing the run alone"):
        audit(str(path), texts)
    digits = run(world=worlds.Digits(), family=families.Gaussian(), size=300, arms={"a": Arm()}, **LOOP)
    album = read(digits).sides[0].content
    assert isinstance(album, Album)
    assert album.pixels.shape == (500, 8, 8, 1)


def test_what_cannot_be_audited_is_said_in_one_line(tmp_path):
    loop = {"world": worlds.Zipf(50), "family": families.Categorical(), "size": 30, "arms": {"a": Arm()}, **LOOP}
    found = run(**loop)
    for sources, arm, told in (
        ((found,), "b", 'one of the arms "a"; got "b"'),
        ((found, found), None, "one run at most; got 2"),
        (("real.csv", "gen1.csv"), "a", "a run folder, of which an arm is meant"),
    ):
        with pytest.raises(InputError, match=told):
            audit(*sources, arm=arm)
    sweep(**{**loop, "grid": {"size": [20, 30]}}, out=tmp_path / "sweep")
    with pytest.raises(InputError, match="a run that is no sweep"):
        audit(tmp_path / "sweep")
