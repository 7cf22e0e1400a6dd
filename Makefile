# make help lists the targets. All of them need only Python 3.11 or newer, make and git.

PYTHON ?= python3
BIN := .venv/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt

.DEFAULT_GOAL := help
.PHONY: help demo test check lint types layers package bench build sweep faults messages clean evals

help: ## show this
	@awk -F ':.*## ' '/^[a-z]+:.*## /{printf "  make %-10s %s\n", $$1, $$2}' Makefile

demo: .venv/run ## take a newsletter from files to a published edition, in a temporary folder
	$(BIN)/savoir demo

test: .venv/dev ## run the tests, two at a time
	$(BIN)/python -m pytest -q -n 2 -m "not sweep"

sweep: .venv/dev ## run the slow sweeps
	$(BIN)/python -m pytest -q -n 2 -m sweep

check: lint types layers messages-check package ## everything but the tests: style, types, layers, messages, package

lint: .venv/dev ## style and format
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: .venv/dev ## types
	$(BIN)/mypy

layers: .venv/dev ## imports go down only
	$(BIN)/lint-imports

package: .venv/dev ## build the wheel and try it in a clean environment
	$(BIN)/python .ci/package.py

evals: .venv/run ## replay every recorded suite: no model, no network
	@set -e; for suite in evals/suites/*/; do $(BIN)/savoir evals run $$suite --replay; done

FAULTED := faults faults_network workers leases kill runs_machine checkpoint_conformance
faults: .venv/dev ## break workers, databases, disks, clocks, networks and releases while runs are under way
	SAVOIR_TEST_FAULTS=1 $(BIN)/python -m pytest -q $(FAULTED:%=tests/graphs/test_%.py)

bench: .venv/run ## measure the speeds we promise
	$(BIN)/savoir bench startup
	$(BIN)/savoir bench ingest
	$(BIN)/savoir bench graph
	$(BIN)/savoir bench runs

build: .venv/dev ## build the wheel and the source distribution into dist/
	$(BIN)/python -m build

messages: .venv/dev ## bring the French catalogue up to date and list what is to translate
	$(BIN)/python -m savoirfaire.cli.catalogue

.PHONY: messages-check
messages-check: .venv/dev
	$(BIN)/python -m savoirfaire.cli.catalogue --check

clean: ## remove the environment and everything made
	rm -rf .venv build dist src/*.egg-info
	rm -rf .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# What runs, and what is needed to change it, are installed when the files they rest on change.
.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.version_info >= (3, 11) or sys.exit("savoirfaire needs Python 3.11 or newer, and $(PYTHON) is " + sys.version.split()[0] + ": make PYTHON=python3.11")'
	$(PYTHON) -m venv .venv || { rm -rf .venv; exit 1; }

.venv/run: pyproject.toml constraints.txt | .venv/bin/python
	$(PIP) --editable .
	@touch $@

.venv/dev: pyproject.toml constraints.txt | .venv/bin/python
	$(PIP) --editable ".[dev]"
	@touch .venv/run $@
