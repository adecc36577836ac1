# Two commands do everything: `make report` and `make test`. Each installs what it needs, once.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

# The first Python at hand that runs and is new enough; `make setup PYTHON=/path/to/python` overrides it.
PYTHON ?= $(shell for name in python3.11 python3 python3.12 python3.13; do \
	"$$name" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo "$$name"; break; }; done)

VENV := .venv
BIN := $(VENV)/bin
RUNTIME := $(VENV)/.runtime
DEV := $(VENV)/.dev
SPARK := $(VENV)/.spark
MONTH ?= 2020-02
OUT ?= reports
WORKERS ?= 2
TESTS ?= not slow

# Notebooks find the sample from any folder, and nothing fetches a browser of its own.
lab notebooks: export CXLIB_ROOT := $(CURDIR)
export PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD := 1
export PIP_DISABLE_PIP_VERSION_CHECK := 1
# Small matrices: the threads of a second core would only wait for each other.
export OPENBLAS_NUM_THREADS ?= 1

.PHONY: help setup check test test-all notebooks report engines bench docs lab sample pins

help: ## Print this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: $(DEV) ## Create .venv with the package, its dependencies and the tools of development, once

check: $(DEV) ## Formatting, lint and types, nothing changed
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

test: $(DEV) ## The fast suite, documentation examples included
	$(BIN)/python -m pytest -n $(WORKERS) -m "not slow and not spark"

test-all: $(DEV) ## Every test but those of Spark, simulations included
	$(BIN)/python -m pytest -n $(WORKERS) -m "not spark"

notebooks: $(RUNTIME) ## Run every notebook from top to bottom into build/notebooks
	mkdir -p build/notebooks
	find notebooks -name '*.ipynb' -not -path '*/.ipynb_checkpoints/*' | sort | while read -r notebook; do \
		$(BIN)/papermill --no-progress-bar --cwd "$$(dirname "$$notebook")" \
			"$$notebook" "build/notebooks/$$(basename "$$notebook")" </dev/null; done

report: $(RUNTIME) ## Write the sample's report into reports/2020-02 (MONTH=, OUT= change it)
	$(BIN)/cxlib report --data data/sample --month $(MONTH) --out $(OUT)

engines: $(SPARK) ## Measure on every engine: DuckDB files, PostgreSQL, Spark (TESTS=slow: 100,000 tickets)
	@command -v java >/dev/null || echo "make: found no java, expected Java 17 or newer for Spark. Its tests are skipped." >&2
	$(BIN)/python -m pytest -n 0 -m "$(TESTS)" tests/engines

bench: $(DEV) ## Ratios against a plain reference in the same run
	for script in benchmarks/bench_*.py; do echo "== $$script"; $(BIN)/python "$$script"; done

docs: $(RUNTIME) ## Write docs/definitions.md anew from the catalogue
	$(BIN)/python docs/write_definitions.py

lab: $(RUNTIME) ## Open JupyterLab on the notebooks
	$(BIN)/jupyter lab --notebook-dir=notebooks

sample: $(RUNTIME) ## Write data/sample anew from its seed
	$(BIN)/python -c "from cxlib.data.sample import write_sample; write_sample('data/sample')"

pins: ## Resolve constraints.txt anew (needs uv)
	uv pip compile pyproject.toml --extra dev --extra spark --python-version 3.11 --upgrade --quiet \
		--no-annotate --no-header -o constraints.txt

$(BIN)/python:
	@test -n "$(PYTHON)" || { echo "make: found no python3.11 (or newer) with the venv module, expected one on PATH." \
		"Fix: install Python 3.11 with venv, or run make PYTHON=/path/to/python." >&2; exit 2; }
	$(PYTHON) -m venv $(VENV)

# The stamps are newer than what they were made from, so that an install is done once.
$(RUNTIME): pyproject.toml constraints.txt | $(BIN)/python
	$(BIN)/python -m pip install --quiet --editable . --constraint constraints.txt
	touch $@

$(DEV): pyproject.toml constraints.txt | $(BIN)/python
	$(BIN)/python -m pip install --quiet --editable '.[dev]' --constraint constraints.txt
	touch $(RUNTIME) $@

# Spark is 460 MB and needs Java: only what measures on it installs it.
$(SPARK): $(DEV)
	$(BIN)/python -m pip install --quiet --editable '.[dev,spark]' --constraint constraints.txt
	touch $@
