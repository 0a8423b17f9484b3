"""What stands in an experiment file, field by field, asked of the recipes themselves.

``python tests/house/fields.py`` writes the tables of docs/experiment-file.md anew.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin

import msgspec

import kellet
from kellet.errors import InputError
from kellet.experiment.arm import AnyCuration, AnyRegime, Arm
from kellet.experiment.experiment import Experiment, Span
from kellet.families.family import Prior
from kellet.families.recipe import Recipe
from kellet.loop.anchors import AnyAnchor
from kellet.loop.curation import Dedup
from kellet.loop.pool.humans import Humans
from kellet.loop.pool.settings import Detector, Pool, Writer
from kellet.struct import Struct
from kellet.worlds.world import World

PAGE = Path(kellet.__file__).parents[2] / "docs" / "experiment-file.md"
SECTIONS: dict[str, tuple[type[msgspec.Struct], ...]] = {
    "experiment": (Experiment,), "arm": (Arm,), "prior": (Prior,), "pool": (Pool,), "humans": (Humans,),
    "filter": (Detector,), "writer": (Writer,), "span": (Span,), "world": get_args(World),
    "family": get_args(Recipe), "regime": get_args(AnyRegime), "anchor": get_args(AnyAnchor),
    "curation": get_args(AnyCuration),
}  # fmt: skip
"""The boxes of the page: those of several kinds have a table for each."""
LINKS = {
    Dedup: "curation",
    Prior: "prior",
    Pool: "pool-and-writers",
    Writer: "writers",
    Detector: "filter",
    Humans: "humans",
}
NEEDED: dict[str, Any] = {
    "world": kellet.worlds.Normal(), "family": kellet.families.Gaussian(), "arms": {"replace": Arm()}, "size": 100,
    "start": 1, "stop": 100, "steps": 3, "path": "people.csv", "column": "job", "label": "job", "mean": (0.0, 1.0),
    "covariance": ((1.0, 0.0), (0.0, 1.0)), "probabilities": (0.5, 0.5), "train": "python a.py {train} {model}",
    "sample": "python b.py {model} {n} {out}", "thing": "sklearn.mixture:GaussianMixture", "command": "./judge",
    "low": -2.0, "high": 2.0, "keep": 0.9, "p": 0.9, "k": 10, "tau": 0.9, "factor": 0.9, "generations": 3, "bank": 50,
    "strength": 5.0, "caught": 0.9, "spins": 4, "components": 5, "base": kellet.families.Mixture(5),
}  # fmt: skip
"""Something for each field that has no default."""
PROBES = (-1, 0, 10**19, float("nan"))
OWN = {
    "prior": "imaginary points in each fit; that of an arm takes its place in the arm",
    "regime": "what is kept of the past",
    "anchor": "the real points that enter every generation",
    "curation": "what of the written data becomes training data",
    "world": "where real points come from",
    "family": "how each generation learns",
    "arms": "what is compared",
    "seed": "of all random numbers",
    "start": "the first value",
    "stop": "the last value",
    "steps": "how many values",
    "Span.scale": "evenly spaced in the logarithm, or in the number itself",
    "many": "so many writers who are alike",
    "minority": "the share of all that the minority writes",
    "probability": "of a success",
    "trials": "how many trials a point has",
    "mean": "of the law",
    "variance": "of the law, of a lognormal one of the logarithm",
    "covariance": "of the law, row by row",
    "NegativeBinomial.size": "the smaller, the more counts vary; known to the family",
    "probabilities": "one for each category",
    "labels": "a name for each category",
    "Zipf.size": "how many categories",
    "Zipf.exponent": "how steep it is",
    "shape": "of the law",
    "scale": "of the law, a length",
    "exponent": "of the tail: the smaller, the heavier",
    "minimum": "the least value; known to the family",
    "location": "the middle; known to the family",
    "alpha": "of the law",
    "beta": "of the law",
    "direction": "of the mean, in radians",
    "concentration": "around it; 0 is uniform",
    "upper": "the largest value",
    "spins": "how many",
    "field": "on every spin",
    "Ising.coupling": "of each pair",
    "SpinGlass.coupling": "the scale of the couplings",
    "dims": "principal components; 0: the pixels",
    "path": "one file, a folder or a glob",
    "column": "its name",
    "label": "the column that is learnt from the others",
    "digest": "of the contents, filled in when an experiment is resolved",
    "estimator": "as of `gaussian`, of the logarithms",
    "NGram.alpha": "the strength of additive smoothing",
    "Copula.floor": "the least eigenvalue of the correlations",
    "VAE.latent": "normal numbers in a code",
    "accumulate": "batches that are read before each step",
    "warmup": "the share of all steps until the highest rate",
    "Adapter.thing": "`package.module:Class`",
    "options": "settings of that class",
    "data": "what `fit` takes, where it is not to be found out",
    "columns": "names of the columns, filled in by the world",
    "levels": "words of each column, filled in by the world",
    "gaps": "columns with missing numbers, filled in by the world",
    "Window.generations": "so many batches, the newest ones",
    "bank": "how many real points there are to draw from",
    "tau": "the temperature, 0 or more",
    "factor": "of the variance",
    "k": "how many categories",
    "p": "their probability together",
    "keep": "the share that is kept",
    "Diffusion.path": "of denoising, or of flow matching",
    "SpinGlass.seed": "of the couplings alone",
    "Digits.seed": "of the split into training, reserve and held-out",
    "low": "the least number that it believes",
    "high": "the largest number that it believes",
    "Dedup.similar": "the share of hashes that agree, from which on two are copies",
}
"""What a field means where its recipe doesn't say."""


def split_documentation(kind: type[msgspec.Struct]) -> dict[str, str]:
    """Field -> what the docstrings of a recipe, and of what it inherits, say of it."""
    found: dict[str, str] = {}
    names = "|".join(sorted(kind.__struct_fields__, key=len, reverse=True))
    marked = re.compile(rf"(?<![\w`.])((?:{names})(?:(?:, | and | or )(?:{names}))*): ")
    for one in reversed([base for base in kind.__mro__ if issubclass(base, Struct) and base is not Struct]):
        for paragraph in (inspect.cleandoc(one.__dict__.get("__doc__") or "")).split("\n\n"):
            parts = [] if paragraph.startswith(">>>") else marked.split(" ".join(paragraph.split()))
            for several, meaning in zip(parts[1::2], parts[2::2], strict=True):
                found.update(dict.fromkeys(re.split(", | and | or ", several), tidy(meaning)))
    return found


def tidy(text: str) -> str:
    """A docstring's words as Markdown, in one cell of a table."""
    text = re.sub(r":math:`([^`]*)`", r"$\1$", text).replace("``", "`").replace("|", r"\|")
    return " ".join(text.split()).rstrip(".,:;")


def say_type(kind: Any) -> str:
    """What a value is, in the words of a file."""
    origin, parts = get_origin(kind), [part for part in get_args(kind) if part is not NoneType]
    if origin is Literal:
        return ", ".join(f'`"{one}"`' for one in parts)
    if origin in (Union, UnionType):
        if all(isinstance(one, type) and issubclass(one, msgspec.Struct) for one in parts) and len(parts) > 1:
            return next(f"[{name}](#{name})" for name, kinds in SECTIONS.items() if set(parts) <= set(kinds))
        return " or ".join(dict.fromkeys(map(say_type, parts))).replace("a whole number or a number", "a number")
    if origin is tuple:
        several = {"a number": "numbers", "a whole number": "whole numbers", "a word": "words", "anything": "values"}
        return f"a list of {several.get(inner := say_type(parts[0]), inner.replace('a list', 'lists'))}"
    if origin is dict:
        return f"a table: name → {say_type(parts[1])}"
    if kind in LINKS:
        return f"[{kind.__name__.lower()}](#{LINKS[kind]})"
    return {int: "a whole number", float: "a number", str: "a word", bool: "true or false", Any: "anything"}.get(
        kind, f"[{getattr(kind, '__name__', kind).lower()}](#{getattr(kind, '__name__', str(kind)).lower()})"
    )


def say_default(field: msgspec.structs.FieldInfo) -> str:
    """What stands there if nothing does."""
    if field.required:
        return "*needed*"
    value = field.default if field.default is not msgspec.NODEFAULT else field.default_factory()
    if value is None or value in ((), {}):
        return ""
    if isinstance(value, Struct):
        return f'`"{value.__struct_config__.tag}"`'
    return f"`{msgspec.json.encode(value).decode()}`"


def say_limit(kind: type[msgspec.Struct], field: msgspec.structs.FieldInfo) -> str:
    """What a recipe says it expects when it is given numbers that it won't take."""
    given = {one.name: NEEDED[one.name] for one in msgspec.structs.fields(kind) if one.required}
    if field.name in ("count", "share") and "share" in kind.__struct_fields__ and kind is not Writer:
        given.pop("count", None)
    elif "share" in kind.__struct_fields__ and kind is not Writer:
        given["count"] = 3
    if not {int, float} & {field.type, *get_args(field.type)}:
        return ""
    told: list[str] = []
    for probe in PROBES:
        try:
            kind(**{**given, field.name: probe})
        except InputError as error:
            expected = str(error).removeprefix("expected ").split("; got ")[0]
            # What this machine's memory holds, and what goes with what, is nothing about one number.
            if not re.match(r"\S+ as (a|true)|.*(either a count|together|of memory)", expected):
                told.append(expected)
        except (TypeError, ValueError, OverflowError):
            continue
    return "; ".join(dict.fromkeys(told))


def tell(kind: type[msgspec.Struct]) -> Iterator[str]:
    """The table of one recipe."""
    known = split_documentation(kind)
    yield "| field | is | default | means | expected |"
    yield "|---|---|---|---|---|"
    for field in msgspec.structs.fields(kind):
        meaning = known.get(field.name) or OWN.get(f"{kind.__name__}.{field.name}") or OWN[field.name]
        limit = say_limit(kind, field).replace("|", r"\|")
        yield f"| `{field.encode_name}` | {say_type(field.type)} | {say_default(field)} | {meaning} | {limit} |"


def tell_section(name: str) -> Iterator[str]:
    """All kinds of a section, each with its fields."""
    kinds = SECTIONS[name]
    for kind in kinds:
        if len(kinds) > 1:
            tagged = kind.__struct_config__
            yield f'\n### {name.capitalize()}: `{tagged.tag_field} = "{tagged.tag}"`\n'
            yield tidy(inspect.cleandoc(kind.__doc__ or "").split("\n\n")[0]) + ".\n"
        if kind.__struct_fields__:
            yield from tell(kind)


def write(text: str) -> str:
    """The page with its tables anew."""
    for name in re.findall(r"<!-- fields: (\w+) -->", text):
        before, rest = text.split(f"<!-- fields: {name} -->\n", maxsplit=1)
        _, after = rest.split("<!-- end -->", maxsplit=1)
        text = f"{before}<!-- fields: {name} -->\n" + "\n".join(tell_section(name)) + f"\n<!-- end -->{after}"
    return text


if __name__ == "__main__":
    PAGE.write_text(write(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
