"""Charts: pictures made of Vega-Lite specifications, once, and the colours of arms in them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from markupsafe import Markup

from kellet.characters import reveal_within
from kellet.errors import InputError
from kellet.page.engine import draw

Spec = dict[str, Any]
"""A Vega-Lite specification."""
COLOURS = ("#d55e00", "#e69f00", "#009e73", "#cc79a7", "#0072b2", "#56b4e9", "#8c6d46", "#7f7f7f", "#b8a90f", "#7a5bd6")
"""Told apart by colour-blind readers too, on white and on black; the first seven are those of M. Okabe and K. Ito,
Color Universal Design (2008), without yellow and black."""
LOOK: Spec = {
    "$schema": "https://vega.github.io/schema/vega-lite/v5.json", "background": "white", "padding": 12,
    "config": {"font": "sans-serif", "view": {"stroke": None}, "title": {"fontSize": 12, "anchor": "start"}},
}  # fmt: skip
"""What all charts have in common."""


@dataclass(frozen=True)
class Chart:
    """A picture.  spec: what is drawn, in Vega-Lite, but for its `LOOK`.  caption: how to read it."""

    title: str
    spec: Spec
    caption: str = ""

    @property
    def _drawn(self) -> Spec:
        # The engine ends the process where a name holds what XML can't.
        drawn: Spec = reveal_within(LOOK | self.spec)
        return drawn

    @cached_property
    def svg(self) -> Markup:
        """The picture as it stands in a page, which scales it."""
        drawn = draw("svg", self._drawn).decode()
        return Markup(drawn.replace("<svg ", '<svg style="max-width:100%;height:auto" ', 1))

    @cached_property
    def png(self) -> bytes:
        """The picture in dots."""
        return draw("png", self._drawn)

    @cached_property
    def shown(self) -> Markup:
        """The picture, or a sentence where it can't be drawn: nothing else on the page is lost by that."""
        try:
            return self.svg
        except InputError as error:
            return Markup("<p><em>This picture could not be drawn: {}</em></p>").format(str(error))


def colour(arm: int) -> str:
    """Of the arm at this place; after ten they come again."""
    return COLOURS[arm % len(COLOURS)]
