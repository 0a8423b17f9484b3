"""The scheduler of a Dask cluster: whether one answers at an address, and whether it is of our versions."""

from __future__ import annotations

import logging
import re
import socket
import struct
import warnings
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

from kellet.errors import InputError, extra

CONTACT = 4.0
"""Seconds in which a scheduler must answer."""
GREETING = 2**20
"""Bytes that the first words of a scheduler never have."""
SAME = {"python", "dask", "distributed", "cloudpickle", "msgpack"}
"""Of which two versions can't talk to each other."""
ROW = re.compile(r"^\|\s*(\S+)\s*\|\s*(.*?)\s*\|\s*(.*?)\s*\|\s*(.*?)\s*\|$", re.MULTILINE)


def connect(address: str) -> Any:
    """A client of the scheduler at an address."""
    try:
        from distributed import Client
        from distributed.versions import VersionMismatchWarning
    except ImportError:
        raise InputError("Dask", "it is not installed", extra("cluster")) from None
    # A connection that ends is told by us, in a line.
    for name in ("distributed", "distributed.client", "distributed.core", "distributed.comm"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
    # Before Dask tries: its client waits for ever for whoever is silent, and when it gives up it tells it at length.
    _greet(address)
    client: Any = Client.__new__(Client)
    with warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("ignore")
        warnings.simplefilter("always", VersionMismatchWarning)
        try:
            client.__init__(address, timeout=CONTACT, set_as_default=False)
        # Of an answer that is none of Dask's: of other versions it may be anything.
        except (OSError, TimeoutError, ValueError, TypeError, ImportError, RuntimeError, KeyError) as error:
            close_quietly(client)
            raise _refuse(address, error) from None
    try:
        for warning in heard:
            _compare(address, str(warning.message))
    except InputError:
        close_quietly(client)
        raise
    return client


def close_quietly(client: Any) -> None:
    """Leave a scheduler, though it may be gone."""
    with suppress(OSError, TimeoutError, RuntimeError, AttributeError, AssertionError):
        client.close(timeout=CONTACT)
    # Else it tries again when it is forgotten.
    client.status = "closed"


def _refuse(address: str, error: object) -> InputError:
    return InputError(
        "the address of a Dask scheduler that answers", f"{address}: {error}", "--address tcp://HOST:8786"
    )


def _greet(address: str) -> None:
    """Whether somebody there begins to speak as schedulers do, with the length of what they say."""
    try:
        parts = urlsplit(address if "://" in address else f"tcp://{address}")
        host, port = parts.hostname, parts.port
        if parts.scheme not in ("tcp", "tls", "ws", "wss", "ucx"):
            raise _refuse(address, f"no way to speak is called {parts.scheme}://")
        if not host or not port:
            raise _refuse(address, "no port in it")
        with socket.create_connection((host, port), CONTACT) as speaking:
            if parts.scheme != "tcp":
                return
            speaking.settimeout(CONTACT)
            said = speaking.recv(8, socket.MSG_WAITALL)
    except TimeoutError:
        raise _refuse(address, f"silence for {CONTACT:g} seconds") from None
    except OSError as error:
        raise _refuse(address, error.strerror or error) from None
    except InputError:
        raise
    except ValueError as error:
        raise _refuse(address, error) from None
    if len(said) < 8 or struct.unpack("<Q", said)[0] > GREETING:
        raise _refuse(address, "somebody there who is no scheduler")


def _compare(address: str, table: str) -> None:
    """What Dask has found of versions that differ: refused or said, in a line."""
    rows = [row for row in ROW.findall(table) if row[0] != "Package"]
    grave = [row for row in rows if row[0] in SAME]
    told = "; ".join(
        f"{name} {ours} here, {theirs} there"
        + (f", {workers} at its workers" if workers not in ("None", theirs) else "")
        for name, ours, theirs, workers in grave or rows
    )
    if grave:
        raise InputError(f"the versions that are here, at {address} too", told, "installing the same there and here")
    if told:
        warnings.warn(
            f"other versions at {address}: {told}; numbers repeat bit for bit only under one NumPy", stacklevel=4
        )
