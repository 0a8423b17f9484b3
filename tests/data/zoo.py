"""The zoo: small files as people have them, and what should be seen in each.

``ZOO`` has one `Animal` a file: how it is written, and its form, columns, number of rows and a few cells.
``REFUSED`` has files that must be refused in one line.  A new kind of file is one entry.
"""

from __future__ import annotations

import bz2
import gzip
import io
import json
import lzma
import sqlite3
import zipfile
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl

Content = str | bytes | Callable[[Path], object]


@dataclass(frozen=True)
class Animal:
    """A file called ``name``, or a folder of them, written from ``content``.

    part: what is asked for in it.  columns, height: of the table.  cells: (row, column) -> what stands there.  read,
    notes: words that must occur in what is said of it.  texts: how many documents there are, where it is no table.
    """

    name: str
    content: Content | dict[str, Content]
    columns: tuple[str, ...] = ()
    height: int = 0
    cells: dict[tuple[int, str], Any] = field(default_factory=dict)
    read: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    part: str = ""
    texts: int = 0
    needs: str = ""

    def put(self, folder: Path) -> str:
        """Write it; the path that is read."""
        files = self.content if isinstance(self.content, dict) else {"": self.content}
        for inner, content in files.items():
            write(folder / self.name / inner if inner else folder / self.name, content)
        return str(folder / self.name) + (f"::{self.part}" if self.part else "")


def write(path: Path, content: Content) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    if isinstance(content, str):
        path.write_bytes(content.encode())
    elif isinstance(content, bytes):
        path.write_bytes(content)
    else:
        content(path)


def lines(*rows: str, end: str = "\n") -> str:
    return end.join(rows) + end


NUMBERS = [(str(20 + i), f"{i * 1.5:.2f}") for i in range(30)]
PLAIN = lines("age,score", *(",".join(row) for row in NUMBERS))
AB: dict[str, Any] = {"columns": ("age", "score"), "height": 30, "cells": {(0, "age"): "20", (29, "score"): "43.50"}}
COMMA = {"columns": ("age", "score"), "height": 30, "cells": {(1, "score"): "1.50", (29, "age"): "49"}}
FRAME = pl.DataFrame({"n": [1, 2, 3], "x": [0.5, None, 2.0], "word": ["a", "b", None]})


def table(separator: str, rows: list[tuple[str, ...]] = NUMBERS, head: tuple[str, ...] = ("age", "score")) -> str:
    return lines(separator.join(head), *(separator.join(row) for row in rows))


def rows_of(text: str, n: int = 20) -> list[str]:
    return [text.format(i=i) for i in range(n)]


def pack_zip(**members: str) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in members.items():
            archive.writestr(name.replace("_dot_", "."), text)
    return stream.getvalue()


def pack_zstd(raw: bytes) -> bytes:
    import zstandard

    return zstandard.ZstdCompressor().compress(raw)


def base(path: Path, *statements: str) -> None:
    with closing(sqlite3.connect(path)) as connection:
        for statement in statements:
            connection.execute(statement)
        connection.commit()


def one_table(path: Path) -> None:
    base(
        path,
        "CREATE TABLE people (id INTEGER, name TEXT, pay REAL)",
        "INSERT INTO people VALUES (1, 'Ann', 2.5)",
        "INSERT INTO people VALUES (2, NULL, NULL)",
    )


def two_tables(path: Path) -> None:
    one_table(path)
    base(path, 'CREATE TABLE "odd ""name" (a, b)', "INSERT INTO \"odd \"\"name\" VALUES (1, 'x'), ('two', x'ff')")


def jsonl(*records: object) -> str:
    return lines(*map(json.dumps, records))


SEPARATED = [
    Animal("comma.csv", PLAIN, **AB, read=('separated by ","',)),
    Animal("semicolon.csv", table(";"), **AB, read=('separated by ";"',)),
    Animal("tab.csv", table("\t"), **AB, read=("separated by tabs",)),
    Animal("bar.csv", table("|"), **AB, read=('separated by "|"',)),
    Animal("bar.txt", table("|"), **AB),
    Animal("tab.tsv", table("\t"), **AB),
    Animal("comma.tsv", PLAIN, **AB, read=('separated by ","',)),
    Animal("table.txt", PLAIN, **AB),
    Animal("table.dat", table(";"), **AB),
    Animal("noending", table("\t"), **AB),
    Animal("capitals.CSV", PLAIN, **AB),
    Animal("spaces.dat", table("   "), **AB, read=("separated by spaces",)),
    Animal("aligned.txt", lines("  age   score", *(f"{a:>5} {s:>7}" for a, s in NUMBERS)), **AB),
    Animal("after_comma.csv", table(", "), **AB),
    Animal("around.csv", table(" ; "), **AB),
    Animal("crlf.csv", PLAIN.replace("\n", "\r\n"), **AB),
    Animal("cr.csv", PLAIN.replace("\n", "\r"), **AB),
    Animal("noend.csv", PLAIN.rstrip(), **AB),
    Animal("blank.csv", PLAIN.replace("\n", "\n\n"), **AB),
    Animal("trailing.csv", PLAIN.replace("\n", ",\n"), **AB),
    Animal("trailing_rows.csv", "age,score\n" + PLAIN.split("\n", 1)[1].replace("\n", ",\n"), **AB),
    Animal("many_trailing.csv", PLAIN.replace("\n", ",,,\n"), **AB),
    Animal("empty_rows.csv", PLAIN + ",\n,\n", **AB),
    Animal("bad[1].csv", {"": PLAIN}, **AB),
    Animal("count.csv", table(",", head=("count", "len")), columns=("count", "len"), height=30),
]
QUOTED = [
    Animal(
        "quoted.csv",
        lines('"name","said"', *rows_of('"N{i}","a, b ""c"""')),
        ("name", "said"),
        20,
        {(3, "said"): 'a, b "c"'},
    ),
    Animal(
        "newline.csv", lines("id,note", *rows_of('{i},"two\nlines"')), ("id", "note"), 20, {(19, "note"): "two\nlines"}
    ),
    Animal(
        "newline_crlf.csv",
        lines("id,note", *rows_of('{i},"two\r\nlines"'), end="\r\n"),
        ("id", "note"),
        20,
        {(19, "note"): "two\nlines"},
    ),
    Animal(
        "single.csv",
        lines("'id','note'", *rows_of("'{i}','a, b'")),
        ("id", "note"),
        20,
        {(0, "note"): "a, b"},
        ("quoted by '",),
    ),
    Animal("apostrophe.csv", lines("id,note", *rows_of("{i},it's")), ("id", "note"), 20, {(0, "note"): "it's"}),
    Animal("inches.csv", lines("id,size", *rows_of('{i},5" pipe')), ("id", "size"), 20, {(7, "size"): '5" pipe'}),
    Animal("quoted_spaces.csv", lines("id, note", *rows_of('{i}, "a, b"')), ("id", "note"), 20, {(0, "note"): "a, b"}),
    Animal(
        "separators_inside.csv", lines("id;note", *rows_of('{i};"a;b,c"')), ("id", "note"), 20, {(0, "note"): "a;b,c"}
    ),
    Animal(
        "quoted_dat.dat", lines("id note", *rows_of('{i} "two words"')), ("id", "note"), 20, {(0, "note"): "two words"}
    ),
    Animal(
        "genres.csv",
        lines("film,genres", *rows_of("F{i},war|love")),
        ("film", "genres"),
        20,
        {(0, "genres"): "war|love"},
    ),
    Animal("empties.csv", lines("a,b,c", *rows_of('{i},,""')), ("a", "b", "c"), 20, {(0, "b"): None, (0, "c"): None}),
]
MPG = rows_of('1{i}.0   8   307.0      130.0\t"chevrolet {i}"')
SEEDS = [*rows_of("15.{i}\t14.84\t0.87", 39), "16.1\t\t14.8\t0.9"]
HEADED = [
    Animal("number_sign.csv", lines("#,name", *rows_of("{i},N{i}")), ("#", "name"), 20, {(3, "#"): "3"}),
    Animal("number_signs.csv", lines("tag,n", *rows_of("#{i},{i}")), ("tag", "n"), 20, {(3, "tag"): "#3"}),
    Animal("separators.csv", lines("a\u2028b,c", *rows_of("x\x0c{i},\x85y")), ("a b", "c"), 20, {(3, "a b"): "x\x0c3"}),
    Animal("mpg.data", lines(*MPG), tuple(f"column {j}" for j in range(1, 6)), 20, {(3, "column 5"): "chevrolet 3"}),
    Animal("seeds.txt", lines(*SEEDS), ("column 1", "column 2", "column 3"), 40, {(39, "column 2"): "14.8"}),
    Animal("name_lines.csv", lines('"weight\n(kg)",n', *rows_of("{i}.5,1")), ("weight (kg)", "n"), 20),
    Animal("mostly_na.csv", lines("id,dose", *rows_of("{i},NA"), "21,3.5"), ("id", "dose"), 21),
    Animal("one_year.csv", lines("state,2021", *rows_of("S{i},-{i}.25")), ("state", "2021"), 20),
    Animal("days.csv", lines("land,1/22/20,1/23/20", *rows_of("S{i},{i},9")), ("land", "1/22/20", "1/23/20"), 20),
    Animal("twice.csv", lines("x,y,x", *rows_of("{i},1,2")), ("x", "y", "x (2)"), 20, {(0, "x (2)"): "2"}),
    Animal("thrice.csv", lines("x,x,x", *rows_of("{i},1,2")), ("x", "x (2)", "x (3)"), 20),
    Animal(
        "unnamed.csv",
        lines(",a,,b", *rows_of("{i},1,2,3")),
        ("column 1", "a", "column 3", "b"),
        20,
        {(5, "column 1"): "5"},
    ),
    Animal(
        "headless.csv",
        lines(*rows_of("{i}.5,red,3")),
        ("column 1", "column 2", "column 3"),
        20,
        {(0, "column 1"): "0.5"},
        ("no line of names",),
    ),
    Animal(
        "headless_words.csv",
        lines(*("p,x" if i % 3 else "e,y" for i in range(60))),
        ("column 1", "column 2"),
        60,
        {(0, "column 1"): "e"},
    ),
    Animal("headless_gap.csv", lines("?,7,x", *rows_of("{i},8,y")), ("column 1", "column 2", "column 3"), 21),
    Animal(
        "headless_dates.csv",
        lines(*rows_of("2020-01-{i:02},7".replace("{i:02}", "1{i}"), 9), *rows_of("2020-02-0{i},8", 9)),
        ("column 1", "column 2"),
        18,
    ),
    Animal("words.csv", lines("name,town", *rows_of("Ann{i},Rome{i}")), ("name", "town"), 20, {(0, "name"): "Ann0"}),
    Animal(
        "years.csv", lines("land,2000,2001,2002", *rows_of("L{i},{i}.5,7.25,8")), ("land", "2000", "2001", "2002"), 20
    ),
    Animal("places.csv", lines("0,1,2", *rows_of("{i}.5,7.25,8")), ("0", "1", "2"), 20),
    Animal(
        "rnames.csv",
        lines('"mpg","cyl","hp"', *rows_of('"car {i}",21.5,6,110')),
        ("row", "mpg", "cyl", "hp"),
        20,
        {(0, "row"): "car 0", (0, "hp"): "110"},
        ("row names",),
    ),
    Animal(
        "rspaces.txt", lines("mpg cyl", *rows_of('"car {i}" 21.5 6')), ("row", "mpg", "cyl"), 20, {(19, "cyl"): "6"}
    ),
    Animal("hash.csv", "# made by hand\n# in 2020\n" + PLAIN, **AB),
    Animal("hash_names.csv", lines("#age,score", *(",".join(r) for r in NUMBERS)), **AB),
    Animal("hash_names.txt", lines("# age score", *(" ".join(r) for r in NUMBERS)), **AB),
    Animal("hash_inside.csv", "# made\n" + PLAIN + "# the end, really\n", **AB),
    Animal("preamble.csv", "Report of 2020\n\nAll data\n" + PLAIN, **AB, notes=("2 lines above the names",)),
    Animal(
        "preamble_commas.csv",
        notes=("2 lines above",),
        content=lines(
            '"Source","Bank",',
            "",
            '"Updated","2020",',
            "",
            '"Land","Code","1960","1961","1962",',
            *rows_of('"L{i}","C{i}","{i}.5","","3",'),
        ),
        columns=("Land", "Code", "1960", "1961", "1962"),
        height=20,
        cells={(2, "1960"): "2.5", (2, "1961"): None},
    ),
    Animal(
        "footer.csv",
        lines("a,b,c", *rows_of("{i},2,3"), "Total: 20"),
        ("a", "b", "c"),
        20,
        notes=("1 row had a single field",),
    ),
    Animal("repeated.csv", PLAIN + PLAIN, ("age", "score"), 60, notes=("1 row repeated the names",)),
    Animal(
        "extra.csv",
        PLAIN + "7,8,9\n" + "50,1.5\n",
        ("age", "score"),
        31,
        {(30, "age"): "50"},
        notes=("1 row had more fields", "line 32"),
    ),
    Animal(
        "short.csv",
        lines("a,b,c", *rows_of("{i},2,3"), "7,8"),
        ("a", "b", "c"),
        21,
        {(20, "c"): None},
        notes=("1 row ended early",),
    ),
    Animal("one.csv", lines("age", *rows_of("{i}")), ("age",), 20, {(0, "age"): "0"}),
    Animal(
        "one_words.csv",
        lines("text", *rows_of("hello, you {i}", 5), "no comma"),
        ("text",),
        6,
        {(0, "text"): "hello, you 0"},
    ),
    Animal("one_number.txt", lines(*rows_of("{i}.5")), ("column 1",), 20),
    Animal("emptycolumn.csv", lines("a,b", *rows_of("{i},")), ("a", "b"), 20, {(0, "b"): None}),
]
SPELT = [
    Animal("decimal.csv", table(";", [(a, s.replace(".", ",")) for a, s in NUMBERS]), **COMMA, read=("decimal comma",)),
    Animal("decimal.tsv", table("\t", [(a, s.replace(".", ",")) for a, s in NUMBERS]), **COMMA),
    Animal("decimal_quoted.csv", table(",", [(a, f'"{s.replace(".", ",")}"') for a, s in NUMBERS]), **COMMA),
    Animal("decimal_thousands.csv", lines("a;b", *rows_of("{i};1.234,5{i}")), ("a", "b"), 20, {(3, "b"): "1234.53"}),
    Animal(
        "thousands.csv",
        lines("a,b", *rows_of('{i},"1,23{i}.5"', 9), "10,999"),
        ("a", "b"),
        10,
        {(3, "b"): "1233.5", (9, "b"): "999"},
        ("thousands",),
    ),
    Animal("millions.csv", lines("a,b", *rows_of('{i},"1,234,56{i}"', 9)), ("a", "b"), 9, {(3, "b"): "1234563"}),
    Animal(
        "unclear.csv",
        lines("a,b", *rows_of('{i},"1,23{i}"', 9)),
        ("a", "b"),
        9,
        {(3, "b"): "1233"},
        ('"1,230" taken for 1230',),
    ),
    Animal(
        "unclear_semicolon.csv",
        lines("a;b", *rows_of("{i};1,23{i}", 9)),
        ("a", "b"),
        9,
        {(3, "b"): "1.233"},
        ('"1,230" taken for 1.230',),
    ),
    Animal("unclear_told.csv", lines("a;b", *rows_of("{i}.25;1,23{i}", 9)), ("a", "b"), 9, {(3, "b"): "1.233"}),
    Animal("narrow.csv", lines("a;b", *rows_of("{i};1\u202f23{i},5", 9)), ("a", "b"), 9, {(3, "b"): "1233.5"}),
    Animal("swiss.csv", lines("a;b", *rows_of("{i};1'23{i}.5", 9)), ("a", "b"), 9, {(3, "b"): "1233.5"}),
    Animal(
        "stray_comma.csv",
        lines("a;b", *rows_of("{i};2,{i}"), "21;unknown"),
        ("a", "b"),
        21,
        {(3, "b"): "2.3", (20, "b"): "unknown"},
    ),
    Animal("percent.csv", lines("a;b", *rows_of("{i};1,2{i} %", 9)), ("a", "b"), 9, {(3, "b"): "1.23%"}),
    Animal("euros.csv", lines("a;b", *rows_of("{i};1.23{i},50 €", 9)), ("a", "b"), 9, {(3, "b"): "1233.50€"}),
    Animal("codes.csv", lines("a;b", *rows_of("{i};123 45{i}", 9)), ("a", "b"), 9, {(3, "b"): "123 453"}),
    Animal("pairs.csv", lines("a;b", *rows_of("{i};1,2,{i}", 9)), ("a", "b"), 9, {(3, "b"): "1,2,3"}),
    Animal("mixed_marks.csv", lines("a;b", *rows_of("{i};1,{i}", 9), "9;1.5"), ("a", "b"), 10, {(3, "b"): "1,3"}),
    Animal("zeros.csv", lines("zip,n", *rows_of("0050{i},1", 9)), ("zip", "n"), 9, {(1, "zip"): "00501"}),
    Animal("na.csv", lines("land,n", *rows_of("NA,{i}")), ("land", "n"), 20, {(0, "land"): "NA"}),
    Animal("versions.csv", lines("v,n", *rows_of("1.100,{i}")), ("v", "n"), 20, {(0, "v"): "1.100"}),
]
TOWNS = ["Köln", "Zürich", "Genève", "Málaga", "Århus", "Français"]
GERMAN = lines("stadt,n", *(f"{TOWNS[i % 6]},{i}" for i in range(30)))
RUSSIAN = lines("город,n", *(f"{['Москва', 'Казань', 'Новосибирск', 'Омск'][i % 4]},{i}" for i in range(30)))
POLISH = lines("miasto;n", *(f"{['Łódź', 'Kraków', 'Święta', 'Gołąb', 'żółw'][i % 5]};{i}" for i in range(30)))
GREEK = lines("πόλη,n", *(f"{['Αθήνα', 'Θεσσαλονίκη', 'Πάτρα', 'Λάρισα'][i % 4]},{i}" for i in range(30)))
CHINESE = lines("城市,n", *(f"{['北京', '上海', '广州', '我们的家在这里'][i % 4]},{i}" for i in range(30)))
JAPANESE = lines("都市,n", *(f"{['東京', 'おおさか', 'とうきょうの人', 'カタカナ'][i % 4]},{i}" for i in range(30)))
KOREAN = lines("도시,n", *(f"{['서울', '부산', '이것은 도시', '대구'][i % 4]},{i}" for i in range(30)))


def encoded(name: str, text: str, encoding: str, told: str, cell: str) -> Animal:
    column = text.lstrip("\ufeff").replace(";", ",").split(",", 1)[0]
    return Animal(
        name, text.encode(encoding), (column, "n"), 30, {(0, column): cell, (29, "n"): "29"}, (told,) if told else ()
    )


ENCODED = [
    encoded("utf8.csv", GERMAN, "utf-8", "", "Köln"),
    encoded("bom.csv", GERMAN, "utf-8-sig", "", "Köln"),
    encoded("utf16.csv", GERMAN, "utf-16", "UTF-16", "Köln"),
    encoded("utf16be.csv", "\ufeff" + GERMAN, "utf-16-be", "UTF-16", "Köln"),
    encoded("utf16le_nobom.csv", GERMAN, "utf-16-le", "UTF-16", "Köln"),
    encoded("utf16be_nobom.txt", GERMAN, "utf-16-be", "UTF-16", "Köln"),
    encoded("utf32.csv", GERMAN, "utf-32", "UTF-32", "Köln"),
    encoded("cp1252.csv", GERMAN, "cp1252", "ISO-8859-1", "Köln"),
    encoded("cp1252_euro.csv", GERMAN.replace("Köln", "5 € – „Köln“"), "cp1252", "Windows-1252", "5 € – „Köln“"),
    encoded("cp1251.csv", RUSSIAN, "cp1251", "Windows-1251", "Москва"),
    encoded("koi8.csv", RUSSIAN, "koi8-r", "KOI8-R", "Москва"),
    encoded("cp1250.csv", POLISH, "cp1250", "Windows-1250", "Łódź"),
    encoded("cp1253.csv", GREEK, "cp1253", "Windows-1253", "Αθήνα"),
    encoded("gbk.csv", CHINESE, "gbk", "GB 18030", "北京"),
    encoded("sjis.csv", JAPANESE, "shift_jis", "Shift JIS", "東京"),
    encoded("euckr.csv", KOREAN, "euc_kr", "EUC-KR", "서울"),
    Animal("nul.csv", PLAIN.replace("43.50", "43.50\0\0").encode(), **AB, notes=("2 NUL bytes",)),
]
PACKED = [
    Animal("a.csv.gz", gzip.compress(PLAIN.encode()), **AB, read=("packed by gzip",)),
    Animal("a.csv.bz2", bz2.compress(PLAIN.encode()), **AB),
    Animal("a.csv.xz", lzma.compress(PLAIN.encode()), **AB),
    Animal("a.csv.zst", lambda path: path.write_bytes(pack_zstd(PLAIN.encode())), **AB, needs="zstandard"),
    Animal("a.zip", pack_zip(rows_dot_csv=PLAIN), **AB, read=("packed by zip",)),
    Animal("mac.zip", pack_zip(rows_dot_csv=PLAIN, **{"__MACOSX/x": "x"}, README="about", **{"d/": ""}), **AB),
    Animal("two.zip", pack_zip(a_dot_csv=PLAIN, b_dot_csv="x,y\n1,2\n3,4\n"), ("x", "y"), 2, part="b.csv"),
    Animal("lying.csv", gzip.compress(PLAIN.encode()), **AB),
    Animal("nested.zip", lambda path: path.write_bytes(zip_bytes("a.csv.gz", gzip.compress(PLAIN.encode()))), **AB),
    Animal("packed.jsonl.gz", gzip.compress(jsonl({"a": 1}, {"a": 2}).encode()), ("a",), 2, {(1, "a"): 2}),
    Animal(
        "packed.parquet.gz",
        lambda path: path.write_bytes(gzip.compress(parquet(FRAME))),
        ("n", "x", "word"),
        3,
        {(1, "x"): None},
    ),
    Animal("two_members.csv.gz", gzip.compress(PLAIN[:99].encode()) + gzip.compress(PLAIN[99:].encode()), **AB),
]


def zip_bytes(name: str, raw: bytes) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr(name, raw)
    return stream.getvalue()


def parquet(frame: pl.DataFrame, **how: Any) -> bytes:
    stream = io.BytesIO()
    frame.write_parquet(stream, **how)
    return stream.getvalue()


def arrow(frame: pl.DataFrame, stream: bool = False) -> bytes:
    out = io.BytesIO()
    frame.write_ipc_stream(out) if stream else frame.write_ipc(out)
    return out.getvalue()


NESTED = {"id": 1, "solution": {"text": "yes", "by": {"name": "Ann"}}, "tags": ["a", "b"]}
WRITTEN = [
    Animal("lines.jsonl", jsonl({"a": 1, "b": "x"}, {"a": 2}), ("a", "b"), 2, {(0, "a"): 1, (1, "b"): None}),
    Animal("lines.json", jsonl({"a": 1}, {"a": 2}), ("a",), 2),
    Animal("lines.txt", jsonl({"a": 1}, {"a": 2}), ("a",), 2),
    Animal("one_line.jsonl", json.dumps({"a": 1, "b": [1, 2]}), ("a", "b"), 1, {(0, "b"): [1, 2]}),
    Animal(
        "list.json", json.dumps([{"a": 1.5}, {"a": None, "c": True}]), ("a", "c"), 2, {(0, "a"): 1.5, (1, "c"): True}
    ),
    Animal("pretty.json", json.dumps([{"a": 1}, {"a": 2}], indent=2), ("a",), 2),
    Animal("bom.json", b"\xef\xbb\xbf" + json.dumps([{"a": 1}]).encode(), ("a",), 1),
    Animal("utf16.json", json.dumps([{"a": "é"}], ensure_ascii=False).encode("utf-16"), ("a",), 1, {(0, "a"): "é"}),
    Animal("data.json", json.dumps({"version": 1, "data": [{"a": 1}, {"a": 2}]}), ("a",), 2),
    Animal("rows.json", json.dumps({"rows": [{"a": 1}, {"a": 2}], "n": 2}), ("a",), 2),
    Animal("named.json", json.dumps({"people": [{"a": 1}, {"a": 2}], "more": [1]}), ("a",), 2),
    Animal("columns.json", json.dumps({"a": [1, 2, 3], "b": ["x", "y", "z"]}), ("a", "b"), 3, {(2, "b"): "z"}),
    Animal(
        "split.json",
        json.dumps({"columns": ["a", "b"], "index": [0, 1], "data": [[1, "x"], [2, "y"]]}),
        ("a", "b"),
        2,
        {(1, "b"): "y"},
    ),
    Animal(
        "pandas.json", json.dumps({"a": {"0": 1, "1": 2}, "b": {"0": "x", "1": "y"}}), ("a", "b"), 2, {(1, "b"): "y"}
    ),
    Animal("index.json", json.dumps({"ann": {"a": 1}, "bob": {"a": 2}}), ("name", "a"), 2, {(1, "name"): "bob"}),
    Animal("arrays.json", json.dumps([["a", "b"], [1, 2], [3, 4]]), ("a", "b"), 2, {(1, "b"): 4}),
    Animal("array_lines.jsonl", jsonl([1, "x"], [2, "y"]), ("column 1", "column 2"), 2),
    Animal("values.json", json.dumps([1, 2, 3]), ("value",), 3),
    Animal(
        "geo.geojson",
        json.dumps(
            {
                "type": "FeatureCollection",
                "features": [
                    {"type": "Feature", "properties": {"n": 1}, "geometry": {"type": "Point", "coordinates": [1, 2]}}
                ],
            }
        ),
        ("type", "properties.n", "geometry.type", "geometry.coordinates"),
        1,
    ),
    Animal(
        "nested.jsonl",
        jsonl(NESTED, NESTED),
        ("id", "solution.text", "solution.by.name", "tags"),
        2,
        {(0, "solution.by.name"): "Ann"},
    ),
    Animal(
        "mixed.jsonl",
        jsonl({"a": 1}, {"a": "two"}, {"a": [3]}, {"a": {"b": 4}}),
        ("a", "a.b"),
        4,
        {(0, "a"): "1", (1, "a"): "two", (2, "a"): "[3]", (3, "a.b"): 4},
    ),
    Animal("floats.jsonl", jsonl({"a": 1}, {"a": 2.5}), ("a",), 2, {(0, "a"): 1.0}),
    Animal(
        "nan.jsonl", '{"a": NaN}\n{"a": 1.5}\n{"a": Infinity}\n', ("a",), 3, {(0, "a"): None, (2, "a"): float("inf")}
    ),
    Animal("huge.jsonl", jsonl({"a": 10**30}, {"a": 1}), ("a",), 2, {(0, "a"): str(10**30)}),
    Animal("blank.jsonl", '\n{"a": 1}\n\n{"a": 2}\n\n', ("a",), 2),
    Animal("crlf.jsonl", '{"a": 1}\r\n{"a": 2}\r\n', ("a",), 2),
    Animal("one_after_the_other.json", '{\n "a": 1\n}\n{\n "a": 2\n}\n', ("a",), 2),
    Animal("surrogate.jsonl", '{"a": "\\ud800x"}\n{"a": "y"}\n', ("a",), 2, {(1, "a"): "y"}),
    Animal("zeros.jsonl", jsonl({"zip": "00501"}), ("zip",), 1, {(0, "zip"): "00501"}),
]
RICH = pl.DataFrame(
    {
        "whole": [1, 2],
        "day": [date(2020, 1, 1), None],
        "time": [datetime(2020, 1, 1, 12), None],
        "exact": [Decimal("1.50"), Decimal("2.25")],
        "yes": [True, None],
        "list": [[1, 2], []],
        "deep": [{"a": 1, "b": {"c": "x"}}, {"a": 2, "b": None}],
        "raw": [b"abc", b"d"],
    }
)
FLAT = ("whole", "day", "time", "exact", "yes", "list", "deep.a", "deep.b.c", "raw")
FLAT_CELLS = {
    (0, "exact"): Decimal("1.50"),
    (0, "deep.b.c"): "x",
    (1, "deep.b.c"): None,
    (0, "raw"): "abc",
    (1, "yes"): None,
}
TYPED = [
    Animal("rich.parquet", parquet(RICH), FLAT, 2, FLAT_CELLS),
    Animal(
        "groups.parquet", parquet(pl.DataFrame({"a": range(1000)}), row_group_size=100), ("a",), 1000, {(999, "a"): 999}
    ),
    Animal(
        "category.parquet", parquet(FRAME.cast({"word": pl.Categorical})), ("n", "x", "word"), 3, {(0, "word"): "a"}
    ),
    Animal("lying.csv.parquet.csv", parquet(FRAME), ("n", "x", "word"), 3),
    Animal("file.arrow", arrow(RICH), FLAT, 2, FLAT_CELLS),
    Animal("stream.arrow", arrow(RICH, stream=True), FLAT, 2, FLAT_CELLS),
    Animal("v2.feather", arrow(FRAME), ("n", "x", "word"), 3),
    Animal(
        "shop.db", one_table, ("id", "name", "pay"), 2, {(0, "pay"): 2.5, (1, "name"): None}, ('the table "people"',)
    ),
    Animal("two.sqlite", two_tables, ("a", "b"), 2, {(0, "a"): "1", (1, "a"): "two"}, part='odd "name'),
    Animal("noending_base", one_table, ("id", "name", "pay"), 2),
]
TOGETHER = [
    Animal(
        "parts",
        {"a.csv": PLAIN, "b.csv": PLAIN, "README.md": "# About", ".hidden.csv": "x", "_SUCCESS": "", "LICENSE": "free"},
        ("age", "score"),
        60,
        read=("2 files",),
    ),
    Animal(
        "spark.parquet",
        {
            "_SUCCESS": b"",
            "part-00000.parquet": parquet(FRAME),
            ".part-00000.parquet.crc": b"x",
            "part-00001.parquet": parquet(FRAME),
        },
        ("n", "x", "word"),
        6,
    ),
    Animal(
        "hive",
        {"year=2020/a.parquet": parquet(FRAME), "year=2021/a.parquet": parquet(FRAME)},
        ("n", "x", "word", "year"),
        6,
        {(5, "year"): "2021"},
    ),
    Animal(
        "differ",
        {"a.csv": "a,b\n1,2\n3,4\n", "b.csv": "b,c\n5,6\n7,8\n"},
        ("a", "b", "c"),
        4,
        {(2, "a"): None, (2, "c"): "6"},
        notes=('"a", "c"',),
    ),
    Animal(
        "types",
        {"a.parquet": parquet(pl.DataFrame({"a": [1, 2]})), "b.parquet": parquet(pl.DataFrame({"a": ["x"]}))},
        ("a",),
        3,
        {(0, "a"): "1"},
    ),
    Animal("empty_part", {"part-0.csv": "", "part-1.csv": table("\t")}, **AB),
    Animal("mixed_packing", {"a.csv": PLAIN, "b.csv.gz": gzip.compress(PLAIN.encode())}, ("age", "score"), 60),
]
POEM = """Let me not to the marriage of true minds
Admit impediments, love is not love
Which alters when it alteration finds,
Or bends with the remover to remove.
O no, it is an ever-fixed mark
That looks on tempests, and is never shaken;
It is the star to every wand'ring bark,
Whose worth's unknown, although his height be taken.
"""
TEXTS = [
    Animal("song.txt", "[Verse 1]\nOh, what a day\n[0:12] and night\n" * 4, texts=1),
    Animal("notes.txt", "[1] The first note, as it is.\n[2] Another one.\n", texts=1),
    Animal("template.txt", '{"name"} is greeted, and thanked.\n' * 3, texts=1),
    Animal("prose.txt", "One day, in the end, it rained.\nIt was wet, and cold, and late.\n" * 20, texts=1),
    Animal("poem.txt", POEM, texts=1),
    Animal("one_comma_each.txt", lines(*rows_of("He went there, she stayed here {i} days")), texts=1),
    Animal("letter", "Dear Ann,\n\nthank you, and goodbye.\n", texts=1),
    Animal("readme.md", "# Title\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\nSome words, and more.\n", texts=1),
    Animal("code.py", "def f(a, b):\n    return a, b\n\n\nx = f(1, 2)\n" * 5, texts=1),
    Animal("code.js", "let a = 1;\nlet b = 2;\nlet c = a;\n" * 5, texts=1),
    Animal(
        "log.txt",
        "2020-01-01 12:00 started all\n2020-01-01 12:01 done\n2020-01-01 12:02 stopped it at last\n" * 9,
        texts=1,
    ),
    Animal("chinese.txt", "我们的家，在这里。\n你好，世界。\n" * 10, texts=1),
    Animal("list.txt", lines(*rows_of("- item number {i}, which is fine")), texts=1),
    Animal("words.txt", lines("apple", "pear", "plum", "cherry", "fig", "quince", "medlar"), texts=1),
    Animal("dialogue.txt", "ROMEO: But, soft! what light?\nJULIET: Ay me!\n" * 30, texts=1),
    Animal("cp1252.txt", "Ein schöner Tag, für alle.\n".encode("cp1252") * 10, texts=1, read=("ISO-8859-1",)),
    Animal("texts", {"a.txt": "One.", "b.txt": "Two."}, texts=2),
]
ZOO = [*SEPARATED, *QUOTED, *HEADED, *SPELT, *ENCODED, *PACKED, *WRITTEN, *TYPED, *TOGETHER, *TEXTS]

REFUSED: dict[str, tuple[Content, str]] = {
    "empty.csv": ("", "which is empty"),
    "names.csv": ("a,b\n", "0 rows, 2 columns"),
    "blank.csv": ("\n\n\n", "InputError"),
    "junk.csv": (bytes(range(256)) * 30, "a table, a text or pictures"),
    "broken_utf8.csv": (b"stadt,n\n" + "Köln,1\n".encode() * 30 + b"K\xf6ln,2\n", "byte 0xf6 at line 32"),
    "cut.csv.gz": (gzip.compress(PLAIN.encode() * 50)[:-30], "that is whole"),
    "cut.csv.xz": (lzma.compress(PLAIN.encode() * 50)[:-30], "that is whole"),
    "cut.zip": (pack_zip(a=PLAIN)[:-30], "that is whole"),
    "two.zip": (pack_zip(a_dot_csv=PLAIN, b_dot_csv=PLAIN), 'two.zip: "a.csv", "b.csv"'),
    "none.zip": (pack_zip(README="x"), "which has none"),
    "cut.parquet": (parquet(FRAME)[:-20], "a Parquet file that can be read"),
    "head.parquet": (b"PAR1" + parquet(FRAME)[40:], "InputError"),
    "cut.arrow": (arrow(FRAME)[:-100], "an Arrow file that can be read"),
    "v1.feather": (b"FEA1" + b"\0" * 100, "of version 1"),
    "cut.db": (b"SQLite format 3\0" + b"\0" * 200, "an SQLite file that can be read"),
    "two.db": (two_tables, "2 in"),
    "empty.db": (lambda path: base(path, "CREATE TABLE a (x)"), "0 rows, 1 columns"),
    "bad.json": ('[{"a": 1}, {"a": ]', "JSON"),
    "bad.jsonl": ('{"a": 1}\n{"a": 2\n{"a": 3}\n', "line 2 of"),
    "deep.json": ("[" * 100_000, "nested too deeply"),
    "deep.jsonl": ('{"a": 1}\n' + '{"a":' * 100_000 + "\n", "nested too deeply"),
    "empty.json": ("[]", "which has none"),
    "lists.json": (json.dumps({"a": [{"x": 1}], "b": [{"y": 1}]}), '"a", "b"'),
    "pointer.csv": ("version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n", "git lfs pull"),
    "paper.pdf": (b"%PDF-1.7\n%\xe2\xe3", "which is none"),
    "letter.docx": (zip_bytes("[Content_Types].xml", b"<xml/>"), "InputError"),
    "empty.parquet": (parquet(FRAME.clear()), "0 rows, 3 columns"),
}
