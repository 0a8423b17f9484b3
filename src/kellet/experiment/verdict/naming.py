"""Naming: what an arm is called on a page, in plain words that follow from its settings."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from kellet.errors import InputError
from kellet.experiment.arm import Arm
from kellet.experiment.experiment import Experiment
from kellet.experiment.spelling.arms import parse_arm
from kellet.loop.anchors import AnyAnchor, Fixed, Fresh
from kellet.loop.regimes import Accumulate, Subsample, Window
from kellet.page.wording import percent, spell
from kellet.worlds.observable import Observable, observable

CODES = {
    "replace", "accumulate", "one fresh real point", "one fresh real document", "10 % fresh real", "a fixed 10 %",
    "a prior",
}  # fmt: skip
"""What Kellet's own examples call their arms; what is spelled as on the command line is a code, too."""


@dataclass(frozen=True)
class Naming:
    """How a page names an arm.

    title: its name there.  beside: what stands small beside it: the code, or of an arm that somebody named, in plain
    words what it does; empty where there is no more to say.  lead: how a sentence about it begins.
    """

    title: str
    beside: str
    lead: str


def name_arms(experiment: Experiment) -> dict[str, Naming]:
    """Arm -> how a page names it; where plain words don't tell two arms apart, each keeps its own name."""
    thing = count_in(experiment.world)
    plain = {name: describe_plainly(arm, thing) for name, arm in experiment.arms.items()}
    coded = {name: experiment.arms[name].pool is None and _is_code(name, experiment.arms[name]) for name in plain}
    said = Counter(plain[name] if coded[name] else name for name in plain)
    found = {}
    for name, words in plain.items():
        if coded[name] and said[words] == 1:
            lead = "Left alone" if is_alone(experiment.arms[name]) else f"With {words}"
            found[name] = Naming(words, name, lead)
        else:
            found[name] = Naming(name, words, "Left alone" if is_alone(experiment.arms[name]) else f"In “{name}”")
    return found


def count_in(world: object) -> str:
    """What real data are counted in, in the plural.

    >>> from kellet import worlds
    >>> count_in(worlds.Digits()), count_in(worlds.Words()), count_in(worlds.Normal())
    ('pictures', 'words', 'examples')
    """
    seen = observable(world)
    return "pictures" if type(seen).pictures is not Observable.pictures else seen.unit


def is_alone(arm: Arm) -> bool:
    """Whether each generation learns only from what the one before wrote, as it wrote it.

    >>> is_alone(Arm()), is_alone(Arm(prior=None, regime=Accumulate()))
    (True, False)
    """
    return arm in (Arm(), Arm(regime=Window(1)))


def describe_plainly(arm: Arm, things: str = "examples") -> str:
    """What a generation learns from beside what the one before wrote; things: what real data are counted in.

    Of an arm with a pool, whose settings are too many for a name, nothing.

    >>> from kellet import Anchor, Prior
    >>> describe_plainly(Arm()), describe_plainly(Arm(Accumulate()))
    ('no real data', 'nothing thrown away')
    >>> describe_plainly(Arm(anchor=Anchor(1)), "pictures"), describe_plainly(Arm(anchor=Anchor(share=0.1)), "words")
    ('one fresh real picture per generation', '10 % fresh real words')
    >>> describe_plainly(Arm(Accumulate(), Anchor(5, every=10), Prior(2)))
    'nothing thrown away, five fresh real examples every 10 generations, prior knowledge worth 2 examples'
    """
    if arm.pool is not None:
        return ""
    parts = []
    if isinstance(arm.regime, Accumulate):
        parts.append("nothing thrown away")
    elif isinstance(arm.regime, Subsample):
        parts.append("a random part of everything so far")
    elif isinstance(arm.regime, Window) and arm.regime.generations > 1:
        parts.append(f"the last {spell(arm.regime.generations)} generations kept")
    if arm.anchor is not None and (arm.anchor.count or arm.anchor.share):
        parts.append(_describe_anchor(arm.anchor, things))
    if arm.prior is not None:
        parts.append(f"prior knowledge worth {arm.prior.strength:g} {things}")
    if not parts:
        parts.append("no real data")
    if arm.curation is not None:
        parts.append(f"output that {arm.curation.describe()}")
    return ", ".join(parts)


def _describe_anchor(anchor: AnyAnchor, things: str) -> str:
    thing = things.removesuffix("s") if anchor.count == 1 else things
    many = percent(anchor.share) if anchor.share else spell(anchor.count or 0)
    often = f" every {anchor.every:,} generations" if anchor.every > 1 else "" if anchor.share else " per generation"
    if isinstance(anchor, Fresh):
        said = f"{many} fresh real {thing}{often}"
        said = f"about {said}, by chance" if anchor.random else said
        said += f" ({percent(anchor.contaminated)} of them written by models)" if anchor.contaminated else ""
    elif isinstance(anchor, Fixed):
        said = f"the same {many} real {thing}{often if anchor.every > 1 else ' every time'}"
    else:
        said = f"{many} real {thing}{often} from a bank of {anchor.bank:,}"
    if anchor.weight == 1:
        return said
    return f"{said}, weighted {'optimally' if isinstance(anchor.weight, str) else f'{anchor.weight:g} times'}"


def _is_code(name: str, arm: Arm) -> bool:
    """Whether a name only says the settings in Kellet's own words."""
    if name in CODES:
        return True
    try:
        return "=" not in name and parse_arm(name) == (name, arm)
    except InputError:
        return False
