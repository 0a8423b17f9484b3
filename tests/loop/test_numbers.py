"""What families and anchors come to in numbers."""

import pytest

from kellet import Anchor, InputError, Prior
from kellet.families import Bernoulli, Exponential, Gaussian
from kellet.loop.numbers import is_free, is_likeliest, quantify, stock


@pytest.mark.parametrize(
    ("anchor", "family", "strength", "bank"),
    [
        (None, Gaussian(), 0.0, None),
        (Anchor(3), Gaussian(), 3.0, None),
        (Anchor(share=0.01, every=2), Gaussian(), 5.0, None),
        (Anchor(share=0.01, random=True), Gaussian(), 10.0, None),
        (Anchor(share=0.0126), Gaussian(), 13.0, None),
        (Anchor(4, draw="fixed"), Gaussian(), 4.0, 4.0),
        (Anchor(4, draw="bank", bank=9), Gaussian(), 4.0, 9.0),
        (Anchor(0, draw="bank", bank=9), Gaussian(), 0.0, None),
        (Anchor(4, contaminated=0.25), Gaussian(), 3.0, None),
        (Anchor(4, weight=2.0), Gaussian(prior=Prior(1)), 9.0, None),
        # The mode in the mean parameter: 2a imaginary points more, a = -1.
        (None, Bernoulli(Prior(5, parametrisation="mean")), 3.0, None),
    ],
    ids=repr,
)
def test_a_family_and_an_anchor_are_so_many_points(anchor, family, strength, bank):
    loop = quantify(family, 1000, anchor)
    assert (loop.strength, loop.bank) == (strength, bank)
    assert loop.random == (anchor is not None and anchor.random)


def test_what_has_no_such_numbers_is_refused():
    with pytest.raises(InputError, match="a prior whose mode lies inside"):
        quantify(Bernoulli(Prior(1, parametrisation="mean")), 1000, None)
    with pytest.raises(InputError, match="a contaminated anchor of weight 1"):
        quantify(Gaussian(), 1000, Anchor(4, contaminated=0.5, weight=2.0))
    with pytest.raises(InputError, match="a random anchor of weight 1"):
        quantify(Gaussian(), 1000, Anchor(share=0.5, random=True, weight=2.0))


def test_a_stock_is_what_the_points_are_drawn_from():
    assert [stock(draw, 50, 0.5) for draw in ("fresh", "fixed", "bank")] == [None, 0.5, 50.0]


def test_estimators_are_told_apart():
    assert [is_likeliest(family) for family in (Gaussian(), Gaussian("unbiased"), Exponential())] == [True, False, True]
    assert not is_likeliest(Exponential(unbiased_for="rate"))
    assert [is_free(family) for family in (Gaussian(), Gaussian(mean=0.0), Exponential())] == [True, False, False]
