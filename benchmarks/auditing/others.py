"""Scores by a tool of others, run by rivals.py in the tool's own environment: python others.py TOOL FOLDER.

FOLDER holds reference.*, holdout.* and, as case.*, what is scored: tables as CSV, points as NumPy arrays, texts one a
line.  Prints JSON: {"version": ..., "scores": {score: {case: number}}}.
"""

from __future__ import annotations

import contextlib
import json
import sys
import tempfile
import warnings
from collections.abc import Callable
from importlib.metadata import version
from importlib.util import find_spec, module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

SAMPLE = 4000
"""Rows that mostlyai-qa looks at, of each table, as it would take many minutes otherwise."""


def read_tables(folder: Path) -> dict[str, Any]:
    import pandas as pd

    return {path.stem: pd.read_csv(path) for path in sorted(folder.glob("*.csv"))}


def score_sdmetrics(real: Any, made: Any, _: Any) -> dict[str, float]:
    from sdmetrics.reports.single_table import QualityReport
    from sdmetrics.single_column import CategoryCoverage, RangeCoverage

    numbers = set(real.select_dtypes("number").columns)
    kinds = {name: {"sdtype": "numerical" if name in numbers else "categorical"} for name in real.columns}
    report = QualityReport()
    report.generate(real, made, {"columns": kinds}, verbose=False)
    found = {"quality": report.get_score()}
    for title, metric, names in (
        ("category coverage", CategoryCoverage, [name for name in real.columns if name not in numbers]),
        ("range coverage", RangeCoverage, sorted(numbers)),
    ):
        found[title] = sum(metric.compute(real[name], made[name]) for name in names) / len(names)
    return found


def score_mostlyai(real: Any, made: Any, holdout: Any) -> dict[str, float]:
    from mostlyai import qa

    with tempfile.TemporaryDirectory() as folder:
        _, metrics = qa.report(
            syn_tgt_data=made,
            trn_tgt_data=real,
            hol_tgt_data=holdout,
            report_path=Path(folder, "report.html"),
            max_sample_size_accuracy=SAMPLE,
            max_sample_size_embeddings=SAMPLE,
        )
    accuracy, similarity = metrics.accuracy, metrics.similarity
    return {
        "accuracy": accuracy.overall,
        "accuracy, at most": accuracy.overall_max,
        "cosine similarity": similarity.cosine_similarity_training_synthetic,
        "discriminator": similarity.discriminator_auc_training_synthetic,
        "identical rows": metrics.distances.ims_training,
    }


def score_prdc(real: Any, made: Any, _: Any) -> dict[str, float]:
    from prdc import compute_prdc

    return {name: float(value) for name, value in compute_prdc(real, made, nearest_k=5).items()}


def score_diversity(_: Any, made: Any, __: Any) -> dict[str, float]:
    modules = (_load("diversity", name) for name in ("compression", "ngram_diversity", "self_repetition"))
    compression, ngrams, repetition = modules
    return {
        "compression ratio": compression.compression_ratio(made),
        "n-gram diversity": ngrams.ngram_diversity_score(made),
        "self-repetition": float(repetition.self_repetition_score(made, verbose=False)),
    }


def _load(package: str, module: str) -> Any:
    """A file of a package, without the rest of it."""
    folder = Path(find_spec(package).submodule_search_locations[0])
    spec = spec_from_file_location(module, folder / f"{module}.py")
    loaded = module_from_spec(spec)
    spec.loader.exec_module(loaded)
    return loaded


def read_points(folder: Path) -> dict[str, Any]:
    import numpy as np

    return {path.stem: np.load(path) for path in sorted(folder.glob("*.npy"))}


def read_texts(folder: Path) -> dict[str, Any]:
    return {path.stem: path.read_text(encoding="utf-8").splitlines() for path in sorted(folder.glob("*.txt"))}


TOOLS: dict[str, tuple[Callable[[Path], dict[str, Any]], Callable[[Any, Any, Any], dict[str, float]]]] = {
    "sdmetrics": (read_tables, score_sdmetrics),
    "mostlyai-qa": (read_tables, score_mostlyai),
    "prdc": (read_points, score_prdc),
    "diversity": (read_texts, score_diversity),
}


def main() -> None:
    tool, folder = sys.argv[1], Path(sys.argv[2])
    read, score = TOOLS[tool]
    scores: dict[str, dict[str, float]] = {}
    warnings.simplefilter("ignore")
    # What they print is not what is asked for.
    with contextlib.redirect_stdout(sys.stderr):
        sets = read(folder)
        real, holdout = sets.pop("reference"), sets.pop("holdout", None)
        for case, made in sets.items():
            for name, value in score(real, made, holdout).items():
                scores.setdefault(name, {})[case] = float(value)
    print(json.dumps({"version": version(tool), "scores": scores}))


if __name__ == "__main__":
    main()
