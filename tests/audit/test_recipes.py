"""The recipes of docs/clusters.md give what `kellet profile` does; each runs only where its engine is installed."""

import random
import re
from pathlib import Path

import polars as pl
import pytest

import kellet
from kellet.profile.file import write
from kellet.profile.profile import Profile

PAGE = Path(kellet.__file__).parents[2] / "docs" / "clusters.md"
WORDS = [f"W{i}" for i in range(90)] + [
    "naïve",
    "don't",
    "it’s",
    "STRASSE",
    "x_1",
    "'b",
    "我用",
    "ภาษา",
    "0",
    "😀",
    "ΣΟΦΟΣ",
]
TITLES = ("Ray Data", "datatrove", "Spark", "Rows of words")

# What engines warn of is not ours to mend.
pytestmark = pytest.mark.filterwarnings("ignore")


def recipe(title):
    (code,) = re.findall(rf"^## {title}.*?^```py\n(.*?)^```", PAGE.read_text("utf-8"), flags=re.MULTILINE | re.DOTALL)
    return compile(code, str(PAGE), "exec")


@pytest.fixture
def corpus(tmp_path, monkeypatch):
    """Three files of documents, in a folder of the working one."""
    rng = random.Random(0)
    texts = [" ".join(rng.choices(WORDS, k=rng.choice([0, 1, 2, 3, 9, 20]))) for _ in range(700)]
    (tmp_path / "corpus").mkdir()
    monkeypatch.chdir(tmp_path)
    return pl.DataFrame({"id": range(700), "text": texts})


def fill(frame, ending):
    for i, (start, stop) in enumerate(((0, 100), (100, 450), (450, 700))):
        part = frame[start:stop]
        (part.write_parquet if ending == "parquet" else part.write_ndjson)(f"corpus/{i}.{ending}")


def raw(profile):
    write(profile, "some.kprof")
    return Path("some.kprof").read_bytes()


@pytest.mark.parametrize("title", TITLES)
def test_recipes_are_python(title):
    assert "profile" in recipe(title).co_names


def test_ray_gives_the_profile_of_one_pass(corpus):
    ray = pytest.importorskip("ray")
    fill(corpus, "parquet")
    ray.init(num_cpus=2, include_dashboard=False)
    try:
        exec(recipe("Ray Data"), found := {})
    finally:
        ray.shutdown()
    assert raw(found["profile"]) == raw(kellet.profile({"text": corpus["text"]}))


def test_datatrove_gives_the_profile_of_one_pass(corpus):
    pytest.importorskip("datatrove")
    pytest.importorskip("orjson")
    # It drops documents without text.
    corpus = corpus.filter(pl.col("text") != "")
    fill(corpus.with_columns(pl.col("id").cast(pl.String)), "jsonl")
    exec(recipe("datatrove"), found := {})
    assert raw(found["profile"]) == raw(kellet.profile({"text": corpus["text"]}))


@pytest.mark.parametrize(
    ("title", "kinds"),
    [("Spark", ("words",)), ("Rows of words", ("words", "2-grams", "3-grams", "length"))],
)
def test_spark_gives_what_one_pass_gives_at_its_level(corpus, title, kinds):
    pytest.importorskip("pyspark")
    fill(corpus, "parquet")
    from pyspark.sql import SparkSession

    spark = SparkSession.builder.master("local[2]").config("spark.ui.enabled", "false")
    spark.config("spark.sql.shuffle.partitions", "2").getOrCreate()
    exec(recipe(title), found := {})
    whole = kellet.profile({"text": corpus["text"]})
    kept = {kind: whole.tallies[kind].raise_to(found["LEVEL"]) for kind in kinds}
    assert kept["words"].keys.size < whole.tallies["words"].keys.size
    assert raw(found["profile"]) == raw(Profile(whole.documents, kept, whole.things, settings=whole.settings))
