"""What was done, in words for someone who never heard of it: what each part says of itself, joined to sentences."""

from __future__ import annotations

from kellet.data.source import Law, Source
from kellet.experiment.arm import Arm
from kellet.experiment.experiment import Experiment
from kellet.page.wording import describe, listed, number
from kellet.worlds.observable import observable


def title(experiment: Experiment) -> str:
    """A headline that promises nothing."""
    return f"What becomes of {observable(experiment.world).subject} when models learn from models"


def sizes(experiment: Experiment) -> str:
    """How much each generation learns from."""
    size = experiment.size if isinstance(experiment.size, tuple) else (experiment.size,)
    least, most = number(min(size)), number(max(size))
    return f"{least if least == most else f'{least} to {most}'} {observable(experiment.world).unit}"


def arm(setting: Arm, experiment: Experiment) -> str:
    """What one arm does, as a sentence."""
    added = [setting.anchor.describe(experiment.size)] if setting.anchor else []
    if setting.prior:
        added.append(f"prior knowledge worth {setting.prior.strength:g} imaginary points at every fit")
    curated = f"; what is written {setting.curation.describe()}" if setting.curation else ""
    return f"{describe(setting.regime, 'Regime {}')}{''.join(f', plus {a}' for a in added)}{curated}."


def reserve(experiment: Experiment, source: Source | None) -> str | None:
    """What must be said where "fresh" points come from a data set that has only so many."""
    if source is None or isinstance(source, Law):
        return None
    returning = [
        name
        for name, setting in experiment.arms.items()
        if setting.anchor and setting.anchor.draw == "fresh" and not setting.anchor.once
    ]
    if not returning:
        return None
    bank = number(len(source.reserve))
    return (
        f"“Fresh” real points ({listed(returning)}) come from a reserve of {bank} real points that generation 0 never "
        "saw. Within one generation none is drawn twice, but over generations points come back: the reserve is a "
        f"bank of {bank}, not an endless source, and can anchor a loop no better than those points describe the world."
    )
