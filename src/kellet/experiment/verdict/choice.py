"""Which metric of a run somebody means."""

from __future__ import annotations

import difflib

from kellet.errors import InputError
from kellet.experiment.running.results import Results
from kellet.experiment.verdict.summary import headlines
from kellet.metrics import Metric, find_metric, match_metrics


def choose_metric(results: Results, word: str | None = None) -> Metric:
    """A metric of a run by its name, a writer's own (``kl@small``), or a word such as "rare" or "variance"; None: what
    stands for diversity, or else for spread, or the first."""
    if word is None:
        return next(iter(headlines(results.metrics).values()), results.metrics[0])
    names = list(dict.fromkeys(name for blocks in results.blocks.values() for name in blocks[0].values))
    found = next((one.name for one in match_metrics(word) if one.name in names), word)
    if found in names:
        return find_metric(found)
    near = difflib.get_close_matches(word, names, 3, 0.5)
    raise InputError(f"a metric of this run: {', '.join(names)}", repr(word), " or ".join(near) or names[0])
