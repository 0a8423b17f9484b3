"""Short spellings for arms and families, and what is said when they are misspelt."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kellet import Accumulate, Anchor, Arm, InputError, Prior, Subsample, Window
from kellet.experiment.spelling import parse_anchor, parse_arm, parse_draw, parse_family, parse_size
from kellet.families import Adapter, Categorical, Gaussian, Mixture
from kellet.loop.curation.curation import Quantile, Verifier
from kellet.loop.curation.sampling import Shrink, Temperature, TopK, TopP


@pytest.mark.parametrize(
    ("text", "arm"),
    [
        ("replace", Arm()),
        ("accumulate", Arm(Accumulate())),
        ("window:3+fresh:2", Arm(Window(3), Anchor(2))),
        ("subsample+fresh:2", Arm(Subsample(), Anchor(2))),
        ("fresh:1", Arm(anchor=Anchor(1))),
        ("fresh:10%", Arm(anchor=Anchor(share=0.1))),
        ("fresh:0.5%", Arm(anchor=Anchor(share=0.005))),
        ("fixed:3", Arm(anchor=Anchor(3, draw="fixed"))),
        ("bank:5/50", Arm(anchor=Anchor(5, draw="bank", bank=50))),
        ("bank:10%/50", Arm(anchor=Anchor(share=0.1, draw="bank", bank=50))),
        ("fresh:2+weight:2.5", Arm(anchor=Anchor(2, weight=2.5))),
        ("weight:2.5+fresh:2", Arm(anchor=Anchor(2, weight=2.5))),
        ("fresh:2+once", Arm(anchor=Anchor(2, once=True))),
        ("prior:2", Arm(prior=Prior(2.0))),
        ("prior:2@1", Arm(prior=Prior(2.0, 1.0))),
        ("prior:2@-1,3", Arm(prior=Prior(2.0, -1.0, 3.0))),
        ("fresh:10%+random", Arm(anchor=Anchor(share=0.1, random=True))),
        ("every:5+fresh:2+weight:optimal", Arm(anchor=Anchor(2, every=5, weight="optimal"))),
        ("fresh:10+contaminated:10%", Arm(anchor=Anchor(10, contaminated=0.1))),
        ("map:2@0.5", Arm(prior=Prior(2.0, 0.5, parametrisation="mean"))),
        ("temperature:0.9", Arm(curation=Temperature(0.9))),
        ("shrink:0.9", Arm(curation=Shrink(0.9))),
        ("top-k:3", Arm(curation=TopK(3))),
        ("top-p:95%+fresh:1", Arm(anchor=Anchor(1), curation=TopP(0.95))),
        ("quantile:0.5", Arm(curation=Quantile(0.5))),
        ("verifier:-2,2", Arm(curation=Verifier(-2.0, 2.0))),
        ("verifier:-2,2,0.1,0.2", Arm(curation=Verifier(-2.0, 2.0, 0.1, 0.2))),
        ("fresh:1e3", Arm(anchor=Anchor(1000))),
        (" accumulate + fresh:1 + prior:2 ", Arm(Accumulate(), Anchor(1), Prior(2.0))),
    ],
)
def test_an_arm_is_what_it_spells(text, arm):
    assert parse_arm(text) == (text.strip(), arm)
    assert parse_arm(f"my own={text}") == ("my own", arm)


@pytest.mark.parametrize(
    "text",
    [
        "fresh:1+fixed:3", "accumulate+replace", "prior:1+map:1", "top-k:3+top-p:0.9", "random:3", "every:1.5+fresh:1",
        "verifier:1", "verifier:1,2,3,4,5", "temperature:warm", "top-k:0", "weight:2", "contaminated:5%",
    ],
)  # fmt: skip
def test_what_is_no_arm_is_refused(text):
    with pytest.raises(InputError):
        parse_arm(text)


@pytest.mark.parametrize(("text", "size"), [("100", 100), ("1e9", 10**9), ("100,200,400", (100, 200, 400))])
def test_a_size_is_one_number_or_one_for_each_generation(text, size):
    assert parse_size(text) == size


@pytest.mark.parametrize("text", ["1.5", "a", "", "100,", "inf"])
def test_a_size_is_whole(text):
    with pytest.raises(InputError, match=r"expected"):
        parse_size(text)


@given(st.text(max_size=30))
def test_any_text_is_an_arm_or_told_why_not(text):
    try:
        name, arm = parse_arm(text)
    except InputError as error:
        assert str(error).startswith("expected ")
    else:
        assert name
        assert isinstance(arm, Arm)


@given(st.text("frebankwightpo:+@%/=,.-0123456789ineft ", max_size=25))
def test_nearly_an_arm_is_an_arm_or_told_why_not(text):
    test_any_text_is_an_arm_or_told_why_not.hypothesis.inner_test(text)


@pytest.mark.parametrize(
    ("text", "family"),
    [
        ("gaussian", Gaussian()),
        ("gaussian:estimator=unbiased", Gaussian("unbiased")),
        ("gaussian:covariance=diagonal,estimator=mle", Gaussian(covariance="diagonal")),
        ("categorical", Categorical()),
        ("mixture:components=5,floor=0.1", Mixture(5, floor=0.1)),
        ("a.b:C", Adapter("a.b:C")),
        ("a.b:C,x=1,y=0.5,z=true,w=word", Adapter("a.b:C", {"x": 1, "y": 0.5, "z": True, "w": "word"})),
    ],
)
def test_a_family_is_what_it_spells(text, family):
    assert parse_family(text) == family


def test_options_of_somebodys_class_keep_their_kind():
    options = parse_family("a.b:C,x=1,y=1.0,z=true").options
    assert [type(value) for value in options.values()] == [int, float, bool]


@given(st.text(max_size=30))
def test_any_text_is_a_family_or_told_why_not(text):
    try:
        parse_family(text)
    except InputError as error:
        assert str(error).startswith("expected ")


@pytest.mark.parametrize(
    ("text", "anchor"),
    [
        ("fresh:10", Anchor(10)),
        ("fresh:2%", Anchor(share=0.02)),
        ("fixed:10", Anchor(10, draw="fixed")),
        ("bank:5/50", Anchor(5, draw="bank", bank=50)),
        ("bank:5%/50", Anchor(share=0.05, draw="bank", bank=50)),
    ],
)
def test_an_anchor_alone_is_spelled_as_in_an_arm(text, anchor):
    assert parse_anchor(text) == anchor
    assert parse_arm(text)[1].anchor == anchor


@pytest.mark.parametrize("text", ["10", "2%", "fresh", "fresh:", "stale:1", "replace", "fresh:1+fixed:1"])
def test_what_is_no_anchor_is_refused_with_one_to_try(text):
    with pytest.raises(InputError, match=r"fresh:10|a number"):
        parse_anchor(text)


@pytest.mark.parametrize(
    ("text", "draw"), [("fresh", ("fresh", None)), ("fixed", ("fixed", None)), ("bank:/500", ("bank", 500))]
)
def test_an_anchor_whose_count_is_searched_for_has_none(text, draw):
    assert parse_draw(text) == draw


@pytest.mark.parametrize(
    ("text", "attempt"),
    [
        ("bank:500", "bank:/500"),
        ("bank", "bank:/500"),
        ("bank:5/50", "bank:/50"),
        ("fresh:1", "fresh"),
        ("old", "fresh"),
    ],
)
def test_a_count_that_is_searched_for_is_refused_with_what_to_write(text, attempt):
    with pytest.raises(InputError, match=f"what is searched for; got '{text}'. Try --anchor {attempt}"):
        parse_draw(text)
