"""Pictures that are drawn here, as SVG, and take the colours of what they stand in."""

from __future__ import annotations

from dataclasses import dataclass

from markupsafe import Markup


@dataclass(frozen=True)
class Picture:
    """shown: what a page has in its place.  caption: how to read it.

    A page shows SVG of the class ``wide``, a phone that of the class ``narrow``, which hides itself elsewhere.
    """

    title: str
    shown: Markup
    caption: str = ""
