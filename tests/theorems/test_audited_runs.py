"""An audit of what ``kellet run words`` wrote shows the run's own loss.

The run's own loss is that under the laws that it recorded: a word that generation 0's draw has is still there in a draw
of n from the law p of a later generation with probability 1 - (1 - p)^n.  Tolerance of a value: 4.5 standard errors of
a sum of independent words.
"""

import msgspec
import numpy as np
import pytest

from kellet import Anchor, Arm, run
from kellet.audit.forecast import forecast
from kellet.experiment.auditing import audit
from kellet.experiment.presets.presets import preset
from kellet.experiment.run import Run
from kellet.experiment.writings import gather
from kellet.laws import Frequencies
from kellet.loop.curation.sampling import Temperature
from kellet.metrics import Look, find_metric, real_of

SIZE, SHOWN = 5000, (0, 1, 4, 9, 16)
ARMS = {
    "replace": Arm(),
    "anchored": Arm(anchor=Anchor(share=0.1)),
    "cooled": Arm(anchor=Anchor(share=0.1), curation=Temperature(0.9)),
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    out = tmp_path_factory.mktemp("runs") / "words"
    asked = msgspec.structs.replace(preset("words"), size=SIZE, generations=16, replicates=2, arms=ARMS)
    run(asked, out=out)
    return out


@pytest.mark.parametrize("arm", ["replace", "cooled", pytest.param("anchored", marks=pytest.mark.slow)])
def test_an_audit_shows_the_loss_of_the_run(folder, arm):
    found = Run.read(folder)
    laws = found.specimens(arm)["probabilities"]
    # What was recorded to be shown is what the run's numbers are of.
    metric, real = find_metric("tail_kept"), real_of(found.resolved.source)
    for t, law in zip(SHOWN, laws, strict=True):
        own = metric.measure(Look(Frequencies(law[None]), real, 2, np.random.default_rng(0)))[0]
        assert own == pytest.approx(found.values(arm, "tail_kept")[0, t], abs=1e-12)
    written, looks = gather((folder,), arm)[1], audit(folder, arm=arm, seed=1).looks
    assert [look.name for look in looks] == [f"generation {t}" for t in SHOWN[1:]]
    seen = []
    for look, left in zip(looks, expect(found, written, laws), strict=True):
        [finding] = [one for one in look.findings if (one.measure, one.about) == ("rare", "")]
        seen.append(finding)
        assert abs(finding.value - left.mean()) < 4.5 * np.sqrt((left * (1 - left)).sum()) / len(left)
        assert finding.low <= left.mean() <= finding.high
    assert looks[-1].verdict == "lost"
    # The last one, forecast from those before; what is left of it is an expectation here, so its draw is no error.
    *steps, last = written.steps
    foreseen = forecast(seen[:-1], seen[0].fresh, written.share, last, steps).left[-1]
    assert foreseen[1] <= left.mean() <= foreseen[2]
    assert foreseen[2] - foreseen[1] < seen[0].fresh


def expect(run, written, laws):
    """How likely each word that the reference has 1 to 3 times is to be in a draw of each later law."""
    times = dict(written.sides[0].content.frame["word"].value_counts().rows())
    rare = np.array([0 < times.get(label, 0) <= 3 for label in run.experiment.world.labels])
    return -np.expm1(SIZE * np.log1p(-laws[1:, rare]))
