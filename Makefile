# Two commands for a newcomer: `make demo`, `make test`. Two for whoever works here: `make check`, `make prove`.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: demo test check prove lock clean

demo: $(VENV)/installed
	@$(BIN)/broadsheet demo run

test: $(VENV)/installed-tests
	@$(BIN)/python -m tests.run all

check: $(VENV)/installed-tests
	@$(BIN)/python -m tests.run check

prove: $(VENV)/installed-tests
	@$(BIN)/python -m tests.run prove

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Broadsheet needs Python 3.11 or newer; this is $$($(PYTHON) --version)."; exit 2; }
	@$(PYTHON) -m venv $(VENV) || { echo "Install python3-venv first (Debian: apt-get install python3-venv)."; exit 2; }

$(VENV)/installed: requirements/runtime.txt pyproject.toml | $(VENV)/bin/python
	@echo "installing into $(VENV) …"
	@$(BIN)/pip install --quiet --require-hashes -r requirements/runtime.txt
	@$(BIN)/pip install --quiet --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/installed-tests: requirements/tests.txt $(VENV)/installed
	@echo "installing what the tests need …"
	@$(BIN)/pip install --quiet --require-hashes -r requirements/tests.txt
	@touch $@

# Pins every package by hash and by no address.
lock: | $(VENV)/bin/python
	@$(BIN)/pip install --quiet pip-tools
	@$(BIN)/pip-compile --quiet --generate-hashes --no-strip-extras --allow-unsafe --no-header --no-annotate \
	  --no-emit-index-url --no-emit-trusted-host --no-emit-find-links \
	  -o requirements/runtime.txt requirements/runtime.in pyproject.toml
	@$(BIN)/pip-compile --quiet --generate-hashes --no-strip-extras --allow-unsafe --no-header --no-annotate \
	  --no-emit-index-url --no-emit-trusted-host --no-emit-find-links \
	  -o requirements/tests.txt requirements/tests.in

clean:
	rm -rf $(VENV) build .mypy_cache .ruff_cache .pytest_cache
