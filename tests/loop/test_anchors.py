"""An anchor says how many real points enter, and refuses what cannot be meant."""

import pytest

from kellet import Anchor, Bank, Experiment, Fixed, Fresh, InputError


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({}, "either a count or a share; got neither"),
        ({"count": 1, "share": 0.1}, "either a count or a share; got both"),
        ({"count": -1}, "an anchor count >= 0; got -1"),
        ({"share": 1.5}, "a share between 0 and 1; got 1.5"),
        ({"share": -0.1}, "a share between 0 and 1; got -0.1"),
        ({"share": float("nan")}, "a share between 0 and 1; got nan"),
        ({"count": 1, "weight": 0.0}, "positive, finite anchor weight"),
        ({"count": 1, "weight": -2.0}, "positive, finite anchor weight"),
        ({"count": 1, "weight": float("inf")}, "positive, finite anchor weight"),
        ({"count": 1, "weight": float("nan")}, "positive, finite anchor weight"),
        ({"count": 1, "draw": "bank"}, "together with bank=K"),
        ({"count": 1, "bank": 5}, "together with bank=K"),
        ({"count": 1, "draw": "fixed", "once": True}, "once=true only with fresh points"),
    ],
    ids=repr,
)
def test_an_anchor_that_nobody_can_mean_is_refused(settings, expected):
    with pytest.raises(InputError) as told:
        Anchor(**settings)
    assert expected.replace("a share", "an anchor share") in str(told.value) or expected in str(told.value)
    assert "Try " in str(told.value)


@pytest.mark.parametrize(
    ("anchor", "size", "points"),
    [
        (Anchor(3), 100, 3),
        (Anchor(0), 100, 0),
        (Anchor(100), 100, 100),
        (Anchor(share=0.1), 200, 20),
        (Anchor(share=0.0), 200, 0),
        (Anchor(share=1.0), 7, 7),
        (Anchor(share=0.01), 20, 0),
        (Anchor(share=0.1), 10**15, 10**14),
        (Anchor(5, draw="bank", bank=5), 10, 5),
    ],
)
def test_a_share_is_rounded_to_whole_points(anchor, size, points):
    assert anchor.points(size) == points


def test_an_anchor_is_at_most_the_whole_generation():
    with pytest.raises(InputError, match=r"at most the 10 points of a generation; got 11"):
        Anchor(11).points(10)


def test_an_anchor_is_at_most_its_bank():
    with pytest.raises(InputError, match=r"at most the 5 points of its bank; got 20"):
        Anchor(share=0.2, draw="bank", bank=5).points(100)


@pytest.mark.parametrize("bank", [0, -3])
def test_a_bank_holds_points(bank):
    with pytest.raises(InputError):
        Anchor(1, draw="bank", bank=bank).points(10)


@pytest.mark.parametrize("size", [10**8, 10**9, 10**15])
def test_the_optimal_weight_keeps_its_digits_where_nearly_all_is_real(size):
    anchor = Anchor(share=0.5, weight="optimal")
    # Beside one written point each counts 1 + 1/k.
    assert anchor.weighs(size - 1, size) == pytest.approx(1 + 1 / (size - 1), rel=1e-15)
    assert anchor.weighs(size, size) == anchor.weighs(0, size) == 1
    assert anchor.weighs(1, size) == pytest.approx((size - 0.75) ** 0.5 + 0.5, rel=1e-9)


def test_a_word_where_a_share_is_expected_is_named():
    with pytest.raises(
        InputError, match=r"a share of real points, a number; got 'fixed'. Try Anchor\(1, draw='fixed'\)"
    ):
        Anchor(1, "fixed")


def test_the_short_spelling_writes_one_of_three_types():
    assert Anchor(3) == Fresh(3)
    assert Anchor(share=0.1, draw="fixed") == Fixed(share=0.1)
    assert Anchor(5, draw="bank", bank=50, weight=2.0) == Bank(5, bank=50, weight=2.0)
    assert Anchor(2, once=True, every=3) == Fresh(2, once=True, every=3)
    with pytest.raises(InputError, match=r"fresh, fixed or a bank; got 'frozen'"):
        Anchor(1, draw="frozen")


def test_an_anchor_in_a_file_that_does_not_say_how_it_is_drawn_is_fresh():
    text = (
        'size = 9\ngenerations = 2\n[world]\nkind = "normal"\n[family]\nkind = "gaussian"\n[arms.a.anchor]\ncount = 1\n'
    )
    experiment = Experiment.from_toml(text)
    assert experiment.arms["a"].anchor == Fresh(1)
    assert 'draw = "fresh"' in experiment.to_toml()
    assert Experiment.from_toml(experiment.to_toml()) == experiment
