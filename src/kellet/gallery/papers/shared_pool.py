"""Vu, Reeves and Wenger 2026: models that learn from what all of them wrote."""

import numpy as np

from kellet.evidence import Array
from kellet.gallery.drawing import draw
from kellet.gallery.finding import Direction, Finding, average, show
from kellet.gallery.paper import Paper, Place
from kellet.theory.writers import Regressions

ROWS, RARE = 1000, 0.05
"""Rows that each learns from in a generation; how much of the other subjects is in public text."""
GRID = np.arange(0.0, 1.0, 0.05)
RUNS, GENERATIONS = 4000, 30


def redo(place: Place) -> Finding:
    """Error on all subjects and difference of two models, settled, for all shares of synthetic and private text."""
    found = np.array([[settle(alpha, beta) for beta in GRID[1:]] for alpha in GRID])
    error, apart, radius, own = np.moveaxis(found, -1, 0)
    i, j = np.unravel_index(error.argmin(), error.shape)
    best = (float(GRID[i]), float(GRID[1:][j]))
    half = list(GRID).index(0.5)
    least, alone, middle = error[i, j], error[0, j], error[half, half - 1]
    simulated = average(simulate(make(0.5, 0.5), place.random()))
    exact = float(errors(make(0.5, 0.5).after(GENERATIONS)[1][-1])[0])
    at = {f"private share {GRID[1:][k]:.1f}": k for k in (3, 9, 15)}
    return Finding(
        readings=(
            Direction("mean and covariance follow linear recursions",
                      f"error after {GENERATIONS} generations {exact:.4g} by recursion, {show(*simulated)} simulated",
                      simulated[1] <= exact <= simulated[2], "summary"),
            Direction("the spectral radius is under 1, so that it settles, with any real share",
                      f"largest radius {radius.max():.3f}", radius.max() < 1, "summary"),
            Direction("models gain what their own data lack",
                      f"least error on the other's subject {own[i, j]:.3g}, without synthetic text {own[0, j]:.3g}",
                      own[i, j] < own[0, j], "summary"),
            Direction("models become alike: the more synthetic text, the smaller the difference of the two",
                      f"at a private share of {best[1]:.2g} from {apart[0, j]:.3g} to {apart[-1, j]:.3g}",
                      (np.diff(apart, axis=0) < 0).all(), "summary"),
            Direction("best near one half, one half (within 0.2 of each)",
                      f"at a synthetic share of {best[0]:.2g} and a private share of {best[1]:.2g}: error {least:.3g}, "
                      f"without synthetic text {alone:.3g}, at one half each {middle:.3g}",
                      max(abs(best[0] - 0.5), abs(best[1] - 0.5)) <= 0.2 + 1e-9, "summary"),
        ),
        why=(
            "What is best comes of two losses: with little synthetic text neither model learns the other's subject, "
            "with much they learn their own errors again. Between them the error is flat. Where the best lies depends "
            "on how rare the other subjects are in the public text, which is a setting of ours."
        ),
        charts=(
            draw("Error on all subjects, settled", GRID, {name: error[:, k] for name, k in at.items()},
                 "share of synthetic text", logarithmic=(False, True)),
            draw("Difference of the two models", GRID, {name: apart[:, k] for name, k in at.items()},
                 "share of synthetic text", logarithmic=(False, True)),
        ),
    )  # fmt: skip


def make(alpha: float, beta: float) -> Regressions:
    """Two models: of their rows a share alpha is newly written by both, of the real rest beta private, each on its own
    subject. Public text is mostly on a third one; each writes on what it read."""
    public, *private = (np.diag(row) for row in ((1, RARE, RARE), (0, 1, 0), (0, 0, 1)))
    real = [ROWS * (1 - alpha) * (beta * own + (1 - beta) * public) for own in private]
    written = [ROWS * alpha / 2 * (beta * own + (1 - beta) * public) for own in private]
    return Regressions(np.array(real), np.array(written), np.zeros((2, 3)), labels="fixed")


def errors(covariance: Array) -> tuple[float, float, float]:
    """Mean squared error of a coefficient, the same of the difference of both models, and of the other's subject."""
    own, cross = np.diag(covariance).reshape(2, 3), np.diag(covariance[:3, 3:])
    other = (own[0, 2] + own[1, 1]) / 2
    return float(own.mean()), float((own.sum(axis=0) - 2 * cross).mean()), float(other)


def settle(alpha: float, beta: float) -> tuple[float, float, float, float]:
    """Error, difference, spectral radius, and error on the other's subject after very many generations."""
    model = make(alpha, beta)
    error, apart, other = errors(model.settled[1])
    return error, apart, model.radius, other


def simulate(model: Regressions, rng: np.random.Generator) -> Array:
    """(RUNS,): mean squared error of both models after GENERATIONS fits, whose sums of products are as large as a
    model's settings say, with noise drawn for each label."""
    real, written = (np.diagonal(np.asarray(x, dtype=float), axis1=1, axis2=2) for x in (model.real, model.written))
    total, shape = written.sum(axis=0), (RUNS, *real.shape)
    labels, theta = rng.normal(size=shape) * np.sqrt(real), np.zeros(shape)
    for _ in range(GENERATIONS):
        pool = (written * theta).sum(axis=1) + rng.normal(size=(RUNS, len(total))) * np.sqrt(total)
        theta = (labels + pool[:, None]) / (real + total)
    return np.asarray((theta**2).mean(axis=(1, 2)))


PAPER = Paper(
    name="shared-pool",
    title="Models that read each other learn what they lack, and become alike",
    by="Vu et al. 2026",
    sources=(
        "Vu, Reeves, Wenger: What happens when generative AI models train recursively on each others' outputs?, "
        "ICLR 2026, arXiv:2505.21677",
    ),
    claim=(
        "Models that learn in each generation from public data, private data and what all of them wrote gain what "
        "their own data lack, and become alike. In linear models with Gaussian noise means and covariances follow "
        "linear recursions, which settle if the spectral radius is under 1. In experiments with two models one half "
        "synthetic and one half private was about best."
    ),
    setting=(
        "Two linear models, noise 1, 1,000 rows per generation, one coefficient for each of three subjects: one "
        "public, one private to each; exact recursions (kellet.theory.writers), and a simulation of one of them. Of "
        "the paper the abstract and summaries were read: what its shares are exactly, and its data, are guessed."
    ),
    redo=redo,
    seconds=1,
)
