"""How long the lab takes in headless Chromium: python benchmarks/lab.py

95th percentiles in milliseconds: of each view, from moving a control to what is drawn anew; of each family, the law
over a grid of settings, and 500 replicates of 200 generations. And the time until the page from disk can be used, and
the longest gap between two frames while each view plays for three seconds.
"""

import shutil
import tempfile
from itertools import product
from pathlib import Path

import numpy as np
from playwright.sync_api import Browser, sync_playwright

from kellet.report.lab import lab

TIME = """([settings, again]) => { const laws = [], loops = [];
  for (let i = 0; i < again; i++) {
    const start = performance.now();
    lab.law(settings);
    const middle = performance.now();
    for (const job = lab.jobs.loop({ ...settings, generations: 200 }); !job.next().done;);
    laws.push(middle - start);
    loops.push(performance.now() - middle);
  }
  return [laws, loops]; }"""
LISTEN = """new MutationObserver(() => { globalThis.usable ??= performance.now(); })
  .observe(document, { subtree: true, attributeFilter: ["data-ready"] })"""
OPEN = """async (view) => { lab.open(view);
  do await new Promise((done) => setTimeout(done, 50)); while (lab.busy()); }"""
MOVE = """async () => { const found = {};
  for (const control of document.querySelectorAll("section.view:not([hidden]) [data-field]")) {
    const field = control.dataset.field, moves = control.type === "range" ? [20, 240, 90, 150, 60, 280, 120, 200] : [0];
    for (const at of moves) {
      if (!control.getClientRects().length) continue;
      const start = performance.now();
      if (control.type === "range") {
        control.value = at;
        control.dispatchEvent(new Event("input"));
      } else control.click();
      await null;
      document.body.getBoundingClientRect();
      (found[field] ??= []).push(performance.now() - start);
      await new Promise((done) => setTimeout(done, 60));
    }
    document.querySelector("section.view:not([hidden]) .reset").click();
  }
  return found; }"""
PLAY = """() => new Promise((done) => { let last, longest = 0, start;
  const frame = (now) => {
    longest = Math.max(longest, now - (last ?? now));
    last = now;
    if (now - (start ??= now) < 3000) requestAnimationFrame(frame); else done(longest);
  };
  document.querySelector("section.view:not([hidden]) .play").click();
  requestAnimationFrame(frame); })"""
FAMILIES = "normal", "bernoulli", "poisson", "exponential", "categories"
ANCHORS = (0, "fresh", "replace"), (10, "fresh", "replace"), (10, "fixed", "replace"), (10, "fresh", "accumulate")


def main() -> None:
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        time_page(browser)
        time_computing(browser)
        browser.close()


def time_page(browser: Browser) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = lab.lab(Path(folder) / "lab.html")
        page = browser.new_page(viewport={"width": 1280, "height": 800})
        page.add_init_script(LISTEN)
        usable = []
        for _ in range(5):
            page.goto(path.as_uri())
            page.wait_for_selector("html[data-ready]")
            usable.append(page.evaluate("usable"))
        print(f"{path.stat().st_size / 1000:.0f} kB, usable after {np.median(usable):.0f} ms")
        for view in lab.VIEWS:
            page.evaluate(OPEN, view)
            plays = page.locator("section.view:not([hidden]) .play").count()
            longest = page.evaluate(PLAY) if plays else None
            page.evaluate(OPEN, view)
            fields = page.evaluate(MOVE)
            page.evaluate(OPEN, view)
            slowest = max(fields, key=lambda name: np.quantile(fields[name], 0.95), default=None)
            moves = f"redraw {np.quantile(np.concatenate(list(fields.values())), 0.95):5.1f} ms"
            worst = f"{slowest} {np.quantile(fields[slowest], 0.95):5.1f} ms"
            print(f"{view:12} {moves} (slowest: {worst})" + (f"   longest frame {longest:.0f} ms" if plays else ""))
        page.close()


def time_computing(browser: Browser) -> None:
    grid = list(product((1, 10, 100, 1000, 10**6, 10**12), ANCHORS, (100, 1000)))
    page = browser.new_page()
    page.add_script_tag(content=lab.compute())
    for family in FAMILIES:
        laws, loops = [], []
        for size, (real, source, regime), generations in grid:
            settings = {
                "family": family, "size": size, "real": min(real, size), "source": source, "regime": regime,
                "prior": 0, "temperature": 1, "generations": generations, "seed": 1, "replicates": 500,
                "tracks": 12,
            }  # fmt: skip
            found = page.evaluate(TIME, [settings, 2])
            laws += found[0]
            loops += found[1]
        print(f"{family:12} law {np.quantile(laws, 0.95):5.1f} ms   loops {np.quantile(loops, 0.95):5.1f} ms")
    page.close()


if __name__ == "__main__":
    main()
