# `make demo` and `make test` each do their own set-up in .venv: they need Python 3.11+ and make, no more.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
TEST_ARGS ?=
export TF_CPP_MIN_LOG_LEVEL ?= 3

.PHONY: demo test lint benchmarks clean

demo: $(VENV)/.app
	$(BIN)/python -m apps.demo

test: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/python tests/run_backends.py $(TEST_ARGS)

lint: $(VENV)/.dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

benchmarks: $(VENV)/.dev
	$(BIN)/python benchmarks/report.py

$(BIN)/python:
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip setuptools

$(VENV)/.app: setup.cfg | $(BIN)/python
	$(BIN)/python -m pip install --quiet --editable '.[tensorflow,pretrained]'
	touch $@

# py-sod-metrics is plain Python over what is there; its own list of requirements would bring an older NumPy.
# torch comes by its exact version, which is the CPU build where an index or a folder offers one.
$(VENV)/.dev: setup.cfg $(VENV)/.app
	$(BIN)/python -m pip install --quiet 'torch==2.13.0' || $(BIN)/python -m pip install --quiet torch
	$(BIN)/python -m pip install --quiet --editable '.[tensorflow,jax,torch,pretrained,dev]'
	$(BIN)/python -m pip install --quiet --no-deps 'pysodmetrics>=1.4'
	touch $@

clean:
	rm -rf $(VENV) build *.egg-info
