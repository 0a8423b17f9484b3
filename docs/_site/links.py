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
ELSEWHERE = re.compile(
    r"""<(?:img|script|link|iframe|source|video)\b[^>]*?(?:src|href)\s*=\s*["']?(?:https?:)?//""", re.I
)

OWNER = "OWNER/kellet"
"""The repository, where nobody knew it yet."""


class Links(SphinxTransform):
    """What MyST doesn't know: a file or folder that is no page, but is there.

    It becomes a link to the repository, if KELLET_REPOSITORY says where that is; else a file is taken into the site.
    """

    default_priority = 100

    def apply(self, **_):
        for node in list(self.document.findall(addnodes.pending_xref)):
            if node.get("reftype") == "myst" and not node["reftarget"].startswith("#"):
                self.look(node)
        for link in list(self.document.findall(nodes.reference)):
            if OWNER in link.get("refuri", ""):
                self.lead_home(link)
        for image in list(self.document.findall(nodes.image)):
            if "//" in image["uri"] and not image["uri"].startswith("data:"):
                # A page asks nobody for anything: a badge is its words.
                replace(image, nodes.inline("", image.get("alt") or image["uri"]))
        for raw in self.document.findall(nodes.raw):
            if ELSEWHERE.search(raw.astext()):
                LOG.warning("HTML that asks for something elsewhere: %.80s", raw.astext(), location=raw)

    def lead_home(self, link):
        """What leads to a repository that nobody knew: of a badge nothing is left where still nobody does."""
        if self.config.repository:
            link["refuri"] = link["refuri"].replace(OWNER, "/".join(self.config.repository.split("/")[-2:]))
        elif all(isinstance(child, nodes.image) for child in link):
            link.parent.remove(link)
        else:
            replace(link, nodes.inline())

    def look(self, node):
        """Leads a link where it belongs; one to a page, or to nothing, is left to others."""
        target, docs = node["reftarget"], Path(self.env.srcdir)
        if node.get("refdomain") == "doc" and target in self.env.found_docs:
            return
        name, _, part = target.partition("#")
        here = Path(self.env.doc2path(self.env.docname)).parent
        if Path(name).is_absolute():  # A page by its suffix, outside the site.
            found, part = Path(f"{name}.md"), node.get("reftargetid") or part
        else:
            found = here / name
        if (self.config.samples_folder / os.path.relpath(found, docs)).exists():
            replace(node, nodes.reference(refuri=target, internal=True))
        elif page := self.find_first_page(os.path.relpath(found, docs)):
            node["refdomain"], node["reftarget"], node["reftargetid"] = "doc", page, None
        elif found.exists():
            replace(node, self.lead_out(found, here, part))

    def find_first_page(self, folder):
        """What is read first in a folder of pages."""
        return next((page for page in (f"{folder}/index", f"{folder}/README") if page in self.env.found_docs), None)

    def lead_out(self, found, here, part):
        if self.config.repository:
            inside = os.path.relpath(found, Path(self.env.srcdir).parent)
            address = f"{self.config.repository}/{'tree' if found.is_dir() else 'blob'}/main/{inside}"
            return nodes.reference(refuri=address + (f"#{part}" if part else ""), internal=False)
        if found.is_dir():
            return nodes.inline()
        return addnodes.download_reference(
            reftarget=os.path.relpath(found, here), refdoc=self.env.docname, refdomain=None
        )


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
