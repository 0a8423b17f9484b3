"""How the site is built: `make docs`, or `sphinx-build -W --keep-going docs build/site`; without a network."""

import os
import sys
from pathlib import Path

DOCS = Path(__file__).parent
sys.path[:0] = [str(DOCS.parent / "src"), str(DOCS)]

from kellet.version import __version__  # noqa: E402

# Whoever publishes says where the repository is, as for a release.
repository = os.environ.get("KELLET_REPOSITORY", "").rstrip("/")

project = "Kellet"
author = "The Kellet authors"
project_copyright = f"{author}, Apache-2.0"
version = release = __version__

extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "_site.commands",
    "_site.docstrings",
    "_site.links",
    "_site.mathematics",
    "_site.notebooks",
    "_site.samples",
    "_site.schemas",
]
exclude_patterns = ["_site", "images", "_templates", "_static", "**.ipynb_checkpoints"]
# A page is read as what it is on a code host, too.
myst_enable_extensions = ["attrs_inline", "colon_fence", "deflist", "dollarmath"]
myst_heading_anchors = 6
# Single backquotes in a docstring are a public name, or else plain code.
default_role = "py:obj"
# -- is an option, and no dash.
smartquotes = False
highlight_language = "none"

autodoc_member_order = "bysource"
autodoc_typehints = "signature"
autodoc_default_options = {
    "members": True,
    "inherited-members": "Struct,Exception,Executor,ModuleType,dict,IterableDataset",
}
autodoc_type_aliases = {"Array": "Array", "Numbers": "Numbers"}
python_maximum_signature_line_length = 90
python_display_short_literal_types = True
toc_object_entries_show_parents = "hide"

html_theme = "furo"
html_title = "Kellet"
html_static_path = ["_static"]
templates_path = ["_templates"]
html_css_files = ["site.css"]
html_favicon = "_static/kellet.svg"
html_math_renderer = "mathml"
html_copy_source = False
html_show_sphinx = False
html_theme_options = {"source_repository": repository, "source_branch": "main", "source_directory": "docs/"}
if not repository:
    html_theme_options = {}
