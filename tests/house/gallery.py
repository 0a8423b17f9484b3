"""The gallery of papers as a page of the documentation.

``python tests/house/gallery.py DIR`` writes docs/gallery.md, its pictures and docs/images/gallery/findings.json anew,
from what ``kellet reproduce --all -o DIR`` left there.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec

import kellet
from kellet.gallery.catalogue import NAMES, find
from kellet.gallery.reproducing import read_all
from kellet.gallery.reproduction import Gallery, Reproduction, tabulate
from kellet.page.chart import Chart, collect
from kellet.page.table import Table

ROOT = Path(kellet.__file__).parents[2]
PAGE = ROOT / "docs" / "gallery.md"
PICTURES = ROOT / "docs" / "images" / "gallery"
FINDINGS = PICTURES / "findings.json"
HEAD = """\
# Papers redone

What the field has found about model collapse, redone by one command each. {sentence}

```sh
kellet reproduce --list
kellet reproduce accumulation
kellet reproduce --all       # {minutes:.0f} minutes on two cores; after a kill, run it again to resume
```

**How to read it.** A number agrees where the published one lies in the interval of ours, in which the exact value
lies in 99.9 % of repetitions, or as near as its rounding. A paper *agrees* if all its numbers do and all that it says
in words holds; it *agrees in direction* if all that it says in words holds, but a number does not, or none could be
compared; it *differs* if something that it says does not hold here, and *can't tell* where our intervals leave that
open. The verdict follows from the readings by that rule; nobody sets it. Most settings are smaller than the papers'
own, and each section says what differs. Published numbers say where they are from: a formula, the text, the authors'
raw results (logs), a point read off a chart, or a summary alone.
"""


def read_findings() -> dict[str, Reproduction]:
    """What the page was written from, without charts."""
    return msgspec.json.decode(FINDINGS.read_bytes(), type=dict[str, Reproduction])


def render(found: dict[str, Reproduction]) -> str:
    """The page."""
    papers = tuple(map(find, NAMES))
    gallery = Gallery(papers, found)
    minutes = sum(one.seconds for one in found.values()) / 60
    rows = [
        (f"[{paper.title}](#{_address(paper.title)})", paper.by, found[paper.name].verdict,
         f"{found[paper.name].seconds:.0f}")
        for paper in papers
    ]  # fmt: skip
    summary = Table("", ("result", "by", "verdict", "seconds"), tuple(rows), align="lllr")
    parts = [HEAD.format(sentence=gallery.sentence, minutes=minutes), *_table(summary)]
    for paper in papers:
        known = found[paper.name]
        parts += [
            "", f"## {paper.title}", "", f"**{known.verdict.capitalize()}.** {known.why}", "",
        ]  # fmt: skip
        if (PICTURES / f"{paper.name}.svg").exists():
            parts += [
                f"![{paper.title}: curves, whose numbers are in the tables below](images/gallery/{paper.name}.svg)",
                "",
            ]
        for table in tabulate(known.readings):
            parts += [*_table(table), ""]
        parts += [f"**They say.** {paper.claim}", "", f"**Here.** {paper.setting}", ""]
        parts += [f"* {source}" for source in paper.sources]
        parts += ["", "```sh", f"kellet reproduce {paper.name}", "```"]
        if paper.toml:
            parts += [
                "",
                "<details><summary>The experiment</summary>",
                "",
                "```toml",
                paper.toml.rstrip(),
                "```",
                "",
                "</details>",
            ]
    return "\n".join(parts) + "\n"


def _address(heading: str) -> str:
    """Of a heading, as code hosts and MyST make it."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def _table(table: Table) -> Iterator[str]:
    yield f"| {' | '.join(table.headings)} |"
    yield "|" + "|".join("---:" if table.right(i) else "---" for i in range(len(table.headings))) + "|"
    for row in table.rows:
        yield f"| {' | '.join(cell.replace('|', '∣').replace(chr(10), ', ') for cell in row)} |"


def _head(charts: Sequence[Chart]) -> list[str]:
    """What stands above the pictures: their titles, from left to right."""
    sides = ("Left: ", "Right: ") if len(charts) == 2 else ("",) * len(charts)
    return [f"{side}{chart.title}" for side, chart in zip(sides, charts, strict=True)]


def main(folder: str) -> None:
    """Write it."""
    gallery = read_all(Path(folder))
    PICTURES.mkdir(parents=True, exist_ok=True)
    for name, known in gallery.found.items():
        if charts := known.finding().charts:
            (PICTURES / f"{name}.svg").write_text(collect(list(charts), _head(charts)), encoding="utf-8")
    bare = {name: msgspec.structs.replace(known, charts=()) for name, known in gallery.found.items()}
    FINDINGS.write_bytes(msgspec.json.format(msgspec.json.encode(bare), indent=1) + b"\n")
    PAGE.write_text(render(read_findings()), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1])
