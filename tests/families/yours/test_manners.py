"""How somebody's class wants to be made and asked, read off its signatures."""

import sys
import types

import pytest
from sklearn.mixture import GaussianMixture
from sklearn.neighbors import KernelDensity

from kellet import InputError
from kellet.families.yours.manners import COUNTS, check_options, is_own, read_manner


def make(text, **imports):
    """A class as a module of somebody's would have it, with what else that module imports."""
    module = types.ModuleType("somebodys_manners")
    module.__dict__.update(imports)
    sys.modules[module.__name__] = module
    exec(text, module.__dict__)
    return module.Thing


def thing(fit="self, X", sample="self, n", init="self", **imports):
    text = f"class Thing:\n    def __init__({init}): ...\n    def fit({fit}): ...\n    def sample({sample}): ..."
    return make(text, **imports)


@pytest.mark.parametrize("title", COUNTS)
def test_rows_are_asked_for_under_any_name_in_use(title):
    for sample in (f"self, {title}", f"self, conditions=None, *, {title}=1", f"self, {title}=5, random_state=None"):
        assert read_manner(thing(sample=sample), "Thing").count == title


@pytest.mark.parametrize(
    ("sample", "count"), [("self, whatever", None), ("self, *, whatever", "whatever"), ("self, n, /", None)]
)
def test_rows_are_asked_for_by_place_where_the_name_is_unknown(sample, count):
    assert read_manner(thing(sample=sample), "Thing").count == count


@pytest.mark.parametrize(
    ("fit", "sample", "imports", "data"),
    [
        ("self, X", "self, n", (), "array"),
        ("self, points, y=None", "self, n", ("pandas",), "array"),
        ("self, df", "self, n", (), "pandas"),
        ("self, df", "self, n", ("polars",), "polars"),
        ("self, df", "self, n", ("polars", "pandas"), "pandas"),
        ("self, data", "self, n", (), "pandas"),
        ("self, data", "self, n", ("numpy", "pandas"), "pandas"),
        ("self, data", "self, n", ("numpy",), None),
        ("self, X", "self, num_rows", (), "pandas"),
        ("self, X: 'pl.DataFrame'", "self, num_rows", (), "polars"),
        ("self, df: 'np.ndarray'", "self, n", (), "array"),
        ("self, it: 'DataFrame'", "self, n", ("polars",), "polars"),
        ("self, texts", "self, n", (), "texts"),
        ("self, it: list[str]", "self, n", (), "texts"),
        ("self, evidence, rng, previous=None", "self, n", (), "array"),
    ],
)
def test_what_a_class_learns_from_is_found_out(fit, sample, imports, data):
    packages = {name: __import__(name) for name in imports if name not in ("pandas",) or pytest.importorskip(name)}
    assert read_manner(thing(fit, sample, **packages), "Thing").data == data


def test_what_somebody_says_goes():
    assert read_manner(thing(), "Thing", "polars").data == "polars"
    assert read_manner(thing("self, data", numpy=__import__("numpy")), "Thing").choose(words=True) == "pandas"
    assert read_manner(thing("self, data", numpy=__import__("numpy")), "Thing").choose(words=False) == "array"


@pytest.mark.parametrize(
    ("fit", "sample", "told"),
    [
        ("self, X, y", "self, n", "expected Thing.fit to need what it learns from and nothing else; got 'y'"),
        ("self, X", "self, n, conditions", "expected Thing.sample to need how many rows .* got 'conditions'"),
        ("self, X", "self", "expected Thing.sample to take how many rows to write"),
    ],
)
def test_what_nobody_could_call_is_told(fit, sample, told):
    with pytest.raises(InputError, match=told):
        read_manner(thing(fit, sample), "Thing")


def test_a_family_as_it_stands_is_told_from_an_estimator():
    class Own:
        def fit(self, evidence, generator, previous=None): ...

    assert is_own(Own())
    assert not any(map(is_own, (GaussianMixture(), KernelDensity(), thing()(), 3)))


@pytest.mark.parametrize(
    ("init", "options", "told"),
    [
        ("self, depth", (), r"expected 'depth', without which Thing .* Try --family mine:Thing,depth=VALUE\.$"),
        ("self, a, *, b", ("a",), r"expected 'b', without which Thing can't be made"),
        ("self, depth=1", ("dept",), r"expected options that Thing takes; got dept\. Try depth\.$"),
        ("self", ("depth",), r"expected options that Thing takes; got depth\. Try leaving it out\.$"),
    ],
)
def test_options_that_a_class_needs_and_does_not_know_are_named(init, options, told):
    with pytest.raises(InputError, match=told):
        check_options(thing(init=init), "mine:Thing", options)


@pytest.mark.parametrize("init", ["self, depth=1", "self, depth, **others", "self, **others"])
def test_options_that_are_enough_are_enough(init):
    check_options(thing(init=init), "mine:Thing", ("depth",) if "depth" in init else ("other",))


def test_a_class_that_needs_metadata_is_wrapped_in_four_lines_that_work():
    base = thing("self, data", "self, num_rows", "self, metadata")
    base.__init__ = lambda self, metadata: setattr(self, "metadata", metadata)
    with pytest.raises(InputError, match=r"^expected 'metadata', without which Thing can't be made") as told:
        check_options(thing(init="self, metadata"), "somebodys_manners:Thing", ())
    lines = told.value.parts[-1]
    assert len(lines.splitlines()) == 4
    assert str(told.value).endswith(lines)
    space = {}
    exec(lines, space)
    space["Mine"]().fit([1.0])
    read_manner(space["Mine"], "Mine")


def test_the_wrapper_of_a_synthesizer_of_sdvs_finds_its_metadata():
    with pytest.raises(InputError) as told:
        check_options(thing("self, data", "self, num_rows", "self, metadata"), "sdv.single_table:Thing", ())
    assert "import Thing; from sdv.metadata import Metadata" in str(told.value)
    assert "super().__init__(metadata=Metadata.detect_from_dataframe(data)); super().fit(data)" in str(told.value)
