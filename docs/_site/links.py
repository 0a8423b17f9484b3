"""Links that lead out of the pages: to files of the repository, and to what Kellet itself writes into the site."""

import os.path
import re
from pathlib import Path

from docutils import nodes
from sphinx import addnodes
from sphinx.directives.other import TocTree
from sphinx.transforms import SphinxTransform
from sphinx.util import logging
from sphinx.util.matching import patfilter

LOG = logging.getLogger(__name__)
ELSEWHERE = re.compile(r"""<(?:img|script|link|iframe|source|video)\b[^>]*?(?:src|href)\s*=\s*["']?(?:https?:)?//""", re.I)


class Links(SphinxTransform):
    """What MyST doesn't know: a file or folder that is no page, but is there.

    It becomes a link to the repository, if pyproject.toml says where that is; else a file is taken into the site.
    """

    default_priority = 100

    def apply(self, **_):
        for node in list(self.document.findall(addnodes.pending_xref)):
            if node.get("reftype") == "myst" and not node["reftarget"].startswith("#"):
                self.look(node)
        for image in self.document.findall(nodes.image):
            if "//" in image["uri"] and not image["uri"].startswith("data:"):
                LOG.warning("picture from elsewhere: %s", image["uri"], location=image)
        for raw in self.document.findall(nodes.raw):
            if ELSEWHERE.search(raw.astext()):
                LOG.warning("HTML that asks for something elsewhere: %.80s", raw.astext(), location=raw)

    def look(self, node):
        """Leads a link where it belongs; one to a page, or to nothing, is left to others."""
        target = node["reftarget"]
        if node.get("refdomain") == "doc" and target in self.env.found_docs:
            return
        name, _, part = target.partition("#")
        here = Path(self.env.doc2path(self.env.docname)).parent
        if os.path.isabs(name):  # A page by its suffix, outside the site.
            found = Path(f"{name}.md")
            part = node.get("reftargetid") or part
        elif (self.config.samples_folder / os.path.relpath(here / name, self.env.srcdir)).exists():
            return replace(node, nodes.reference(refuri=target, internal=True))
        else:
            found = here / name
        if not found.exists():
            return
        inside = os.path.relpath(found, Path(self.env.srcdir).parent)
        pages = [page for page in ("index", "README") if f"{os.path.relpath(found, self.env.srcdir)}/{page}" in self.env.found_docs]
        if pages:
            node["refdomain"], node["reftarget"] = "doc", f"{os.path.relpath(found, self.env.srcdir)}/{pages[0]}"
            node["reftargetid"] = None
        elif self.config.repository:
            kind = "tree" if found.is_dir() else "blob"
            address = f"{self.config.repository}/{kind}/main/{inside}" + (f"#{part}" if part else "")
            replace(node, nodes.reference(refuri=address, internal=False))
        elif found.is_file():
            reference = os.path.relpath(found, here)
            replace(node, addnodes.download_reference(reftarget=reference, refdoc=self.env.docname, refdomain=None))
        else:
            replace(node, nodes.inline())


class Pages(TocTree):
    """A toctree that takes in what is there: a pattern that nothing matches yet is no mistake."""

    def run(self):
        here = self.env.docname.rpartition("/")[0]
        there = [os.path.relpath(page, here or ".") for page in self.env.found_docs]
        if "glob" in self.options:
            self.content = [one for one in self.content if "*" not in one or patfilter(there, one)]
        return super().run()


def replace(node, other):
    other += node.children
    node.replace_self(other)


def setup(app):
    app.add_config_value("repository", "", "env", str)
    app.add_transform(Links)
    app.add_directive("toctree", Pages, override=True)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
