"""Pools as arms, files and grids spell them, and what is said where they can't be meant."""

import re
from pathlib import Path

import pytest

import kellet
from kellet import Anchor, Arm, Detector, Experiment, Humans, InputError, Pool, Writer, families, worlds
from kellet.experiment.grid import points
from kellet.experiment.spelling import parse_arm, parse_curation, parse_grid
from kellet.loop.curation import Dedup, Temperature

FIVE, SLOWLY = {"writer": Writer(many=5)}, Humans(share=0.1, halving=5.0)
SPELT = {
    "pool": (Pool(), {}),
    "pool+writers:5+humans:10%+filter:0.9,0.05": (Pool(humans=Humans(share=0.1), filter=Detector(0.9, 0.05)), FIVE),
    "pool+humans:10% falling by half every 5 generations": (Pool(humans=SLOWLY), {}),
    "pool + humans:1e9 doubling every 2 generations": (Pool(humans=Humans(1e9, halving=-2.0)), {}),
    "window:3+pool+halving:5": (Pool(window=3, halving=5.0), {}),
    "pool+replace": (Pool(window=1), {}),
    "pool+accumulate": (Pool(), {}),
    "pool+window:0+humans:5": (Pool(window=0, humans=Humans(5.0)), {}),
    "pool+filter:90%,5%,10%,20%": (Pool(filter=Detector(0.9, 0.05, 0.1, 0.2)), {}),
    "pool+writers:5+pools:5+migration:1%": (Pool(pools=5, migration=0.01), FIVE),
    "pool+bias:2+before:1e+12+written:1e12": (Pool(bias=2.0, before=1e12, written=1e12), {}),
    "pool+documents+whole": (Pool(reading="documents", whole=True), {}),
    "pool+laws+private:10": (Pool(), {"writer": Writer(private=10)}),
    "pool+documents+dedup:minhash": (Pool(reading="documents", dedup=Dedup("minhash")), {}),
}


@pytest.mark.parametrize("text", SPELT)
def test_a_pool_is_what_is_spelt(text):
    pool, writers = SPELT[text]
    assert parse_arm(text) == (text, Arm(pool=pool, writers=writers))


def test_anchors_priors_and_curation_stand_beside_a_pool_as_in_any_arm():
    assert parse_arm("vault=pool+writers:5+bank:5%/1000+every:2")[1] == Arm(
        anchor=Anchor(share=0.05, draw="bank", bank=1000, every=2), pool=Pool(), writers=FIVE
    )
    arm = parse_arm("pool+documents+dedup:exact+temperature:0.9+prior:2")[1]
    assert (arm.pool.dedup, arm.curation, arm.prior.strength) == (Dedup(), Temperature(0.9), 2.0)
    # Where documents are not what is read, what models write is cleared of copies, as in an arm without a pool.
    assert parse_arm("pool+dedup:exact")[1] == Arm(curation=Dedup(), pool=Pool())
    assert parse_arm("dedup:exact+window:3")[1].pool is None


REFUSED = {
    "writers:5+fresh:1": r"expected pool, beside what is said of one; got writers .* Try pool\+writers:5\+fresh:1",
    "documents": r"Try pool\+documents",
    "pool:3": "an arm made of",
    "pool+whole:3": "an arm made of",
    "pool+writers": "an arm made of",
    "pool+pool": "one pool in an arm",
    "pool+replace+window:3": "one regime in an arm",
    "pool+documents+laws": "one way of reading in an arm",
    "pool+dedup:exact+temperature:1": "one curation in an arm",
    "pool+subsample": r"says itself what is kept of the past; got subsample. Try pool\+documents",
    "pool+window:0": r"remembers something, or in which people write; .* Try pool\+humans:10%",
    "pool+window:1e30": r"at most 10\^18 generations",
    "pool+filter:0.05,0.9": "not worse than chance; got 5.0 % of model text found, and 90 % .* Try filter:0.9,0.05",
    "pool+filter:": "expected a number; got '' in 'filter:'",
    "pool+filter:0.9,0.05,0.1": "a minority's share together with",
    "pool+filter:1,0,0,0,0": "got 5 numbers",
    "pool+filter:nan": "caught between 0 and 1",
    "pool+humans:0.1": "whole documents .* got 0.1. Try 10%",
    "pool+humans:100%": "from 0 to less than 1",
    "pool+humans:-5": r"from 0 to 10\^18 documents",
    "pool+humans:many": "a number; got 'many'",
    "pool+humans:1 2": "what people write in each generation; got '1 2'",
    "pool+humans:1..5": r"a number; got '1\.\.5'",
    "pool+humans:5 doubling every 0 generations": "generations in which it falls by half",
    "pool+writers:0": "many of at least 1",
    "pool+writers:1001": "at most 1,000 writers",
    "pool+writers:2.5": "a whole number",
    "pool+private:-1": "private of at least 0",
    "pool+writers:3+pools:5": "a writer for each of 5 pools; got 3 in all. Try pools:3, or writers:5",
    "pool+migration:1%": r"more than one pool to migrate between; .* Try pools:5\+migration:0.01",
    "pool+whole": r"read as documents, for whole; .* pool\+documents\+whole",
    "pool+documents+whole+bias:2": "nothing is chosen; got a bias",
    "pool+halving:nan": "a finite halving > 0",
    "pool+bias:0": "a finite bias > 0",
    "pool+bias:1e308": r"a bias from 1e-100 to 1e\+100",
    "pool+before:1e19": r"before of at most 10\^18",
}


@pytest.mark.parametrize("text", REFUSED)
def test_what_is_no_pool_is_told_in_a_line(text):
    with pytest.raises(InputError, match=REFUSED[text]) as told:
        parse_arm(text)
    assert "\n" not in str(told.value)


def test_a_pool_is_no_curation():
    with pytest.raises(InputError, match="a curation and nothing else"):
        parse_curation("pool+temperature:0.9")


LARGE = Writer(families.Gaussian(covariance="diagonal"), (40, 30), Anchor(2, draw="bank", bank=9), 3, 0.5, 2)
ARMS = {
    "web": Arm(
        pool=Pool(
            SLOWLY, 1e12, 500.0, 3, 5.0, 2.0, Detector(0.9, 0.05), None, 2, 0.01, "laws",
        ),
        writers={"small one": Writer(many=2), "large": LARGE},
    ),
    "read": Arm(pool=Pool(dedup=Dedup(), reading="documents")),
    "plain": Arm(anchor=Anchor(1)),
}  # fmt: skip


def make(arms, world=None, family=None, size=20, generations=5, **more):
    return Experiment(
        world or worlds.Normal(), family or families.Gaussian(), size, arms, generations, **{"replicates": 3, **more}
    )


def test_a_file_is_complete_and_is_read_again_as_it_was():
    for experiment in (make(ARMS), kellet.resolve(make(ARMS)).experiment):
        text = experiment.to_toml()
        assert Experiment.from_toml(text) == experiment
        assert Experiment.from_toml(text).to_toml() == text
        for line in ("halving = 5.0", "migration = 0.01", 'reading = "laws"', '[arms.web.writers."small one"]'):
            assert line in text
        # A pool says itself what is kept of the past.
        assert [arm for arm in ARMS if f"[arms.{arm}.regime]" in text] == ["plain"]


def read(lines):
    text = make({"replace": Arm()}).to_toml().replace('[arms.replace.regime]\nkind = "replace"\n', lines)
    return Experiment.from_toml(text).arms["web"]


@pytest.mark.parametrize(
    ("humans", "meant"),
    [
        ("1000", Humans(1000.0)), ("1e12", Humans(1e12)), ("12345678", Humans(12345678.0)),
        ('"10%"', Humans(share=0.1)), ('"10% falling by half every 5 generations"', SLOWLY),
        ("{share = 0.1, halving = 5}", SLOWLY),
    ],
)  # fmt: skip
def test_what_people_write_may_stand_in_words_or_as_a_number(humans, meant):
    assert read(f"[arms.web.pool]\nhumans = {humans}").pool.humans == meant


def test_an_anchor_of_a_writer_is_fresh_unless_it_says_how_it_is_drawn():
    assert read("[arms.web.pool]\n[arms.web.writers.a]\nanchor = {count = 3}").writers["a"].anchor == Anchor(3)


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ("[arms.web.pool]\nhumanz = 3", "unknown setting `humanz` at `arms"),
        ("[arms.web.pool]\nfilter = {caugt = 0.9}", "caugt"),
        ("[arms.web.pool]\n[arms.web.writers.a]\nsise = 3", "unknown setting `sise` at `arms"),
        ("[arms.web.pool]\nhumans = true", "a table or nothing"),
        ("[arms.web.pool]\nhumans = []", "a table or nothing"),
        ("[arms.web.pool]\nhumans = inf", "from 0 to 10.18 documents"),
        ("[arms.web.pool]\nreading = 'books'", "books"),
        ("[arms.web.pool]\nwindow = 2.5", "a whole number"),
        ("[arms.web.pool]\n[arms.web.regime]\nkind = 'accumulate'", "says itself what is kept"),
        ("[arms.web.writers.a]\n", "a pool that writers learn from"),
        ("[arms.web.pool]\n[arms.web.writers]\n'a@b' = {}", "without @"),
        ("[arms.web.pool]\n[arms.web.writers]\n\"a\\u0001\" = {}", "what can't be seen"),
        ("[arms.web.pool]\n[arms.web.writers]\n'' = {}", "a writer's name"),
        ("[arms.web.pool]\nwriters = {}", "unknown setting `writers`"),
        ("[arms.web.pool]\n[arms.web.writers]\na = {many = 2}\n'a 2' = {}", "two called 'a 2'"),
        ("[arms.web.pool]\n[arms.web.writers]\na = {many = 600}\nb = {many = 600}", "at most 1,000 writers; got 1,200"),
        ("[arms.web.pool]\n[arms.web.writers]\na = {share = 0.9}\nb = {share = 0.2}", "add up to 1; got 1.1"),
        ("[arms.web.pool]\n[arms.web.writers]\na = {share = 0.9}\nb = {share = 0.05}", "add up to 1; got 0.95"),
        ("[arms.web.pool]\n[arms.web.writers]\na = {share = 0.9, many = 2}", "from 0 to 1; got 0.9 for each of 2"),
        ("[arms.web.pool]\n[arms.web.writers]\na = {size = []}", "a writer's size"),
        ("[arms.web.pool]\n[arms.web.writers]\na = {size = 0}", "a writer's size"),
    ],
)  # fmt: skip
def test_what_no_file_can_mean_is_told_with_the_right_words(lines, said):
    with pytest.raises(InputError, match=said):
        read(lines)


def test_fields_of_pools_and_writers_can_be_swept():
    grid = dict(
        map(parse_grid, ("pool.humans.share=0.01,0.1", "pool.bias=1,2", "writers.large.size=40,50", "pool.window=3"))
    )
    where = [(w, at.experiment.arms) for w, at in points(make(ARMS, grid=grid))]
    assert len(where) == 8
    for at, arms in where:
        assert arms["web"].pool.humans == Humans(share=at["pool.humans.share"], halving=5.0)
        # What another pool has not got stays as it is there.
        assert arms["read"].pool.humans is None
        assert arms["web"].pool.bias == at["pool.bias"]
        assert arms["web"].writers["large"].size == at["writers.large.size"]
        assert arms["plain"] == ARMS["plain"]


@pytest.mark.parametrize(
    ("field", "values", "got"),
    [
        ("pool.humans", ("10%", 1000), [Humans(share=0.1), Humans(1000.0)]),
        ("pool.filter.caught", (0.5, 0.9), [0.5, 0.9]),
        ("writers.writer.many", (2, 3), [2, 3]),
        ("writers.writer.anchor", ({"count": 3},), [Anchor(3)]),
    ],
)
def test_a_swept_field_stands_where_it_should(field, values, got):
    arms = {"web": parse_arm("pool+writers:5+filter:0.6,0.05")[1]}
    names = field.split(".")
    for (_, at), value in zip(points(make(arms, grid={field: values})), got, strict=True):
        thing = at.experiment.arms["web"]
        for name in names:
            thing = thing[name] if isinstance(thing, dict) else getattr(thing, name)
        assert thing == value


@pytest.mark.parametrize(
    ("field", "said"),
    [
        ("pool.humans.share", r"an arm with pool.humans for the grid's .* Try --arm pool\+humans"),
        ("writers.nobody.size", "an arm with writers.nobody"),
        ("pool.nothing", "nothing"),
    ],
)
def test_a_field_that_no_arm_has_is_not_swept(field, said):
    with pytest.raises(InputError, match=said):
        list(points(make({"web": parse_arm("pool+writers:5")[1]}, grid={field: (0.1, 0.2)})))


def test_what_a_pool_does_is_said_in_a_sentence():
    web = parse_arm("pool+writers:5+humans:10% falling by half every 2.5 generations+filter:0.9,0.05+bank:5/50")[1]
    assert web.describe(100) == (
        "Each writer learns from a sample of what people and all writers wrote; people write 10 % of the first "
        "generation, falling by half every 2.5 generations; a filter finds 90 % of model text and takes 5.0 % of "
        "people's for it; every document read is new (reading: laws); five writers who are alike, plus 5 real points "
        "drawn anew each time from a bank of 50."
    )
    for words in ("(reading: documents)", "copies count once", "one writer."):
        assert words in ARMS["read"].describe(100)
    for words in ("two pools", "1.0 % of what it reads", "the newest 3 generations", "3 are real ones of its own"):
        assert words in ARMS["web"].describe(100)


def test_the_file_in_the_documents_is_one():
    text = (Path(kellet.__file__).parents[2] / "docs" / "runs.md").read_text(encoding="utf-8")
    (lines,) = (block for block in re.findall(r"```toml\n(.*?)```", text, re.DOTALL) if "[arms.web.pool]" in block)
    whole = make({"web": Arm()}, worlds.Zipf(50), families.Categorical(), 100).to_toml()
    experiment = Experiment.from_toml(re.sub(r"\[arms.web.regime\]\nkind.*\n", "", whole) + lines)
    assert list(kellet.resolve(experiment).experiment.arms["web"].writers) == ["small", "large"]


def test_in_a_file_a_writer_may_be_no_more_than_its_family_as_on_the_command_line():
    text = """
size = 50
generations = 2
[world]
kind = "normal"
[family]
kind = "gaussian"
[arms.web]
pool = {humans = "10%"}
writers = {small = "mixture:components=3", large = {family = "mixture:components=30", size = 90}}
"""
    written = kellet.Experiment.from_toml(text)
    small, large = written.arms["web"].writers.values()
    assert (small.family, large.family, large.size) == (families.Mixture(3), families.Mixture(30), 90)
    assert kellet.Experiment.from_toml(written.to_toml()) == written
    with pytest.raises(kellet.InputError, match="a family: "):
        kellet.Experiment.from_toml(text.replace('mixture:components=3"', 'mixtures?"'))
