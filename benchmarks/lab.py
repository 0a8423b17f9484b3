"""How long the lab's law and its loops take in headless Chromium: python benchmarks/lab.py

95th percentiles over settings, in milliseconds: the law at each number of generations, and 500 replicates of 200
generations.
"""

import shutil
from itertools import product

import numpy as np
from playwright.sync_api import sync_playwright

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
FAMILIES = "normal", "bernoulli", "poisson", "exponential", "categories"
ANCHORS = (0, "fresh", "replace"), (10, "fresh", "replace"), (10, "fixed", "replace"), (10, "fresh", "accumulate")


def main() -> None:
    grid = list(product((1, 10, 100, 1000, 10**6, 10**12), ANCHORS, (100, 1000)))
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
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
                found = page.evaluate(TIME, [settings, 3])
                laws += found[0]
                loops += found[1]
            print(f"{family:12} law {np.quantile(laws, 0.95):5.1f} ms   loops {np.quantile(loops, 0.95):5.1f} ms")
        browser.close()


if __name__ == "__main__":
    main()
