# Needs Python 3.11 or newer, make and a package index. `make help` lists the rest.
.DEFAULT_GOAL := help
.SHELLFLAGS := -eu -c
PYTHON ?= python3
BIN := .venv/bin
READY := .venv/podium-ready
DEMO := var/demo
OWN := var/own

export DO_NOT_TRACK := 1
export DBT_SEND_ANONYMOUS_USAGE_STATS := false
export GX_ANALYTICS_ENABLED := false
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: help setup run test test-slow soak faults check dev bench clean

help:  ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' Makefile

setup: $(READY)  ## make .venv with the locked packages, once

$(READY): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Podium needs Python 3.11 or newer; try make PYTHON=python3.11")'
	@echo "Setting up .venv with the locked packages; this is done once and takes a few minutes."
	@rm -f $@
	@$(PYTHON) -m venv .venv
	@$(BIN)/pip install -qq --require-hashes --only-binary :all: -r requirements.lock
	@$(BIN)/pip install -qq --no-build-isolation --no-deps --editable .
	@$(BIN)/python -m pipelines.assets.manifest
	@touch $@

ifdef INBOX
run: setup
	@$(BIN)/podium run --home $(OWN) --inbox '$(INBOX)'
else
run: setup $(DEMO)/inbox  ## one night on a demo CRM; INBOX=dir for your own exports
	@$(BIN)/podium run --home $(DEMO)
endif

# Made beside its place and moved, so that an interrupted demo is never taken for a whole one.
$(DEMO)/inbox: | setup
	@rm -rf $(DEMO)/inbox.part
	@$(BIN)/podium demo $(DEMO)/inbox.part > /dev/null
	@mv $(DEMO)/inbox.part $@

# In the order of the folders: a file with few tests is one of whole nights, and as the last it would leave a core idle.
test: check  ## everything that must hold, without the slow tests
	@$(BIN)/pytest --numprocesses 2 --dist loadfile --no-loadscope-reorder

test-slow: setup  ## the tests that take minutes
	@$(BIN)/pytest --numprocesses 2 --dist loadfile -m slow

soak: setup  ## kills, a year of nights, wrong models: SOAK_KILLS=100 SOAK_NIGHTS=360 SOAK_MUTANTS=80 SOAK_SEED=n
	@$(BIN)/pytest -m soak --capture no

faults: setup  ## the catalogue of faults: what is shown to be survived, and what is missing
	@$(BIN)/python -m tests.faults.catalogue

check: setup  ## style, types and the format of the SQL
	@$(BIN)/ruff check --quiet .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy --no-error-summary
	@$(BIN)/sqlfmt --check --no-progressbar dbt_project/models dbt_project/macros dbt_project/tests

dev: HOME_DIR ?= $(DEMO)
dev: setup  ## Dagster's pages on http://127.0.0.1:3000 for the demo's home; HOME_DIR=dir for another
	@mkdir -p '$(HOME_DIR)/dagster'
	@test -e '$(HOME_DIR)/dagster/dagster.yaml' || cp dagster.yaml '$(HOME_DIR)/dagster/'
	@PODIUM_HOME='$(HOME_DIR)' DAGSTER_HOME='$(abspath $(HOME_DIR))/dagster' \
		$(BIN)/dagster dev --workspace workspace.yaml --host 127.0.0.1 --port 3000

bench: setup  ## nights against a bare script; compares with benchmarks/RESULTS.md, RECORD=1 writes it
	@$(BIN)/python -m benchmarks.night $(if $(RECORD),--record)

clean:  ## remove what was made here: environment, homes, caches
	@rm -rf .venv var dbt_project/target dbt_project/logs .pytest_cache .ruff_cache .mypy_cache .hypothesis
