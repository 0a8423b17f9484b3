"""Processes of this machine, any of which may die."""

from __future__ import annotations

import atexit
import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import BrokenExecutor, CancelledError, Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import contextmanager
from multiprocessing import resource_tracker
from typing import Any, TypeVar

from kellet.errors import InputError, Stopped
from kellet.experiment.running.meter import remove_notes
from kellet.imports import OURS, SAFE

Result = TypeVar("Result")

THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "POLARS_MAX_THREADS")

GRACE = 5.0
"""Seconds in which a worker that is asked to must have ended."""
ENDED = 128 + 15
"""Its exit code then."""


def cores() -> int:
    """How many processes this machine runs side by side."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def prepare_environment() -> None:
    """What processes find that are started from now on: one thread each, and data that lie around are no modules."""
    os.environ.update(dict.fromkeys(THREADS, "1"))
    os.environ.setdefault(SAFE, OURS)


class Workers(Executor):
    """Processes of this machine, any of which may die; as many as there were tasks at once, ``jobs`` at most.

    Each has one task at a time and is a pool of its own, so its death takes that task along and no other, as a broken
    future; the next task finds a new process.
    """

    def __init__(self, jobs: int):
        self._threads = ThreadPoolExecutor(jobs)
        self._mine = threading.local()
        self._all: list[ProcessPoolExecutor] = []
        self._stopping = False

    def submit(self, function: Callable[..., Result], /, *arguments: Any, **named: Any) -> Future[Result]:
        """Compute function(*arguments) in the next process that is free."""
        return self._threads.submit(self._compute, function, *arguments, **named)

    def _compute(self, function: Callable[..., Result], /, *arguments: Any, **named: Any) -> Result:
        pool: ProcessPoolExecutor | None = getattr(self._mine, "pool", None)
        if pool is None:
            # A forked child would inherit locks that polars' threads hold.
            pool = ProcessPoolExecutor(1, multiprocessing.get_context("spawn"), initializer=_follow)
            self._all.append(pool)
            try:
                pool.submit(abs, 0).result()
            except BrokenExecutor as error:
                # No task's fault, and no better the next time.
                raise InputError(
                    "processes that can start",
                    str(error).rstrip("."),
                    "calling from under `if __name__ == '__main__':`, or jobs=1",
                ) from None
            self._mine.pool = pool
        try:
            if self._stopping:
                raise CancelledError
            return pool.submit(_compute_stoppably, function, *arguments, **named).result()
        except BrokenExecutor:
            self._mine.pool = None
            self._all.remove(pool)
            pool.shutdown(wait=False)
            raise

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """End, when what is being computed is done."""
        self._threads.shutdown(wait=wait, cancel_futures=cancel_futures)
        for pool in self._all:
            pool.shutdown(wait=wait, cancel_futures=cancel_futures)

    def stop(self) -> None:
        """End at once; what is being computed cleans up behind itself, and its programs end."""
        self._stopping = True
        self._threads.shutdown(wait=False, cancel_futures=True)
        # Its only process; there is no other way to it.
        children = [child for pool in list(self._all) for child in list((pool._processes or {}).values())]
        for child in children:
            child.terminate()
        until = time.monotonic() + GRACE
        for child in children:
            child.join(max(0.0, until - time.monotonic()))
            child.kill()


@contextmanager
def local(jobs: int) -> Iterator[Executor]:
    """Processes of one thread each: two threads on two shared cores are slower than one."""
    if getattr(multiprocessing.current_process(), "_inheriting", False):
        # A script without a guard, that a process which it started reads once more: it is told there, once.
        os._exit(1)
    try:
        _deafen()
        multiprocessing.get_context("spawn").Lock()
    except OSError as error:
        got = f"none in /dev/shm: {error.strerror}"
        raise InputError("shared memory for processes side by side", got, "--jobs 1, or mounting it") from None
    before = {name: os.environ.get(name) for name in (*THREADS, SAFE)}
    prepare_environment()
    try:
        with Workers(jobs) as pool:
            try:
                yield pool
            except (KeyboardInterrupt, Stopped):
                pool.stop()
                raise
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


def _deafen() -> None:
    """Python's counter of semaphores ends in order when all who use it have ended, and not with a terminal."""
    if hasattr(signal, "SIGHUP") and threading.current_thread() is threading.main_thread():
        before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
        resource_tracker.ensure_running()
        signal.signal(signal.SIGHUP, before)


def _follow() -> None:
    """End with the process that started this one: a run that was killed leaves no processes behind."""
    parent = multiprocessing.parent_process()

    def wait() -> None:
        if parent is not None:
            parent.join()
        remove_notes()
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(GRACE)
        os._exit(1)

    # Of Ctrl-C at a terminal, and of its end, all hear: the first process tells the others.
    for name in ("SIGINT", "SIGHUP"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), lambda *_: None)
    signal.signal(signal.SIGTERM, lambda *_: os._exit(ENDED))
    threading.Thread(target=wait, daemon=True).start()


def _compute_stoppably(function: Callable[..., Result], /, *arguments: Any, **named: Any) -> Result:
    """In a worker: SIGTERM ends what is computed in order, and then the worker."""

    def stop(number: int, _: object) -> None:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        raise Stopped(number)

    before = signal.signal(signal.SIGTERM, stop)
    try:
        return function(*arguments, **named)
    except Stopped:
        # What is to be done at the end of a process, and then no word about it.
        atexit._run_exitfuncs()
        os._exit(ENDED)
    finally:
        signal.signal(signal.SIGTERM, before)
