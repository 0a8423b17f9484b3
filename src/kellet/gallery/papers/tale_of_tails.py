"""Dohmatob et al. 2024: what a finite sample cuts off of a law with a heavy tail, and what generations add to that."""

import numpy as np

from kellet.evidence import Array
from kellet.families import Categorical
from kellet.gallery.drawing import draw
from kellet.gallery.finding import Direction, Finding, Number, average, show
from kellet.gallery.paper import Paper, Place
from kellet.loop.generations import generations
from kellet.theory.forgetting import forgotten_mass
from kellet.worlds.distributions import Zipf

SIZES = (2_000, 20_000, 200_000)
FEW, MANY = 10, 100
CUT = 100


def redo(place: Place) -> Finding:
    """Exponents: of one sample in its size, of the loop in its generations, and what a cut-off tail leaves."""
    world = _world(place)
    truth, beta, size = world.law(1).dense()[0], world.exponent, place.experiment.sizes[0]
    first = {n: _lose(place, n, 1)[:, 0] for n in SIZES}
    falls = np.log(first[SIZES[-1]] / first[SIZES[0]]) / np.log(SIZES[-1] / SIZES[0])
    lost = _lose(place, size, MANY)
    grows = average(np.log(lost[:, MANY - 1] / lost[:, FEW - 1]) / np.log(MANY / FEW))
    types = place.run().values("replace", "surviving_types") * len(truth)
    rate = average(np.log(types[:, MANY - 1] / types[:, FEW - 1]) / np.log(MANY / FEW))
    seen = np.geomspace(1e2, 1e7, 26)
    cut = np.where(np.arange(len(truth)) < CUT, truth, 0.0)
    floor = float(truth[CUT:].sum())
    cut_off = floor + np.array([float((cut * np.exp(-n * cut / cut.sum())).sum()) for n in seen])
    fits, mean = np.arange(1, MANY + 1), lost.mean(axis=0)
    return Finding(
        readings=(
            Number("exponent of the lost mass in the size of one real sample, -(1 - 1/beta)", -(1 - 1 / beta),
                   *average(falls), "summary"),
            Direction("learnt from a source whose tail is cut off, the error stops falling",
                      f"from 1,000,000 to 10,000,000 points it falls by {1 - cut_off[-1] / cut_off[20]:.1%} "
                      f"(exact), and {floor:.4f} can never be learnt", cut_off[-1] > 0.9 * cut_off[20], "summary"),
            Direction("each further generation adds as much to the error as the one before", "it grows with the "
                      f"generations to the power {show(*grows)}", grows[1] <= 1 <= grows[2], "summary"),
        ),
        why=(
            f"One sample loses what they say. But a loop of equal sizes loses less than in proportion to its "
            f"generations: t fits on n points forget about what one sample of 2n/t real points has not seen, so the "
            f"error grows as t to the power 1 - 1/beta = {1 - 1 / beta:g}, and the categories left as t to the power "
            f"-1/beta ({show(*rate)} here). "
            "A sum of equal terms, dashed, bounds the loss from above."
        ),
        charts=(
            draw("Mass that can no longer be written", fits, {"simulated": mean, "one smaller real sample":
                 forgotten_mass(truth, size, fits)}, "fit", logarithmic=(True, True),
                 published={"in proportion to the fits": mean[0] * fits}),
            draw("Error by points learnt from", seen, {"whole law": forgotten_mass(truth, seen, 1),
                 f"first {CUT} categories": cut_off}, "points", logarithmic=(True, True)),
        ),
    )  # fmt: skip


def _world(place: Place) -> Zipf:
    world = place.experiment.world
    assert isinstance(world, Zipf)
    return world


def _lose(place: Place, size: int, fits: int) -> Array:
    """(R, fits): the true mass of the categories that the model of each fit can't write."""
    world, replicates = _world(place), place.experiment.replicates
    truth = world.law(1).dense()[0]
    lost: list[Array] = []
    for one in generations(world, Categorical(), size=size, replicates=replicates, rng=place.random(size)):
        lost.append((one.model.dense() == 0) @ truth)
        if len(lost) == fits:
            return np.stack(lost, axis=1)
    raise AssertionError


PAPER = Paper(
    name="tale-of-tails",
    title="A finite sample cuts off the tail, and generations cut on, but ever more slowly",
    by="Dohmatob et al. 2024",
    sources=("Dohmatob et al., A tale of tails: model collapse as a change of scaling laws, ICML (2024), "
             "arXiv:2402.07043",),
    claim=(
        "Of a law with probabilities falling as i to the power -beta, T points leave an error that falls as T to the "
        "power -(1 - 1/beta); whoever learns from a source whose tail is cut off stops getting better; and the test "
        "error grows in proportion to the number of generations of model-written data."
    ),
    setting=(
        "Zipf's law with beta = 2 over 100,000 categories; error is the true mass that a model can't write. 20,000 "
        "points per generation, 100 fits, 40 runs. The growth by generations is known from summaries; their networks "
        "(arithmetic, Llama 2) are not run."
    ),
    redo=redo,
    seconds=4,
)  # fmt: skip
