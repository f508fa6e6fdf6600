# make run    installs into .venv and runs the main job up to reports/report.html
# make test   installs into .venv and runs all checks and tests
# Another Python: make run PYTHON=python3.12

PYTHON ?= $(firstword $(foreach name,python3.13 python3.12 python3.11 python3,$(shell command -v $(name))))
BIN := .venv/bin
INSTALLED := .venv/installed

.PHONY: run smoke test lint clean

run: $(INSTALLED)
	PATH="$(CURDIR)/$(BIN):$$PATH" snakemake --cores all

smoke: $(INSTALLED)
	PATH="$(CURDIR)/$(BIN):$$PATH" snakemake --cores all --configfile workflow/presets/smoke.yaml

test: lint
	PATH="$(CURDIR)/$(BIN):$$PATH" OMP_NUM_THREADS=1 pytest -n 2 --durations 15

lint: $(INSTALLED)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/snakefmt --check Snakefile workflow
	$(BIN)/snakemake --lint

# Debian and Ubuntu ship Python without venv; their package for it is then installed first.
$(INSTALLED): pyproject.toml constraints.txt
	@test -n "$(PYTHON)" || { echo "no python3 found; install Python 3.11 or newer"; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "$(PYTHON) is older than 3.11; say make PYTHON=/path/to/python3.11"; exit 1; }
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null || $(MAKE) python3-venv
	$(PYTHON) -m venv .venv
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
