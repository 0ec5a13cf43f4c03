# The one door: every target does the set-up it needs by itself. `make help` lists them.
.DEFAULT_GOAL := help
SHELL := /bin/bash
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.set-up
PYTEST := $(BIN)/pytest
SEEDS ?= 1000
START ?= 1
# Clients from npm, for the tests that drive the sandbox with them; without npm those are skipped.
CLIENTS := tests/strangers/node
CLIENTS_STAMP := $(if $(shell command -v npm),$(CLIENTS)/node_modules/.set-up)

.PHONY: help
help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: setup
setup: $(STAMP) ## Make .venv from the lock, with the hub installed in editable form

$(STAMP): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Python 3.11 or later is needed; name it: make setup PYTHON=python3.11" >&2; exit 1; }
	@echo "setting up $(VENV) from the lock: about a minute, once"
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $(STAMP)

.PHONY: demo
demo: $(STAMP) ## Run the story: mails become cases, cases become issues, answers come back
	$(BIN)/hub demo

.PHONY: clients
clients: $(CLIENTS_STAMP) ## Install the clients from npm that tests use, if there is npm

$(CLIENTS)/node_modules/.set-up: $(CLIENTS)/package.json $(CLIENTS)/package-lock.json
	cd $(CLIENTS) && npm ci --ignore-scripts --no-audit --no-fund --silent
	@touch $@

.PHONY: test
test: $(STAMP) $(CLIENTS_STAMP) ## Run the tests (minutes)
	$(PYTEST) -n auto -q -m "not soak"

.PHONY: check
check: $(STAMP) ## Check format, lint, types, imports, generated documents
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports importlinter.toml
	$(BIN)/python docs/generate.py --check

.PHONY: fix
fix: $(STAMP) ## Format, and mend what can be mended by itself
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

.PHONY: docs
docs: $(STAMP) ## Write the reference pages anew from the code
	$(BIN)/python docs/generate.py

.PHONY: bench
bench: $(STAMP) ## Measure, and print a table with the machine's own floors beside it
	$(BIN)/python -m benchmarks

.PHONY: soak
soak: $(STAMP) ## Run the long tests: seeds by the thousand, kills by the hundred (an hour)
	$(BIN)/python -m hub.testing.simulator --seeds $(SEEDS) --start $(START)
	$(PYTEST) -q -s -m soak

.PHONY: lock
lock: ## Resolve the dependencies anew into requirements.lock
	$(PYTHON) -m venv build/lock
	build/lock/bin/pip install --quiet --disable-pip-version-check uv
	build/lock/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
		--no-annotate --no-header --group dev pyproject.toml --output-file requirements.lock

.PHONY: clean
clean: ## Remove what was built, but not the store in var/
	rm -rf $(VENV) $(CLIENTS)/node_modules build dist .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
