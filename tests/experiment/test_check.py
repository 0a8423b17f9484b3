"""Simulation beside theory."""

import numpy as np

from kellet.experiment.check import check
from kellet.experiment.predict import Prediction

ONE = {"arm": {"variance_ratio": Prediction(np.array([1.0]), "exact", "made up")}}


def compare(*values):
    return check(ONE, {("arm", "variance_ratio"): np.array(values)[:, None]}, np.array([0]))


def test_what_agrees_is_no_surprise():
    assert not compare(0.9, 1.1, 1.05, 0.95, 0.98, 1.02).surprising
    assert compare(0.4, 0.6, 0.55, 0.45, 0.48, 0.52).surprising


def test_a_replicate_without_a_number_is_no_agreement():
    found = compare(0.9, 1.1, 1.05, 0.95, 0.98, np.nan)
    assert np.isnan(found.overlaps[0].z)
    assert len(found.surprising) == 1
    assert "1 with |z| > 3 or none" in str(found)
