"""Notebooks as pages, with the outputs that are stored in them; nothing is executed."""

import json
import re

from myst_parser.parsers.sphinx_ import MystParser

COLOURS = re.compile(r"\x1b\[[0-9;]*m")


class NotebookParser(MystParser):
    supported = ("ipynb",)

    def parse(self, inputstring, document):
        super().parse(write_page(json.loads(inputstring), document.settings.env.docname), document)


def write_page(notebook, docname):
    """The page in Markdown."""
    name = docname.rpartition("/")[2]
    parts = []
    for cell in notebook["cells"]:
        text = "".join(cell["source"])
        if cell["cell_type"] == "code" and text.strip():
            parts += [fence("python", text), *filter(None, map(write_output, cell["outputs"]))]
        elif cell["cell_type"] == "markdown":
            parts.append(text)
    parts.insert(1, f"This page is a notebook: [{name}.ipynb](path:{name}.ipynb).")
    return "\n\n".join(parts)


def write_output(output):
    """What a cell gave: the richest that a page can show."""
    if output["output_type"] == "stream":
        return fence("out", plain(output["text"]))
    if output["output_type"] == "error":
        return fence("out", plain(output["traceback"]))
    data = output.get("data", {})
    for kind in ("text/html", "image/svg+xml"):
        if kind in data:
            return fence("{raw} html", f'<div class="output">{"".join(data[kind])}</div>')
    if "image/png" in data:
        code = "".join(data["image/png"]).replace("\n", "")
        return fence("{raw} html", f'<div class="output"><img alt="" src="data:image/png;base64,{code}"></div>')
    if "text/markdown" in data:
        return "".join(data["text/markdown"])
    return fence("out", plain(data["text/plain"])) if "text/plain" in data else ""


def plain(text):
    return COLOURS.sub("", "".join(text))


def fence(kind, text):
    longest = max([2, *(len(found) for found in re.findall("`+", text))])
    ticks = "`" * (longest + 1)
    return f"{ticks}{kind}\n{text.rstrip()}\n{ticks}"


def setup(app):
    app.add_source_suffix(".ipynb", "ipynb")
    app.add_source_parser(NotebookParser)
    return {"parallel_read_safe": True}
