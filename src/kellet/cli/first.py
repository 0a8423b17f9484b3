"""The first run of somebody's data, which is to end soon."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kellet.cli.options import Wish
    from kellet.experiment.experiment import Experiment


def fit(
    target: str, experiment: Experiment, out: str | None, jobs: int | None, quiet: bool, wish: Wish
) -> tuple[Experiment, str]:
    """As many replicates and generations as end in half a minute, unless they are said, and the folder; a run that was
    begun goes on as it was."""
    import msgspec

    from kellet.cli.printing import say
    from kellet.cli.target import name_folder
    from kellet.experiment.box import see, summarise

    free = [name for name in ("replicates", "generations") if wish.get(name) is None and not experiment.grid]
    core = msgspec.structs.replace(experiment, **dict.fromkeys(free, 1))
    folder = out or str(Path("runs") / name_folder(target, core))
    if os.path.lexists(Path(folder) / "experiment.toml"):
        from kellet.experiment.running.folder import Folder

        before = Folder.open(folder).experiment()
        return msgspec.structs.replace(experiment, **{name: getattr(before, name) for name in free}), folder
    if not quiet and (sight := see(experiment.world)):
        say(summarise(sight), err=True)
    if not free:
        return experiment, folder
    from kellet.experiment.budget import fit_into
    from kellet.experiment.resolution import complete
    from kellet.experiment.running.engines import processes

    budget = fit_into(experiment, jobs or processes(experiment.family), choose=free)
    if not quiet:
        say(f"{budget} (--replicates and --generations change that)", err=True)
    return complete(budget.experiment), folder
