"""Colours of arms: told apart by colour-blind readers too, and at least three times as light or dark as the page."""

from __future__ import annotations

COLOURS = ("#b33c00", "#c58400", "#007a58", "#c05c96", "#0064a0", "#2f93cf", "#8c6d46", "#737373", "#857a00", "#7a5bd6")
"""On light paper.  The first six are those of M. Okabe and K. Ito, Color Universal Design (2008), without yellow and
black, made darker or lighter until each has a contrast of 3 to the page (WCAG 2.2, criterion
1.4.11) and all are apart for readers without one kind of cones."""
DARK = ("#e0661a", "#ffc951", "#1db58a", "#d67fb3", "#3c9be0", "#a5d7f3", "#b8946a", "#a3a3a3", "#d0c33a", "#a48cf0")
"""The same on dark paper."""


def colour(arm: int) -> str:
    """Of the arm at this place, in CSS; after ten they come again.

    >>> colour(0), colour(10)
    ('var(--hue-0,#b33c00)', 'var(--hue-0,#b33c00)')
    """
    place = arm % len(COLOURS)
    return f"var(--hue-{place},{COLOURS[place]})"


def declare() -> str:
    """The style that gives all colours, for light and for dark."""
    light, dark = map(_list, (COLOURS, DARK))
    return f":root{{{light}}}@media screen and (prefers-color-scheme:dark){{:root{{{dark}}}}}"


NIGHTS = (
    "[data-jp-theme-light=false]", ".vscode-dark", ".vscode-high-contrast:not(.vscode-high-contrast-light)",
    "[theme=dark]", "[data-theme=dark]", "[data-color-mode=dark]",
)  # fmt: skip
"""What notebooks and the sites that show them are marked with while they are dark, whatever the system is: JupyterLab
and nbconvert, VS Code, Colab, sites."""


def declare_cell() -> str:
    """The same for a part of a notebook, which is light unless it is marked."""
    nights = ",".join(f"{night} .kellet" for night in NIGHTS)
    return f".kellet{{{_list(COLOURS)}}}{nights}{{{_list(DARK)}--bad:#ff8a7a;--mid:#f0bd62;--good:#6fd3a0;}}"


def _list(hues: tuple[str, ...]) -> str:
    return "".join(f"--hue-{i}:{hue};" for i, hue in enumerate(hues))
