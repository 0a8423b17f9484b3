"""What is found in a corpus of rows depends on its rows, and on nothing else."""

from dataclasses import replace
from datetime import date

import numpy as np
import polars as pl
import pytest

from kellet import InputError
from kellet.estimate import collecting, tables
from kellet.estimate.layout import lay_out
from kellet.estimate.spelling import spell_features
from kellet.estimate.tables import Features
from kellet.experiment.estimating import estimate
from kellet.experiment.tabular import holds_rows

TOWNS = np.array(["Aix", "Bern", "Cork", "Delft", "Ely"])


def write(n, seed, bound=1.0):
    """Rows whose columns hang together in a share ``bound`` of them; humans' do."""
    rng = np.random.default_rng(seed)
    level = rng.normal(size=n)

    def follow():
        return np.where(rng.random(n) < bound, level, rng.normal(size=n)) + 0.15 * rng.normal(size=n)

    return pl.DataFrame(
        {
            "number": np.arange(n),
            "town": TOWNS[np.clip(follow() + 2.5, 0, 4).astype(int)],
            "age": np.clip(40 + 10 * follow(), 18, 90).round(2),
            "income": np.exp(7 + follow()).round(2),
            "height": (170 + 9 * follow()).round(1),
            "group": np.array(["a", "b"])[rng.integers(2, size=n)],
        }
    )


HUMAN, MODEL = write(400, 0), write(300, 1, 0.0)
CORPUS = pl.concat([write(280, 2), write(120, 3, 0.0)])
TRUTH = 0.3


def ask(corpus=CORPUS, human=HUMAN, model=None, **settings):
    return estimate(corpus, human=human, model={"loose": MODEL} if model is None else model, **settings)


@pytest.fixture(scope="module", autouse=True)
def _few_trees():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tables, "TREES", 12)
        yield


@pytest.fixture(scope="module")
def found():
    return ask()


def test_the_share_of_a_synthesizers_rows_is_found_and_nothing_is_said_of_words(found):
    whole = found.whole
    assert whole.verdict == "answered"
    assert whole.low <= TRUTH <= whole.high
    assert (whole.documents, found.human_documents, found.things) == (400, 400, "rows")
    assert (whole.words_share, whole.words_low, whole.words_high) == (None, None, None)
    answer = found.answer()
    told = " ".join(answer.sentences)
    assert "400 rows" in told
    assert "data like that of loose" in told
    assert "words" not in told
    document = answer.document()
    assert (document.words, document.documents) == (None, 400)
    assert [one.name for one in whole.readings] == ["trees", "pairs"]
    assert any('"number" is left out' in note for note in answer.notes)
    assert any("no model has learnt from" in note for note in answer.notes)


def test_values_and_pairs_of_values_carry_the_evidence(found):
    assert found.phrases
    assert all(one.corpus > one.human and one.model > one.human for one in found.phrases)
    assert all(" and " in one.text and one.documents > 0 for one in found.phrases)
    [first, *_] = found.phrases
    column, value = first.text.split(" and ")[0].split(" ", 1)
    assert column in HUMAN.columns
    assert value.startswith(("= ", "from ", "below ", "above "))


def test_files_their_order_and_who_counts_change_nothing(found, tmp_path):
    mixed = CORPUS[np.random.default_rng(5).permutation(400)].with_row_index("row").drop("row")
    for place in range(5):
        mixed[place::5].write_csv(tmp_path / f"{place}.csv")
    HUMAN[:150].write_csv(tmp_path / "human-0.csv")
    HUMAN[150:].write_parquet(tmp_path / "human-1.parquet")
    human = [tmp_path / "human-0.csv", tmp_path / "human-1.parquet"]
    files = [tmp_path / f"{place}.csv" for place in (3, 1, 0, 2, 4)]
    shares = []
    both = ask(files, human, jobs=2, progress=lambda name, share: shares.append(share))
    assert replace(both, corpus="", notes=()) == replace(found, corpus="", notes=())
    assert shares[-1] == 1


def test_rows_of_references_are_left_out_where_rows_are_hardly_ever_equal(found):
    some = ask(pl.concat([CORPUS, HUMAN[:7], MODEL[:4], CORPUS[:2]]))
    assert (some.removed.known, some.whole.documents) == (11, 402)
    assert any(note.startswith("2 rows of the corpus are there for another time") for note in some.notes)
    assert some.phrases
    both = ask(human=pl.concat([HUMAN, MODEL[:9]]))
    assert (both.removed.both, both.human_documents) == (9, 400)


def test_equal_rows_of_a_narrow_table_all_count():
    narrow = ["town", "group"]
    rng = np.random.default_rng(0)
    model = pl.DataFrame({"town": rng.choice(TOWNS, 300, p=[0.4, 0.3, 0.1, 0.1, 0.1]), "group": ["a"] * 300})
    some = ask(CORPUS.select(narrow), HUMAN.select(narrow), {"flat": model})
    assert (some.removed.known, some.whole.documents, some.human_documents) == (0, 400, 400)
    assert any(note.startswith("Equal rows are natural in such tables") for note in some.notes)


def test_slices_add_up_and_their_column_is_no_evidence(found):
    corpus = CORPUS.with_columns(source=pl.Series(["web"] * 100 + ["shop"] * 100 + ["web"] * 100 + ["shop"] * 100))
    some = ask(corpus, HUMAN.with_columns(source=pl.lit("web")), by="source")
    assert some.whole == found.whole
    assert {one.value: one.finding.documents for one in some.slices} == {"shop": 200, "web": 200}
    assert all((one.pooled is not None) == (one.finding.verdict == "answered") for one in some.slices)
    assert some.answer().document().slices[0].words is None


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"corpus": CORPUS.drop("age")}, 'the columns of the human table in every table; got no "age" in the corpus'),
        ({"model": {"m": MODEL.drop("town")}}, 'got no "town" in the references of m'),
        ({"model": {"m": MODEL.with_columns(age=pl.lit("old"))}}, 'numbers in "age" of the references of m'),
        ({"model": {"m": MODEL.with_columns(town=pl.lit("Rom"))}}, 'words that the human table has in "town" of the r'),
        ({"corpus": CORPUS.with_columns(town=pl.lit("Rom"))}, 'words that the human table has in "town" of the corpus'),
        ({"human": HUMAN[:99]}, "100 rows of each writer or more; got 99 in the human table"),
        ({"model": {"m": MODEL[:60]}}, 'got 60 in the table of "m"'),
        ({"model": {"m": HUMAN}}, 'human and model tables that differ; got 100 % of the rows of "m" in the human tab'),
        ({"model": {"m": pl.concat([HUMAN[:200], MODEL[:150]])}}, "got 57 % of the rows"),
        ({"corpus": CORPUS[:1]}, "a corpus of 20 rows or more; got 1. Try"),
        ({"corpus": "text.txt"}, "tables, as the human reference is one; got a text in text.txt"),
        ({"model": {"m": "text.txt"}}, "tables, as the human reference is one; got a text in text.txt"),
        ({"corpus": ["To be, or not to be."] * 40}, 'got no "town", "age", "income", "height", "group" in the corpus'),
        ({"human": "text.txt"}, "a column"),
        ({"human": np.zeros((200, 8, 8), np.uint8)}, "pictures"),
        ({"corpus": np.zeros((200, 8, 8), np.uint8)}, "pictures"),
        ({"by": "length"}, "or \"file\", to divide rows by; got 'length'"),
    ],
)  # fmt: skip
def test_bad_input_is_told_in_one_line(settings, told, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "text.txt").write_text("To be, or not to be, that is the question.\n" * 60)
    with pytest.raises(InputError) as error:
        ask(**settings)
    assert told in str(error.value)
    assert "\n" not in str(error.value)


def test_few_rows_are_no_answer():
    some = ask(CORPUS[:19])
    assert some.whole.reasons == ("19 rows are too few: 20 or more are needed",)


def test_of_many_rows_some_are_chosen_by_their_hashes(monkeypatch):
    monkeypatch.setattr(collecting, "MOST", 250)
    some = ask()
    assert 200 < some.human_documents < 300
    assert f"Of 400 human rows {some.human_documents} were used, chosen by their hashes." in some.notes


def test_rows_are_chosen_the_same_way_in_any_order_each_as_often_as_its_share():
    rng = np.random.default_rng(0)
    rows = rng.integers(1, 2**60, (300, 3)).astype(np.uint64)
    rows = np.concatenate([rows, np.repeat(rows[:1], 700, axis=0)])
    taken = []
    for seed in range(3):
        one = collecting.Collection(3)
        for part in np.array_split(np.random.default_rng(seed).permutation(rows), 3 + seed):
            one.add(part)
        assert one.total == 1000
        assert len(one.take(1000, np.empty(0, np.uint64))) == 1000
        taken.append(one.take(100, np.empty(0, np.uint64)))
    assert np.array_equal(taken[0], taken[1])
    assert np.array_equal(taken[0], taken[2])
    # 701 copies of one row, and 299 others, each with chance a tenth: five standard deviations.
    often = (taken[0] == rows[0]).all(axis=1).sum()
    assert often in (70, 71)
    assert abs(len(taken[0]) - often - 29.9) < 5 * np.sqrt(29.9 * 0.9)


def test_tables_with_a_column_of_text_are_texts(tmp_path):
    text = [" ".join(write(1, i)["town"].to_list() * 12) + f" {i}" for i in range(60)]
    frames = {
        "text": pl.DataFrame({"text": [f"short {i}" for i in range(60)], "group": ["a", "b"] * 30}),
        "prose": HUMAN[:60].with_columns(prose=pl.Series(text)),
        "one": pl.DataFrame({"prose": text}),
        "rows": HUMAN,
    }
    for name, frame in frames.items():
        frame.write_parquet(tmp_path / f"{name}.parquet")
        assert holds_rows([tmp_path / f"{name}.parquet"]) == (name == "rows"), name
    (tmp_path / "a.txt").write_text("\n".join(text))
    assert not holds_rows([tmp_path / "a.txt"])


def test_levels_are_spelt_for_people():
    frame = pl.DataFrame(
        {
            "town": ["Aix", None, "Bern", "Rare"] * 10,
            "n": [0.5, 1.5, 2.5, None] * 10,
            "day": [date(2020, 1, 1), date(2020, 1, 2), date(2020, 1, 9), None] * 10,
        }
    )
    layout = lay_out(frame)
    rows = layout.read(frame, "it")
    features = Features.learn(layout.numeric, rows)
    names = spell_features(features, layout.columns, layout.name_words(frame[:3]))
    assert len(names) == features.mark(rows).shape[1]
    assert {"town = Aix", "town missing", "town = (another)", "n = 1.5", "day = 2020-01-02"} <= set(names)
    marked = features.mark(rows[:1]).toarray()[0] > 0
    assert "town = Aix and n = 0.5" in [name for name, there in zip(names, marked, strict=True) if there]
