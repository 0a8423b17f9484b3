"""Where V8 may not have its addresses, pictures are missing, and nothing else."""

import os
import subprocess
import sys

import pytest

from kellet.page import engine
from kellet.page.chart import Chart

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="limits of addresses are of Unix")
RUN = """
import resource, kellet
resource.setrlimit(resource.RLIMIT_AS, (3 * 10**9, resource.RLIM_INFINITY))
arms = {"replace": kellet.Arm()}
run = kellet.run(world=kellet.worlds.Bernoulli(0.5), family=kellet.families.Bernoulli(), size=2, generations=5,
                 metrics=("mean_drift",), arms=arms)
print(run.answer().sentence)
print(kellet.report(run, "page.html"))
"""
SPEC = {"data": {"values": [{"a": 1}]}, "mark": "point", "encoding": {"x": {"field": "a", "type": "quantitative"}}}


def test_under_a_limit_of_addresses_the_page_says_what_is_missing(tmp_path):
    done = subprocess.run([sys.executable, "-c", RUN], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "page.html" in done.stdout
    page = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert "This picture could not be drawn: expected room for the engine" in page
    assert "These curves could not be drawn" in page


def test_aside_it_draws_the_same(monkeypatch):
    here = Chart("one", SPEC).svg, Chart("one", SPEC).png
    monkeypatch.setattr(engine, "_address_limit", lambda: 10**15)
    assert (Chart("one", SPEC).svg, Chart("one", SPEC).png) == here
