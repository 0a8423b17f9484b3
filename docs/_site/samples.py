"""What Kellet itself writes into the site: the lab and three reports, anew only where Kellet or this file changed."""

import csv
import hashlib
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from shutil import rmtree

import numpy as np
from sphinx.util import logging

LOG = logging.getLogger(__name__)
ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "build" / "samples"
JOBS = ["cook", "driver", "clerk", "nurse", "teacher", "smith", "baker", "tailor", "painter", "printer"]
RUN = "run digits --replicates 8 --generations 20 --out run --quiet"
PLAN = "plan normal --size 100 --generations 50 --keep variance=0.8 --out plan --quiet"
AUDIT = "audit real.csv written.csv --out audit.html"


def hash_source():
    """What the samples depend on."""
    found = hashlib.sha256(np.__version__.encode())
    for path in [Path(__file__), *sorted((ROOT / "src").rglob("*"))]:
        if path.is_file() and path.suffix != ".pyc":
            found.update(str(path.relative_to(ROOT)).encode() + b"\0" + path.read_bytes())
    return found.hexdigest()


def write_tables(folder):
    """2,000 people in towns of Zipf's law; and the same drawn from themselves, five times over."""
    rng = np.random.default_rng(7)
    chances = 1 / np.arange(1, 201)
    towns = rng.choice(200, 2000, p=chances / chances.sum())
    jobs = rng.integers(len(JOBS), size=2000)
    for name in ("real", "written"):
        with (folder / f"{name}.csv").open("w", newline="", encoding="utf-8") as file:
            rows = csv.writer(file)
            rows.writerow(["town", "job"])
            rows.writerows((f"town {town:03}", JOBS[job]) for town, job in zip(towns, jobs, strict=True))
        for _ in range(5):
            drawn = rng.integers(2000, size=2000)
            towns, jobs = towns[drawn], jobs[drawn]


def call(line, folder):
    """One command, as somebody would type it in that folder."""
    surroundings = os.environ | {"PYTHONPATH": str(ROOT / "src"), "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    command = [sys.executable, "-m", "kellet", *line.split()]
    done = subprocess.run(command, cwd=folder, env=surroundings, capture_output=True, text=True, check=False)
    # An audit that finds a loss says so by its exit code.
    if done.returncode not in (0, 1, 3):
        raise RuntimeError(f"kellet {line}: {done.stderr}")


def write_samples(folder=FOLDER):
    """lab/ and reports/ in that folder."""
    key, stamp = hash_source(), folder.with_name(f"{folder.name}.made-from")
    if stamp.exists() and stamp.read_text() == key:
        return
    stamp.unlink(missing_ok=True)
    rmtree(folder, ignore_errors=True)
    reports = folder / "reports"
    reports.mkdir(parents=True)
    write_tables(folder)
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda line: call(line, folder), (RUN, PLAN, AUDIT, "lab --export lab")))
    for made, name in (("run/report.html", "run"), ("plan/plan.html", "plan"), ("audit.html", "audit")):
        (folder / made).rename(reports / f"{name}.html")
    for left in ("run", "plan"):
        rmtree(folder / left)
    for table in ("real.csv", "written.csv"):
        (folder / table).rename(reports / table)
    stamp.write_text(key)


def add(app):
    if app.builder.format == "html":
        LOG.info("writing the lab and the sample reports, if Kellet changed...")
        write_samples()
        app.config.html_extra_path = [str(FOLDER)]


def setup(app):
    app.add_config_value("samples_folder", FOLDER, "", Path)
    app.connect("builder-inited", add)
    return {"parallel_read_safe": True}
