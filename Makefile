# Needs Python 3.11 to 3.14 (`make PYTHON=python3.12 …` to choose one) and, for the first set-up, a way to PyPI.

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
PYTEST_ARGS ?= --numprocesses auto --dist worksteal

.DEFAULT_GOAL := help
.PHONY: help setup setup-dev run test check lint types imports bench bench-quick format constraints creation-script screenshots clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: setup ## start Databus on data/, which is laid out if it is not there
	@test -d data || $(BIN)/databus init data
	@$(BIN)/databus start

test: setup-dev ## run the tests; those that need a server of their own say which variable they miss
	$(BIN)/python -m pytest $(PYTEST_ARGS)

check: lint types imports test bench-quick ## everything that CI checks

lint: setup-dev ## style and format
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: setup-dev ## mypy, strict
	$(BIN)/mypy

imports: setup-dev ## the direction of imports
	$(BIN)/lint-imports

bench: setup-dev ## measure everything; takes minutes
	$(BIN)/python -m bench

bench-quick: setup-dev ## one short pass of every measurement
	$(BIN)/python -m bench --quick

format: setup-dev ## let ruff format and mend
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

constraints: setup-dev ## resolve the newest versions into constraints.txt
	$(BIN)/uv pip compile pyproject.toml --all-extras --group dev --universal --python-version 3.11 \
		--no-header --no-annotate --upgrade --quiet -o constraints.txt

creation-script: setup-dev ## write creation_script.sql anew, after a migration was added
	$(BIN)/python -m databus.database.sql_db.creation_script

screenshots: setup-dev ## take the pictures of README and docs anew; DATABUS_TEST_CHROMIUM says where Chromium is
	$(BIN)/python -m screenshots

clean: ## remove the environment and caches; data/ stays
	rm -rf $(VENV) build dist .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

setup: $(VENV)/.installed

setup-dev: $(VENV)/.installed-dev

$(VENV)/pyvenv.cfg:
	@command -v $(PYTHON) >/dev/null || \
		{ echo "There is no $(PYTHON) here: run 'sudo apt-get install python3 python3-venv', or say 'make PYTHON=…'." >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 14))' || \
		{ echo "Databus needs Python 3.11 to 3.14, and $(PYTHON) is another: say 'make PYTHON=python3.12', for example." >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || \
		{ echo "$(PYTHON) cannot make virtual environments: run 'sudo apt-get install python3-venv' and try again." >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: pyproject.toml constraints.txt | $(VENV)/pyvenv.cfg
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[html,excel]'
	@touch $@

# Debian's pip does not know dependency groups yet, so the pinned one comes first.
$(VENV)/.installed-dev: $(VENV)/.installed
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --upgrade pip
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[html,excel,testing]' --group dev
	@touch $@
