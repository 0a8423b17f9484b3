"""Every document that a verb prints, and its JSON Schema in docs/schemas.

python -m kellet.cli.documents docs/schemas    writes them
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from kellet.audit.answer import AuditDocument
from kellet.audit.summary import ProfileDocument
from kellet.estimate.document import EstimateDocument
from kellet.experiment.reading import DataDocument
from kellet.experiment.running.state import RunsDocument
from kellet.experiment.selftesting import SelftestDocument
from kellet.experiment.sweep import SweepDocument
from kellet.experiment.verdict.answer import RunDocument
from kellet.forecast.forecast import TheoryDocument
from kellet.gallery.reproduction import GalleryDocument
from kellet.mix.manifest import Manifest
from kellet.mix.proving import Proof
from kellet.mix.verifying import VerificationDocument
from kellet.page.document import Document, schema
from kellet.planning.plan import PlanDocument
from kellet.planning.plans import PlansDocument
from kellet.report.compare import ComparisonDocument


class ReportDocument(Document, frozen=True, kw_only=True, tag="kellet/report/1"):
    """What ``kellet report`` did.  report: where the page is."""

    report: str


class LabDocument(Document, frozen=True, kw_only=True, tag="kellet/lab/1"):
    """What ``kellet lab`` did.  page: where it is."""

    page: str


class ShardDocument(Document, frozen=True, kw_only=True, tag="kellet/shard/1"):
    """What ``kellet run --shard`` did.  missing: blocks of other shards that are not in the folder yet."""

    folder: str
    missing: int


DOCUMENTS: dict[str, type[Document]] = {
    "data": DataDocument, "run": RunDocument, "sweep": SweepDocument, "shard": ShardDocument,
    "compare": ComparisonDocument, "plan": PlanDocument, "plans": PlansDocument, "theory": TheoryDocument,
    "runs": RunsDocument,
    "report": ReportDocument, "lab": LabDocument, "audit": AuditDocument, "profile": ProfileDocument,
    "selftest": SelftestDocument, "estimate": EstimateDocument, "mix": Manifest, "verify": VerificationDocument,
    "proof": Proof, "reproduce": GalleryDocument,
}  # fmt: skip


def schemas() -> dict[str, str]:
    """File name -> JSON Schema, as they stand in docs/schemas."""
    return {
        f"{name}.json": f"{json.dumps(schema(kind), indent=2, ensure_ascii=False)}\n"
        for name, kind in DOCUMENTS.items()
    }


if __name__ == "__main__":
    for file, text in schemas().items():
        Path(sys.argv[1], file).write_text(text, encoding="utf-8")
