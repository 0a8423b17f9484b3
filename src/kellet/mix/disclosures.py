"""Disclosures: what laws ask of whoever trains a model, as far as a manifest knows it.

Regulation (EU) 2024/1689, Art. 53(1)(d), and the Commission's template, C(2025) 8311 of 5 December 2025 (published as a
draft on 24 July 2025): models placed on the market from 2 August 2025, others by 2 August 2027, enforced from 2 August
2026.  California Civil Code section 3111 (AB 2013): from 1 January 2026.  Neither of these pages is legal advice.
"""

from __future__ import annotations

from kellet.mix.card import table, write
from kellet.mix.manifest import Manifest
from kellet.mix.recipe import REAL
from kellet.mix.telling import MISSING, count_origins, describe_recipe, describe_sources, name_origin

NOTE = (
    "Filled in from `manifest.json`, root {root}, as far as that knows; what only a person can add is marked so. "
    "This is no legal advice: compare it with the text of the law."
)


def summarise_training_content(manifest: Manifest) -> str:
    """The public summary of training content, in the order of the Commission's template."""
    models = [(write(name), MISSING) for name in manifest.origins if name != REAL]
    size = f"{manifest.size:,} rows, {sum(shard.file.bytes for shard in manifest.shards) / 1e6:,.1f} MB as stored"
    parts = [
        "# Public summary of training content",
        "For Article 53(1)(d) of Regulation (EU) 2024/1689 (AI Act).",
        NOTE.format(root=manifest.root),
        "## 1. General information",
        table(
            ("", ""),
            [
                ("Provider, and authorised representative", MISSING),
                ("Model, versions, what it was modified from", MISSING),
                ("Date on which it was placed on the market", MISSING),
                ("Modalities", MISSING),
                ("Size of this training set", size),
                ("Columns", ", ".join(manifest.columns)),
                ("Period of collection, languages, other characteristics", MISSING),
            ],
        ),
        "## 2. Data sources",
        "### 2.1 to 2.4, 2.6 Public data sets, data from third parties, crawled data, data of users, other sources",
        _list_inputs(manifest),
        f"Which of these kinds each of them is, and for crawled data the crawlers and domain names: {MISSING}",
        "### 2.5 Synthetic data",
        _tell_synthetic(manifest, models),
        "## 3. Data processing",
        describe_recipe(manifest),
        f"Reservations of rights (text and data mining), and the removal of illegal content: {MISSING}",
    ]
    return "\n\n".join(parts) + "\n"


def document_training_data(manifest: Manifest) -> str:
    """The twelve points of section 3111(a), in their order."""
    used = any(name != REAL for name in manifest.origins)
    synthetic = f"Yes. {describe_sources(manifest)}" if used else "None is in this training set."
    points = [
        ("Sources or owners of the data sets", f"{', '.join(_files(manifest))}. Owners: {MISSING}"),
        ("How they further the intended purpose", MISSING),
        ("Number of data points", f"{manifest.size:,} rows"),
        ("Types of data points", f"Rows with the columns {', '.join(manifest.columns)}. {MISSING}"),
        ("Protected by copyright, trademark or patent, or in the public domain", MISSING),
        ("Purchased or licensed", MISSING),
        ("Personal information (section 1798.140(v))", MISSING),
        ("Aggregate consumer information (section 1798.140(b))", MISSING),
        ("Cleaning, processing or other modification", describe_recipe(manifest)),
        ("Period of collection, and whether it goes on", MISSING),
        ("Dates on which they were first used", MISSING),
        ("Synthetic data generation", f"{synthetic} Its purpose: {MISSING}" if used else synthetic),
    ]
    rows = [(str(i), what, text) for i, (what, text) in enumerate(points, 1)]
    parts = [
        "# Training data documentation",
        "For California Civil Code section 3111 (AB 2013).",
        NOTE.format(root=manifest.root),
        table(("", "what is asked", ""), rows),
    ]
    return "\n\n".join(parts) + "\n"


def _list_inputs(manifest: Manifest) -> str:
    rows = [
        (file.name, "given as real" if one.origin == REAL else f"written by {one.origin}", f"{one.rows:,} in all")
        for one in manifest.inputs
        for file in one.files
    ]
    return table(("file", "what", "rows"), rows)


def _tell_synthetic(manifest: Manifest, models: list[tuple[str, str]]) -> str:
    if not models:
        return "None is in this training set."
    rows = [(name_origin(*kind), f"{many:,}") for kind, many in count_origins(manifest).items() if kind[0] != REAL]
    return f"{table(('from', 'rows'), rows)}\n\nWhat these models are, and what they were trained on: {MISSING}"


def _files(manifest: Manifest) -> list[str]:
    return [file.name for one in manifest.inputs for file in one.files]
