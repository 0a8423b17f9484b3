"""Terms are explained where they stand, and nothing that a file says becomes markup by that."""

from __future__ import annotations

from markupsafe import Markup

from kellet.report.terms import TERMS, Glossary


def test_a_term_is_marked_once_in_a_text_and_never_inside_another_word():
    glossary = Glossary()
    found = glossary.explain("medians of medians, intermedian")
    assert found.count("<button") == 1 and found.endswith("of medians, intermedian")


def test_what_a_file_says_stays_text():
    found = Glossary().explain("<b onclick=x>median</b> popovertarget term")
    assert "<b " not in found and found.count("<button") == 1


def test_markup_stays_as_it_is():
    assert Glossary().explain(Markup("<i>median</i>")) == "<i>median</i>"


def test_every_term_has_its_own_address_and_only_used_ones_open():
    assert len({term.key for term in TERMS}) == len(TERMS)
    glossary = Glossary()
    glossary.explain("held-out rows, by the median")
    assert [term.name for term in glossary.used] == ["median", "held-out data"]
    names = [term.name for term in glossary.listed(pool=False)]
    assert "median" in names and "world" in names and "vault" not in names and "perplexity" not in names
    assert "vault" in [term.name for term in glossary.listed(pool=True)]


def test_a_term_in_somebody_s_name_is_none():
    assert Glossary().explain("“the median arm” keeps most") == "“the median arm” keeps most"
    assert "<button" in Glossary().explain("“mine” has the highest median")
