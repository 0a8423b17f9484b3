"""What is proved of an arm, however long it runs."""

from __future__ import annotations

from kellet.experiment.experiment import Experiment
from kellet.families import Categorical, Gaussian, LogGaussian
from kellet.families.exponential.averages import Average
from kellet.loop.numbers import is_likeliest
from kellet.loop.regimes import Replace, Window


def falls_for_ever(experiment: Experiment, arm: str) -> bool:
    r"""Whether it is proved that what the models of an arm still know falls until nothing is left.

    So it is in a closed loop of maximum likelihood in an exponential family: each generation learns from nothing but
    what the one before wrote, without a prior.  Its mean parameters are a martingale, which comes to rest only where
    the model no longer varies.  Beside a window of w batches of means b it is
    :math:`w b_t + (w-1) b_{t-1} + \dots + b_{t-w+1}` that is a martingale, and comes to rest there only.  A Gaussian of
    known variance is none of these: only its mean moves, for ever.

    Jangjoo, di Sarra, Marsili and Roudi, PRL 136, 197301 (2026).  Of pools nothing is proved here.

    >>> import kellet
    >>> arms = {"replace": kellet.Arm(), "fresh": kellet.Arm(anchor=kellet.Anchor(1))}
    >>> experiment = kellet.Experiment(kellet.worlds.Normal(), kellet.families.Gaussian(), 100, arms, 10)
    >>> [falls_for_ever(experiment, arm) for arm in arms]
    [True, False]
    """
    setting = experiment.arms[arm]
    # Of a pool nothing is proved: people may write, and each writer learns from others.
    if setting.pool is not None:
        return False
    family = setting.learns_by(experiment.family)
    if not isinstance(family, Average | Gaussian | LogGaussian | Categorical) or not is_likeliest(family):
        return False
    if isinstance(family, Gaussian) and family.variance is not None:
        return False
    # What is real in the generations that never end decides.
    anchor, sizes = setting.anchor, experiment.sizes
    real = anchor and (anchor.share if anchor.random else anchor.points(sizes[-1], sizes[0]))
    closed = isinstance(setting.regime, Replace | Window) and setting.curation is None and not real
    return closed and not (family.prior and family.prior.strength)
