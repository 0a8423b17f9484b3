"""Simulation beside theory."""

import numpy as np

from kellet.experiment.check import check
from kellet.experiment.predicting.prediction import Prediction

ONE = {"arm": {"variance_ratio": Prediction(np.array([1.0]), "exact", "made up")}}
AROUND = np.linspace(-0.1, 0.1, 30)


def compare(values):
    return check(ONE, {("arm", "variance_ratio"): values[:, None]}, np.array([0]))


def test_what_agrees_is_no_surprise():
    assert not compare(1.0 + AROUND).surprising
    assert compare(0.5 + AROUND).surprising


def test_a_replicate_without_a_number_is_no_agreement():
    found = compare(np.append(1.0 + AROUND, np.nan))
    assert np.isnan(found.overlaps[0].z)
    assert len(found.surprising) == 1
    assert "1 with |z| > 3 or none" in str(found)
