"""The picture of the README: what three kinds of loop write, cut from the page of a finished run of digits.

    kellet run digits --out runs/digits
    python benchmarks/digits_figure.py runs/digits             docs/images/digits.png, and prints what its alt text says

Needs Playwright and a Chromium (see tests/conftest.py).
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from io import BytesIO
from pathlib import Path

from kellet.experiment.run import Run
from kellet.experiment.verdict.naming import name_arms
from kellet.experiment.verdict.quantiles import figure
from kellet.experiment.verdict.summary import summarise
from kellet.page.wording import join
from kellet.report.page import html

ROOT = Path(__file__).resolve().parents[1]
ARMS = ("replace", "10 % fresh real", "accumulate")
WIDTH, COLOURS = 900, 128
KEEP = """(titles) => {
  const rows = [...document.querySelectorAll("section.arm")];
  const named = (row) => row.querySelector("h3").textContent.trim();
  const wanted = titles.map((title) => rows.find((row) => named(row).startsWith(title)));
  const frame = document.createElement("main");
  frame.style.padding = "0 1rem 1rem";
  frame.append(...wanted);
  document.body.replaceChildren(frame);
}"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("run", type=Path)
    parser.add_argument("--out", type=Path, default=ROOT / "docs" / "images" / "digits.png")
    given = parser.parse_args()
    run = Run.read(given.run)
    namings = name_arms(run.experiment)
    draw([namings[arm].title for arm in ARMS], html(run), given.out)
    print(describe(run))


def describe(run: Run) -> str:
    """The alternative text: how many digits each loop still writes at the end."""
    namings = name_arms(run.experiment)
    left = {one.arm: one.of("diversity") for one in summarise(run).outcomes}
    told = [
        f"{figure(one.metric, one.end.median)} with {namings[arm].title}"
        for arm in ARMS
        if (one := left[arm]) is not None
    ]
    last = run.experiment.generations
    loops = f"Handwritten digits from three loops of models, generation 0 to {last}"
    return f"{loops}: of ten digits they still write {join(told)}"


def draw(titles: list[str], page: str, out: Path) -> None:
    """Cut the pictures of these arms from a page, as PNG in few colours."""
    from PIL import Image
    from playwright.sync_api import sync_playwright

    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if chromium is None:
        sys.exit("no Chromium is installed")
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as driver:
        path = Path(folder) / "page.html"
        path.write_text(page, encoding="utf-8")
        browser = driver.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        shown = browser.new_page(viewport={"width": WIDTH, "height": 800}, device_scale_factor=1.5)
        shown.goto(path.as_uri())
        shown.evaluate(KEEP, titles)
        picture = shown.locator("main").screenshot()
        browser.close()
    Image.open(BytesIO(picture)).convert("RGB").quantize(COLOURS, Image.Quantize.FASTOCTREE).save(out, optimize=True)


if __name__ == "__main__":
    main()
