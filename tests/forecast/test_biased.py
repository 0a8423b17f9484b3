"""What `kellet theory` says of writing that is biased, against loops of very many points."""

from itertools import islice

import numpy as np
import pytest

import kellet
from kellet import Anchor, InputError, Prior, generations, worlds
from kellet.families import Bernoulli, Categorical, Exponential, Gaussian, Ising, Poisson
from kellet.loop.curation import Shrink, Temperature, TopK, TopP
from kellet.theory import bias

MANY = 10**9


def walk(t, world, family, curation, share):
    loop = generations(
        world, family, size=MANY, anchor=Anchor(share=share), curation=curation, rng=np.random.default_rng(0)
    )
    return next(islice(loop, t, None)).model


@pytest.mark.parametrize(
    ("world", "family", "curation", "share"),
    [
        (worlds.Normal(), Gaussian(), Temperature(0.9), 0.01),
        (worlds.Normal(), Gaussian(), Shrink(1.05), 0.1),
        (worlds.Normal(), Gaussian(), Shrink(1.2), 0.1),
        (worlds.multivariate_normal([0, 0], [[1, 0.5], [0.5, 1]]), Gaussian(), Shrink(0.8), 0.05),
        (worlds.Exponential(), Exponential(), Temperature(0.7), 0.1),
    ],
)
def test_the_variance_that_a_biased_sampler_leaves(world, family, curation, share):
    dim = 2 if isinstance(world, worlds.MultivariateNormal) else 1
    told = kellet.theory(family, size=MANY, dim=dim, anchor=Anchor(share=share), curation=curation, generations=3)
    assert walk(3, world, family, curation, share).variance.mean() == pytest.approx(
        told.value("variance_kept_then"), rel=1e-3
    )
    settled = told.value("variance_kept")
    if np.isfinite(settled):
        late = walk(int(12 * told.value("generations_to_settle")), world, family, curation, share)
        assert late.variance.mean() == pytest.approx(settled, rel=1e-3)
    assert {row.kind for row in told.rows} == {"limit"}


def test_equal_categories_stay_equal_above_the_share_that_is_said_and_recover_above_the_other():
    told = kellet.theory(Categorical(), size=MANY, curation=Temperature(0.9), p=[0.1])
    assert told.value("share_to_hold") == pytest.approx(0.1)
    assert told.value("share_to_recover") == bias.recovery_threshold(0.9, 10)
    assert "too few" in told.sentence
    two = kellet.theory(Bernoulli(), size=MANY, anchor=Anchor(share=0.2), curation=Temperature(0.9))
    assert "enough" in two.sentence
    p = walk(100, worlds.Bernoulli(0.5), Bernoulli(), Temperature(0.9), 0.2).mean
    assert abs(p[0] - 0.5) < 0.01
    assert abs(walk(600, worlds.Bernoulli(0.5), Bernoulli(), Temperature(0.9), 0.05).mean[0] - 0.5) > 0.05


def test_what_is_never_written_keeps_the_share_of_real_points():
    p = np.arange(1, 51) ** -1.0
    p /= p.sum()
    told = kellet.theory(Categorical(), size=MANY, anchor=Anchor(share=0.2), curation=TopK(10))
    learnt = walk(40, worlds.categorical(p), Categorical(), TopK(10), 0.2).dense()[0]
    assert learnt[10:].sum() / p[10:].sum() == pytest.approx(told.value("unwritten_kept"), rel=1e-3)


@pytest.mark.parametrize(("top", "share"), [(0.95, 0.2), (0.9, 0.3), (0.7, 0.1)])
def test_nucleus_sampling_takes_more_than_it_cuts_off_once(top, share):
    p = np.linspace(1.0, 3.0, 2000)
    p /= p.sum()
    # Without noise, since the smallest of so many need more points than there are.
    q, cut = p, TopP(top)
    for _ in range(150):
        written = cut.law(worlds.categorical(q).open().truth).probabilities[0]
        q = share * p + (1 - share) * written
    told = kellet.theory(Categorical(), size=MANY, anchor=Anchor(share=share), curation=cut)
    assert p[written == 0].sum() == pytest.approx(told.value("never_written"), abs=5e-3)
    assert q[written == 0].sum() == pytest.approx(told.value("unwritten_kept"), abs=5e-3)


@pytest.mark.parametrize(
    ("family", "curation", "said"),
    [
        (Poisson(), Temperature(0.9), "a curation with a closed form for this family"),
        (Gaussian(), TopK(3), "a curation with a closed form for this family"),
        (Gaussian(variance=1.0), Shrink(0.9), "a curation with a closed form for this family"),
        (Gaussian(prior=Prior(2.0)), Shrink(0.9), "no prior beside a curation"),
    ],
)
def test_what_is_not_known_is_refused(family, curation, said):
    with pytest.raises(InputError, match=said):
        kellet.theory(family, size=100, curation=curation)


def test_a_biased_loop_has_no_picture(tmp_path):
    told = kellet.theory(Gaussian(), size=100, curation=Shrink(0.9))
    assert told.answer().charts == ()
    with pytest.raises(InputError, match="without a curation"):
        told.plot(tmp_path / "loop.svg")


def test_spins_that_share_a_field_are_a_binomial_count_and_how_long_they_last_is_said():
    spins, same = kellet.theory(Ising(10), size=50), kellet.theory(Bernoulli(trials=10), size=50)
    assert spins.rows[:-1] == same.rows
    assert spins.value("absorption_time") == pytest.approx(2 * np.log(2) * 10 * 50)
    assert kellet.theory(Ising(10, prior=Prior(2.0, 0.3)), size=50).settings.prior == 2.0
    with pytest.raises(InputError, match="a family with closed forms"):
        kellet.theory(Ising(10, "common"), size=50)


def test_spins_agree_after_about_as_long_as_is_said():
    loop = generations(worlds.Ising(3), Ising(3), size=8, replicates=3000, rng=np.random.default_rng(1))
    alive = [1.0, *(1 - g.model.absorbed.mean() for g in islice(loop, 300))]
    told = kellet.theory(Ising(3), size=8).value("absorption_time")
    # The diffusion is some per cent high at 24 spins a generation.
    assert sum(alive) == pytest.approx(told, rel=0.08)
