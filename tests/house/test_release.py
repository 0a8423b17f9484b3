"""A release: its versions agree, what describes it can be read, and what is built holds all that it should."""

import re
import tarfile
import tomllib
import zipfile
from email import message_from_bytes
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from kellet import __version__

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "kellet"
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
FORMS = sorted((ROOT / ".github" / "ISSUE_TEMPLATE").glob("*.yml"))
REPOSITORY = "https://example.org/kellet"
LICENCES = PROJECT["license-files"]


def read(*parts):
    yaml = pytest.importorskip("yaml")
    return yaml.safe_load(ROOT.joinpath(*parts).read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def archives(tmp_path_factory):
    """The wheel and the source archive, built here and now."""
    pytest.importorskip("hatchling")
    from hatchling.builders.sdist import SdistBuilder
    from hatchling.builders.wheel import WheelBuilder

    folder = str(tmp_path_factory.mktemp("dist"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KELLET_REPOSITORY", REPOSITORY)
        (wheel,) = WheelBuilder(str(ROOT)).build(directory=folder, versions=["standard"])
        (sdist,) = SdistBuilder(str(ROOT)).build(directory=folder, versions=["standard"])
    return wheel, sdist


@pytest.mark.parametrize("name", ["CITATION.cff", "conda/meta.yaml"])
def test_the_version_is_the_same_everywhere(name):
    text = (ROOT / name).read_text(encoding="utf-8")
    assert re.findall(r"^ *version: (.+)$", text, flags=re.MULTILINE) == [__version__]


def test_the_changelog_begins_with_this_version():
    first = re.search(r"^## (\S+)", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), flags=re.MULTILINE)
    assert first
    assert first[1] == __version__


def test_the_citation_names_the_authors_together_and_no_address_that_is_not_known():
    cited = read("CITATION.cff")
    assert {"cff-version", "message", "title", "authors"} <= cited.keys()
    assert cited["type"] == "software"
    # What is cited is Kellet without what it carries.
    assert cited["license"] == PROJECT["license"].split(" AND ")[0]
    assert cited["authors"] == [{"name": "The Kellet authors"}]
    assert not {"doi", "url", "repository-code"} & cited.keys()


def test_conda_asks_for_what_pip_asks_for():
    needs = [Requirement(need) for need in PROJECT["dependencies"]]
    python = f"python {PROJECT['requires-python']}"
    recipe = read("conda", "meta.yaml")
    assert recipe["requirements"]["run"] == [python, *(f"{need.name} {need.specifier}" for need in needs)]
    assert recipe["build"]["entry_points"] == [f"{name} = {where}" for name, where in PROJECT["scripts"].items()]
    assert recipe["about"]["license_file"] == LICENCES
    assert recipe["about"]["license"] == PROJECT["license"]


@pytest.mark.parametrize("path", FORMS, ids=lambda path: path.stem)
def test_an_issue_form_asks_and_each_question_has_its_own_name(path):
    form = read(path)
    assert {"name", "description", "body"} <= form.keys()
    fields = [field for field in form["body"] if field["type"] != "markdown"]
    assert all(field["type"] in ("input", "textarea") and field["attributes"]["label"] for field in fields)
    assert len({field["id"] for field in fields}) == len(fields)
    assert any(field.get("validations", {}).get("required") for field in fields)


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_a_workflow_pins_the_actions_of_others_and_runs_nothing_that_a_name_could_inject(path):
    uses = re.findall(r"uses: (.+)", path.read_text(encoding="utf-8"))
    assert uses
    assert all(re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", one) for one in uses)
    workflow = read(path)
    assert workflow["permissions"] == {"contents": "read"}
    steps = [step for job in workflow["jobs"].values() for step in job["steps"]]
    assert not [step["run"] for step in steps if "${{" in step.get("run", "")]


def test_the_hooks_are_what_make_lint_runs():
    (local,) = read(".pre-commit-config.yaml")["repos"]
    hooks = {" ".join(hook["entry"].replace(" --force-exclude", "").split()) for hook in local["hooks"]}
    lint = re.search(r"^lint:.*\n((?:\t.*\n)+)", (ROOT / "Makefile").read_text(encoding="utf-8"), flags=re.MULTILINE)
    assert lint
    made = lint[1].replace("$(BIN)", ".venv/bin").replace(" --check", "").replace(" .\n", "\n")
    assert hooks == {line.strip() for line in made.splitlines()}


def test_the_container_gets_what_it_copies_and_is_nobody_special():
    lines = (ROOT / "Dockerfile").read_text(encoding="utf-8").splitlines()
    copied = {name for line in lines if line.startswith("COPY ") for name in line.split()[1:-1]}
    ignored = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    assert copied == {line[1:] for line in ignored if line.startswith("!")}
    assert all((ROOT / name).exists() for name in copied)
    assert lines.index("USER kellet") < lines.index('ENTRYPOINT ["kellet"]')


def test_the_wheel_holds_every_file_of_the_package_and_nothing_else(archives):
    wheel, _ = archives
    inside = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
    files = [path for path in SOURCE.rglob("*") if path.is_file() and "__pycache__" not in path.parts]
    assert inside == {path.relative_to(SOURCE.parent).as_posix() for path in files}
    for name in ("py.typed", "report/lab/strings/en.json", "page/templates/page.css", "experiment/presets/web.toml"):
        assert f"kellet/{name}" in inside


def test_the_wheel_says_what_it_is_and_brings_its_licences(archives):
    wheel, _ = archives
    opened = zipfile.ZipFile(wheel)
    info = f"kellet-{__version__}.dist-info"
    told = message_from_bytes(opened.read(f"{info}/METADATA"))
    assert (told["Name"], told["Version"], told["License-Expression"]) == ("kellet", __version__, PROJECT["license"])
    assert told["Description-Content-Type"] == "text/markdown"
    for name in LICENCES:
        assert opened.read(f"{info}/licenses/{name}") == (ROOT / name).read_bytes()
    assert "kellet = kellet.cli.main:main" in opened.read(f"{info}/entry_points.txt").decode()


def test_the_readme_of_a_release_has_only_links_and_pictures_that_lead_into_the_repository(archives):
    parts = re.findall(r"\]\((?!https?:)([^)#]+)[^)]*\)", (ROOT / "README.md").read_text(encoding="utf-8"))
    assert len(parts) > 10
    assert all((ROOT / part).exists() for part in parts)
    told = message_from_bytes(zipfile.ZipFile(archives[0]).read(f"kellet-{__version__}.dist-info/METADATA"))
    addresses = re.findall(r"\]\(([^)]+)\)", told.get_payload())
    assert all(address.startswith("https://") for address in addresses)
    for part in parts:
        kind = "raw" if part.endswith(".png") else "blob"
        assert any(address.startswith(f"{REPOSITORY}/{kind}/v{__version__}/{part}") for address in addresses), part
    assert len(told.get_all("Project-URL")) == 5


def test_where_no_repository_is_known_a_link_is_its_words(load_program):
    point = load_program("hatch_build.py").point
    text = "![a\nb](c.png)[d](e.md#f) [g](https://g.org) [h](#i)"
    assert point(text, "", "1") == "d [g](https://g.org) [h](#i)"
    pointed = "![a\nb](https://x.org/raw/v1/c.png)[d](https://x.org/blob/v1/e.md#f) [g](https://g.org) [h](#i)"
    assert point(text, "https://x.org", "1") == pointed


def test_the_source_archive_can_be_built_tested_and_cited(archives):
    _, sdist = archives
    with tarfile.open(sdist) as opened:
        inside = {name.partition("/")[2] for name in opened.getnames()}
    papers = {*LICENCES, "README.md", "CHANGELOG.md", "CITATION.cff", "SECURITY.md", "docs/licences.md"}
    assert papers | {"pyproject.toml", "Makefile", "constraints.txt", "tests/conftest.py"} <= inside
    assert not [name for name in inside if re.search(r"(^|/)(\.git|\.venv[^/]*|__pycache__|dist|runs)/", name)]
