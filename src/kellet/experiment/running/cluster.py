"""The workers of a Dask cluster."""

from __future__ import annotations

import multiprocessing
import os
import pickle
import threading
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Executor, Future
from contextlib import contextmanager
from functools import cache
from multiprocessing import util
from typing import Any, TypeVar

from kellet.errors import InputError, extra
from kellet.experiment.running.supervised import Workers, cores, prepare_environment

Result = TypeVar("Result")

CONTACT = 10.0
"""Seconds in which a scheduler must answer."""


class ClusterPool(Executor):
    """A Dask cluster whose workers have tasks computed in processes of their own, not in theirs.

    A worker keeps house while it computes, and each takes Python's lock from the other; and what kills its process does
    not kill a worker.
    """

    def __init__(self, cluster: Executor):
        self._cluster = cluster

    def submit(self, function: Callable[..., Result], /, *arguments: Any, **named: Any) -> Future[Result]:
        """Compute function(*arguments) beside the next worker that is free."""
        from cloudpickle import dumps

        return self._cluster.submit(_beside, dumps((function, arguments, named)))

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Leave the cluster."""
        self._cluster.shutdown(wait=wait, cancel_futures=cancel_futures)


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
    deaths.  resources: what a task needs of a worker, such as {"GPU": 1}; asked for where workers say what they have.
    """
    try:
        from distributed import Client
    except ImportError:
        raise InputError("Dask", "it is not installed", extra("cluster")) from None
    try:
        client: Any = Client(address, timeout=CONTACT, set_as_default=False)  # type: ignore[no-untyped-call]
    except (OSError, TimeoutError, ValueError) as error:
        raise InputError(
            "the address of a Dask scheduler that answers", f"{address}: {error}", "--address tcp://HOST:8786"
        ) from None
    try:
        workers = client.scheduler_info(n_workers=-1)["workers"].values()
        there = {name for worker in workers for name in worker.get("resources", {})}
        wanted = {name: amount for name, amount in (resources or {}).items() if name in there}
        yield ClusterPool(client.get_executor(pure=False, **({"resources": wanted} if wanted else {})))
    finally:
        client.close()
