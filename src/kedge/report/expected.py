"""What theory expects of a run, where its world can still be opened."""

from __future__ import annotations

from kedge.errors import InputError
from kedge.experiment import Experiment
from kedge.predict import Prediction, predict


def expected(experiment: Experiment) -> dict[str, dict[str, Prediction]]:
    """Arm -> metric -> expectation; empty where nothing is known, or where the data file has moved or changed since."""
    try:
        return predict(experiment)
    except InputError:
        return {}
