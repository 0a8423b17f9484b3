"""An audit of what ``kellet run words`` wrote shows the run's own loss.

The run's own loss is that under the laws that it recorded: a word that generation 0's draw has is still there in a draw
of n from the law p of a later generation with probability 1 - (1 - p)^n.  Tolerance of a value: 4.5 standard errors of
a sum of independent words.
"""

import msgspec
import numpy as np
import pytest

from kellet import Anchor, Arm, run
from kellet.experiment.auditing import audit
from kellet.experiment.presets.presets import preset
from kellet.experiment.run import Run
from kellet.experiment.writings import read
from kellet.laws import Frequencies
from kellet.metrics import Look, find_metric, real_of

SIZE, SHOWN = 5000, (0, 1, 4, 9, 16)
ARMS = {"replace": Arm(), "anchored": Arm(anchor=Anchor(share=0.1))}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    out = tmp_path_factory.mktemp("runs") / "words"
    asked = msgspec.structs.replace(preset("words"), size=SIZE, generations=16, replicates=2, arms=ARMS)
    run(asked, out=out)
    return out


@pytest.mark.parametrize("arm", ARMS)
def test_an_audit_shows_the_loss_of_the_run(folder, arm):
    found = Run.read(folder)
    laws, labels = found.specimens(arm)["probabilities"], np.array(found.experiment.world.labels)
    # What was recorded to be shown is what the run's numbers are of.
    metric, real = find_metric("tail_kept"), real_of(found.resolved.source)
    for t, law in zip(SHOWN, laws, strict=True):
        own = metric.measure(Look(Frequencies(law[None]), real, 2, np.random.default_rng(0)))[0]
        assert own == pytest.approx(found.values(arm, "tail_kept")[0, t], abs=1e-12)
    [words] = [side.content.frame["word"] for side in read(folder, arm).sides[:1]]
    times = dict(words.value_counts().rows())
    rare = np.array([0 < times.get(label, 0) <= 3 for label in labels])
    looks = audit(str(folder), arm=arm, seed=1).looks
    assert [look.name for look in looks] == [f"generation {t}" for t in SHOWN[1:]]
    for look, law in zip(looks, laws[1:], strict=True):
        [finding] = [one for one in look.findings if (one.measure, one.about) == ("rare", "")]
        there = -np.expm1(SIZE * np.log1p(-law[rare]))
        assert abs(finding.value - there.mean()) < 4.5 * np.sqrt((there * (1 - there)).sum()) / rare.sum()
        assert finding.low <= there.mean() <= finding.high
        assert finding.fresh > finding.low
    assert looks[-1].verdict == "lost"
