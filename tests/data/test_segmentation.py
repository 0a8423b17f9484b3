"""Words in any script: nothing is lost, marks stay with their letters, and spaces come back where they are written."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kellet.data.segmentation import HIDDEN, UNKNOWN, compile_words, is_spaced, join, name_scripts, segment
from kellet.data.tokens import Pieces

BEFORE = re.compile(r"\w+(?:['’]\w+)*|[^\w\s]")
LATIN = st.text(st.characters(max_codepoint=0x17F, exclude_categories=("Cc", "Cf"), exclude_characters="·"))
ANY = st.text(
    st.one_of(st.characters(exclude_categories=("Cs",)), st.sampled_from("กาิ่ำ我はहिन्दी👍🏽🇫🇷\u200d\u0301 .'[?]"))
)


def bare(text):
    return re.sub(rf"[\s{HIDDEN}\u200c\u200d]", "", text)


@given(ANY)
def test_the_pieces_of_a_text_are_the_text_but_for_spaces(text):
    assert bare("".join(segment(text))) == bare(text)


@given(LATIN)
def test_european_texts_are_cut_as_ever(text):
    assert segment(text) == BEFORE.findall(text)


@given(ANY)
def test_words_come_back_but_for_spaces(text):
    pieces = Pieces.learn([text], words=True)
    assert bare(pieces.decode(pieces.encode(text))) == bare(text)


@given(ANY)
def test_words_alone_have_letters_and_are_part_of_the_same_rule(text):
    for word in compile_words(signs=False).findall(text):
        assert not re.search(r"[\s\d_]", word)
        assert any(word in piece for piece in segment(text))


PIECES = {
    "Hindi": ("हिन्दी में लिखा है।", ["हिन्दी", "में", "लिखा", "है", "।"]),
    "Arabic": ("اَلْعَرَبِيَّةُ، نعم؟", ["اَلْعَرَبِيَّةُ", "،", "نعم", "؟"]),
    "Persian": ("می\u200cخواهم", ["می\u200cخواهم"]),
    "Hebrew": ('צה"ל שלום', ['צה"ל', "שלום"]),
    "Catalan": ("col·lecció", ["col·lecció"]),
    "Korean": ("한국어 문장.", ["한국어", "문장", "."]),
    "Chinese": ("他用 iPhone 15。", ["他", "用", "iPhone", "15", "。"]),
    "Japanese": ("本を読む", ["本", "を", "読", "む"]),
    "Thai": ("น้ำดื่ม ๑๒", ["น้ำ", "ดื่", "ม", "๑๒"]),
    "Khmer": ("ខ្មែរ", ["ខ្មែ", "រ"]),
    "Burmese": ("မြန်မာ", ["မြ", "န်", "မာ"]),
    "accents apart": ("cafe\u0301 noir", ["cafe\u0301", "noir"]),
    "emoji": ("👨‍👩‍👧👍🏽🇫🇷🇩🇪1️⃣❤️!", ["👨‍👩‍👧", "👍🏽", "🇫🇷", "🇩🇪", "1️⃣", "❤️", "!"]),
    "what is hidden": ("a\u200bb\u202ac", ["a", "b", "c"]),
}


@pytest.mark.parametrize("script", PIECES)
def test_words_of_many_scripts(script):
    text, pieces = PIECES[script]
    assert segment(text) == pieces


@pytest.mark.parametrize(
    "text",
    [
        "我用 Python 写程序，他说：“你好，World！”（真的）",
        "「はい」と言った。コーヒー！",
        "ภาษาไทยง่ายนิดเดียว",
        "ភាសាខ្មែរ។",
        "हिन्दी में लिखा है। क्या?",
        "Don't (ever) say: “no, thanks”!",
        "བོད་སྐད་",
        "¿Qué? ¡Sí!",
        "مرحبا، كيف حالك؟",
    ],
)
def test_a_text_is_joined_as_it_was_written(text):
    assert join(segment(text)) == text


def test_the_unknown_is_never_taken_for_what_is_written():
    assert join(["a", None, "b"]) == f"a {UNKNOWN} b"
    assert join(["我", None, "天"]) == f"我{UNKNOWN}天"
    for words in (True, False):
        pieces = Pieces.learn(["why [?] so"], words)
        assert UNKNOWN not in pieces.decode(pieces.encode("why [?] so"))
        assert pieces.decode([0]) == UNKNOWN
    # What a broken encoding left is a sign like others.
    broken = Pieces.learn(["na\ufffdve"], words=True)
    assert broken.decode(broken.encode("na\ufffdve")) == "na \ufffd ve"


def test_a_script_is_named_from_a_hundredth_of_the_text_on():
    assert name_scripts(["word " * 200 + "我"]) == ()
    assert name_scripts(["word " * 80 + "我"]) == ("Chinese",)
    assert name_scripts(["日本語を書く。"]) == ("Japanese",)
    assert name_scripts(["ພາສາລາວ", "ភាសា", "မြန်မာ", "ไทย"]) == ("Thai", "Lao", "Burmese", "Khmer")
    assert name_scripts(["한국어 문장입니다."]) == ()


def test_a_space_goes_with_words_of_scripts_that_have_them():
    assert [is_spaced(piece) for piece in ("word", ".", "我", "。", "น้ำ", "हिन्दी")] == [True, True, *[False] * 3, True]
    pieces = Pieces.learn(["我 us"], words=True)
    assert dict(zip(pieces.pieces, pieces.widths.tolist(), strict=True)) == {UNKNOWN: 4, "us": 3, "我": 3}
