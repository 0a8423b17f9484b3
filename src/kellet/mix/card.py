"""The data card: what a mix is, for the page of the data set or of the model that learns from it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence

from kellet.characters import reveal
from kellet.mix.manifest import Manifest
from kellet.mix.recipe import REAL
from kellet.mix.telling import MISSING, count_origins, describe_recipe, is_stratified, name_origin, tell_limits

SIZES = ((10**3, "n<1K"), (10**4, "1K<n<10K"), (10**5, "10K<n<100K"), (10**6, "100K<n<1M"), (10**7, "1M<n<10M"),
         (10**8, "10M<n<100M"), (10**9, "100M<n<1B"))  # fmt: skip


def describe(manifest: Manifest, name: str) -> str:
    """The card, in Markdown; its head says to `datasets.load_dataset` which files are the rows."""
    size = next((words for most, words in SIZES if manifest.size < most), "n>1B")
    head = {
        "pretty_name": name,
        "size_categories": [size],
        "tags": ["kellet", *(["synthetic"] if len(manifest.origins) > 1 else [])],
        "configs": [{"config_name": "default", "data_files": [f"data-*.{manifest.recipe.format}"]}],
    }
    rows = [
        (name_origin(*kind), f"{rows:,}", f"{100 * rows / manifest.size:.4g} %")
        for kind, rows in count_origins(manifest).items()
    ]
    parts = [
        # JSON is YAML too, and has one way of quoting.
        f"---\n{chr(10).join(f'{key}: {json.dumps(value)}' for key, value in head.items())}\n---",
        f"# {write(name)}",
        manifest.sentence,
        table(("from", "rows", "of all"), rows),
        describe_recipe(manifest),
    ]
    if is_stratified(manifest):
        strata = [
            (one.stratum, f"{one.rows:,}", f"{one.least:,} to {one.most:,}")
            for one in manifest.counts
            if one.origin == REAL
        ]
        parts += ["## Strata of the real rows", table(("stratum", "rows", "in a window"), strata)]
    if manifest.chain:
        chain = [(link.root, f"{link.generation:,}") for link in manifest.chain]
        parts += ["## Earlier mixes", table(("root", "up to generation"), chain)]
    parts += [
        "## To check it",
        f"    kellet verify . --against {manifest.root}",
        "The root is that of `manifest.json`. Keep it elsewhere: a chain of hashes proves nothing by itself.",
        "## What it can't say",
        tell_limits(manifest),
        "## What only a person knows",
        *(f"* {what}: {MISSING}" for what in ("Licence", "Where the real rows come from", "Personal data in them")),
    ]
    return "\n\n".join(parts) + "\n"


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A table in Markdown.

    >>> print(table(("a", "b"), [("x|y", 1)]))
    | a | b |
    |---|---|
    | x\\|y | 1 |
    """
    lines = [head, ["---"] * len(head), *([write(str(cell)) for cell in row] for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" if i != 1 else f"|{'|'.join(line)}|" for i, line in enumerate(lines))


def write(text: str) -> str:
    r"""A person's words, which Markdown and HTML are to take for nothing else.

    >>> write("<b>*a*_b_")
    '\\<b\\>\\*a\\*\\_b\\_'
    """
    shown = reveal(text).replace("\n", " ")
    return "".join(f"\\{sign}" if sign in r"\`*_{}[]<>#|~!&" else sign for sign in shown)
