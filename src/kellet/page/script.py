"""The JavaScript of a page: the drawing library that vl-convert carries, and the few lines that use it."""

from __future__ import annotations

from functools import lru_cache
from importlib.resources import files

import msgspec
from markupsafe import Markup


@lru_cache(maxsize=1)
def library() -> Markup:
    """Vega, Vega-Lite and Vega-Embed as one script.  Bundling takes about a second, once a process."""
    import vl_convert

    return _inside(vl_convert.javascript_bundle())  # type: ignore[call-arg]


@lru_cache(maxsize=1)
def own() -> Markup:
    """Ours."""
    return _inside(files(__package__).joinpath("templates/page.js").read_text(encoding="utf-8"))


def data(value: object) -> Markup:
    """JSON that can stand inside a script element, whatever words it holds."""
    text = msgspec.json.encode(value).decode()
    # "<" may end the element or begin a comment; line separators end a line in old JavaScript.
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return Markup(text)


def _inside(script: str) -> Markup:
    return Markup(
        script.replace("</script", "<\\/script").replace("<!--", "<\\!--").replace("\r\n", "\n").replace("\r", "\n")
    )
