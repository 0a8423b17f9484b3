"""Papers: what lies beside a mix for others to read, all of it made from the manifest.

They are no part of the root, since people add to them.
"""

from __future__ import annotations

import json
from pathlib import Path

from kellet.mix import card, croissant, provenance
from kellet.mix.disclosures import document_training_data, summarise_training_content
from kellet.mix.manifest import Manifest


def write_papers(manifest: Manifest, folder: Path, name: str) -> None:
    """Write all of them; name: of the mix."""
    papers = {
        "README.md": card.describe(manifest, name),
        "croissant.json": _dump(croissant.describe(manifest, name)),
        "prov.json": _dump(provenance.describe(manifest)),
        "training-content-summary.md": summarise_training_content(manifest),
        "ab-2013.md": document_training_data(manifest),
    }
    for file, text in papers.items():
        (folder / file).write_text(text, encoding="utf-8")


def _dump(value: object) -> str:
    return json.dumps(value, indent=2, ensure_ascii=True) + "\n"
