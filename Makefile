# Two commands are all a newcomer needs: `make demo` and `make test`.
# Every path below is relative, so that a checkout in a folder with spaces works.

PYTHON    ?= python3
INDEX_DIR ?= index
PORT      ?= 8000
SERVE     ?= 1
# The folders with documents: seeds/ also has a README and the test collection, which are none.
SEEDS     := seeds/digests seeds/records
# Not taken from the environment, where another project may have left it: `clean` deletes it.
VENV      := .venv

VENV_PYTHON := $(VENV)/bin/python
INSTALLED   := $(VENV)/.installed
RUN         := "$(VENV_PYTHON)" -m

.DEFAULT_GOAL := help
.PHONY: help install demo test coverage check format bench clean

help:  ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-9s %s\n", $$1, $$2}' Makefile
	@echo
	@echo "  PYTHON=$(PYTHON)  INDEX_DIR=$(INDEX_DIR)  PORT=$(PORT)  PYTEST_ARGS=$(PYTEST_ARGS)"

install: $(INSTALLED)  ## make the virtual environment, with everything in it

demo: $(INSTALLED)  ## index the seeds, ask a question, serve the page (SERVE=0 stops after the answer)
	$(RUN) indexer build $(SEEDS) --index "$(INDEX_DIR)"
	$(RUN) search_api ask "thymosin safety data" --index "$(INDEX_DIR)"
ifneq ($(SERVE),0)
	$(RUN) search_api --index "$(INDEX_DIR)" --host 127.0.0.1 --port "$(PORT)"
endif

test: $(INSTALLED)  ## run the whole test suite (PYTEST_ARGS="-k name" for a part)
	$(RUN) pytest $(PYTEST_ARGS)

coverage: $(INSTALLED)  ## run the whole test suite and report the lines it missed
	$(RUN) pytest --cov=retrieval --cov=indexer --cov=search_api --cov=eval \
	    --cov-report=term-missing:skip-covered $(PYTEST_ARGS)

check: $(INSTALLED)  ## lint, formatting and types
	$(RUN) ruff check .
	$(RUN) ruff format --check .
	$(RUN) mypy

format: $(INSTALLED)  ## format the code, and mend what the linter can
	$(RUN) ruff check --fix .
	$(RUN) ruff format .

bench: $(INSTALLED)  ## measure indexing and search, as ratios within one run
	$(RUN) eval bench

clean:  ## delete the virtual environment and the tools' caches; indexes stay
	rm -rf "$(VENV)" build *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .coverage

# torch comes first and alone: whatever build of the pinned version is at hand satisfies the rest,
# and nothing later pulls a newer one with its CUDA packages.
$(INSTALLED): pyproject.toml constraints.txt
	@"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	    echo "Python 3.11 or newer is needed and PYTHON=$(PYTHON) is not:" \
	        "name one, as in 'make $(or $(MAKECMDGOALS),install) PYTHON=python3.11'." >&2; exit 1; }
	@"$(PYTHON)" -c 'import ensurepip, venv' || { \
	    echo "$(PYTHON) lacks the modules venv and ensurepip:" \
	        "install them (Debian and Ubuntu: the package python3-venv)." >&2; exit 1; }
	@echo "Installing into $(VENV) (about 2 GB; one to three minutes)"
	@"$(PYTHON)" -m venv "$(VENV)"
	@$(RUN) pip install -qq -c constraints.txt torch
	@$(RUN) pip install -qq -c constraints.txt -e '.[dev]'
	@touch "$(INSTALLED)"
