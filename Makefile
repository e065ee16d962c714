# make demo   a market made, checked, learned from, ranked: under three minutes after the download
# make test   the tests
# make lint, make types, make lock
# Each makes .venv first when it is missing or the dependencies have changed. PYTHON=python3.12 chooses another Python (3.11 to 3.13).

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt

export OMP_WAIT_POLICY := passive
export MLFLOW_DISABLE_TELEMETRY := true

.PHONY: demo test lint types lock clean

demo: $(VENV)/.installed
	$(BIN)/bgml demo demo

test: $(VENV)/.installed-test
	$(BIN)/python -m pytest -n 2

lint: $(VENV)/.installed-test
	$(BIN)/ruff check

types: $(VENV)/.installed-test
	$(BIN)/mypy

lock: $(VENV)/.installed-test
	$(BIN)/python -m pip install --quiet --disable-pip-version-check uv
	$(BIN)/uv pip compile --universal --python-version 3.11 --all-extras --upgrade --quiet \
	  --no-emit-index-url --no-emit-find-links --no-header --no-annotate pyproject.toml --output-file constraints.txt

clean:
	rm -rf $(VENV) demo dist .mypy_cache .ruff_cache .pytest_cache .hypothesis

$(VENV)/.installed: pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(PIP) -e .
	$(BIN)/python -m compileall -q bgml features models
	touch $@

$(VENV)/.installed-test: $(VENV)/.installed
	$(PIP) -e ".[test]"
	touch $@
