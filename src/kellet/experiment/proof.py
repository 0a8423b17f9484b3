"""What is proved of an arm, however long it runs."""

from __future__ import annotations

from kellet.experiment.cell import Cell
from kellet.families import Categorical, Gaussian, LogGaussian
from kellet.families.exponential.averages import Average
from kellet.loop.numbers import is_likeliest, prior_strength
from kellet.loop.regimes import Replace


def falls_for_ever(cell: Cell) -> bool:
    """Whether it is proved that what the models of an arm still know falls until nothing is left.

    So it is in a closed loop of maximum likelihood in an exponential family: each generation learns from nothing but
    what the one before wrote, without a prior.  Its mean parameters are a martingale, which comes to rest only where the
    model no longer varies.  A Gaussian of known variance is none of these: only its mean moves, for ever.

    K. Jangjoo, G. di Sarra, M. Marsili and Y. Roudi, PRL 136, 197301 (2026).

    >>> import kellet
    >>> arms = {"replace": kellet.Arm(), "fresh": kellet.Arm(anchor=kellet.Anchor(1))}
    >>> experiment = kellet.Experiment(kellet.worlds.Normal(), kellet.families.Gaussian(), 100, arms, 10)
    >>> {arm: falls_for_ever(cell) for arm, cell in kellet.resolve(experiment).cells.items()}
    {'replace': True, 'fresh': False}
    """
    family = cell.family
    if not isinstance(family, Average | Gaussian | LogGaussian | Categorical) or not is_likeliest(family):
        return False
    known = isinstance(family, Gaussian) and family.variance is not None
    closed = isinstance(cell.regime, Replace) and cell.curation is None and not _real(cell)
    return closed and not known and not (family.prior and prior_strength(family))


def _real(cell: Cell) -> bool:
    """Whether anything real enters after generation 0."""
    sizes = (cell.size,) if isinstance(cell.size, int) else cell.size
    return cell.anchor is not None and (cell.anchor.random or any(cell.anchor.points(size) for size in sizes))
