"""First screens of the lab and of a report, for the documents: python benchmarks/screens.py runs/digits-...

Writes docs/images/lab-*.png and report-digits.png, in 256 colours, with one process of headless Chromium.
"""

import shutil
import sys
import tempfile
from io import BytesIO
from pathlib import Path

from PIL import Image
from playwright.sync_api import sync_playwright

import kellet

IMAGES = Path(__file__).parents[1] / "docs" / "images"
LAB = {
    "lab-loop": ("view=loop&real=1", "lab.parts('loop').player.to(60)"),
    "lab-birds": ("view=loop&family=categories&size=40", "lab.parts('loop').player.to(40)"),
    "lab-digits": ("view=digits", "lab.parts('digits').player.to(100)"),
    "lab-words": ("view=words", "lab.parts('words').player.to(5)"),
    "lab-web": ("view=web", "lab.parts('web').player.to(10)"),
    "lab-plan": ("view=plan", ""),
}


def main() -> None:
    report = kellet.report(sys.argv[1])
    with sync_playwright() as driver, tempfile.TemporaryDirectory() as folder:
        browser = driver.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1280, "height": 800})
        lab = Path(kellet.lab(f"{folder}/lab.html")).resolve().as_uri()
        for name, (link, then) in LAB.items():
            page.goto("about:blank")
            page.goto(f"{lab}#{link}")
            page.wait_for_function("() => document.documentElement.dataset.ready && !lab.busy()", timeout=60_000)
            page.evaluate(f"() => {{ {then} }}")
            page.wait_for_timeout(300)
            save(page.screenshot(), name)
        page.goto(Path(report).resolve().as_uri())
        save(page.screenshot(), "report-digits")
        browser.close()


def save(shot: bytes, name: str) -> None:
    small = Image.open(BytesIO(shot)).convert("RGB").quantize(256)
    small.save(IMAGES / f"{name}.png", optimize=True)
    print(name, (IMAGES / f"{name}.png").stat().st_size // 1000, "kB")


if __name__ == "__main__":
    main()
