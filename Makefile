# make run    installs into .venv and runs the labs up to reports/regression.html and reports/language.html
# make test   installs into .venv and runs all checks and tests
# Another Python: make run PYTHON=python3.12

# the first of these that runs and is new enough
PYTHON ?= $(shell for name in python3 python3.13 python3.12 python3.11; do \
	$$name -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$name && break; done)
BIN := .venv/bin
INSIDE := PATH="$(CURDIR)/$(BIN):$$PATH"
INSTALLED := .venv/installed

.PHONY: run smoke test lint clean

run: $(INSTALLED)
	$(INSIDE) snakemake --cores all

smoke: $(INSTALLED)
	$(INSIDE) snakemake --cores all --configfile workflow/presets/smoke.yaml

test: lint
	$(INSIDE) OMP_NUM_THREADS=1 pytest -n 2 --durations 15

lint: $(INSTALLED)
	$(INSIDE) ruff check .
	$(INSIDE) ruff format --check .
	$(INSIDE) mypy
	$(INSIDE) snakefmt --check Snakefile workflow
	$(INSIDE) snakemake --lint
	$(INSIDE) python tools/counts.py

# Debian and Ubuntu ship Python without venv; their package for it is then installed first.
$(INSTALLED): pyproject.toml constraints.txt
	@test -n "$(PYTHON)" || { echo "no Python 3.11 or newer found; install it, or say make PYTHON=..."; exit 1; }
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null || $(MAKE) python3-venv
	test -x $(BIN)/pip || $(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[test]'
	touch $@

.PHONY: python3-venv
python3-venv:
	@command -v apt-get >/dev/null || { echo "$(PYTHON) lacks venv; install it and try again"; exit 1; }
	@echo "$(PYTHON) lacks venv; installing Debian's python3-venv"
	$(if $(filter 0,$(shell id -u)),,sudo) apt-get update
	$(if $(filter 0,$(shell id -u)),,sudo) apt-get install --yes python3-venv

clean:
	rm -rf .venv .snakemake .pytest_cache .mypy_cache .ruff_cache
