"""Ferbach et al. 2024: people pick the best of several, and the model learns from what they picked."""

import numpy as np
from numpy.random import Generator

from kellet.evidence import Array, Points
from kellet.families import Categorical
from kellet.gallery.drawing import draw
from kellet.gallery.finding import Direction, Finding, average, show
from kellet.gallery.paper import Paper, Place
from kellet.loop.anchors import Fresh
from kellet.loop.generations import generations
from kellet.worlds.distributions import categorical

REWARDS = np.linspace(0.0, 1.8, 10)
CHOICES, GROUPS, GENERATIONS, RUNS = 4, 5_000, 40, 20


def redo(place: Place) -> Finding:
    """The mean and the variance of the reward and the diversity, from written data alone and with half of it real."""
    alone, mixed = _follow(place, real=0), _follow(place, real=GROUPS)
    reward, variance, kinds = (average(values[:, -1]) for values in alone)
    kept, _, many = (average(values[:, -1]) for values in mixed)
    steps = min(average(step)[2] for step in np.diff(alone[0], axis=1).T)
    raised = average(mixed[0][:, -1] - mixed[0][:, 0])
    settled = average(mixed[0][:, -1] - mixed[0][:, GENERATIONS // 2])
    top, t = float(REWARDS.max()), np.arange(GENERATIONS + 1)
    names = ("written data alone", "half of it real")
    return Finding(
        readings=(
            Direction("the mean reward grows to the greatest there is", f"{show(*reward)} of {top:g} after "
                      f"{GENERATIONS} generations, and in no generation did it fall beyond chance",
                      reward[1] > 0.95 * top and steps > 0, "summary"),
            Direction("the variance of the reward goes to nothing", f"{show(*variance)}, at first "
                      f"{alone[1][:, 0].mean():.2f}", variance[2] < 0.1 * alone[1][:, 0].mean(), "summary"),
            Direction("diversity is lost", f"{show(*kinds)} of 10 kinds in the end", kinds[2] < 5, "summary"),
            Direction("with real data in each generation the loop is stable, and the reward higher than in real data",
                      f"reward raised by {show(*raised)} to {show(*kept)}, and by {show(*settled)} in the second "
                      f"half; {show(*many)} of 10 kinds", raised[1] > 0 and settled[1] <= 0 <= settled[2],
                      "summary"),
        ),
        why=(
            "Picking by people is optimisation: nobody shows the reward to the model, and yet it is driven to its "
            "maximum, at the price of all other kinds. Real data hold diversity and still let the reward rise a little."
        ),
        charts=tuple(
            draw(title, t, {name: run[i].mean(axis=0) for name, run in zip(names, (alone, mixed), strict=True)},
                 "generation", levels=levels)
            for i, title, levels in ((0, "Mean reward", {"greatest": top}), (2, "Kinds left (effective number)", {}))
        ),
    )  # fmt: skip


def pick(points: Points, rng: Generator) -> Points:
    """Of every CHOICES points in order one, with a chance in proportion to the exponential of its reward.

    >>> picked = pick(Points(np.array([[0, 0, 0, 9, 1, 1, 1, 1]])), np.random.default_rng(0))
    >>> picked.weighed.reshape(2, 4).sum(axis=1)
    array([1., 1.])
    """
    replicates, n = points.values.shape
    liked = REWARDS[points.values].reshape(replicates, -1, CHOICES) + rng.gumbel(
        size=(replicates, n // CHOICES, CHOICES)
    )
    best = np.arange(CHOICES) == liked.argmax(axis=2)[..., None]
    return Points(points.values, points.weighed * best.reshape(replicates, n), points.origin)


def _follow(place: Place, real: int) -> tuple[Array, Array, Array]:
    """(R, T) each: mean and variance of the reward, and effective number of kinds; real: fresh points."""
    world, size = categorical(np.full(10, 0.1)), CHOICES * GROUPS + real
    loop = generations(world, Categorical(), size=size, anchor=Fresh(real), curation=pick, replicates=RUNS,
                       rng=place.random(real))  # fmt: skip
    models = np.stack([one.model.dense() for one, _ in zip(loop, range(GENERATIONS + 1), strict=False)], axis=1)
    mean = models @ REWARDS
    logs = np.log(np.where(models > 0, models, 1.0))
    return mean, models @ REWARDS**2 - mean**2, np.exp(-(models * logs).sum(axis=2))


PAPER = Paper(
    name="curation",
    title="Picking the best of what is written maximises the reward, and diversity pays",
    by="Ferbach et al. 2024",
    sources=("Ferbach, Bertrand, Bose and Gidel, Self-consuming generative models with curated data provably optimize "
             "human preferences, NeurIPS (2024), arXiv:2407.09499",),
    claim=(
        "If of several outputs the one to learn from is chosen by a reward (as Bradley and Terry have it), retraining "
        "maximises the expected reward; its variance vanishes; with a positive share of real data the loop is stable "
        "and the reward still rises."
    ),
    setting=(
        "Ten equal kinds with rewards from 0 to 1.8; of every four that are written one is picked, in proportion to "
        "the exponential of its reward; 5,000 are picked per generation, alone or beside 5,000 fresh real points; 20 "
        "runs. Theirs are theorems for very many points, and experiments with mixtures and with pictures, not run here."
    ),
    redo=redo,
    seconds=4,
)  # fmt: skip
