"""The workers of a Dask cluster."""

from __future__ import annotations

import multiprocessing
import os
import pickle
import threading
import time
import warnings
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Executor, Future, InvalidStateError
from contextlib import contextmanager, suppress
from functools import cache
from multiprocessing import util
from typing import Any, TypeVar

from kellet.errors import InputError
from kellet.experiment.running.contact import close_quietly, connect
from kellet.experiment.running.supervised import Workers, cores, prepare_environment

Result = TypeVar("Result")

GLANCE = 2.0
"""Seconds between looks at how many workers there are."""
LONELY = 30.0
"""Seconds without any worker after which that is said."""
DESERTED = 600.0
"""Seconds without any worker after which nobody waits for one any more."""


class ClusterPool(Executor):
    """A Dask cluster whose workers have tasks computed in processes of their own, not in theirs.

    A worker keeps house while it computes, and each takes Python's lock from the other; and what kills its process does
    not kill a worker.
    """

    def __init__(self, cluster: Executor):
        self._cluster = cluster
        self._waiting: set[Future[Any]] = set()

    def submit(self, function: Callable[..., Result], /, *arguments: Any, **named: Any) -> Future[Result]:
        """Compute function(*arguments) beside the next worker that is free."""
        from cloudpickle import dumps

        inner = self._cluster.submit(_beside, dumps((function, arguments, named)))
        # One of ours, which may end although Dask's never does.
        future: Future[Result] = Future()
        self._waiting.add(future)

        def end(_: Future[Result]) -> None:
            self._waiting.discard(future)
            inner.cancel()

        future.add_done_callback(end)
        inner.add_done_callback(lambda _: _pass_on(inner, future))
        return future

    def fail(self, error: Exception) -> None:
        """Whatever is still waited for fails."""
        for future in tuple(self._waiting):
            with suppress(InvalidStateError):
                future.set_exception(error)

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Leave the cluster."""
        self._cluster.shutdown(wait=wait, cancel_futures=cancel_futures)


def _pass_on(inner: Future[Result], future: Future[Result]) -> None:
    with suppress(InvalidStateError):
        if inner.cancelled():
            if future.cancel():
                future.set_running_or_notify_cancel()
        elif (error := inner.exception()) is not None:
            future.set_exception(error)
        else:
            future.set_result(inner.result())


_opening = threading.Lock()


def _beside(work: bytes) -> Any:
    """On a worker: compute it in another process, that lives as long as the worker."""
    with _opening:
        pool = _children()
    return pool.submit(_call, work).result()


@cache
def _children() -> Workers:
    if multiprocessing.parent_process() is not None:
        # A nanny's worker may have no children, lest they outlive it: these follow.
        multiprocessing.current_process().daemon = False
        util.Finalize(None, _terminate, exitpriority=10)
        # It would have every block give its memory back after each step.
        os.environ.pop("MALLOC_TRIM_THRESHOLD_", None)
    # What this process read when it began.
    prepare_environment()
    return Workers(cores())


def _call(work: bytes) -> Any:
    function, arguments, named = pickle.loads(work)
    return function(*arguments, **named)


def _terminate() -> None:
    """End children at once: a process that ends waits for them."""
    for child in multiprocessing.active_children():
        child.terminate()


@contextmanager
def dask(address: str, resources: Mapping[str, float] | None = None) -> Iterator[Executor]:
    """The workers of a Dask cluster, through its scheduler's address.

    Dask tries a task again when it loses the worker, and gives it up after ``distributed.scheduler.allowed-failures``
    deaths.  Where no worker is left for `LONELY` seconds that is said, and after `DESERTED` the work ends.  resources:
    what a task needs of a worker, such as {"GPU": 1}; asked for where workers say what they have.
    """
    client = connect(address)
    over = threading.Event()
    try:
        workers = client.scheduler_info(n_workers=-1)["workers"].values()
        there = {name for worker in workers for name in worker.get("resources", {})}
        wanted = {name: amount for name, amount in (resources or {}).items() if name in there}
        pool = ClusterPool(client.get_executor(pure=False, **({"resources": wanted} if wanted else {})))
        threading.Thread(target=_watch, args=(client, pool, over, address), daemon=True).start()
        yield pool
    except ModuleNotFoundError as error:
        raise InputError("workers that have Kellet and all that it needs", error, "installing it there") from None
    finally:
        over.set()
        close_quietly(client)


def _watch(client: Any, pool: ClusterPool, over: threading.Event, address: str) -> None:
    """Say that there is no worker, and after a while fail what waits for one."""
    alone: float | None = None
    told = False
    while not over.wait(GLANCE):
        if client.scheduler_info(n_workers=-1)["workers"]:
            alone, told = None, False
            continue
        alone = time.monotonic() if alone is None else alone
        lasted = time.monotonic() - alone
        if lasted >= DESERTED:
            got = f"none at {address} for {lasted / 60:.0f} minutes"
            pool.fail(InputError("a Dask worker", got, "starting some and running the same again, to go on"))
            return
        if lasted >= LONELY and not told:
            told = True
            warnings.warn(
                f"no Dask worker at {address} for {lasted:.0f} s; waiting for one, {DESERTED / 60:.0f} minutes at most",
                stacklevel=1,
            )
