"""CSV and its relatives: whatever is written by somebody's program is read as it was meant."""

import csv
import io

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kellet.data.content import Rows
from kellet.data.formats import delimited, encodings, sampling
from kellet.data.formats.delimited import read_delimited
from kellet.data.formats.encodings import recognise
from kellet.data.formats.packing import open_file
from kellet.data.reading import read
from kellet.errors import InputError

LETTERS = "abcxyzäé北"
CELL = st.text(LETTERS + " ,;|\t'\"\n", max_size=8)
WORD = st.text(LETTERS, min_size=1, max_size=6)


def read_written(path, text, encoding="utf-8"):
    path.write_bytes(text.encode(encoding))
    return read(str(path))


@settings(max_examples=150, deadline=None)
@given(
    rows=st.integers(2, 4).flatmap(
        lambda width: st.lists(st.tuples(WORD, *[CELL] * (width - 1)), min_size=4, max_size=8)
    ),
    separator=st.sampled_from(",;|\t"),
    quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
    end=st.sampled_from(["\n", "\r\n"]),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
)
def test_what_a_program_writes_is_read_cell_by_cell(tmp_path_factory, rows, separator, quoting, end, encoding):
    names = [f"name of {j}" for j in range(len(rows[0]))]
    stream = io.StringIO(newline="")
    writer = csv.writer(stream, delimiter=separator, quoting=quoting, lineterminator=end)
    writer.writerows([names, *rows])
    seen = read_written(tmp_path_factory.mktemp("csv") / "a.csv", stream.getvalue(), encoding).frame
    assert seen.columns == names
    assert seen.rows() == [tuple(cell.strip() or None for cell in row) for row in rows]


@settings(max_examples=100, deadline=None)
@given(
    rows=st.lists(st.tuples(*[st.text(LETTERS + " 0.", max_size=5)] * 3), min_size=3, max_size=30),
    pad=st.sampled_from(["", " "]),
)
def test_the_fast_way_and_the_careful_one_see_the_same(tmp_path_factory, rows, pad):
    path = tmp_path_factory.mktemp("ways") / "a.csv"
    path.write_text("one,two,three\n" + "".join(f"{pad},{pad}".join(row) + "\n" for row in rows), encoding="utf-8")

    def look():
        with open_file(path) as opened:
            return read_delimited(opened, only_plain=False)

    with pytest.MonkeyPatch.context() as patch:
        try:
            fast = look()
        except InputError:
            fast = None
        patch.setattr(delimited, "WIDE", 0)
        try:
            careful = look()
        except InputError:
            careful = None
    assert (fast is None) == (careful is None)
    assert fast is None or (fast.frame.rows(), fast.notes) == (careful.frame.rows(), careful.notes)


SENTENCE = st.lists(WORD, min_size=3, max_size=9).map(" ".join)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(SENTENCE, SENTENCE), min_size=3, max_size=40), st.sampled_from([", ", "; ", " - ", " | "]))
def test_prose_with_as_many_commas_in_each_line_is_no_table(tmp_path_factory, lines, between):
    text = "".join(f"{a}{between}{b}.\n" for a, b in lines)
    if between != " | ":
        assert not isinstance(read_written(tmp_path_factory.mktemp("prose") / "a.txt", text), Rows)


@settings(max_examples=100, deadline=None)
@given(
    rows=st.lists(st.tuples(st.integers(-99, 99), st.floats(-9, 9).map("{:.2f}".format), WORD), min_size=4),
    separator=st.sampled_from([",", ";", "|", "\t", "  ", ", "]),
    ending=st.sampled_from([".txt", ".dat", "", ".data"]),
)
def test_a_table_is_one_whatever_its_file_is_called(tmp_path_factory, rows, separator, ending):
    text = "".join(separator.join(map(str, row)) + "\n" for row in [("n", "x", "word"), *rows])
    seen = read_written(tmp_path_factory.mktemp("any") / f"a{ending}", text)
    assert isinstance(seen, Rows)
    assert seen.frame.columns == ["n", "x", "word"]
    assert seen.frame.rows() == [tuple(map(str, row)) for row in rows]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-32"])
def test_text_is_the_same_wherever_its_blocks_are_cut(encoding, monkeypatch, tmp_path):
    text = "name,größe\r\n" + "Ähre 北,1\r\nplain,2\r\n" * 20
    for block in (5, 7, 64, 1000):
        monkeypatch.setattr(encodings, "BLOCK", max(block, 64 if encoding.endswith("le") else 0))
        seen = "".join(encodings.Text(io.BytesIO(text.encode(encoding)), "a").blocks())
        assert seen == text.replace("\r\n", "\n")


def test_a_block_ends_where_a_row_does(monkeypatch, tmp_path):
    monkeypatch.setattr(encodings, "BLOCK", 50)
    rows = [(str(i), f'say "{i}"\nor, {i}') for i in range(200)]
    stream = io.StringIO()
    csv.writer(stream).writerows([("id", "said"), *rows])
    assert read_written(tmp_path / "a.csv", stream.getvalue()).frame.rows() == rows


@pytest.mark.parametrize(
    ("encoding", "text"),
    [
        ("cp1252", "déjà vu, ça va été"), ("cp1252", "5 €"), ("cp1252", "m³ and ½ and £9 – 3"),
        ("cp1252", "¿qué pasa? ¡hola!"), ("cp1252", "ÅSA ØL ÄRA"), ("cp1252", "Müller\nSchröder\nGroß"),
        ("mac_roman", "déjà vu ça été naïve don’t “so”"), ("cp850", "déjà été größer Übung"),
        ("cp1250", "Příliš žluťoučký kůň úpěl ďábelské ódy"), ("iso-8859-2", "Příliš žluťoučký kůň úpěl ďábelské ódy"),
        ("cp1250", "Árvíztűrő tükörfúrógép, őszi erdőben"), ("iso-8859-2", "Zażółć gęślą jaźń"),
        ("cp1250", "Ljudi šeću gradom, a djeca čitaju o životinjama"), ("cp1254", "Öğrenciler şimdi çalışıyor, ağaç"),
        ("cp1252", "Åsa åkte över ån på en båt"), ("cp1252", "Rødgrød med fløde på øen"),
        ("cp1252", "Þórður fór út á sjó"),
        ("cp1250", "Łódź i żółw są"), ("cp1251", "привет мир, Пётр"), ("koi8-r", "Москва\nКазань"),
        ("cp866", "Привет из Москвы"), ("iso-8859-5", "Москва и Казань"), ("cp1253", "Καλημέρα κόσμε"),
        ("cp1256", "مرحبا بالعالم"), ("cp874", "สวัสดีครับ"), ("big5", "我們在台北的時候"),
        ("shift_jis", "カタカナ\nひらがな"), ("euc_jp", "日本の東京です"),
        ("gb18030", "我们在北京的时候"), ("euc_kr", "이것은 도시"),
    ],
)  # fmt: skip
def test_encodings_are_told_from_what_they_make_of_the_bytes(encoding, text):
    assert recognise(text.encode(encoding))[0] == encoding


def test_a_damaged_sign_is_placed(tmp_path):
    path = tmp_path / "a.csv"
    path.write_bytes(b"ort,n\n" + "Köln,1\n".encode() * 50 + b"\xff,2\n")
    with pytest.raises(
        InputError, match=r"UTF-8 text; got byte 0xff at line 52 \(byte offset 406\).*saving it as UTF-8"
    ):
        read(str(path))


def test_a_quote_that_never_closes_is_placed(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("a,b\n" + "1,2\n" * 9 + '3,"x\n' + "4,5\n" * 99)
    with pytest.raises(InputError, match="never closes, at line 11 of"):
        read(str(path))


def test_a_line_without_end_is_refused(monkeypatch, tmp_path):
    monkeypatch.setattr(encodings, "LONGEST", 1000)
    monkeypatch.setattr(encodings, "BLOCK", 100)
    with pytest.raises(InputError, match="lines of at most 1,000 characters"):
        read_written(tmp_path / "a.csv", "a,b\n1,2\n" + "x" * 2000 + "\n")


@pytest.mark.parametrize("quoted", [False, True])
def test_a_table_too_large_is_sampled_evenly(quoted, monkeypatch, tmp_path):
    monkeypatch.setattr(sampling, "CELLS", 2000)
    monkeypatch.setattr(encodings, "BLOCK", 4000)
    n, kept = 20_000, 1000
    row = '{i},"x"\n' if quoted else "{i},x\n"
    seen = read_written(tmp_path / "a.csv", "place,word\n" + "".join(row.format(i=i) for i in range(n)))
    places = np.array(seen.frame["place"].to_list(), dtype=int)
    assert (len(places), seen.height) == (kept, n)
    assert seen.notes == ("a sample of 1,000 of its 20,000 rows, drawn evenly: all of them would not fit into memory",)
    assert (np.diff(places) > 0).all()
    # Tenths of the file get 100 rows each, give or take the spread of draws without replacement.
    tenths = np.bincount(places * 10 // n, minlength=10)
    spread = np.sqrt(kept * 0.1 * 0.9 * (1 - kept / n))
    assert (abs(tenths - 100) < 4 * spread).all()
    read.__globals__["_read"].cache_clear()
    assert read(str(tmp_path / "a.csv")).frame.rows() == seen.frame.rows()
