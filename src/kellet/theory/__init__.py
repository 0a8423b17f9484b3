"""Closed forms about closed loops: what theory expects of models trained on what models wrote.

Functions take numbers or arrays and return numbers or arrays, a `Loop` is of numbers; nothing here knows the rest of
Kellet.

* n points per generation, k of them real, m = n - k written by the previous model.
* t counts successive fits; t = 0 is the truth, which also writes the first sample. Kellet's generation g,
  whose generation 0 is fitted to n real points, is t = g + 1.
* A loop "collapses" in its typical run long before its expectations show it; where the two differ, both are here.

`curves` is the exact recursion that most closed forms are special cases of; a `Loop` is its solution where every
generation is like the others; each module beside them holds one idea.

Not all of it is asked for by a verb: some is for reading, and for other people's code. ``docs/theory.md`` says what is,
and for which settings anything is known at all.
"""

from kellet.theory import (
    accumulation,
    bias,
    categorical,
    chain,
    contamination,
    coverage,
    drift,
    forgetting,
    halving,
    ising,
    islands,
    laws,
    multivariate,
    needs,
    normal,
    pool,
    reading,
    regression,
    stationary,
    survival,
    writers,
)
from kellet.theory.loop import Loop
from kellet.theory.mixing import Anchored, Prior
from kellet.theory.recursion import Curves, curves

__all__ = [
    "Anchored", "Curves", "Loop", "Prior", "accumulation", "bias", "categorical", "chain", "contamination",
    "coverage", "curves", "drift", "forgetting", "halving", "ising", "islands", "laws", "multivariate", "needs",
    "normal", "pool", "reading", "regression", "stationary", "survival", "writers",
]  # fmt: skip
