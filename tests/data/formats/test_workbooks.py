"""Workbooks: a sheet is a table, where the package that reads them is there."""

import sys
import zipfile

import pytest

from kellet.data.reading import read
from kellet.errors import InputError

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"


def write_workbook(path, **sheets):
    """The least that is a workbook: sheets of rows, each a number, a word or None."""

    def cell(value):
        if value is None:
            return "<c/>"
        word = f'<c t="inlineStr"><is><t>{value}</t></is></c>'
        return word if isinstance(value, str) else f"<c><v>{value}</v></c>"

    entries = "".join(f'<sheet name="{n}" sheetId="{i}" r:id="r{i}"/>' for i, n in enumerate(sheets, 1))
    links = "".join(
        f'<Relationship Id="r{i}" Type="{OFFICE}/worksheet" Target="worksheets/s{i}.xml"/>'
        for i in range(1, len(sheets) + 1)
    )
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("[Content_Types].xml", f'<Types xmlns="{PACKAGE}/content-types"/>')
        root = f'<Relationship Id="r0" Type="{OFFICE}/officeDocument" Target="xl/workbook.xml"/>'
        for name, inside in (("_rels/.rels", root), ("xl/_rels/workbook.xml.rels", links)):
            archive.writestr(name, f'<Relationships xmlns="{PACKAGE}/relationships">{inside}</Relationships>')
        archive.writestr(
            "xl/workbook.xml", f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}"><sheets>{entries}</sheets></workbook>'
        )
        for i, rows in enumerate(sheets.values(), 1):
            data = "".join(f"<row>{''.join(map(cell, row))}</row>" for row in rows)
            archive.writestr(
                f"xl/worksheets/s{i}.xml", f'<worksheet xmlns="{MAIN}"><sheetData>{data}</sheetData></worksheet>'
            )


ROWS = [["n", None, "word"], [1, 0.5, "a"], [2, None, "007"]]


def test_a_sheet_is_a_table(tmp_path):
    pytest.importorskip("fastexcel")
    path = str(tmp_path / "a.xlsx")
    write_workbook(path, data=ROWS, empty=[])
    seen = read(path)
    assert seen.frame.columns == ["n", "column 2", "word"]
    assert seen.frame.rows() == [(1, 0.5, "a"), (2, None, "007")]
    assert seen.read == ('the sheet "data"',)


def test_sheets_are_named_where_there_are_several(tmp_path):
    pytest.importorskip("fastexcel")
    path = str(tmp_path / "a.xlsx")
    write_workbook(path, one=ROWS, two=[["x"], [5]])
    with pytest.raises(InputError, match=r'got 2 in .*a.xlsx: "one", "two"'):
        read(path)
    assert read(f"{path}::two").frame.rows() == [(5,)]
    with pytest.raises(InputError, match=r'one of the sheets "one", "two" in .*; got "three"'):
        read(f"{path}::three")


def test_what_claims_a_billion_rows_is_refused_in_one_line(tmp_path, monkeypatch):
    """Its reader would allocate them all, and abort."""
    pytest.importorskip("fastexcel")
    monkeypatch.setenv("KELLET_MEMORY", "800MB")
    path = tmp_path / "far.xlsx"
    write_workbook(path, data=[[1]])
    with zipfile.ZipFile(path) as archive:
        inside = {name: archive.read(name) for name in archive.namelist()}
    far = b'<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>2</v></c></row>'
    with zipfile.ZipFile(path, "w") as archive:
        for name, raw in inside.items():
            archive.writestr(name, raw.replace(b"<row><c><v>1</v></c></row>", far))
    with pytest.raises(
        InputError, match=r"expected a workbook that can be read; got .*far.xlsx: more than 200 MB to be"
    ):
        read(str(path))


def test_a_workbook_that_unpacks_to_gigabytes_is_refused_before(tmp_path):
    pytest.importorskip("fastexcel")
    path = tmp_path / "bomb.xlsx"
    write_workbook(path, data=[["a"], [1]])
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/sharedStrings.xml", bytes(2**25))
    with pytest.raises(InputError, match=r"a workbook of at most 16,777,216 bytes inside; got 33,55\d,\d+ in"):
        read(str(path))


def test_a_damaged_workbook_is_told_in_one_line(tmp_path):
    pytest.importorskip("fastexcel")
    path = tmp_path / "a.xlsx"
    write_workbook(path, data=[["a"], [1]])
    raw = path.read_bytes()
    path.write_bytes(raw.replace(b"<sheetData>", b"<sheetData<"))
    with pytest.raises(InputError, match="expected a"):
        read(str(path))


def test_without_the_package_its_extra_is_named(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "fastexcel", None)
    write_workbook(tmp_path / "a.xlsx", data=ROWS)
    with pytest.raises(
        InputError, match=r"none installed, for .*a.xlsx. Try pip install '.\[excel\]'.*saving it as CSV"
    ):
        read(str(tmp_path / "a.xlsx"))
