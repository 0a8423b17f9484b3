"""The engine that draws pictures, V8 in vl-convert: where it may not have what it asks for, it kills its process."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any, Literal

from kellet.errors import InputError

ASIDE = """
import json, sys, vl_convert
name, given = json.load(sys.stdin)
made = getattr(vl_convert, name)(**given)
sys.stdout.buffer.write(made if isinstance(made, bytes) else made.encode())
"""


def draw(kind: Literal["svg", "png"], spec: dict[str, Any]) -> bytes:
    """A Vega-Lite specification as a picture."""
    return _ask(f"vegalite_to_{kind}", {"vl_spec": spec} | ({"scale": 2} if kind == "png" else {}))


def bundle() -> str:
    """The scripts that draw in a browser."""
    return _ask("javascript_bundle", {}).decode()


def _ask(name: str, given: dict[str, Any]) -> bytes:
    """What vl-convert makes.

    V8 reserves a hundred gigabytes of addresses, though it uses few; so under a limit (``ulimit -v``) it works in a
    process of its own.
    """
    limit = _address_limit()
    if limit is None:
        import vl_convert

        made: str | bytes = getattr(vl_convert, name)(**given)
        return made if isinstance(made, bytes) else made.encode()
    told = json.dumps([name, given]).encode()
    found = subprocess.run([sys.executable, "-I", "-c", ASIDE], input=told, capture_output=True, check=False)
    if found.returncode:
        got = f"a limit of {limit / 1e9:.3g} GB of addresses, which it does not fit into"
        raise InputError("room for the engine that draws pictures", got, "ulimit -v unlimited")
    return found.stdout


def _address_limit() -> int | None:
    """Bytes of addresses that this process may have; None where there is no limit."""
    try:
        import resource
    except ImportError:
        return None
    limit = resource.getrlimit(resource.RLIMIT_AS)[0]
    return None if limit == resource.RLIM_INFINITY else limit
