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
        ({"count": 1, "weight": 1e201}, "of at most 1e+200"),
        ({"count": 1, "draw": "fixed", "once": True}, "once=true only with fresh points"),
        ({"share": 0.1, "random": True, "once": True}, "a random anchor without once"),
        ({"share": 0.1, "random": True, "contaminated": 0.5}, "a random anchor without contaminated"),
        ({"share": 0.1, "random": True, "weight": "optimal"}, "an optimal weight for a fixed number"),
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


SHARE = Anchor(share=0.1)


@pytest.mark.parametrize(
    ("anchor", "sizes", "counts"),
    [
        (SHARE, (14, 15, 25, 4), [1, 2, 2, 0, 0]),
        (Anchor(share=0.1, every=2), (14, 15, 25, 4), [1, 0, 2, 0, 0]),
        (Anchor(share=0.1, draw="fixed"), (25, 4), [2, 2, 2, 2, 2]),
        (Anchor(share=0.2, draw="bank", bank=3), (2, 15), [0, 3, 3, 3, 3]),
        (Anchor(3, every=3), 9, [3, 0, 0, 3, 0]),
    ],
    ids=repr,
)
def test_each_generation_has_its_own_number_of_real_points(anchor, sizes, counts):
    assert [anchor.dose(sizes, t).count for t in range(5)] == counts


def test_a_fixed_anchor_needs_room_in_every_generation():
    with pytest.raises(InputError, match=r"at most the 4 points of a generation; got 5"):
        Anchor(share=0.2, draw="fixed").dose((25, 4), 1)


def test_what_is_taken_for_real_weighs_alike_and_as_if_it_were():
    dose = Anchor(8, contaminated=0.25, weight="optimal").dose(20, 1)
    assert (dose.clean, dose.dirty) == (6, 2)
    assert dose.weight == Anchor(8, weight="optimal").dose(20, 1).weight


@pytest.mark.parametrize(
    ("anchor", "sizes", "words"),
    [
        (SHARE, 4, "no real points, since 10 % of 4 is rounded to none"),
        (SHARE, 20, "2 real points drawn fresh each time"),
        (SHARE, (20, 4, 5), "10 % real points drawn fresh each time (none where a generation has 5 points or fewer)"),
        (Anchor(share=0.1, draw="fixed"), (20, 40), "the same 2 real points every time"),
        (
            Anchor(share=0.1, random=True, weight=2.0),
            4,
            "real points drawn fresh: each point is one with a chance of 10 %, each counting 2 times",
        ),
        (
            Anchor(4, contaminated=0.5, weight="optimal"),
            9,
            "4 real points drawn fresh each time (50 % of them in truth written by the model), "
            "weighted as is best for the variance",
        ),
    ],
    ids=repr,
)
def test_an_anchor_in_words_is_what_the_loop_does(anchor, sizes, words):
    assert anchor.describe(sizes) == words


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
