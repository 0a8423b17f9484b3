"""Pages: templates that are filled, whose head, style and policy are said once, and the JavaScript in them."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Sequence
from functools import cache
from hashlib import sha256
from importlib.resources import files
from typing import TYPE_CHECKING

import msgspec
from markupsafe import Markup

from kellet.characters import reveal, reveal_within
from kellet.page.colours import colour, declare, declare_cell
from kellet.version import __version__

if TYPE_CHECKING:
    from jinja2 import Environment

_WORD = "[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefe\U00010800-\U00010fff\U0001e800-\U0001efff]+"
LEFTWARD = re.compile(f"{_WORD}(?:[ \u200c\u200d]+{_WORD})*")
"""Words from right to left, which are isolated: the numbers after them would change places."""


def fill(template: str, room: str = "kellet.page", **values: object) -> str:
    """A template with values in its places, everything escaped but `Markup`, and what can't be seen shown.

    room: whose template; it may extend those of ``kellet.page``."""
    return _environment(room).get_template(template).render(values)


def policy(scripts: Sequence[str] = (), workers: bool = False) -> str:
    """A content security policy: nothing is loaded from anywhere, and only these scripts run.

    workers: whether they may start Workers from texts of their own.

    >>> policy()[:37]
    "default-src 'none'; style-src 'unsafe"
    """
    hashes = " ".join(f"'sha256-{b64encode(sha256(s.encode()).digest()).decode()}'" for s in scripts)
    run = f" script-src {hashes};" if scripts else ""
    run += " worker-src blob:;" if workers else ""
    return f"default-src 'none';{run} style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'"


@cache
def scripts() -> tuple[Markup]:
    """What reads charts to a pointer, and hides arms."""
    text = files(__package__).joinpath("templates", "page.js").read_text(encoding="utf-8")
    return (script(re.sub(r"\s*\n\s*", "\n", text)),)


def script(text: str) -> Markup:
    """JavaScript that can stand inside a script element, and reads there as it was hashed."""
    safe = text.replace("</script", "<\\/script").replace("<!--", "<\\!--")
    return Markup(safe.replace("\r\n", "\n").replace("\r", "\n"))


def embed(value: object) -> Markup:
    """JSON that can stand inside a script element, whatever words it holds."""
    text = msgspec.json.encode(reveal_within(value)).decode()
    # "<" may end the element or begin a comment; line separators end a line in old JavaScript.
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return Markup(text)


@cache
def _environment(room: str) -> Environment:
    from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined

    own = PackageLoader("kellet.page")
    environment = Environment(
        loader=own if room == "kellet.page" else ChoiceLoader([PackageLoader(room), own]),
        autoescape=True, finalize=_finish, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip
    source, *_ = own.get_source(environment, "page.css")
    environment.globals |= {
        "policy": policy,
        "style": Markup(declare() + source),
        "cell_style": Markup(declare_cell() + re.sub(r"\s*\n\s*", "", own.get_source(environment, "cell.css")[0])),
        "version": __version__,
        "colour": colour,
    }
    return environment


def _finish(value: object) -> object:
    """What a template has in a place; `Markup` is finished."""
    if not isinstance(value, str) or isinstance(value, Markup):
        return value
    return LEFTWARD.sub("\u2068\\g<0>\u2069", reveal(value, lines=True))
