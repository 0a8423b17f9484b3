"""The engine that draws pictures, V8 in vl-convert: where it may not have what it asks for, it kills its process."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any, Literal

from kellet.errors import InputError

ASIDE = """
import json, sys, vl_convert
kind, spec = json.load(sys.stdin)
drawn = vl_convert.vegalite_to_svg(spec).encode() if kind == "svg" else vl_convert.vegalite_to_png(spec, scale=2)
sys.stdout.buffer.write(drawn)
"""


def draw(kind: Literal["svg", "png"], spec: dict[str, Any]) -> bytes:
    """A Vega-Lite specification as a picture.

    V8 reserves a hundred gigabytes of addresses, though it uses few; so under a limit (``ulimit -v``) it draws in a
    process of its own.
    """
    limit = _address_limit()
    if limit is not None:
        found = subprocess.run([sys.executable, "-I", "-c", ASIDE], input=json.dumps([kind, spec]).encode(), capture_output=True, check=False)  # fmt: skip
        if found.returncode:
            got = f"a limit of {limit / 1e9:.3g} GB of addresses, which it does not fit into"
            raise InputError("room for the engine that draws pictures", got, "ulimit -v unlimited")
        return found.stdout
    import vl_convert

    if kind == "png":
        return vl_convert.vegalite_to_png(spec, scale=2)
    drawn: str = vl_convert.vegalite_to_svg(spec)
    return drawn.encode()


def _address_limit() -> int | None:
    """Bytes of addresses that this process may have; None where there is no limit."""
    try:
        import resource
    except ImportError:
        return None
    limit = resource.getrlimit(resource.RLIMIT_AS)[0]
    return None if limit == resource.RLIM_INFINITY else limit
