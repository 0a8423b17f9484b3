"""An estimate as sentences, tables, pictures and a document: honest words, whatever was found."""

import importlib.util
import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import jsonschema
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

import kellet
from kellet.characters import reveal
from kellet.errors import InputError
from kellet.estimate.checks import check
from kellet.estimate.figure import MOST, read_times
from kellet.estimate.result import Estimate, Phrase, Placebo, Removed, Slice, Surplus, Writer
from kellet.mix.asking import read_estimate

_spec = importlib.util.spec_from_file_location("estimate_examples", Path(__file__).with_name("examples.py"))
examples = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(examples)
EXAMPLES = dict(examples.all_of_them())
SCHEMA = json.loads((Path(kellet.__file__).parents[2] / "docs" / "schemas" / "estimate.json").read_text("utf-8"))
GEOMETRY = ("d", "points", "x", "y", "cx", "cy", "viewbox", "transform", "width", "height", "r")
VOID = {"meta", "br"}


class Skeleton(HTMLParser):
    """The elements of a page, all of which are closed, its text, and the numbers of its pictures."""

    def __init__(self, page):
        super().__init__()
        self.elements, self.text, self.geometry, self.open = [], [], [], []
        self.feed(page)
        assert not self.open

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, *(name for name, _ in attrs)))
        self.geometry += [value for name, value in attrs if name in GEOMETRY]
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open[-1:] != ["style"]:
            self.text.append(data)


def words_of(page):
    return " ".join(" ".join(Skeleton(page).text).replace("\xa0", " ").split())


def assert_whole(estimate):
    """Nothing is missing, and every number is one."""
    answer = estimate.answer()
    page, found = answer.html(), json.loads(answer.json())
    jsonschema.validate(found, SCHEMA)
    for shown in (page, estimate._repr_html_()):
        skeleton = Skeleton(shown)
        text = " ".join(skeleton.text).lower()
        assert not re.search(r"\b(nan|inf|infinity|none)\b", text)
        assert not re.search(r"nan|inf|none", " ".join(skeleton.geometry).lower())
    assert not re.search(r"src=|href=(?!\"#)|url\(|@import|<script", page)
    assert found["sentence"] == answer.sentence
    assert found["verdict"] == "answered" or found["share"] is found["high"] is None
    return page


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_estimate_shows_itself_everywhere(name):
    page = assert_whole(EXAMPLES[name])
    assert len(page.encode()) < 200_000
    assert page.count("<h1>How much of corpus.jsonl did models write?</h1>") == 1


SAID = {
    "answered": (
        "Models wrote 12 % of the 3,204 documents (8.0 to 16 %; of 100 such intervals 90 hold the share), text like "
        "that of chatgpt and llama-chat. Of its words it is 11 % (7.2 to 14 %). As an anchor, 1,000 documents of it "
        "are worth at least 840 real ones."
    ),
    "none": (
        "Models wrote 0 % of the 3,204 documents (0 to 2.0 %; of 100 such intervals 90 hold the share). Of its words "
        "it is 0 % (0 to 1.8 %). As an anchor, 1,000 documents of it are worth at least 980 real ones."
    ),
    "bound": (
        "Models wrote at least 6.0 % of the 3,204 documents (of 100 such bounds 95 lie below the share, no matter who "
        "wrote); how much more can't be told: its model text is unlike that of the references: somebody else wrote "
        "it. Of its words it is at least 6.0 %. As an anchor, 1,000 documents of it are worth at most 940 real ones. "
        "What would help: text of other models that may have written it, each as another --model."
    ),
    "bound that was asked for": (
        "Models wrote at least 6.0 % of the 3,204 documents (of 100 such bounds 95 lie below the share, no matter who "
        "wrote); how much more was not asked. Of its words it is at least 6.0 %. As an anchor, 1,000 documents of it "
        "are worth at most 940 real ones."
    ),
    "excess": (
        "Models wrote or edited at least 5.0 % of the 3,204 documents that aren't known to be human (of 100 such "
        "bounds 95 lie below the share, if human text drifts no faster than it did); how much more can't be told: no "
        "text of models was given. As an anchor, 1,000 documents of it are worth at most 950 real ones. What would "
        "help: text of models that may have written it, as --model."
    ),
    "excess without dates": (
        "By its words it can't be told whether models wrote any of the 3,204 documents that aren't known to be human; "
        "how much more can't be told: no text of models was given; one human period. What would help: text of models "
        "that may have written it, as --model, or human text of two periods or more, with its dates."
    ),
    "excess of nothing": (
        "It can't be told what share of the 3,204 documents that aren't known to be human models wrote: human text "
        "drifts too fast: of a human period, too, 20% would be said to be models'. What would help: text of models "
        "that may have written it, as --model, or human text that is nearer in time, or more alike."
    ),
    "too few": (
        "It can't be told what share of the 7 documents models wrote: 7 documents are too few: 20 or more are needed."
        " What would help: more of it, 20 documents or more."
    ),
}


@pytest.mark.parametrize("name", SAID)
def test_sentences_say_what_is_known_and_what_is_not(name):
    assert EXAMPLES[name].answer().sentence == SAID[name]


def test_a_refusal_says_why_and_what_would_help_and_no_number():
    told = EXAMPLES["refused"].answer().sentence
    assert "can't be told" in told and "What would help: human text of the same kind" in told
    assert "%" not in told


def test_a_bound_of_nothing_promises_nothing():
    told = EXAMPLES["bound of nothing"].answer().sentence
    assert told.startswith("It can't be told whether models wrote any of the 3,204 documents: ")
    assert "anchor" not in told


def test_dates_alone_ask_for_text_of_models():
    told = EXAMPLES["excess"].answer()
    assert "What would help: text of models that may have written it, as --model." in told.sentence
    page = words_of(told.html())
    assert "these references" not in page
    assert "Compared with 2021 and 2022. Not identifiable: fewer than 100 documents." in page
    assert [chart.title for chart in told.charts] == ["The share, and how sure it is", "Along time"]
    found = json.loads(told.json())
    assert [one["share"] for one in found["placebos"]] == [0, 0.02, 0, 0.02, 0]
    assert (found["slices"][1]["surplus"]["placebo"], found["slices"][3]["surplus"]) == (0.04, None)


@pytest.mark.parametrize(
    ("name", "failed"),
    [
        ("answered", []), ("too few", ["enough of it"]), ("refused", ["the references' subjects"]),
        ("bound", ["model text like the references', by regression", "model text like the references', by occurrence"]),
        ("excess", []),
        ("excess without dates", ["human periods to see a trend"]), ("excess of nothing", ["human text drifts slowly"]),
    ],
)  # fmt: skip
def test_the_guard_that_failed_is_named(name, failed):
    estimate = EXAMPLES[name]
    if name == "bound":
        readings = tuple(replace(one, unlike=40.0) for one in estimate.whole.readings)
        estimate = replace(estimate, whole=replace(estimate.whole, readings=readings))
    assert [one.name for one in check(estimate) if one.passed is False] == failed


def test_references_that_are_alike_and_foreign_languages_are_found():
    alike = examples.refuse(
        "the references' human and model text can't be told from each other", distance=0.01, foreign=0.1
    )
    weak = (Writer("llm", 500, 0.06, None, None),)
    found = check(examples.make(replace(alike, readings=(examples.read(),)), writers=weak))
    assert [one.name for one in found if one.passed is False] == ["human and model text told apart"]
    assert all(one.passed is None for one in found if "model text like" in one.name)
    strange = examples.refuse("the references have 3% of its words", distance=None, known=0.03)
    assert [one.name for one in check(examples.make(strange)) if one.passed is False] == ["the references' language"]


def test_an_upper_bound_is_what_a_mix_takes_and_nothing_else(tmp_path):
    path = tmp_path / "e.json"
    for name in ("answered", "bound", "refused"):
        path.write_text(EXAMPLES[name].answer().json(), encoding="utf-8")
        if name == "answered":
            assert read_estimate(path) == 0.16
            continue
        with pytest.raises(InputError, match=r"an upper bound; got .*e\.json, whose verdict is (bound only|not ident)"):
            read_estimate(path)


def test_slices_that_are_dates_are_drawn_along_time_and_others_are_not():
    titles = {name: [one.title for one in estimate.answer().charts] for name, estimate in EXAMPLES.items()}
    assert titles["along time"][1] == titles["three years"][1] == "Along time"
    assert titles["answered"][1] == "By source"
    assert read_times(["2023-01", "2023-02", "spring"]) is None
    assert read_times(["2023", "2024"]) is None
    assert read_times(["2024-12-31", "2023-Q1", "2024-02"]) == [2024 + 11 / 12 + 30 / 366, 2023.0, 2024 + 1 / 12]


def test_of_many_slices_the_first_are_drawn_and_it_is_said():
    page = words_of(EXAMPLES["many slices"].answer().html())
    assert f"The first {MOST} of 300." in page
    assert "240 more are in the document (--json)." in page
    assert len(json.loads(EXAMPLES["many slices"].answer().json())["slices"]) == 300


def test_everything_lies_inside_its_picture():
    for name in ("answered", "along time", "many slices", "bound", "excess"):
        for picture in EXAMPLES[name].answer().charts:
            for drawn in re.findall(r"<svg.*?</svg>", str(picture.shown), flags=re.DOTALL):
                width, height = map(float, re.search(r'viewBox="0 0 (\S+) (\S+)"', drawn).groups())
                for tag in re.findall(r"<(?:text|circle)[^>]*>", drawn):
                    x, y = (float(re.search(rf'\bc?{axis}="(.*?)"', tag)[1]) for axis in "xy")
                    assert 0 <= x <= width and 0 <= y <= height


def test_names_do_nothing_to_a_page():
    def page(name):
        slices = tuple(replace(one, value=f"{name}{i}") for i, one in enumerate(examples.cut("abcd")))
        writers = tuple(replace(one, name=name) for one in examples.WRITERS)
        phrases = tuple(replace(one, text=name) for one in examples.PHRASES)
        whole = examples.find(writers={name: 1.0})
        made = examples.make(whole, slices, name, writers=writers, phrases=phrases, notes=(name,), corpus=name)
        return made.answer().html()

    harmless = Skeleton(page("a")).elements
    for name in examples.hostile.HOSTILE[::8]:
        shown = page(name)
        assert Skeleton(shown).elements == harmless, name
        bare = shown.replace("\u2068", "").replace("\u2069", "")
        assert reveal(bare, lines=True) == bare, name


number = st.floats(0, 1) | st.sampled_from([float("nan"), float("inf"), 1e-300])
names = st.sampled_from(["web", "2023-01", "2023-02", "2024", "<b>", "\x1b[31m", "a\nb", "", "x" * 500, "שלום"])
verdicts = st.sampled_from(["answered", "bound only", "not identifiable"])


@st.composite
def findings(draw):
    verdict = draw(verdicts)
    many = draw(st.floats(0, 1e9))
    share, low, high = (draw(number) for _ in range(3))
    made = {"answered": examples.find, "bound only": examples.bound, "not identifiable": examples.refuse}[verdict]()
    readings = [
        examples.read(draw(names), *(draw(number) for _ in range(3)), draw(number | st.floats(-1, 1e9)), draw(number))
        for _ in range(draw(st.integers(0, 3)))
    ]
    return replace(
        made, documents=many, words=draw(st.floats(0, 1e12)), readings=tuple(readings),
        share=made.share and share, low=None if made.low is None else low, high=made.high and high,
        distance=draw(st.none() | number), known=draw(st.none() | number), weighted=draw(st.booleans()),
        drift=draw(st.none() | st.tuples(number, number)), writers=draw(st.dictionaries(names, number, max_size=3)),
        reasons=draw(st.sampled_from([made.reasons, (), ("a", "b")])),
    )  # fmt: skip


@st.composite
def estimates(draw):
    writers = [
        Writer(
            draw(names), draw(st.integers(0, 10**6)), draw(number), draw(st.none() | number), draw(st.none() | number)
        )
        for _ in range(draw(st.integers(0, 3)))
    ]
    surplus = st.none() | st.builds(
        Surplus, st.tuples(names), st.integers(0, 9), number, number, st.none() | number, number, number
    )
    slices = [
        Slice(draw(names), draw(findings()), draw(st.none() | st.tuples(number, number, number)), draw(surplus))
        for _ in range(draw(st.integers(0, 5)))
    ]
    phrases = [Phrase(draw(names), draw(st.integers(0, 99)), draw(number), draw(number), draw(st.none() | number))]
    placebos = draw(st.lists(st.builds(Placebo, names, st.integers(0, 9), number), max_size=3))
    return Estimate(
        draw(names), draw(st.sampled_from(["documents", "rows"])), draw(st.sampled_from(["references", "excess"])),
        draw(findings()), draw(st.integers(0, 10**6)), tuple(writers), draw(names), tuple(slices), tuple(phrases),
        Removed(*(draw(st.integers(0, 9)) for _ in range(4))), draw(st.none() | number), (draw(names),),
        draw(surplus), tuple(placebos),
    )  # fmt: skip


@given(estimates())
@settings(max_examples=12, deadline=None, derandomize=True, phases=[Phase.generate])
def test_any_estimate_shows_itself(estimate):
    assert_whole(estimate)
    assert estimate.exit_code in (0, 3)
