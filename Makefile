# One command per habit. `make` alone prints them. A fresh machine needs Python >= 3.11 and make.
.DEFAULT_GOAL := help
.PHONY: help bundle commands setup dev-setup demo test test-all check fix dev bench manifest clean
SHELL := /bin/sh

VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check
INSTALL := $(PIP) install --quiet --no-deps --require-hashes
DBT_SOURCES := $(shell find dbt_project -name '*.sql' -o -name '*.yml' -o -name '*.md' 2>/dev/null | grep -v '/target/')

help: ## print the commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(VENV)/.python: ## (internal) the virtual environment
	@py=""; for c in python3 python3.13 python3.12 python3.11 python; do \
	  if command -v $$c >/dev/null 2>&1 && $$c -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then py=$$c; break; fi; done; \
	  if [ -z "$$py" ]; then echo "madoguchi: no Python >= 3.11 found; install one and run the command again" >&2; exit 1; fi; \
	  echo "madoguchi: setting up in $(VENV) with $$($$py --version)"; \
	  $$py -m venv $(VENV) || { echo "madoguchi: this Python cannot make a virtual environment (its venv or ensurepip module is missing); install it and run the command again" >&2; exit 1; }
	@touch $@

$(VENV)/.runtime: requirements.lock pyproject.toml | $(VENV)/.python
	@echo "madoguchi: installing what requirements.lock names (about a minute)"
	@$(INSTALL) -r requirements.lock
	@$(PIP) install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.dev: requirements-dev.lock $(VENV)/.runtime
	@echo "madoguchi: installing the tools of requirements-dev.lock"
	@$(INSTALL) -r requirements-dev.lock
	@touch $@

MODELS := dbt_project/target/models.json
$(MODELS): $(VENV)/.runtime $(DBT_SOURCES) application/warehouse/compiled.py application/warehouse/manifest.py
	@$(BIN)/python -m application.warehouse.manifest

dbt_project/target/manifest.json: $(MODELS)

setup: $(VENV)/.runtime $(MODELS) ## install into .venv, from the hashed lock

dev-setup: setup $(VENV)/.dev

demo: setup ## set up, live a simulated contract paper by paper, show where to look
	@$(BIN)/madoguchi demo

test: dev-setup ## the tests, without the long ones
	@$(BIN)/python -m pytest -q -n 2 --dist loadfile --no-loadscope-reorder -m "not slow"

test-all: dev-setup # but what needs Apache Spark, which .ci/spark has an environment for
	@$(BIN)/python -m pytest -q -n 2 --dist loadfile --no-loadscope-reorder --durations=80 --ignore=tests/spark

check: dev-setup ## format, lint, types, arrows, SQL, docs
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-logo 2>/dev/null || $(BIN)/lint-imports
	@$(BIN)/sqlfluff lint --disable-progress-bar dbt_project/models dbt_project/tests
	@$(BIN)/python -m pytest -q tests/test_docs.py tests/test_house.py

fix: dev-setup ## format and mend what can be mended by itself
	@$(BIN)/ruff check --fix-only --quiet .
	@$(BIN)/ruff format --quiet .
	@$(BIN)/sqlfluff fix --quiet --disable-progress-bar dbt_project/models dbt_project/tests

dev: setup ## desk and Dagster UI on a home (MADOGUCHI_HOME, else a working afternoon of invented people)
	@$(BIN)/madoguchi dev --afternoon

commands: setup ## write docs/commands.md anew from the programme
	@$(BIN)/python -m orchestration.commands_page

bench: dev-setup ## speed as ratios, in one run; QUICK=1 in minutes; figures also in bench.json
	@$(BIN)/python -m tests.bench $(if $(QUICK),--quick)

bundle: setup ## one archive that installs on a server without a network: dist/madoguchi-*.tar.gz
	@$(BIN)/python deploy/bundle.py

lock: ## (maintainers) write the lock files anew; needs uv
	uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url --no-strip-extras -q -o requirements.lock
	uv pip compile pyproject.toml --extra dev -c requirements.lock --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url --no-strip-extras -q -o requirements-dev.lock
	uv pip compile pyproject.toml --extra postgres -c requirements.lock --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url --no-strip-extras -q -o requirements-postgres.lock
	uv pip compile pyproject.toml --extra spark -c requirements.lock --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url --no-strip-extras -q -o requirements-spark.lock

clean: ## remove what set-up and the demo made
	rm -rf $(VENV) demo dbt_project/target dbt_project/logs
