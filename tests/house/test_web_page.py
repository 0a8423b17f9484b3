"""docs/web.md says what benchmarks/web_figures.py says."""

import re
from pathlib import Path

import numpy as np
import pytest

import kellet
from kellet.theory import writers

ROOT = Path(kellet.__file__).parents[2]
PAGE = (ROOT / "docs" / "web.md").read_text(encoding="utf-8")
ROWS = [tuple(map(str.strip, row.split("|")[1:-1])) for row in re.findall(r"^\| \S.*\|$", PAGE, flags=re.MULTILINE)]
ROWS = [row for row in ROWS if len(row) == 3]
SMALL = 150_000


@pytest.fixture(scope="module")
def program(load_program):
    return load_program("benchmarks/web_figures.py")


def test_the_page_shows_every_picture_of_the_program(program):
    shown = re.findall(r"!\[[^]]+\]\(images/([^)]+)\)", PAGE)
    assert sorted(shown) == sorted(f"web-{chapter}.svg" for chapter in program.STORY)
    for name in shown:
        text = (ROOT / "docs" / "images" / name).read_text(encoding="utf-8")
        assert text.startswith("<svg") and "prefers-color-scheme: dark" in text
        assert len(text) < SMALL


def test_what_the_page_simulated_agrees_with_what_is_exact():
    compared = 0
    for what, expected, simulated in ROWS:
        known = re.fullmatch(r"(\S+) exact", expected)
        seen = re.fullmatch(r"(\S+) \((\S+) to (\S+)\)", simulated)
        if known and seen:
            value, low, high = map(float, seen.groups())
            # The interval is 1.96 standard errors to either side; its ends, and what is exact, are rounded.
            assert abs(value - float(known[1])) <= 5 / 1.96 * max(high - value, value - low) + 6e-3 * value, what
            compared += 1
    assert compared > 30


@pytest.mark.parametrize("migration", [0.1, 1.0])
def test_what_the_program_knows_of_its_own_is_what_theory_says_of_writers_who_are_alike(program, migration):
    count, n, people, last = 4, 20, 0.3, 6
    mix = (1 - people) * ((1 - migration) * np.eye(count) + migration / count)
    exact = writers.covary(last + 1, n, mix, -1, random=True)[1:]
    found = program.stray(last, count, n, migration, lambda t: people)
    assert [one.keeps(count) for one in found] == pytest.approx(1 - exact[:, 0, 0], rel=1e-12)
    assert [one.pooled for one in found] == pytest.approx(exact.mean(axis=(1, 2)), rel=1e-12)


@pytest.mark.slow
def test_the_tables_of_the_page_are_those_of_the_program(program, tmp_path):
    told = [number for chapter in program.tell(tmp_path, effort=1e-4).values() for number in chapter]
    known = {number.what: number for number in told}
    assert len(known) == len(told)
    for what, expected, _ in ROWS:
        if what:
            assert known[what].expected == expected, what
