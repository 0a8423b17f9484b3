"""docs/planning.md shows what examples/planning.py draws."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

import kellet

ROOT = Path(kellet.__file__).parents[2]
PAGE = (ROOT / "docs" / "planning.md").read_text(encoding="utf-8")
SHOWN = set(re.findall(r"!\[[^]]+\]\(images/([^)]+)\)", PAGE))


def test_every_picture_of_the_page_is_there_and_small():
    assert {path.name for path in (ROOT / "docs" / "images").glob("planning-*.png")} == SHOWN
    for name in SHOWN:
        path = ROOT / "docs" / "images" / name
        assert path.read_bytes().startswith(b"\x89PNG")
        assert path.stat().st_size < 150_000


def test_the_page_links_to_what_is_there():
    for name in re.findall(r"\]\((?!images/|http)([^)#]+)\)", PAGE):
        assert (ROOT / "docs" / name).exists(), name
    for name in re.findall(r"python (\S+\.py)", PAGE):
        assert (ROOT / name).exists(), name


@pytest.mark.slow
def test_the_program_draws_every_picture_of_the_page(tmp_path):
    told = subprocess.run(
        [sys.executable, str(ROOT / "examples" / "planning.py"), "--quick", "--out", str(tmp_path)],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert {path.name for path in tmp_path.iterdir()} == SHOWN
    assert "| variance |" in told.stdout
    assert "| rare |" in told.stdout
