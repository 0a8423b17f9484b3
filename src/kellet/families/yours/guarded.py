"""Somebody's own model: whatever it does wrong ends its replicate, explained in one line, and nothing else."""

from __future__ import annotations

import hashlib
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from kellet.errors import InputError
from kellet.evidence import Points
from kellet.families.family import NO_POINTS, NOT_FINITE
from kellet.families.yours.warned import Warned

Write = Callable[[int, Generator], Any]
Lesson = tuple[Any, Write, str | None]
NO_NUMBER, NO_TOKEN = np.float64(np.nan), np.int32(-1)
"""What is written where nothing was learnt."""
LONGEST = 300


class Failure(Exception):  # noqa: N818
    """What somebody's model did wrong, in words; caught here and explained to people."""


class _Alarm(BaseException):
    """Time is up.  No Exception, so that what somebody's code does about errors lets it pass."""


@contextmanager
def limit(what: str, seconds: float | None) -> Iterator[None]:
    """A Failure where Python code inside takes longer.

    An alarm ends it, which only the first thread of a process hears, and only between two instructions of Python: in
    other threads, and in a call of compiled code that never returns, there is no limit.
    """
    if seconds is None or threading.current_thread() is not threading.main_thread() or not hasattr(signal, "SIGALRM"):
        yield
        return

    def ring(*_: object) -> None:
        raise _Alarm

    before = signal.signal(signal.SIGALRM, ring)
    try:
        # Again every second, in case somebody catches everything.
        signal.setitimer(signal.ITIMER_REAL, seconds, 1.0)
        yield
    except _Alarm:
        raise Failure(f"{what} was stopped after {seconds:g} seconds") from None
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0.0)
        signal.signal(signal.SIGALRM, before)


def fold(warned: Warned | None) -> AbstractContextManager[None]:
    """Warnings inside are counted, where anybody does."""
    return nullcontext() if warned is None else warned.fold()


@dataclass(frozen=True, eq=False)
class Guest:
    """What somebody's own model learnt, for one replicate.

    shape, dtype: of one point.  thing: what the next generation gets as the previous one.  write: (n, rng)
    -> n points, not yet checked.  reason: why nothing was learnt, an outcome.  failures: what the model did wrong, in
    order; from the first of them on the replicate has *failed*, which says nothing about collapse.  timeout: seconds
    that writing may take.  gaps: columns in which a number may be missing, NaN.  blank: what is written where nothing
    was learnt.  warned: counts what its code warns of.
    """

    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    generation: int = 0
    thing: Any = None
    write: Write | None = None
    reason: str | None = None
    failures: list[str] = field(default_factory=list)
    timeout: float | None = None
    gaps: tuple[int, ...] = ()
    blank: np.generic = NO_NUMBER
    warned: Warned | None = None

    @property
    def failure(self) -> str | None:
        """What it did wrong first, or None."""
        return self.failures[0] if self.failures else None

    @property
    def failed(self) -> NDArray[np.bool_]:
        return np.array([bool(self.failures)])

    @property
    def collapsed(self) -> NDArray[np.bool_]:
        return np.array([self.reason is not None or bool(self.failures)])

    def sample(self, n: int, rng: Generator) -> Points:
        if self.write is not None and self.reason is None and not self.failures and n:
            what = f"sample({n})"
            try:
                with limit(what, self.timeout), fold(self.warned):
                    written = self.write(n, rng)
                return Points(check_points(written, n, self.shape, self.dtype, self.gaps)[None])
            except (Exception, SystemExit) as error:
                self.failures.append(explain(error, what))
        return Points(np.full((1, n, *self.shape), self.blank))


def learn(
    teach: Callable[[int], Lesson],
    values: NDArray[Any],
    previous: object = None,
    probe: Generator | None = None,
    timeout: float | None = None,
    gaps: tuple[int, ...] = (),
    blank: np.generic = NO_NUMBER,
    warned: Warned | None = None,
) -> Guest:
    """Let somebody's code learn from points (n, ...), and tell a failure of the code from an outcome of the loop.

    teach: number of the generation -> (thing, how it writes, why it learnt nothing if so).  probe: write two points
    with it at once, to see that the model can.  timeout: seconds that each of the two may take.  A replicate that
    failed is not tried again.  What code raises on points that are all the same is an outcome: nothing was left to
    learn.
    """
    before = previous if isinstance(previous, Guest) else None
    generation = before.generation + 1 if before else 0
    about = partial(Guest, values.shape[1:], values.dtype, generation, timeout=timeout, gaps=gaps)
    about = partial(about, blank=blank, warned=warned)
    if before and before.failures:
        return about(failures=before.failures)
    if not len(values):
        return about(reason=NO_POINTS)
    if not are_finite(values, gaps):
        return about(reason=f"{NOT_FINITE}, as where a model learnt nothing")
    what = "fit"
    try:
        with limit(what, timeout), fold(warned):
            guest = about(*teach(generation))
        if probe and guest.write and guest.reason is None:
            what = "sample(2)"
            with limit(what, timeout), fold(warned):
                written = guest.write(2, probe)
            check_points(written, 2, values.shape[1:], values.dtype, gaps)
    except InputError:
        raise
    # Somebody's code may raise anything, and for the loop that is no crash.
    except (Exception, SystemExit) as error:
        why = explain(error, what)
        known = np.nan_to_num(values)
        if np.ptp(known, axis=0).max(initial=0.0) <= 1e-12 * np.abs(known).max(initial=0.0):
            return about(reason=f"nothing to learn from points that are all the same: {why}")
        return about(failures=[why])
    return guest


def check_points(
    written: Any, n: int, shape: tuple[int, ...], dtype: np.dtype[Any], gaps: tuple[int, ...] = ()
) -> NDArray[Any]:
    """(n, *shape): what was written, if that is what it is and finite but for gaps; else a Failure."""
    try:
        values = np.asarray(written)
        if dtype.kind == "f" or values.dtype.kind not in "biu":
            values = values.astype(dtype if dtype.kind == "f" else np.float64)
    except (TypeError, ValueError) as error:
        raise Failure(f"sample({n}) wrote what is no array of numbers: {_find_line(error)}") from None
    if values.ndim == 0 or len(values) != n:
        raise Failure(f"sample({n}) wrote {'one number' if values.ndim == 0 else f'{len(values)} rows'}")
    width = int(np.prod(shape))
    if values[0].size != width:
        raise Failure(f"sample({n}) wrote rows of {values[0].size} numbers where it learnt from rows of {width}")
    if not are_finite(values, gaps):
        raise Failure(f"sample({n}) wrote values that are not finite")
    return values.reshape(n, *shape)


def are_finite(values: NDArray[Any], gaps: tuple[int, ...] = ()) -> bool:
    """Whether all points (n, ...) are numbers, those of columns with gaps perhaps missing."""
    sound = np.isfinite(values)
    if gaps:
        sound[:, gaps] |= np.isnan(values[:, gaps])
    return bool(sound.all())


def read_points(evidence: Points) -> NDArray[Any]:
    """(n, ...): the points of the one replicate; those of weight 0 are left out, and other weights are refused."""
    values = evidence.values[0]
    if evidence.weights is None:
        return values  # type: ignore[no-any-return]
    if not np.isin(evidence.weights[0], (0.0, 1.0)).all():
        expected = "points that count once or not at all, for an adapted model"
        raise InputError(expected, "fractional weights", "weight = 1")
    return values[evidence.weights[0] > 0]  # type: ignore[no-any-return]


def check_contents(files: list[Path], before: str | None) -> str | None:
    """The digest of somebody's own files, None where there are none; other contents than before are refused."""
    each = b"".join(hashlib.sha256(file.read_bytes()).digest() for file in files)
    found = hashlib.sha256(each).hexdigest()[:16] if files else None
    if before is not None and found != before:
        other = f"other contents of {', '.join(map(str, files)) or 'the files that it names, which are not here'}"
        attempt = "calling from the same folder, or removing `contents` and taking another --out"
        raise InputError("the program as it was when the experiment was made", other, attempt)
    return found


def explain(error: BaseException, what: str) -> str:
    """In one line what went wrong."""
    words = str(error) if isinstance(error, Failure) else f"{what} raised {type(error).__name__}: {_find_line(error)}"
    return words[:LONGEST].rstrip(": ")


def _find_line(error: BaseException) -> str:
    return next((line.strip() for line in str(error).splitlines() if line.strip()), "")
