# Every command works from a fresh clone: it makes the virtual environment first.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: all build demo test bench clean

all: test

build: $(VENV)/.built

$(VENV)/.installed: pyproject.toml
	@command -v $(CC) >/dev/null || { echo "no C compiler: install gcc (Debian: apt-get install gcc python3-dev)"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --upgrade pip
	$(BIN)/pip install --quiet --group dev
	@touch $@

SOURCES := $(shell find src -name '*.pyx' -o -name '*.pxd') setup.py

$(VENV)/.built: $(VENV)/.installed $(SOURCES)
	$(BIN)/pip install --quiet --no-build-isolation --editable '.[all]'
	@touch $@

clean:
	rm -rf build dist $(VENV) src/*.egg-info
	find src -name '*.so' -delete -o -name '*.c' -delete
