"""Short spellings for the command line: arms, families, sizes, names and grids."""

from kellet.experiment.spelling.arms import parse_anchor, parse_arm, parse_curation, parse_draw
from kellet.experiment.spelling.families import FAMILIES, parse_family
from kellet.experiment.spelling.words import parse_grid, parse_kinds, parse_names, parse_size

__all__ = [
    "FAMILIES", "parse_anchor", "parse_arm", "parse_curation", "parse_draw", "parse_family", "parse_grid",
    "parse_kinds", "parse_names", "parse_size",
]  # fmt: skip
