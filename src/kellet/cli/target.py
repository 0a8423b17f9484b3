"""TARGET: the experiment that it and the options beside it describe."""

from __future__ import annotations

import hashlib
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, Unpack

from kellet.cli.options import Wish
from kellet.cli.trust import ask
from kellet.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kellet.experiment.arm import Arm
    from kellet.experiment.experiment import Experiment
    from kellet.experiment.presets.own import Choices


def describe(target: str, **wish: Unpack[Wish]) -> tuple[Experiment, str | None]:
    """The experiment, and its folder if it has one already."""
    import msgspec

    from kellet.experiment.experiment import Span
    from kellet.experiment.presets import presets
    from kellet.experiment.programs import find_programs
    from kellet.experiment.spelling import parse_arm, parse_family, parse_grid, parse_names, parse_size
    from kellet.families.abilities import Learner

    sampler = wish.get("sampler")
    family = parse_family(spec, sampler) if (spec := wish.get("family")) is not None else None
    if sampler is not None and not family:
        raise InputError("--sampler beside --family command:PROGRAM", "no --family", "both")
    experiment, folder = _read(target, family, wish)
    own = list(find_programs(family))
    plain = {"generations": wish.get("generations"), "replicates": wish.get("replicates"), "seed": wish.get("seed")}
    changes: dict[str, Any] = {name: value for name, value in plain.items() if value is not None}
    if grid := wish.get("grid"):
        changes["grid"] = dict(parse_grid(text) for text in grid)
        if target in presets.NAMES or is_own(target):
            # Of many points all generations would fill a disk; what a file says of them stays.
            changes["record"] = "log"
        own += [str(value) for _, axis in changes["grid"].items() if not isinstance(axis, Span) for value in axis]
    if (size := wish.get("size")) is not None:
        changes["size"] = parse_size(size)
    if family:
        experiment = presets.with_family(experiment, family)
    if (device := wish.get("device")) is not None:
        learner = experiment.family
        if not (isinstance(learner, Learner) and "device" in learner.__struct_fields__):
            raise InputError("a neural family for --device", type(learner).__name__.lower(), "--family vae")
        changes["family"] = msgspec.structs.replace(learner, device=device)
    if (watched := wish.get("metrics")) is not None:
        changes["metrics"] = parse_names(watched)
    if arms := wish.get("arms"):
        chosen = [parse_arm(spec) for spec in arms]
        changes["arms"] = dict(chosen)
        own += find_programs(changes["arms"])
        if len(changes["arms"]) < len(chosen):
            names = ", ".join(name for name, _ in chosen)
            raise InputError("a different name for each arm", names, "--arm NAME=SPEC")
    if size is not None:
        _refuse_size(changes.get("arms") or experiment.arms, target, size)
    return ask(msgspec.structs.replace(experiment, **changes), target, own, wish.get("trust", False)), folder


def _refuse_size(arms: Mapping[str, Arm], target: str, size: str) -> None:
    """A size that nobody would take is no wish."""
    if all(arm.pool and arm.writers and all(one.size for one in arm.writers.values()) for arm in arms.values()):
        got = f"--size {size} with {target}, whose writers have sizes of their own"
        raise InputError("writers that take the size of an experiment", got, "their sizes in a file, from --dry-run")


def _read(target: str, family: Any, wish: Wish) -> tuple[Experiment, str | None]:
    """What TARGET says by itself."""
    import msgspec

    from kellet.experiment.experiment import Experiment
    from kellet.experiment.presets import presets
    from kellet.experiment.presets.own import Choices, for_file
    from kellet.experiment.running.folder import Folder
    from kellet.worlds import Text

    choices = choose(**wish)
    folder = None
    if is_own(target):
        return for_file(target, choices, family), None
    if target in presets.NAMES:
        experiment = presets.preset(target)
    elif target.endswith(".toml"):
        experiment = Experiment.read(target)
    else:
        experiment, folder = Folder.open(target).experiment(), target
    for name, value in {"tokens": choices.tokens, "documents": choices.documents}.items():
        if value is None:
            continue
        if not isinstance(experiment.world, Text):
            raise InputError(f"--{name} with a text", target, "leaving it out")
        experiment = msgspec.structs.replace(
            experiment, world=msgspec.structs.replace(experiment.world, **{name: value})
        )
    if msgspec.structs.replace(choices, tokens=None, documents=None) != Choices():
        expected = "--columns, --label, --kinds and --missing-words with a table of your own"
        raise InputError(expected, target, "leaving them out")
    return experiment, folder


def choose(**wish: Unpack[Wish]) -> Choices:
    """What the options say of the data."""
    from kellet.experiment.presets.own import Choices
    from kellet.experiment.spelling import parse_kinds, parse_names

    columns, kinds, words = wish.get("columns"), wish.get("kinds"), wish.get("missing_words")
    return Choices(
        None if columns is None else parse_names(columns), wish.get("label"), parse_kinds(kinds) if kinds else {},
        parse_names(words) if words else (), wish.get("tokens"), wish.get("documents"),
    )  # fmt: skip


def is_own(target: str) -> bool:
    """Whether it is a file of a person's, and no experiment that somebody has written down."""
    from kellet.experiment.presets import presets
    from kellet.experiment.running.stores import remote

    written = target.endswith(".toml") or (remote(target) and not Path(target).suffix)
    return not (target in presets.NAMES or written or os.path.lexists(Path(target) / "experiment.toml"))


def name_folder(target: str, experiment: Experiment) -> str:
    """A folder name that is the same for the same experiment, whatever its arms, replicates and grid."""
    import msgspec

    from kellet.experiment.arm import Arm

    # Values may be added to a grid, and what is there stays.
    grid: dict[str, tuple[()]] = {"_": ()} if experiment.grid else {}
    core = msgspec.structs.replace(experiment, arms={"_": Arm()}, replicates=1, grid=grid)
    stem = re.sub(r"[^\w.-]+", "", Path(target.rstrip("/*")).stem) or "run"
    return f"{stem}-{hashlib.sha256(core.to_toml().encode()).hexdigest()[:6]}"
