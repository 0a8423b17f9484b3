"""What far horizons accept and refuse, and that their answers are repeatable and labelled."""

import re
from itertools import islice

import numpy as np
import pytest

from kellet import Accumulate, Anchor, Arm, Experiment, InputError, Prior, generations, resolve, worlds
from kellet.families import Bernoulli, Categorical, Exponential, Gamma, Gaussian, Poisson
from kellet.forecast import horizon
from kellet.forecast.horizon.coarsening import roughness
from kellet.forecast.horizon.recording import space
from kellet.forecast.horizon.stationary import draw_dirichlet
from kellet.forecast.horizon.transition import Lattice
from kellet.loop import curation

NORMAL = worlds.Normal(mean=0, variance=1)


def rng(seed=0):
    return np.random.default_rng(seed)


def experiment(arms=None, family=None, world=NORMAL, size=1000, last=3000, **settings):
    arms = arms or {"one fresh": Arm(anchor=Anchor(1))}
    return Experiment(world, family or Gaussian(), size, arms, generations=last, replicates=20, **settings)


def refused(*said):
    return pytest.raises(InputError, match="^expected .*" + ".*".join(re.escape(s) for s in said))


# Stationary laws ------------------------------------------------------------------------------------------------------

UNSETTLED = {
    "nothing real": (NORMAL, Gaussian(), {}, "an anchor or a prior", "got neither"),
    "no point at all": (NORMAL, Gaussian(), {"anchor": Anchor(0)}, "an anchor or a prior"),
    "a prior of nothing": (NORMAL, Gaussian(), {"prior": Prior(0)}, "an anchor or a prior"),
    "another estimator": (NORMAL, Gaussian("unbiased"), {"anchor": Anchor(1)}, "maximum likelihood"),
    "one fixed point": (
        NORMAL,
        Gaussian(),
        {"anchor": Anchor(1, draw="fixed")},
        "at least 2 fixed real points",
        "got 1",
    ),
    "one fixed category": (
        worlds.Bernoulli(),
        Bernoulli(),
        {"anchor": Anchor(1, draw="fixed")},
        "at least 2 fixed real points",
    ),
    "as many fixed points as dimensions": (
        worlds.multivariate_normal([0, 0], [[1, 0], [0, 1]]),
        Gaussian(),
        {"anchor": Anchor(2, draw="fixed")},
        "at least 3 fixed real points",
    ),
    "a mean known wrongly": (NORMAL, Gaussian(mean=1.0), {"anchor": Anchor(1)}, "the mean to be known rightly"),
    "a world of another kind": (
        NORMAL,
        Poisson(),
        {"anchor": Anchor(1)},
        "a world that is a law of the family poisson",
    ),
    "a family without a law": (NORMAL, Gamma(), {"anchor": Anchor(1)}, "an exponential family with a known law"),
    "no size": (NORMAL, Gaussian(), {"anchor": Anchor(1), "size": 0}, "a size of at least 1", "got 0"),
    "more real points than points": (NORMAL, Gaussian(), {"anchor": Anchor(101)}, "at most the 100 points"),
    "a diagonal covariance": (
        worlds.multivariate_normal([0, 0], [[1, 0], [0, 1]]),
        Gaussian(covariance="diagonal"),
        {"anchor": Anchor(3)},
        "a full Gaussian",
    ),
    "contaminated and weighed": (
        NORMAL,
        Gaussian(),
        {"anchor": Anchor(4, contaminated=0.5, weight=2.0)},
        "a contaminated anchor of weight 1",
    ),
}


@pytest.mark.parametrize("key", list(UNSETTLED))
def test_a_loop_without_a_stationary_law_says_why(key):
    world, family, settings, *said = UNSETTLED[key]
    with refused(*said):
        horizon.stationary(world, family, **({"size": 100} | settings))


def test_a_parameter_without_a_law_is_told_apart_from_one_that_is_no_number():
    law = horizon.stationary(NORMAL, Gaussian(), size=100, anchor=Anchor(1))
    with refused("variance, mean", "got median"):
        law.cdf(0.0, "median")
    several = horizon.stationary(
        worlds.multivariate_normal([0, 0], [[1, 0], [0, 1]]), Gaussian(), size=100, anchor=Anchor(1)
    )
    assert several.sample(3, rng()).shape == (3, 2, 2)
    with refused("a parameter that is one number"):
        several.quantiles(0.5)
    own = horizon.stationary(NORMAL, Gaussian(), size=100, anchor=Anchor(5, draw="fixed"))
    assert own.target is None
    with refused("none", "model(replicates, rng)"):
        own.quantiles(0.5)


def test_a_prior_forgets_the_truth_and_beside_real_points_meets_it_half_way():
    prior = Prior(3.0, mean=10.0)
    alone = horizon.stationary(worlds.Poisson(2.0), Poisson(), size=10**9, prior=prior)
    assert alone.target.mean == pytest.approx([10.0])
    assert alone.points == pytest.approx(3.0)
    both = horizon.stationary(worlds.Poisson(2.0), Poisson(), size=10**9, prior=prior, anchor=Anchor(1))
    assert both.target.mean == pytest.approx([8.0])


def test_what_is_only_a_limit_is_called_one():
    fresh = {"anchor": Anchor(1)}
    kinds = [
        horizon.stationary(world, family, size=size, **fresh).kind
        for world, family, size in [
            (NORMAL, Gaussian(), 10**12),
            (NORMAL, Gaussian(variance=1.0), 100),
            (worlds.Bernoulli(), Bernoulli(), 600),
            (worlds.Bernoulli(), Bernoulli(), 601),
        ]
    ]
    assert kinds == ["limit n -> infinity", "exact", "exact", "limit n -> infinity"]


def test_a_loop_of_real_points_alone_is_settled_after_one_fit():
    law = horizon.stationary(worlds.Poisson(2.0), Poisson(), size=50, anchor=Anchor(50))
    counts = 50 * law.model(4000, rng()).mean
    assert counts == pytest.approx(counts.round())
    assert counts.mean() == pytest.approx(100, abs=5.3 * np.sqrt(100 / 4000))
    assert counts.var() == pytest.approx(100, rel=5.3 * np.sqrt(2 / 4000))


def test_settled_models_start_a_loop():
    law = horizon.stationary(NORMAL, Gaussian(), size=10**12, anchor=Anchor(1))
    loop = generations(
        NORMAL, Gaussian(), size=10**12, anchor=Anchor(1), start=law.model(5, rng(1)), replicates=5, rng=rng(2)
    )
    first, later = islice(loop, 0, 40, 39)
    # Forty of 10^12 generations: nothing has moved yet.
    assert later.model.variance == pytest.approx(first.model.variance, rel=1e-4)


# Laws -----------------------------------------------------------------------------------------------------------------


def test_a_lattice_law_is_a_step_function_whose_steps_are_its_chances():
    law = Lattice(np.array([0.0, 0.1, 0.3]), np.array([0.5, 0.2, 0.3]))
    assert law.cdf([-1, 0, 0.05, 0.1, 0.1 + 1e-17, 0.3, 2]).tolist() == pytest.approx([0, 0.5, 0.5, 0.7, 0.7, 1, 1])
    assert law.ppf([0.0, 0.5, 0.51, 0.7, 1.0]).tolist() == [0.0, 0.0, 0.1, 0.1, 0.3]
    drawn = law.sample(rng(), 20_000)
    assert abs((drawn == 0.1).mean() - 0.2) < 5.3 * np.sqrt(0.16 / 20_000)


def test_dirichlet_draws_of_a_millionth_still_are_probabilities():
    drawn = draw_dirichlet(np.full((500, 3), 1e-6) * [6, 3, 1], rng())
    assert drawn.sum(axis=1) == pytest.approx(np.ones(500))
    assert abs((drawn[:, 0] > 0.5).mean() - 0.6) < 5.3 * np.sqrt(0.24 / 500)


# Jumps ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("world", "family", "settings"),
    [
        (NORMAL, Gaussian(), {}),
        (NORMAL, Gaussian(mean=0.0), {"anchor": Anchor(1)}),
        (NORMAL, Gaussian(variance=1.0), {"anchor": Anchor(3, draw="fixed")}),
        (worlds.Exponential(), Exponential(prior=Prior(1)), {}),
        (worlds.Exponential(), Exponential(unbiased_for="rate"), {"size": 1}),
        (worlds.Bernoulli(), Bernoulli(), {"size": 300}),
        (worlds.Zipf(5), Categorical(), {}),
    ],
    ids=repr,
)
def test_a_jump_whose_law_is_not_known_is_refused(world, family, settings):
    start = next(generations(world, family, size=100, rng=rng())).model
    with refused("a loop whose law over many generations is known", "coarse generations"):
        horizon.jump(start, world, family, generations=5, rng=rng(), **({"size": 100} | settings))


def test_a_jump_goes_forward():
    start = next(generations(worlds.Poisson(), Poisson(), size=100, rng=rng())).model
    with refused("at least 1 generation"):
        horizon.jump(start, worlds.Poisson(), Poisson(), size=100, generations=0, rng=rng())
    with refused("a shape > 0"):
        horizon.log_product(0, 5)


def test_a_jump_over_a_trillion_generations_keeps_what_is_dead_dead():
    start = Poisson().law(np.array([0.0, 3.0]))
    for t in (10, 10**12):
        later = horizon.jump(start, worlds.Poisson(), Poisson(), size=10**12, generations=t, rng=rng()).model
        assert later.mean[0] == 0
        assert np.isfinite(later.mean).all()


# Recording and coarsening ---------------------------------------------------------------------------------------------


def test_records_are_spaced_evenly_in_their_logarithm_and_end_where_they_should():
    assert space(7, 1).tolist() == [7]
    assert space(7, 2).tolist() == [0, 7]
    assert space(3, 60).tolist() == [0, 1, 2, 3]
    far = space(10**13, 14)
    assert far[0] == 0
    assert far[-1] == 10**13
    assert far[1:] == pytest.approx(10 ** (13 / 12 * np.arange(13)), abs=0.5, rel=1e-9)


@pytest.mark.parametrize("detail", [False, True])
def test_a_schedule_passes_through_its_records_by_generations_that_are_not_too_coarse(detail):
    records = np.array([1, 2, 50, 12_345, 10**6, 3 * 10**9])
    sizes, at, times = horizon.schedule(10**9, records, 150, 0.02, detail=detail)
    spans = 10**9 / np.array(sizes)
    passed = np.cumsum(spans)
    assert sizes[:50] == (10**9,) * 50
    assert min(sizes) >= 150
    assert passed[at] == pytest.approx(times)
    assert (abs(times - records) < 0.5).all()
    assert (spans <= np.maximum(1.01, 0.0201 * np.concatenate([[0], passed[:-1]]))).all()
    if detail:
        assert all(sizes[i] == 10**9 for i in at[:4])


def test_what_would_take_for_ever_is_refused_and_says_what_would_not():
    e = experiment({"many": Arm(anchor=Anchor(share=0.01))}, size=10**12, last=10**13)
    with refused("at most 300000 coarse generations", "fewer real points"):
        horizon.far(e, points=3)


@pytest.mark.parametrize(
    ("arm", "said"),
    [
        (Arm(regime=Accumulate(), anchor=Anchor(1)), "arms that replace their data"),
        (Arm(anchor=Anchor(1), curation=curation.Temperature(0.9)), "arms without curation"),
    ],
)
def test_arms_that_keep_the_past_or_curate_cannot_be_stretched(arm, said):
    with refused(said):
        horizon.far(experiment({"it": arm}))
    with refused(said):
        horizon.coarse(experiment({"it": arm}))


def test_settings_without_sense_are_refused():
    with refused("a tolerance between 0 and 0.5", "got 0"):
        horizon.far(experiment(), tolerance=0)
    with refused("a tolerance between 0 and 0.5", "got 2"):
        horizon.coarse(experiment(), tolerance=2)
    with refused("at least 1 generation to record"):
        horizon.far(experiment(), points=0)
    with refused("the same size in every generation", "2 sizes"):
        horizon.coarse(experiment(size=(100, 1000)))
    with refused("metrics that this world and family have", "surviving_types"):
        horizon.far(experiment(metrics=("surviving_types",)))


def test_a_coarse_experiment_is_stretched_as_its_roughest_arm_can_bear():
    arms = {"replace": Arm(), "ten": Arm(anchor=Anchor(10)), "a prior": Arm(prior=Prior(2))}
    e = experiment(arms, size=10**6, last=2 * 10**6)
    rough = max(roughness(cell) for cell in resolve(e).cells.values())
    small = horizon.coarse(e, 0.05)
    assert small.experiment.size == np.ceil(rough / 0.05)
    assert small.error <= 0.05
    assert small.stretch == pytest.approx(10**6 / small.experiment.size)
    assert small.generations[0] == pytest.approx(small.stretch - 1)
    assert small.generations[-1] == pytest.approx(2 * 10**6, rel=1 / small.experiment.generations)
    assert {name: arm.anchor and arm.anchor.count for name, arm in small.experiment.arms.items()} == {
        "replace": None,
        "ten": 10,
        "a prior": None,
    }


def test_an_experiment_that_is_small_already_stays_what_it_is():
    small = horizon.coarse(experiment(size=50, last=100), 0.01)
    assert (small.experiment.size, small.experiment.generations, small.stretch, small.error) == (50, 100, 1.0, 0.0)


@pytest.mark.parametrize(
    ("anchor", "clean"),
    [
        (Anchor(share=0.01), 10),
        (Anchor(10, contaminated=0.5), 5),
        (Anchor(share=0.01, random=True), 10),
        (Anchor(10, draw="bank", bank=30), 10),
    ],
)
def test_a_stretched_arm_has_as_many_truly_real_points_as_before(anchor, clean):
    e = experiment({"it": Arm(anchor=anchor)}, size=1000, last=2000)
    small = horizon.coarse(e, 0.5).experiment
    assert small.size < 100
    assert small.arms["it"].anchor.points(small.size) == clean


def test_a_far_experiment_is_repeatable_labelled_and_the_same_whatever_else_is_run():
    arms = {"one fresh": Arm(anchor=Anchor(1)), "replace": Arm()}
    first, second = (horizon.far(experiment(arms, block=8), points=5, tolerance=0.1) for _ in range(2))
    alone = horizon.far(experiment({"replace": Arm()}, block=8), points=5, tolerance=0.1)
    for arm in arms:
        for metric, values in first.values[arm].items():
            assert np.array_equal(values, second.values[arm][metric], equal_nan=True)
    assert np.array_equal(first.values["replace"]["mean_drift"], alone.values["replace"]["mean_drift"])
    data = first.data
    assert data.sizes == {"arm": 2, "replicate": 20, "generation": len(first.generations)}
    assert data["kind"].sel(arm="replace").item().startswith("time-rescaled (diffusion) approximation")
    assert data.generation.values.tolist() == first.generations.tolist()
    assert (np.isfinite(data["variance_ratio"])).all()


def test_an_arm_whose_jumps_are_known_is_exact_and_takes_a_step_for_each_record():
    found = horizon.far(experiment(family=Gaussian(variance=1.0), size=10**12, last=10**13), points=9)
    assert found.kinds == {"one fresh": "exact"}
    assert found.steps == {"one fresh": 9}
    worst = horizon.far(experiment({"it": Arm()}, Poisson(), worlds.Poisson(), 10**12, 10**13), points=9)
    assert worst.kinds["it"].startswith("branching")
    assert "off by < 0.004" in worst.kinds["it"]


def test_real_data_of_a_table_can_be_stretched_too(tmp_path):
    path = tmp_path / "data.csv"
    np.savetxt(path, rng().normal(size=(3000, 2)), delimiter=",", header="a,b", comments="", fmt="%.6f")
    e = experiment({"it": Arm(anchor=Anchor(2))}, world=worlds.Table(str(path)), size=1500, last=3000)
    found = horizon.far(e, tolerance=0.1, points=3)
    assert found.kinds["it"].startswith("time-rescaled")
    assert found.steps["it"] < 200
    kept = found.values["it"]["variance_ratio"]
    # 4/5 of it stays on average: 1 - 1/(2k + 1).
    assert abs(kept[:, -1].mean() - 0.8) < 0.08 + 5.3 * kept[:, -1].std() / np.sqrt(20)
