"""What an audit says, in words."""

import importlib.util
from pathlib import Path

import msgspec
import numpy as np
import pytest

from kellet.audit import words
from kellet.audit.finding import Finding, Measured
from kellet.audit.result import Gate, Look, Loss

_spec = importlib.util.spec_from_file_location("audit_examples", Path(__file__).with_name("examples.py"))
examples = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(examples)
LOST = (
    "Of what was rare in the reference, seen 1 to 3 times, 21 % is left; "
    "a fresh real sample of this size would keep 62 %."
)


def test_the_first_sentence_says_what_is_left_and_what_a_real_sample_would_keep():
    assert words.sentences(examples.audit((0.34,), gates=False)) == (LOST,)


def test_the_worst_data_set_comes_first_and_every_verdict_is_told():
    first, verdicts, gates = words.sentences(examples.audit())
    assert first == LOST.replace("is left", "is left in gen3.csv")
    assert verdicts == "Lost: gen2.csv and gen3.csv; pass: gen1.csv."
    assert gates == "4 gates: 2 failed, 1 inconclusive and 1 passed."


def test_of_many_data_sets_some_are_named():
    verdicts = words.sentences(examples.audit(tuple(0.97**i for i in range(12)), gates=False))[1]
    assert verdicts == "Lost: gen4.csv, gen5.csv, gen6.csv and 6 others; more: gen3.csv; pass: gen1.csv and gen2.csv."


@pytest.mark.parametrize(
    ("audit", "said"),
    [
        (examples.audit((1.6,), gates=False), "so parts of the reference were copied."),
        (examples.audit((1.0,), gates=False), "62 % is left, as much as a fresh real sample of this size would keep"),
        (examples.undecided(), "can't tell, since not even a loss of everything would have been seen."),
        (
            examples.text(),
            "But: Repeats itself within a document: 31 % (29 to 33 %); a fresh real sample of this size has 4.0 %",
        ),
    ],
)
def test_each_verdict_is_said_as_what_it_is(audit, said):
    assert said in words.sentences(audit)[0]


def test_what_cannot_be_told_says_from_where_on_it_could_be():
    found = examples.find("rare", "race", 0.5, 0.6, 0.11)
    assert found.verdict == "inconclusive"
    said = words.say(found)
    assert said.startswith("Of what the reference has 1 to 3 times in race, 50 % (")
    assert said.endswith("would keep 60 %; can't tell: only a loss of 53 % or more would have been seen.")


def test_a_finding_is_a_sentence_with_its_interval_and_its_zero():
    found = examples.find("entropy", "age", 4.0, 5.1, 0.03, "amount", "entropy", share=False)
    assert words.say(found) == (
        "age: entropy: 4 (3.95 to 4.05); a fresh real sample of this size has 5.1 (5.05 to 5.15); "
        "less than chance allows: lost."
    )


def test_what_is_no_number_is_said_to_be_unknown():
    for values in (np.full(20, np.nan), np.append(0.5, np.full(19, np.nan))):
        said = words.say(Finding.of(Measured("rare", "", "rare", values)))
        assert "nan" not in said
        assert said.endswith("can't tell: nothing can be said at these sizes.")
    gate = Gate(asked="rare>=1", look="a", value=np.nan, low=np.nan, high=np.nan, passed=None)
    assert words.say_gate(gate) == "rare>=1 of a is inconclusive: its measure is not known."


def test_the_zero_is_put_around_what_the_reference_alone_says():
    """The exact zero moves towards a candidate that lost much: on the census table .32, where real rows keep .62."""
    found = examples.find("rare", "", 0.21, 0.32, 0.02, fresh=0.62)
    middle, low, high = words.expect(found)
    assert middle == 0.62
    assert (low - middle, high - middle) == pytest.approx((found.zero_low - found.zero, found.zero_high - found.zero))
    assert words.expect(examples.find("rare", "", 0.9, 0.9, 0.1, fresh=0.99))[2] == 1.0


def test_the_exact_zero_is_never_called_a_fresh_real_sample():
    """It is of both sides together, and would make a loss seem smaller than it is."""
    found = examples.find("rare", "", 0.21, 0.32, 0.02)
    bare = msgspec.structs.replace(found, fresh=None)
    look = Look(name="a.csv", documents=9, groups=(8, 8), findings=(bare,))
    for said in (words.say(bare), words.say_look(look)):
        assert "; both, dealt anew, would keep 32 %" in said
        assert "real sample" not in said
    assert words.beside(bare) == "dealt anew 32 %"


def test_of_a_long_name_the_beginning_is_shown():
    long = Loss(kind="value", about="essay", name="x" * 5000, reference=1, candidate=0, expected=1.0)
    assert words.call(long, 1, False) == "x" * words.LONGEST + "…"
    assert words.call(long, 1, True) == "no. 1"


def test_audits_of_nothing_say_so():
    assert [words.sentences(bare)[0] for bare in examples.nothing()] == [
        "There is nothing to compare the reference with.", "Nothing could be compared.",
    ]  # fmt: skip


def test_every_finding_and_gate_of_every_example_is_a_sentence():
    for _, audit in examples.all_of_them():
        for said in (
            *words.sentences(audit), *map(words.say_gate, audit.gates),
            *(words.say(one) for look in audit.looks for one in look.findings),
        ):  # fmt: skip
            assert said.endswith(".")
            assert "nan" not in said
