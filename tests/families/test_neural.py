"""That neural networks learn, and how they are trained."""

import builtins
import subprocess
import sys

import numpy as np
import pytest
from click.testing import CliRunner

from kellet import InputError, Points
from kellet.cli.main import kellet as command
from kellet.experiment.experiment import Experiment
from kellet.experiment.spelling import parse_family
from kellet.families import GAN, VAE, Diffusion, Flow
from kellet.families.neural.ensemble import Layers

torch = pytest.importorskip("torch")


def fitted(family, evidence, seed=1, previous=None):
    return family.fit(evidence, np.random.default_rng(seed), previous)


def written(model, n=1000, seed=2):
    return model.sample(n, np.random.default_rng(seed)).values


def islands(r=3, n=600, seed=0):
    """Two round islands, three times as many points on the left one, far from 0 and in units of hundreds."""
    rng = np.random.default_rng(seed)
    side = rng.random((r, n)) < 0.25
    return Points(100 * (rng.normal(size=(r, n, 2)) * 0.1 + np.where(side, 1.0, -1.0)[..., None]) + 5000)


LEARNERS = [
    (VAE(latent=1, layers=2, rate=0.01, steps=600), 0.8),
    (Flow(steps=250), 0.6),
    (Flow(steps=100, bins=6, transforms=2), 0.8),
    (Diffusion(hidden=64, steps=500), 0.75),
    (Diffusion(hidden=64, steps=500, path="straight"), 0.75),
    (GAN(latent=2, steps=800), 0.8),
]


@pytest.mark.parametrize(("family", "least"), LEARNERS, ids=repr)
def test_every_family_finds_both_islands_and_how_many_points_are_on_each(family, least):
    if isinstance(family, Flow):
        pytest.importorskip("zuko")
    values = (written(fitted(family, islands())) - 5000) / 100
    on = [np.linalg.norm(values - centre, axis=2) < 0.5 for centre in (-1.0, 1.0)]
    # A normal law of the same mean and covariance puts under a fifth of its points on the islands.
    assert ((on[0] | on[1]).mean(axis=1) > least).all()
    share = on[1].mean(axis=1) / (on[0] | on[1]).mean(axis=1)
    assert (abs(share - 0.25) < 0.15).all()


def test_layers_compute_what_single_networks_compute():
    layers = Layers((3, 5, 4, 2), "silu")
    generator = torch.Generator().manual_seed(0)
    weights, x = layers.begin(6, generator), torch.randn(6, 7, 3, generator=generator)
    ours = layers(weights, x)
    for r in range(6):
        values, row = x[r], weights[r].split(layers.sizes)
        for i, (wide, out) in enumerate(layers.pairs):
            values = torch.nn.functional.silu(values) if i else values
            values = torch.nn.functional.linear(values, row[2 * i].view(wide, out).T, row[2 * i + 1])
        assert torch.allclose(ours[r], values, atol=1e-5)


def test_a_weight_counts_as_so_many_points():
    """Twice the weight on the right makes as many points there as if they were there twice."""
    evidence = islands(n=400)
    right = evidence.values[..., 0] > 5000
    model = fitted(VAE(latent=2, layers=2, steps=600), Points(evidence.values, np.where(right, 3.0, 1.0)))
    share = (written(model)[..., 0] > 5000).mean(axis=1)
    assert (abs(share - 0.5) < 0.15).all()


def test_going_on_from_the_last_weights_is_better_than_starting_anew_when_there_is_little_time():
    evidence = islands()
    first = fitted(VAE(latent=2, layers=2, steps=600), evidence)

    def spread(start):
        model = fitted(VAE(latent=2, layers=2, steps=10, rate=1e-3, start=start), evidence, previous=first)
        return abs(written(model) - 5000).mean(axis=(1, 2))

    near, far = spread("previous"), spread("scratch")
    truth = abs(evidence.values - 5000).mean(axis=(1, 2))
    assert (abs(near / truth - 1) < 0.3).all()
    assert (abs(far / truth - 1) > abs(near / truth - 1)).all()


def distance(model, other):
    return [float((a - b).norm()) for a, b in zip(model.parts, other, strict=True)]


def test_pull_and_decay_draw_weights_to_generation_zero_and_to_nothing():
    evidence = islands(r=2, n=100)
    settings = {"latent": 2, "hidden": 16, "steps": 100}
    free = VAE(**settings, start="base", pull=1e-9)
    zero = fitted(free, evidence)
    assert zero.ancestor is zero.parts
    one = fitted(free, islands(r=2, n=100, seed=9), previous=zero)
    held = fitted(VAE(**settings, start="base", pull=30.0), islands(r=2, n=100, seed=9), previous=zero)
    assert one.ancestor is held.ancestor is zero.parts
    assert distance(held, zero.parts)[0] < 0.5 * distance(one, zero.parts)[0]
    nothing = [torch.zeros_like(part) for part in zero.parts]
    decayed = fitted(VAE(**settings, weight_decay=30.0), evidence)
    assert distance(decayed, nothing)[0] < 0.5 * distance(fitted(VAE(**settings), evidence), nothing)[0]


def test_generation_zero_sets_the_scale_and_later_ones_keep_it():
    zero = fitted(VAE(hidden=8, steps=5), islands(r=2))
    later = fitted(VAE(hidden=8, steps=5), Points(islands(r=2).values * 7), previous=zero)
    assert np.array_equal(zero.mean, later.mean)
    assert np.array_equal(zero.width, later.width)
    assert (zero.width[:, 0] == zero.width[:, 1]).all()
    wide = Points(islands(r=2).values * [1.0, 50.0])
    each = fitted(VAE(hidden=8, steps=5, scale="each"), wide).width
    assert (each[:, 1] > 40 * each[:, 0]).all()


def test_patience_stops_each_replicate_for_good_and_takes_its_best_weights():
    few = islands(n=40)
    family = VAE(latent=2, hidden=16, steps=400, patience=25)
    # Points that all agree are learnt ever better: the last replicate now trains to the end, and the others wait.
    other = Points(few.values.copy())
    other.values[-1] = 5000.0
    zero = fitted(VAE(latent=2, hidden=16, steps=1), few)
    ever = VAE(latent=2, hidden=16, steps=400, patience=400)
    early, late, patient = (fitted(f, e, previous=zero) for f, e in ((family, few), (family, other), (ever, few)))
    assert np.array_equal(written(early)[:-1], written(late)[:-1])
    assert not np.array_equal(written(early)[:-1], written(patient)[:-1])


def test_a_loss_that_is_no_number_ends_that_replicate_alone_with_the_step():
    evidence = islands(r=3, n=50)
    zero = fitted(VAE(hidden=8, steps=20, rate=0.01), evidence)
    wild = Points(evidence.values.copy())
    wild.values[1] *= 1e30
    family = VAE(hidden=8, steps=20, rate=0.01)
    model = fitted(family, wild, previous=zero)
    assert model.collapsed.tolist() == [False, True, False]
    assert model.reason == "diverged at step 0"
    now = written(model)
    assert np.isnan(now[1]).all()
    assert np.array_equal(now[[0, 2]], written(fitted(family, evidence, previous=zero))[[0, 2]])


def test_one_after_the_other_and_all_together_learn_equally_well():
    for together in (True, False):
        model = fitted(Diffusion(hidden=32, steps=250, levels=20, ensemble=together), islands(r=2))
        values = (written(model) - 5000) / 100
        assert (abs(abs(values[..., 0]).mean(axis=1) - 1) < 0.25).all()


def test_points_written_in_pieces_are_as_many_as_asked_for(monkeypatch):
    from kellet.families.neural import ensemble

    model = fitted(VAE(hidden=8, steps=300, latent=2), islands(r=2))
    monkeypatch.setattr(ensemble, "ROOM", 1000)
    pieces = written(model, 500)
    assert pieces.shape == (2, 500, 2)
    assert len(np.unique(pieces[0, :, 0])) == 500


def test_whole_numbers_stay_whole_and_in_range():
    grey = Points(np.random.default_rng(0).integers(0, 256, (2, 50, 3, 3), dtype=np.uint8))
    values = written(fitted(VAE(hidden=8, steps=20), grey))
    assert values.dtype == np.uint8
    assert values.std() > 10


def test_torchs_own_state_is_left_as_it_was():
    before, threads = torch.random.get_rng_state(), torch.get_num_threads()
    torch.set_num_threads(2)
    try:
        for family in (VAE(hidden=8, steps=3), GAN(hidden=8, steps=3), Diffusion(hidden=8, steps=3, levels=2)):
            written(fitted(family, islands(r=2, n=20)))
        assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(threads)
    assert torch.equal(before, torch.random.get_rng_state())


@pytest.mark.parametrize(
    "make",
    [
        lambda: VAE(hidden=0),
        lambda: VAE(steps=0),
        lambda: VAE(rate=float("nan")),
        lambda: VAE(latent=0),
        lambda: VAE(floor=0),
        lambda: VAE(pull=-1),
        lambda: VAE(patience=0),
        lambda: GAN(patience=10),
        lambda: Flow(bins=1),
        lambda: Flow(transforms=0),
        lambda: Diffusion(levels=1),
    ],
)
def test_settings_that_make_no_sense_are_refused_with_a_sentence(make):
    with pytest.raises(InputError, match=r"^expected .*; got .*\. Try "):
        make()


def test_a_device_that_is_not_there_is_named():
    if torch.cuda.is_available():
        pytest.skip("it is there")
    with pytest.raises(InputError, match="the device cuda"):
        fitted(VAE(device="cuda"), islands(r=1, n=10))


def test_a_previous_model_of_other_layers_is_refused():
    zero = fitted(VAE(hidden=8, steps=2), islands(r=1, n=10))
    with pytest.raises(InputError, match="a previous model of the same layers"):
        fitted(VAE(hidden=9, steps=2, start="previous"), islands(r=1, n=10), previous=zero)


@pytest.mark.parametrize(("family", "gone"), [(VAE(), "torch"), (Flow(hidden=7), "zuko")])
def test_a_missing_extra_is_named_in_one_line(family, gone, monkeypatch):
    there = builtins.__import__

    def imports(name, *rest):
        if name.split(".")[0] == gone:
            raise ImportError(name)
        return there(name, *rest)

    monkeypatch.setattr(builtins, "__import__", imports)
    with pytest.raises(InputError, match=r"it is not installed. Try pip install '\.\[neural\]'"):
        fitted(family, islands(r=1, n=10))


def test_recipes_are_read_and_written_without_pytorch():
    code = (
        "import sys; sys.modules['torch'] = None; import kellet\n"
        "e = kellet.Experiment(kellet.worlds.Normal(), kellet.families.VAE(hidden=9), 50, {'a': kellet.Arm()}, 1)\n"
        "assert kellet.Experiment.from_toml(kellet.resolve(e).experiment.to_toml()).family == e.family"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert told.returncode == 0, told.stderr


def test_the_command_line_spells_every_setting():
    assert parse_family("diffusion:steps=200,path=straight") == Diffusion(steps=200, path="straight")
    assert parse_family("vae:ensemble=false,start=previous,patience=50,device=cpu") == VAE(
        ensemble=False, start="previous", patience=50, device="cpu"
    )
    with pytest.raises(InputError, match=r"options that vae has; got .*`nonsense`. Try one of hidden, .*latent"):
        parse_family("vae:nonsense=3")
    with pytest.raises(InputError, match=r"got .*`nonsense`.* Try one of .*latent"):
        parse_family("reduced:components=3,family=vae,family.nonsense=3")


@pytest.fixture
def kellet_run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def run(*words):
        told = CliRunner().invoke(command, ["run", *words], catch_exceptions=False)
        assert told.exit_code == 0, told.output
        return told.stdout

    return run


def test_a_vae_learns_digits_from_the_command_line_and_from_the_file_that_it_writes(kellet_run, tmp_path):
    words = ("digits", "--family", "vae:steps=20,hidden=8", "--replicates", "2", "--generations", "2")
    text = kellet_run(*words, "--arm", "replace", "--dry-run")
    assert Experiment.from_toml(text).family == VAE(steps=20, hidden=8)
    (tmp_path / "mine.toml").write_text(text)
    assert "replace" in kellet_run("mine.toml", "--jobs", "1")


def test_diffusion_learns_a_table_from_the_command_line(kellet_run, tmp_path):
    rows = np.random.default_rng(0).normal(size=(100, 2)) @ [[1.0, 0.5], [0.0, 1.0]]
    np.savetxt(tmp_path / "table.csv", rows, delimiter=",", header="a,b", comments="")
    words = ("--family", "diffusion:steps=20,hidden=8,levels=4", "--replicates", "2", "--generations", "2")
    assert "replace" in kellet_run("table.csv", *words, "--jobs", "1", "--arm", "replace")


@pytest.mark.parametrize("family", [VAE(), GAN(), Diffusion()], ids=repr)
def test_losses_in_bfloat16_are_near_those_in_full(family):
    """The very path that training takes on a GPU, here on the CPU."""
    generator = torch.Generator().manual_seed(0)
    x, w = torch.randn(3, 32, 5, generator=generator), torch.ones(3, 32)
    parts = tuple(part.requires_grad_() for part in family.begin(3, 5, generator))

    def slopes(half):
        for player, part in enumerate(parts):
            noise = torch.Generator().manual_seed(1)
            with torch.autocast("cpu", torch.bfloat16, enabled=half):
                loss = family.losses(player, parts, x, w, noise)
            yield torch.autograd.grad(loss.sum(), part)[0]

    for full, half in zip(slopes(False), slopes(True), strict=True):
        assert half.dtype == torch.float32
        assert float((full - half).norm() / full.norm()) < 0.05
