"""Pages: templates that are filled, whose head, style and policy are said once."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence
from functools import cache
from hashlib import sha256
from typing import TYPE_CHECKING

from markupsafe import Markup

from kellet.version import __version__

if TYPE_CHECKING:
    from jinja2 import Environment


def fill(template: str, room: str = "kellet.page", **values: object) -> str:
    """A template with values in its places, everything escaped but `Markup`.  room: whose template; it may extend
    those of ``kellet.page``."""
    return _environment(room).get_template(template).render(values)


def policy(scripts: Sequence[str] = ()) -> str:
    """A content security policy: nothing is loaded from anywhere, and only these scripts run.

    >>> policy()[:37]
    "default-src 'none'; style-src 'unsafe"
    """
    hashes = " ".join(f"'sha256-{b64encode(sha256(s.encode()).digest()).decode()}'" for s in scripts)
    run = f" script-src {hashes};" if scripts else ""
    return f"default-src 'none';{run} style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'"


@cache
def _environment(room: str) -> Environment:
    from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined

    own = PackageLoader("kellet.page")
    environment = Environment(
        loader=own if room == "kellet.page" else ChoiceLoader([PackageLoader(room), own]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    source, *_ = own.get_source(environment, "page.css")
    environment.globals |= {"policy": policy, "style": Markup(source), "version": __version__}
    return environment
