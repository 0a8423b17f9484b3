"""Formulas as MathML, made when the site is built: no script, and one font, cut down to the signs that may occur."""

import logging as standard
import re
from importlib.util import find_spec
from pathlib import Path

from docutils import nodes
from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTFont
from latex2mathml.converter import convert
from sphinx.util import logging
from sphinx.util.math import get_node_equation_number

LOG = logging.getLogger(__name__)
UNKNOWN = re.compile(r"(\\[bB]igg?[lr]?)\\[lr]vert\b")
"""What latex2mathml takes for no bar."""
UPRIGHT = re.compile(r"<mi>(&#x0039[0-9A-F];|&#x003A[0-9A-F];)</mi>")
"""Greek capitals, which TeX doesn't slant."""
FONT = "STIXTwoMath.woff"
SIGNS = (
    (0x20, 0x7E), (0xA0, 0xFF), (0x300, 0x36F), (0x391, 0x3F5), (0x2010, 0x205F), (0x2100, 0x214F), (0x2190, 0x21FF),
    (0x2200, 0x22FF), (0x2308, 0x230B), (0x23DC, 0x23E1), (0x27E8, 0x27E9), (0x1D400, 0x1D467), (0x1D49C, 0x1D4CF),
    (0x1D538, 0x1D56B), (0x1D6A4, 0x1D71B), (0x1D7CE, 0x1D7E1),
)  # fmt: skip
"""Ranges of Unicode: Latin, Greek, arrows, operators, brackets, and the slanted and script letters of formulas."""


def draw(node, display):
    """The MathML of a formula; what TeX knows and we don't is a warning, which fails the build."""
    text = node.astext()
    made = UPRIGHT.sub(r'<mi mathvariant="normal">\1</mi>', convert(UNKNOWN.sub(r"\1|", text), display=display))
    if "\\" in made:
        LOG.warning("formula that can't be drawn: %s", text, location=node)
    return made


def visit_inline(self, node):
    self.body.append(draw(node, "inline"))
    raise nodes.SkipNode


def visit_block(self, node):
    self.body.append(self.starttag(node, "div", CLASS="math"))
    if node["number"]:
        self.body.append(f'<span class="eqno">({get_node_equation_number(self, node)})</span>')
    self.body.append(draw(node, "block") + "</div>\n")
    raise nodes.SkipNode


def write_font(app, failed):
    """STIX Two Math (SIL OFL 1.1), which the package ziamath carries, without the signs that no formula needs."""
    path = Path(app.outdir) / "_static" / FONT
    if failed or app.builder.format != "html" or path.exists():
        return
    standard.getLogger("fontTools").setLevel(standard.ERROR)
    font = TTFont(Path(find_spec("ziamath").origin).parent / "fonts" / "STIXTwoMath-Regular.ttf")
    # Its copyright and its licence stay in it.
    kept = [*range(8), 13, 14]
    options = Options(layout_features=["math", "ssty", "dtls", "flac"], hinting=False, name_IDs=kept)
    subsetter = Subsetter(options)
    subsetter.populate(unicodes=[sign for first, last in SIGNS for sign in range(first, last + 1)])
    subsetter.subset(font)
    font.flavor = "woff"
    font.save(path)


def setup(app):
    app.add_html_math_renderer("mathml", (visit_inline, None), (visit_block, None))
    app.connect("build-finished", write_font)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
