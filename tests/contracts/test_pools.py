"""A pool of one writer is a plain loop, bit for bit, for every member of the other contracts' lists."""

import importlib.util
from itertools import islice, product
from pathlib import Path

import numpy as np
import pytest

from kellet import Accumulate, Anchor, Arm, InputError, Points, Prior, Replace, Subsample, Window, generations, worlds
from kellet.families import (
    VAE,
    Adapter,
    Bernoulli,
    Categorical,
    Classification,
    Command,
    Exponential,
    Gamma,
    Gaussian,
    Mixture,
    Regressor,
)
from kellet.loop.curation import Quantile, Shrink, Temperature, TopK, TopP, Verifier
from kellet.loop.curation.curation import Filter
from kellet.loop.pool.settings import Detector, Humans, Pool, Writer
from kellet.loop.pool.web import weave


def members(of):
    """Another contract's tests, for its lists."""
    spec = importlib.util.spec_from_file_location(f"listed_{of}", Path(__file__).with_name(f"{of}.py"))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


families, anchors, own = (members(of) for of in ("test_nothing_left", "test_anchors", "test_own_models"))
# What imports scikit-learn or starts a process for each fit.
HEAVY = Adapter | Classification | Regressor
SETTINGS = {"size": 8, "replicates": 2}
NEWEST = Pool(window=1)


def web(world, family, pool=NEWEST, writers=None, steps=3, **settings):
    loop = weave(
        world, family, settings=pool, writers=writers or {}, rng=np.random.default_rng(3), **SETTINGS | settings
    )
    return list(islice(loop, steps))


def plain(world, family, steps=3, **settings):
    return list(islice(generations(world, family, rng=np.random.default_rng(3), **SETTINGS | settings), steps))


def numbers(thing):
    """All arrays and numbers of evidence, in bytes."""
    if hasattr(thing, "__dataclass_fields__"):
        return [part for name in thing.__dataclass_fields__ for part in numbers(getattr(thing, name))]
    return [np.asarray(thing).tobytes()] if isinstance(thing, np.ndarray | int | float) else []


def assert_same(pool, loop):
    for g, plain in zip((w.writers["writer"] for w in pool), loop, strict=True):
        one, other = (g.model.sample(5, np.random.default_rng(1)).values for g in (g, plain))
        assert one.tobytes() == other.tobytes()
        assert numbers(g.evidence) == numbers(plain.evidence)
        assert (g.t, *g.collapsed, *g.emptied) == (plain.t, *plain.collapsed, *plain.emptied)


def mark(one):
    return pytest.param(*one, marks=pytest.mark.slow) if isinstance(one[0], HEAVY) else one


@pytest.mark.parametrize(("family", "world"), [mark(one) for one in families.FAMILIES], ids=repr)
def test_a_lone_writer_of_any_family_that_reads_its_newest_text_is_the_plain_loop(family, world):
    settings = {"anchor": Anchor(2)}
    assert_same(web(world, family, **settings), plain(world, family, **settings))
    # Sums are enough where everything is read.
    for regime, settings in ((Accumulate(), {}), (Window(2), {"window": 2})):
        pool = Pool(reading="documents", whole=True, **settings)
        assert_same(web(world, family, pool), plain(world, family, regime=regime))
    assert_same(web(world, family, Pool(reading="documents")), plain(world, family, regime=Subsample()))


@pytest.mark.slow
def test_a_lone_neural_writer_is_the_plain_loop():
    pytest.importorskip("torch")
    family, world = VAE(hidden=4, latent=1, steps=3), families.PLANE
    assert_same(web(world, family, steps=3), plain(world, family, steps=3))


@pytest.mark.slow
@pytest.mark.parametrize("thing", [own.Rows(), own.Table(), own.Own()], ids=lambda thing: type(thing).__name__)
def test_a_lone_writer_that_somebody_brought_is_the_plain_loop(thing):
    family = own.adapt(thing)
    assert_same(web(own.plane, family), plain(own.plane, family))


@pytest.mark.slow
def test_a_lone_program_is_the_plain_loop(tmp_path):
    import shlex
    import sys

    for name, code in (("train.py", own.TRAIN), ("sample.py", own.SAMPLE)):
        (tmp_path / name).write_text(code)
    python = shlex.quote(sys.executable)
    family = Command(
        f"{python} {tmp_path}/train.py {{train}} {{model}}", f"{python} {tmp_path}/sample.py {{model}} {{n}} {{out}}"
    )
    assert_same(web(own.line, family, steps=3, replicates=1), plain(own.line, family, steps=3, replicates=1))


CURATIONS = [Verifier(-1.0, 1.0), Quantile(0.8), Temperature(0.8), Shrink(0.9), TopK(2), TopP(0.8)]
WRITE = {
    "normal": (worlds.Normal(), Gaussian(), (None, *CURATIONS[:4])),
    "categories": (worlds.Zipf(4), Categorical(size=4), (None, CURATIONS[0], CURATIONS[2], *CURATIONS[4:])),
    "numbered": (anchors.Numbered(), anchors.Silent(), (None, *CURATIONS[:2])),
}
COMBINED = [
    (world, family, anchor, curation, size)
    for world, family, curations in WRITE.values()
    for anchor, curation, size in product(anchors.ANCHORS, curations, anchors.SIZES)
]


def assert_plain(world, family, anchor, curation, size):
    settings = {"anchor": anchor, "curation": curation, "size": size}
    assert_same(web(world, family, **settings), plain(world, family, **settings))


def test_a_lone_writer_with_any_anchor_and_curation_is_the_plain_loop():
    for combination in COMBINED[::29]:
        assert_plain(*combination)


@pytest.mark.slow
def test_a_lone_writer_with_every_anchor_and_curation_is_the_plain_loop():
    for i, combination in enumerate(COMBINED):
        if i % 29:
            assert_plain(*combination)


PRIORS = {
    "normal": (worlds.Normal(), Gaussian(), Prior(2.0, mean=1.0)),
    "categories": (worlds.Zipf(4), Categorical(size=4), Prior(2.0)),
    "yes or no": (worlds.Bernoulli(0.3), Bernoulli(), Prior(2.0)),
    "waits": (worlds.Exponential(2.0), Exponential(), Prior(2.0, mean=1.0)),
    "clusters": (families.PLANE, Mixture(2), Prior(2.0)),
}


@pytest.mark.parametrize(("world", "family", "prior"), PRIORS.values(), ids=PRIORS)
def test_a_lone_writer_with_a_prior_is_the_plain_loop(world, family, prior):
    learner = Arm(prior=prior).learns_by(family)
    assert_same(web(world, learner), plain(world, learner))
    # Its own family is as good as that of all.
    assert_same(web(world, family, writers={"writer": Writer(learner)}), plain(world, learner))


@pytest.mark.parametrize("regime", [Replace(), Accumulate(), Subsample()], ids=repr)
def test_a_judge_of_what_a_lone_writer_wrote_judges_as_in_the_plain_loop(regime):
    pool = {Replace: NEWEST, Accumulate: Pool(reading="documents", whole=True), Subsample: Pool(reading="documents")}
    for family, world in families.FAMILIES[::7]:
        one, other = (Filter(families.refuse()) for _ in range(2))
        assert_same(
            web(world, family, pool[type(regime)], curation=one), plain(world, family, regime=regime, curation=other)
        )


# Nothing left ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("reading", ["laws", "documents"])
def test_a_writer_whose_text_is_all_refused_stops_nobody(reading):
    """Of replicate 0 nothing that anybody wrote is kept, from the second generation on."""

    def refuse(points, rng):
        gone = (np.arange(points.replicates) == 0)[:, None] & (points.origins > 1)
        return Points(points.values, points.weighed * ~gone, points.origin)

    for family, world in families.FAMILIES[::9]:
        steps = web(
            world,
            family,
            Pool(window=1, reading=reading),
            {"": Writer(many=2)},
            5,
            curation=Filter(refuse),
            replicates=3,
        )
        assert [w.t for w in steps] == list(range(5))
        for g in steps[-1].writers.values():
            assert not g.emptied[1:].any()
            assert np.isfinite(families.written(g.model)[1:]).all()


@pytest.mark.parametrize("reading", ["laws", "documents"])
@pytest.mark.parametrize(
    ("family", "world"), [(Gaussian("unbiased"), families.LINE), (Gamma(), worlds.Gamma(2.0, 3.0))], ids=repr
)
def test_a_writer_that_collapses_goes_on_writing_what_it_can(family, world, reading):
    """One that learns from one point writes that alone; whoever reads it beside others learns as ever."""
    writers = {"tiny": Writer(size=1), "large": Writer(size=40)}
    for w in web(world, family, Pool(window=1, reading=reading), writers, 9, replicates=4):
        tiny, large = (w.writers[name] for name in writers)
        assert tiny.collapsed.all() and not large.collapsed.any()
        for g in (tiny, large):
            assert np.isfinite(families.written(g.model)).all()
    first, *_, last = web(world, family, Pool(window=1, pools=2, reading=reading), writers, 9, replicates=4)
    np.testing.assert_allclose(*(families.written(w.writers["tiny"].model) for w in (first, last)), rtol=1e-12)


@pytest.mark.parametrize("reading", ["laws", "documents"])
def test_a_pool_in_which_nothing_is_left_is_told_in_one_line(reading):
    pool = Pool(humans=Humans(count=4.0), filter=Detector(1.0, 1.0), reading=reading)
    with pytest.raises(InputError, match=r"^expected a pool that holds something to read; got none\. Try pool\+humans"):
        web(worlds.Normal(), Gaussian(), pool)


def test_documents_grow_old_also_where_nobody_writes():
    """People wrote last in the second generation, and what models write is always found."""
    pool = Pool(humans=Humans(count=4.0, halving=0.2), window=2, filter=Detector(1.0), reading="documents")
    assert np.max(web(worlds.Normal(), Gaussian(), pool, steps=3)[2].writers["writer"].evidence.count) <= 4
    with pytest.raises(InputError, match="holds something to read; got none"):
        web(worlds.Normal(), Gaussian(), pool, steps=4)


@pytest.mark.parametrize("reading", ["laws", "documents"])
def test_more_real_points_than_a_training_set_holds_are_told_in_one_line(reading):
    writers = {"one": Writer(private=7)}
    with pytest.raises(InputError, match=r"at most the 8 points .* got 2 of its anchor and 7 of its own"):
        web(worlds.Normal(), Gaussian(), Pool(reading=reading), writers, anchor=Anchor(2))
    # Of points that chance chooses there may be more, sometimes.
    by_chance = Anchor(share=0.5, random=True)
    for w in web(worlds.Normal(), Gaussian(), Pool(reading=reading), writers, anchor=by_chance, replicates=20)[1:]:
        assert np.max(w.writers["one"].evidence.count) > 8 and np.min(w.read["one"]) == 0


def test_documents_of_kinds_are_drawn_as_long_as_numpy_can():
    pool = Pool(reading="documents")
    with pytest.raises(InputError, match=r"fewer than 10\^9 documents to draw from; got 1,000,000,000\. Try reading"):
        web(worlds.Zipf(4), Categorical(size=4), pool, size=5 * 10**8)
    with pytest.raises(InputError, match=r"at most 10\^18 documents"):
        web(worlds.Zipf(4), Categorical(size=4), Pool(reading="documents", whole=True, written=4e17), size=10)
