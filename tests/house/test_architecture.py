"""The house: imports point down from floor to floor, nothing goes round in a circle, and no file is too large."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import kellet

SOURCE = Path(kellet.__file__).parent
FLOORS = (
    {"characters", "imports", "makers", "version"},
    {"errors"},
    {"evidence", "memory", "struct", "theory"},
    {"laws", "data", "page", "profile"},
    {"families", "worlds", "metrics", "audit", "mix", "estimate"},
    {"loop"},
    {"experiment"},
    {"forecast", "places", "planning", "report"},
    {"gallery"},
    {"cli", "face"},
    {"__main__"},
)
STOREYS = {
    "experiment": (
        ("running",),
        ("verdict",),
        ("auditing", "budget", "estimating", "profiling", "run", "surveying", "sweep", "tabular", "writings"),
    )
}
"""What inside a room stands above the rest of it, from below upwards."""
HEAVY = ("torch", "transformers", "sklearn", "xarray", "scipy.stats", "scipy.special", "polars", "pandas")
LEFTOVERS = {"utils", "util", "helpers", "helper", "common", "base", "manager", "managers", "misc", "core", "tools"}
LONGEST_FILE, LONGEST_FUNCTION = 350, 60


class House:
    """A package as files and the imports between them: lazy and type-only ones too, by whatever spelling."""

    def __init__(self, source):
        self.name = source.name
        self.files = {self._dotted(source, path): path for path in sorted(source.rglob("*.py"))}
        self.trees = {name: ast.parse(path.read_text(encoding="utf-8")) for name, path in self.files.items()}

    @staticmethod
    def _dotted(source, path):
        parts = path.relative_to(source.parent).with_suffix("").parts
        return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)

    def imports(self, module):
        """The modules of the house that a file imports."""
        for node in ast.walk(self.trees[module]):
            if isinstance(node, ast.Import):
                yield from (alias.name for alias in node.names if self._mine(alias.name))
            elif isinstance(node, ast.ImportFrom):
                assert node.level == 0, f"{module} imports relatively: spell it out"
                if self._mine(node.module):
                    for alias in node.names:
                        whole = f"{node.module}.{alias.name}"
                        yield whole if whole in self.files else node.module

    def _mine(self, module):
        return module.split(".")[0] == self.name

    def arrows(self):
        """(from, to) of all imports; the package's own face is nobody's to import, and imports what it shows."""
        for module in self.files:
            for other in set(self.imports(module)):
                if module not in (self.name, other):
                    yield module, other


def room(module):
    return module.split(".")[1] if "." in module else ""


def floor(module, floors=FLOORS):
    """The number of a module's floor; rooms without one stand nowhere."""
    return next((i for i, rooms in enumerate(floors) if room(module) in rooms), None)


def storey(module, storeys=STOREYS):
    """How high a module stands inside its room."""
    inside = module.split(".")[2:3]
    above = storeys.get(room(module), ())
    return next((i + 1 for i, names in enumerate(above) if inside and inside[0] in names), 0)


def homeless(house):
    return {room(name) for name in house.files if room(name) and floor(name) is None}


def sideways_or_up(house):
    """Imports that don't point down: to the same floor, to a higher one, or to the top."""
    for module, other in house.arrows():
        if room(module) == room(other):
            if storey(other) > storey(module):
                yield f"{module} -> {other}"
        elif not room(other) or floor(other) is None or floor(other) >= floor(module):
            yield f"{module} -> {other}"


def circles(house):
    """Files that import each other in a loop."""
    graph = {name: set() for name in house.files}
    for module, other in house.arrows():
        graph[module].add(other)
    done, found = set(), []

    def walk(name, way):
        if name in way:
            found.append(" -> ".join([*way[way.index(name) :], name]))
        elif name not in done:
            for other in sorted(graph.get(name, ())):
                walk(other, [*way, name])
            done.add(name)

    for name in graph:
        walk(name, [])
    return found


def logic(house):
    """Statements in an ``__init__.py`` that are neither a docstring, an import nor a list of names."""

    def plain(node):
        if isinstance(node, ast.If):
            return ast.unparse(node.test) == "TYPE_CHECKING" and all(map(plain, node.body)) and not node.orelse
        names = isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__"
        text = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        return names or text or isinstance(node, ast.Import | ast.ImportFrom)

    for name, path in house.files.items():
        if path.name == "__init__.py":
            yield from (f"{name}:{node.lineno}" for node in house.trees[name].body if not plain(node))


def too_long(house):
    """Files and functions that hold more than a person takes in at once."""
    for name, path in house.files.items():
        if (lines := len(path.read_text(encoding="utf-8").splitlines())) > LONGEST_FILE:
            yield f"{name} has {lines} lines"
        for node in ast.walk(house.trees[name]):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                said = node.body[0] if ast.get_docstring(node) else None
                spoken = said.end_lineno - said.lineno + 1 if said else 0
                if (long := node.end_lineno - node.lineno + 1 - spoken) > LONGEST_FUNCTION:
                    yield f"{name}.{node.name} has {long} lines"


HOUSE = House(SOURCE)


def test_every_room_has_a_floor():
    assert not homeless(HOUSE), "give it a floor, here and in docs/decisions.md"


def test_imports_point_down_and_never_sideways():
    assert not list(sideways_or_up(HOUSE))


def test_no_files_import_each_other_in_a_circle():
    assert not circles(HOUSE)


def test_no_init_holds_logic():
    assert not list(logic(HOUSE))


def test_no_file_and_no_function_is_too_long():
    assert not list(too_long(HOUSE))


def test_theory_imports_nothing_of_ours():
    for module in HOUSE.files:
        if room(module) == "theory":
            assert {room(other) for other in HOUSE.imports(module)} <= {"theory"}, module


def test_no_file_is_called_by_a_word_that_was_never_found():
    for folder in (SOURCE, SOURCE.parent.parent / "tests", SOURCE.parent.parent / "benchmarks"):
        for path in folder.rglob("*"):
            assert path.stem not in LEFTOVERS, path


@pytest.mark.parametrize(
    ("files", "broken"),
    [
        ({"evidence.py": "def f():\n    from toy.loop import x"}, sideways_or_up),
        ({"worlds/a.py": "if TYPE_CHECKING:\n    from toy.families import x"}, sideways_or_up),
        ({"experiment/arm.py": "import toy.experiment.run"}, sideways_or_up),
        ({"laws/a.py": "import toy"}, sideways_or_up),
        ({"loop/a.py": "from toy.loop import b", "loop/b.py": "def f():\n    import toy.loop.a"}, circles),
        ({"somewhere/a.py": ""}, homeless),
        ({"loop/__init__.py": "def f(): pass"}, logic),
        ({"loop/__init__.py": "if True:\n    import os"}, logic),
        ({"loop/a.py": "x = 1\n" * 351}, too_long),
        ({"loop/a.py": "def f():\n" + "    x = 1\n" * 60}, too_long),
    ],
)  # fmt: skip
def test_a_house_that_breaks_a_rule_is_found_out(files, broken, tmp_path):
    def build(made):
        for name, text in made.items():
            path = tmp_path / "toy" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        return House(tmp_path / "toy")

    sound = {"errors.py": "", "evidence.py": "from toy.errors import x", "loop/__init__.py": '"""Loop."""\nimport os\n'}
    for rule in (homeless, sideways_or_up, circles, logic, too_long):
        assert not list(rule(build(sound))), rule.__name__
    assert list(broken(build(files)))


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
        "from kellet.cli.main import main\ntry: main(['--help'])\nexcept SystemExit: pass",
        "from kellet.cli.main import main\ntry: main(['run', '--help'])\nexcept SystemExit: pass",
        "import kellet, numpy\nworld, family = kellet.worlds.Normal(), kellet.families.Gaussian()\n"
        "next(kellet.generations(world, family, size=9, rng=numpy.random.default_rng(0)))",
    ],
    ids=["import kellet", "kellet --help", "kellet run --help", "one generation"],
)
def test_importing_kellet_and_asking_it_for_help_loads_nothing_heavy(code):
    loaded = loaded_by(code)
    assert "kellet" in loaded
    heavy = loaded & {*HEAVY, *(() if "numpy" in code else ("numpy",))}
    assert not heavy, f"import {', '.join(sorted(heavy))} only where they are used"


def test_closed_forms_are_there_when_they_are_asked_for():
    from kellet.theory import curves

    assert curves(1, 10, curvature=-1).variance[1] == 0.9
    with pytest.raises(AttributeError, match="has no attribute 'nonsense'"):
        _ = kellet.nonsense
