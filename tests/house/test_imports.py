"""Imports point down, and weight stays at the edge."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import kellet

SOURCE = Path(kellet.__file__).parent
FLOORS = {
    0: {"errors", "evidence", "family", "laws", "theory"},
    1: {"regimes", "anchors", "curation", "corpus_curation", "worlds", "families", "metrics", "experiment", "specs"}
    | {"presets", "places"},
    2: {"loop", "predict", "check", "horizon", "outlook", "engines", "store", "audit", "estimate", "mix"},
    3: {"run", "work", "sweep"},
    4: {"planning"},
    5: {"report", "lab", "tracking"},
    6: {"cli"},
}
FLOOR = {room: floor for floor, rooms in FLOORS.items() for room in rooms}
# Whoever puts the rooms of a floor together may look into them; nobody else looks sideways.
MAY_LOOK_INTO = {
    "experiment": {"regimes", "anchors", "curation", "corpus_curation", "worlds", "families"},
    "specs": {"regimes", "anchors", "curation", "corpus_curation", "worlds", "families", "experiment"},
    "presets": {"regimes", "worlds", "families", "experiment"},
    "check": {"predict"},
    "tracking": {"report"},
    "horizon": {"predict", "loop"},
    "outlook": {"predict", "horizon"},
    "run": {"work"},
    "sweep": {"run", "work"},
    "family": {"errors", "evidence"},
    "laws": {"errors", "evidence"},
    "evidence": {"errors"},
}
HEAVY = ("torch", "transformers", "sklearn", "xarray", "scipy.stats", "scipy.special", "polars", "pandas", "altair")


def name_of(path):
    parts = path.relative_to(SOURCE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {name_of(path): path for path in sorted(SOURCE.rglob("*.py"))}


def imports(path, lazy=True):
    """The modules of ours that a file imports, by whatever spelling."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    inside = set()
    if not lazy:
        for node in ast.walk(tree):
            later = isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
            typing_only = isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)
            if later or typing_only:
                inside |= set(ast.walk(node)) - {node}
    for node in ast.walk(tree):
        if node in inside:
            continue
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name.split(".")[0] == "kellet")
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} imports relatively: spell it out"
            if (node.module or "").split(".")[0] == "kellet":
                for alias in node.names:
                    whole = f"{node.module}.{alias.name}"
                    yield whole if whole in MODULES else node.module


def room_of(module):
    parts = module.split(".")
    return parts[1] if len(parts) > 1 else ""


def test_every_room_has_a_floor():
    rooms = {room_of(name) for name in MODULES} - {""}
    assert rooms <= set(FLOOR), f"give {rooms - set(FLOOR)} a floor, here and in the design"


@pytest.mark.parametrize("module", [name for name in MODULES if name != "kellet"])
def test_imports_point_down(module):
    room = room_of(module)
    for other in set(imports(MODULES[module])):
        there = room_of(other)
        if not there:
            continue
        down = FLOOR[there] < FLOOR[room]
        assert down or there == room or there in MAY_LOOK_INTO.get(room, ()), f"{module} imports {other}"


def test_theory_imports_nothing_of_ours():
    for module, path in MODULES.items():
        if room_of(module) == "theory":
            assert {room_of(other) for other in imports(path)} <= {"theory"}, module


def test_families_regimes_worlds_and_metrics_never_import_each_other():
    rooms = {"families", "regimes", "worlds", "metrics"}
    for module, path in MODULES.items():
        if room_of(module) in rooms:
            met = {room_of(other) for other in imports(path)} & rooms
            assert met <= {room_of(module)}, f"{module} imports {met}"


def test_the_whole_package_is_imported_for_its_version_alone():
    for module, path in MODULES.items():
        tree = ast.parse(path.read_text(encoding="utf-8"))
        whole = [node for node in ast.walk(tree) if isinstance(node, ast.Import) and node.names[0].name == "kellet"]
        used = {
            node.attr
            for node in ast.walk(tree)
            if whole
            and isinstance(node, ast.Attribute)
            and isinstance(node.value, ast.Name)
            and node.value.id == "kellet"
        }
        named = {
            alias.name
            for node in ast.walk(tree)
            if isinstance(node, ast.ImportFrom) and node.module == "kellet"
            for alias in node.names
            if f"kellet.{alias.name}" not in MODULES
        }
        assert used | named <= {"__version__"}, f"{module} reaches {used | named} through the top"


def test_no_two_modules_import_each_other():
    graph = {name: set(imports(path, lazy=False)) - {"kellet"} for name, path in MODULES.items() if name != "kellet"}
    # A package's own __init__ gathers its modules; a module that asks its package for a sibling goes round in a circle.
    walked, way = set(), []

    def walk(name):
        assert name not in way, f"a circle: {' -> '.join([*way, name])}"
        if name in walked:
            return
        way.append(name)
        for other in sorted(graph.get(name, ())):
            if other != name:
                walk(other)
        way.pop()
        walked.add(name)

    for name in graph:
        walk(name)


def test_no_file_is_called_by_a_word_that_was_never_found():
    leftovers = {"utils", "util", "helpers", "helper", "common", "base", "manager", "managers", "misc", "core", "tools"}
    for folder in (SOURCE, SOURCE.parent.parent / "tests", SOURCE.parent.parent / "benchmarks"):
        for path in folder.rglob("*"):
            assert path.stem not in leftovers, path


def loaded_by(code):
    """The modules that a fresh interpreter holds after running code."""
    told = subprocess.run(
        [sys.executable, "-c", f"import sys\n{code}\nprint(*sys.modules, sep='\\n', file=sys.__stdout__)"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert told.returncode == 0, told.stderr
    return set(told.stdout.split())


@pytest.mark.parametrize(
    "code",
    [
        "import kellet",
        "from kellet.cli import main\ntry: main(['--help'])\nexcept SystemExit: pass",
        "from kellet.cli import main\ntry: main(['run', '--help'])\nexcept SystemExit: pass",
        "import kellet, numpy\nworld, family = kellet.worlds.normal(), kellet.families.Gaussian()\n"
        "next(kellet.generations(world, family, size=9, rng=numpy.random.default_rng(0)))",
    ],
    ids=["import kellet", "kellet --help", "kellet run --help", "one generation"],
)
def test_importing_kellet_and_asking_it_for_help_loads_nothing_heavy(code):
    loaded = loaded_by(code)
    assert "kellet" in loaded
    heavy = loaded & set(HEAVY)
    assert not heavy, f"import {', '.join(sorted(heavy))} only where they are used"


def test_theory_is_there_when_it_is_asked_for():
    assert kellet.theory.curves(1, 10, curvature=-1).variance[1] == 0.9
    with pytest.raises(AttributeError, match="has no attribute 'nonsense'"):
        _ = kellet.nonsense
