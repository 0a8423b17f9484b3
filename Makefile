PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
OLDEST := .venv-oldest
# What it takes to believe in a lower bound: every package of the base is used there.
PART := tests/families tests/loop tests/theory tests/metrics tests/worlds tests/data tests/cli/test_commands.py
# The whole suite is one thread a process: two threads on two shared cores are slower.
export OMP_NUM_THREADS := 1
export OPENBLAS_NUM_THREADS := 1

.PHONY: run test hard lint verify fuzz versions oldest package bench clean

run: $(VENV)/.installed
	$(BIN)/kellet run digits

test: $(VENV)/.tested
	@{ command -v chromium || command -v chromium-browser || command -v google-chrome; } > /dev/null \
	  || echo "No Chromium is at hand: the tests of pages in a browser will be skipped."
	$(BIN)/python -m pytest -n auto -m "not slow" --ignore=tests/hard

# Kills, signals, full disks, odd surroundings: processes by the dozen, no more at once than there are cores.
hard: $(VENV)/.tested
	$(BIN)/python -m pytest -n 2 -m "not slow" tests/hard

verify: $(VENV)/.tested lint versions oldest package
	$(BIN)/python -m pytest -n auto
	$(BIN)/python tests/fuzz/endure.py

# MINUTES=30 of examples that nobody chose.
fuzz: $(VENV)/.tested
	$(BIN)/python tests/fuzz/endure.py

versions: $(VENV)/.tested
	$(BIN)/python tests/versions.py

# The oldest packages that pyproject.toml allows, in an environment of their own.
oldest: $(OLDEST)/.installed
	$(OLDEST)/bin/python -m pytest -n auto -m "not slow" $(PART)

# Both archives of a release, built, checked and installed where nothing else is. A minute of computing, most of it pip's.
package: $(VENV)/.installed
	$(BIN)/python tests/fresh.py

lint: $(VENV)/.tested
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

bench: $(VENV)/.installed
	$(BIN)/python benchmarks/exact.py

# build/site: the documents, the reference, the lab and three reports, without a network.
.PHONY: docs
docs: $(VENV)/.documented
	$(BIN)/python -m sphinx -W --keep-going --quiet --jobs auto -d build/doctrees docs build/site
	@echo "The site: build/site/index.html"

$(VENV)/.installed: pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "kellet needs Python >= 3.11; got $$($(PYTHON) -V). Try: make PYTHON=python3.11 $(MAKECMDGOALS)"; exit 2; }
	test -d $(VENV) || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e .
	touch $@

# PyTorch only where a build without CUDA is at hand, which is 200 MB and not gigabytes; else its tests are skipped.
$(VENV)/.tested: $(VENV)/.installed
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev,cluster,docs]'
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt 'torch==2.13.0+cpu' -e '.[neural,language]' 2>/dev/null \
	  || echo "No CPU build of PyTorch is at hand: the tests of neural and language families will be skipped."
	touch $@

$(VENV)/.documented: $(VENV)/.installed
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[docs]'
	touch $@

$(OLDEST)/.installed: pyproject.toml constraints-oldest.txt
	test -d $(OLDEST) || $(PYTHON) -m venv $(OLDEST)
	$(OLDEST)/bin/python -m pip install --quiet --disable-pip-version-check -c constraints-oldest.txt -e '.[dev,cluster]'
	touch $@

clean:
	rm -rf $(VENV) $(OLDEST) .pytest_cache .mypy_cache .ruff_cache .hypothesis dist build
