"""The digits of the lab are those of `kellet run digits`: the same pictures, reader and models, written again in
JavaScript."""

import json
from base64 import b64decode

import numpy as np
import pytest
from scipy.stats import ks_2samp

import kellet
from kellet import Experiment, Points
from kellet.experiment.presets.presets import preset
from kellet.families import Mixture
from kellet.report.gallery import tally
from kellet.report.lab.digits import NOTICE, SCRIPT, pack_digits
from kellet.worlds import Digits

USUAL = {"size": 100, "components": 10, "share": 10, "generations": 5, "seed": 1, "replicates": 1}
NEVER = 1e-7
"""A chance so small that it is no chance.  By its limit, the test's own is even smaller."""
DRAIN = """
const drain = (settings) => {
  const job = lab.jobs.digits(settings);
  for (;;) {
    const { value, done } = job.next();
    if (done) return value;
  }
};
"""
LOOPS = f"""([settings, loops]) => {{
  {DRAIN}
  return Array.from({{ length: loops }}, (_, i) => drain({{ ...settings, seed: 1000 + i }}).arms.map((arm) =>
    [Array.from(arm.written.middle), Array.from(arm.spread.middle)]));
}}"""
FIT = """([points, d, settings]) => {
  const n = points.length / d, random = lab.random(3);
  const model = lab.mixture.fit(Float64Array.from(points), n, d, settings, random);
  const written = lab.mixture.write(model, 4000, random);
  return {
    weights: Array.from(model.weights), means: Array.from(model.means), factors: Array.from(model.factors),
    spread: lab.mixture.spread(model), written: Array.from(written),
  };
}"""


def test_the_script_is_the_world_s_pictures():
    """Rounding on another machine may fall on the other side, by one step."""
    text = SCRIPT.read_text(encoding="utf-8")
    packed, now = json.loads(text.removeprefix(f"{NOTICE}lab.realDigits = ").rstrip(";\n")), pack_digits()
    assert packed.keys() == now.keys()
    assert packed["labels"] == now["labels"]
    for name in ("scales", "turn", "mean", "shares", "doubt", "spread", "fresh"):
        np.testing.assert_allclose(packed[name], now[name], rtol=1e-5, atol=1e-4)
    for name in ("training", "reserve", "components"):
        steps, wanted = (_unpack(content[name]) for content in (packed, now))
        assert abs(steps - wanted).max() <= 1
    assert len(text) < 60_000
    # The zero that the page names: of real pictures all ten digits are seen.
    assert (np.array(packed["fresh"]) > 0.1 * np.array(packed["shares"])).all()


def _unpack(text):
    return np.frombuffer(b64decode(text), dtype=np.int8).astype(int)


def test_pictures_are_as_kellet_draws_them(computing):
    world = Digits()
    source = world.open()
    found = computing.evaluate(
        """() => { const { training, reserve } = lab.digits.openWorld();
        return [Array.from(training), Array.from(reserve), Array.from(lab.digits.draw(training, 50))]; }"""
    )
    step = abs(np.concatenate([source.training, source.reserve])).max(axis=0) / 127
    for points, real in zip(found, (source.training, source.reserve), strict=False):
        assert (abs(np.reshape(points, real.shape) - real) <= 0.5001 * step).all()
    ink = 255 - world.pictures(source.training[:50]).astype(int)
    assert abs(np.reshape(found[2], ink.shape) - ink).max() < 12


def test_the_reader_reads_what_kellet_s_reads(computing):
    source = Digits().open()
    rng = np.random.default_rng(0)
    blurred = source.training[:300] + rng.normal(size=(300, 24)) * np.linspace(0, 6, 300)[:, None]
    points = np.concatenate([source.heldout, blurred])
    found = computing.evaluate(
        "points => Array.from(lab.digits.read(Float64Array.from(points), points.length / 24))", points.ravel().tolist()
    )
    mine = source.classes.read(points)
    assert 30 < (mine == -1).sum() < 300
    assert (mine == found).mean() > 0.995


@pytest.mark.parametrize("components", [1, 3])
def test_a_mixture_is_learnt_as_kellet_learns_it(computing, components):
    """Clusters far from each other are found from any seeds, so that both must end at the same model."""
    rng = np.random.default_rng(5)
    centres = np.array([[0.0, 0, 0, 0], [60, 0, 0, 10], [0, 50, -30, 0]])[:components]
    points = np.concatenate(
        [rng.normal(size=(20 + 15 * j, 4)) @ rng.normal(size=(4, 4)) + c for j, c in enumerate(centres)]
    )
    settings = {"components": components, "floor": 0.02, "iterations": 20, "tolerance": 0}
    found = computing.evaluate(FIT, [points.ravel().tolist(), 4, settings])
    model = Mixture(**settings).fit(Points(points[None]), rng)
    mine, theirs = np.argsort(model.weights[0]), np.argsort(found["weights"])
    shapes = {"weights": (components,), "means": (components, 4), "factors": (components, 4, 4)}
    for name, shape in shapes.items():
        np.testing.assert_allclose(np.reshape(found[name], shape)[theirs], getattr(model, name)[0][mine], atol=1e-9)
    assert found["spread"] == pytest.approx(np.linalg.slogdet(model.covariance[0])[1], abs=1e-9)

    written = np.reshape(found["written"], (-1, 4))
    error = np.sqrt(np.diag(model.covariance[0]) / len(written))
    assert (abs(written.mean(axis=0) - model.mean[0]) < 6 * error).all()
    # Both samples are of one law: each coordinate of the one against the other's.
    again = model.sample(4000, rng).values[0]
    assert all(ks_2samp(a, b, method="asymp").pvalue > NEVER for a, b in zip(written.T, again.T, strict=True))


def test_the_share_makes_as_many_pictures_as_kellet_says(computing):
    pairs = [(size, share) for size in (40, 50, 75, 110, 150, 333, 400) for share in range(51)]
    found = computing.evaluate("pairs => pairs.map(([size, share]) => lab.digits.count({ size, share }))", pairs)
    assert found == [kellet.Anchor(share=share / 100).points(size) for size, share in pairs]


def test_models_are_those_of_the_preset_and_counted_as_its_page_does(computing):
    experiment = preset("digits")
    family = {name: getattr(experiment.family, name) for name in ("floor", "iterations", "tolerance")}
    assert experiment.family == Mixture(10, **family)
    family_here, judged, written = computing.evaluate(
        """() => { const { family, judged, isWritten } = lab.digits, digits = Array.from({ length: 10 });
        const alive = (count) => digits.map((_, digit) => isWritten(count, digit));
        return [family, judged, Array.from({ length: 301 }, (_, count) => alive(count))]; }"""
    )
    assert (family_here, judged) == (family, experiment.judged)
    classes = Digits().open().classes
    assert written == [[alive for _, alive in tally(classes, np.full(10, count / 300))] for count in range(301)]


def test_a_seed_shows_the_same_to_everybody_and_partial_results_become_the_whole(computing):
    first, again, partial = computing.evaluate(
        f"""settings => {{ {DRAIN}
        const list = (_, part) => (ArrayBuffer.isView(part) ? Array.from(part) : part);
        const plain = (value) => JSON.stringify(value, list);
        const clock = performance.now;
        let now = 0;
        performance.now = () => now += 100;
        const parts = [...lab.jobs.digits(settings)];
        performance.now = clock;
        return [plain(drain(settings)), plain(drain(settings)),
          parts.map(({{ replicates, arms }}) => [replicates, arms[0].looks.length, arms[1].written.middle.length])];
        }}""",
        {**USUAL, "generations": 3, "replicates": 3},
    )
    assert first == again
    assert partial == [[0, t, t] for t in range(1, 5)] + [[r, 4, 4] for r in (1, 2) for _ in range(4)]
    whole = json.loads(first)
    assert whole["replicates"] == 3
    for arm in whole["arms"]:
        for look, (low, high) in zip(
            arm["looks"], zip(arm["written"]["low"], arm["written"]["high"], strict=True), strict=True
        ):
            assert sum(look["counts"]) <= 300
            assert len(look["pictures"]) == 36 * 64
            assert 0 <= low <= high <= 10


def _compare(page, settings, loops, times):
    """Loops of the browser against Kellet's run of the experiment that the page gives to copy."""
    copied = page.evaluate("settings => lab.views.digits.copy(settings)", settings)
    experiment = Experiment.from_toml(copied["toml"])
    assert (experiment.size, experiment.generations, experiment.judged) == (
        settings["size"],
        settings["generations"],
        300,
    )
    run = kellet.run(experiment, replicates=loops, metrics=("surviving_classes", "spread"), jobs=1)
    found = np.array(page.evaluate(LOOPS, [settings, loops]))
    for a, arm in enumerate(("alone", "some real")):
        for m, metric in enumerate(("surviving_classes", "spread")):
            theirs = run.data[metric].sel(arm=arm).transpose("replicate", "generation").values
            for t in times:
                assert ks_2samp(found[:, a, m, t], theirs[:, t], method="asymp").pvalue > NEVER, (arm, metric, t)
    return found


def test_loops_have_the_law_of_kellet_s_own(show):
    _compare(show(), USUAL, 24, (0, 1, 5))


@pytest.mark.slow
@pytest.mark.parametrize("change", [{}, {"size": 50, "components": 4, "share": 25}])
def test_loops_have_the_law_of_kellet_s_own_for_long(show, change):
    found = _compare(show(), {**USUAL, "generations": 20, **change}, 60, (0, 1, 5, 20))
    # What the page is about: left alone, digits go.
    assert found[:, 0, 0, 20].mean() < found[:, 1, 0, 20].mean()
