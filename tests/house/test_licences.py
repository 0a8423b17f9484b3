"""Licences: docs/licences.md names all that is required, and nothing that is required forbids what people do."""

import re
import tomllib
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
ROWS = {
    row[0]: row
    for line in (ROOT / "docs" / "licences.md").read_text(encoding="utf-8").splitlines()
    if line.startswith("| ") and len(row := [cell.strip() for cell in line.strip("|").split("|")]) > 2
}
PERMITTED = {
    "0BSD", "APACHE", "APACHE-2.0", "APACHE SOFTWARE LICENSE", "BSD", "BSD LICENSE", "BSD-2-CLAUSE", "BSD-3-CLAUSE",
    "CC0-1.0", "DUAL LICENSE", "ISC", "MIT", "MIT-CMU", "MIT LICENSE", "PSF-2.0", "ZLIB",
}  # fmt: skip
"""Licences in SPDX's spelling, and as old packages spell them."""
BASE = [Requirement(need) for need in PROJECT["dependencies"]]
OPTIONAL = [(extra, Requirement(need)) for extra, needs in PROJECT["optional-dependencies"].items() for need in needs]


def find(name: str) -> Distribution | None:
    try:
        return distribution(name)
    except PackageNotFoundError:
        return None


def find_all() -> dict[str, Distribution]:
    """What the base needs, and what that needs, as far as it is installed here."""
    found: dict[str, Distribution] = {}
    ahead = [need.name for need in BASE if need.marker is None or need.marker.evaluate()]
    while ahead:
        name = re.sub(r"[-_.]+", "-", ahead.pop()).lower()
        if name in found or (there := find(name)) is None:
            continue
        found[name] = there
        needs = map(Requirement, there.requires or ())
        ahead += [need.name for need in needs if need.marker is None or need.marker.evaluate({"extra": ""})]
    return found


INSTALLED = find_all()


def tell_licences(there: Distribution) -> set[str]:
    """The licences that a package names, in capitals."""
    told = there.metadata
    classified = [line.rpartition(" :: ")[2] for line in told.get_all("Classifier") or () if line.startswith("License")]
    said = told.get("License-Expression") or " AND ".join(classified) or told.get("License") or ""
    return {part.strip(" ()").upper() for part in re.split(r" AND | OR | WITH ", said)}


@pytest.mark.parametrize("name", INSTALLED)
def test_what_the_base_needs_is_permitted_and_named(name):
    assert tell_licences(INSTALLED[name]) <= PERMITTED
    assert name in ROWS, "a line in docs/licences.md"


def test_the_base_is_installed_and_its_ranges_are_named():
    assert {need.name for need in BASE if need.marker is None} <= INSTALLED.keys()
    for need in BASE:
        assert ROWS[need.name][1] == str(need.specifier)
        assert any(bound.operator == ">=" for bound in need.specifier)


def test_what_extras_bring_is_named():
    for extra, need in OPTIONAL:
        _, extras, specifier, _ = ROWS[need.name]
        assert extra in extras.split(", ")
        assert specifier == str(need.specifier)


def test_nothing_is_named_that_nothing_needs():
    known = {need.name for need in BASE} | {need.name for _, need in OPTIONAL} | INSTALLED.keys()
    packages = {name: row for name, row in ROWS.items() if re.fullmatch(r"[a-z0-9-]+", name) and len(row) < 5}
    # What other versions bring need not be here, but what brings it.
    lost = {name for name, row in packages.items() if not {name, row[1].partition(",")[0]} & known}
    assert lost <= {"package", "what"}
