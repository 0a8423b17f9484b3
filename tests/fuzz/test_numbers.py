"""Evidence: it adds up in any order; blocks come back from their files bit by bit."""

import os
from functools import reduce
from operator import add

import msgspec
import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from kellet.evidence import Counts, Moments, Points, Sums
from kellet.experiment.running.blocks import MARKS, Block, decode, encode, pack_blocks, unpack

fuzz = settings.get_profile(os.environ.get("HYPOTHESIS_PROFILE", "quick fuzz"))
NUMBERS = st.floats(-1e6, 1e6, width=32)
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=9)


def batches(dimensions: int):
    """Several arrays of one replicate or two, each with its own number of points."""
    whole = st.tuples(st.integers(1, 2), *[st.integers(1, 3)] * (dimensions - 1))
    one = whole.flatmap(
        lambda shape: st.lists(
            st.integers(0, 4).flatmap(lambda n: arrays(float, (shape[0], n, *shape[1:]), elements=NUMBERS)),
            min_size=2, max_size=4,
        )
    )  # fmt: skip
    return one


def check_moments(parts) -> None:
    """Sums of moments are those of all points, in any order."""
    whole = Moments.of(np.concatenate(parts, axis=1))
    scale = 1 + np.abs(np.concatenate(parts, axis=1)).max(initial=0)
    for order in (parts, parts[::-1]):
        found = reduce(add, map(Moments.of, order))
        assert np.all(found.count == whole.count)
        np.testing.assert_allclose(found.mean, whole.mean, atol=1e-12 * scale)
        np.testing.assert_allclose(found.scatter, whole.scatter, atol=1e-11 * scale**2)


@fuzz
@given(batches(1))
def test_moments_on_the_line_add_up_in_any_order(parts):
    check_moments(parts)


@fuzz
@given(batches(2))
def test_moments_in_space_add_up_in_any_order(parts):
    check_moments(parts)


@fuzz
@given(st.lists(arrays(np.int64, (2, 5), elements=st.integers(0, 3)), min_size=2, max_size=4), st.integers(1, 9))
def test_counts_add_up_in_any_order_living_or_dead(parts, weight):
    whole = sum(parts[1:], start=parts[0])
    for order in (parts, parts[::-1]):
        for make in (Counts, lambda values: Counts(values).living()):
            np.testing.assert_array_equal(reduce(add, map(make, order)).dense(), whole)
            np.testing.assert_array_equal((weight * reduce(add, map(make, order))).dense(), weight * whole)


@fuzz
@given(st.lists(st.tuples(st.integers(0, 99), arrays(float, 2, elements=NUMBERS)), min_size=2, max_size=5))
def test_sums_add_up_in_any_order(parts):
    made = [Sums(float(count), total) for count, total in parts]
    one, other = reduce(add, made), reduce(add, made[::-1])
    assert one.count == other.count
    np.testing.assert_allclose(one.total, other.total, rtol=1e-9, atol=1e-6)


@fuzz
@given(batches(1), st.integers(1, 5))
def test_points_keep_where_they_come_from(parts, weight):
    pool = reduce(add, (Points(values, origin=i) for i, values in enumerate(parts)))
    assert pool.size == sum(values.shape[1] for values in parts)
    assert [int(n) for n in np.unique(pool.origins[0])] == [i for i, values in enumerate(parts) if values.shape[1]]
    np.testing.assert_allclose((float(weight) * pool).weighed, weight * pool.weighed)


@st.composite
def blocks(draw, number: int, names: tuple[str, ...]):
    """What a block of replicates may hold; generation 0 is always recorded."""
    replicates, generations = (
        draw(st.integers(1, 3)),
        draw(st.lists(st.integers(1, 10**18), max_size=3, unique=True)),
    )
    shape = replicates, 1 + len(generations)
    last = min(max(generations, default=0) + 1, 2**31 - 1)
    marks = {name: draw(arrays(np.int64, replicates, elements=st.integers(-1, last))) for name in MARKS}
    broke = bool((marks["failed"] >= 0).any())
    reason = draw(TEXT) if broke or (marks["collapsed"] >= 0).any() else ""
    failure = draw(TEXT.filter(bool)) if broke else ""
    values = {name: draw(arrays(float, shape, elements=st.floats())) for name in names}
    return Block(
        f"{number:016x}",
        number,
        np.array([0, *sorted(generations)]),
        values,
        marks.pop("collapsed"),
        reason,
        {},
        failure=failure,
        **marks,
    )


def check_same(one: Block, other: Block) -> None:
    """Bit by bit."""
    assert (one.key, one.reason, one.failure, list(one.values)) == (
        other.key,
        other.reason,
        other.failure,
        list(other.values),
    )
    np.testing.assert_array_equal(one.generations, other.generations)
    for name in one.values:
        np.testing.assert_array_equal(
            one.values[name].view(np.int64), np.ascontiguousarray(other.values[name]).view(np.int64)
        )
    for mark in MARKS:
        np.testing.assert_array_equal(one.mark(mark), other.mark(mark))


NAMES = st.lists(
    TEXT.filter(lambda name: name not in {"replicate", "generation", *MARKS, ""}), min_size=1, max_size=3, unique=True
)


@fuzz
@given(st.data(), NAMES)
def test_blocks_come_back_from_their_files(data, names):
    written = [data.draw(blocks(i, tuple(names))) for i in range(data.draw(st.integers(1, 3)))]
    found = list(decode({block.key: encode(block) for block in written}))
    assert len(found) == len(written)
    for one, other in zip(written, sorted(found, key=lambda block: block.number), strict=True):
        check_same(one, other)


@fuzz
@given(st.data(), NAMES, st.binary(max_size=9), st.floats(0, 1))
def test_a_pack_comes_back_or_is_told_to_be_none(data, names, noise, where):
    written = [
        msgspec.structs.replace(data.draw(blocks(i, tuple(names))), file=(f"{i}.parquet", 0.5))
        for i in range(data.draw(st.integers(1, 3)))
    ]
    (pack,) = pack_blocks(written)
    for one, other in zip(written, unpack(pack), strict=True):
        check_same(one, other)
    assert unpack(noise) is None
    place = int(where * len(pack))
    assert unpack(pack[:place]) is None or place == len(pack)
