# Every command works from a fresh clone: it makes the virtual environment and builds the extensions first.
#
#   make demo                          a real three-node Cassandra, and what the driver does with it
#   make demo CONTACT_POINTS=h1,h2     the same on a cluster that is there
#   make test                          everything that is checked: style, types, layers, docs, tests on a real Cassandra
#   make check                         its first half: style, types and layers, without running a test
#   make fuzz                          hostile input by the million, on a core built with AddressSanitizer and UBSan
#   make docs                          the documentation, in docs/_build/html
#   make soak MINUTES=60               mixed load and random faults on a real cluster, every answer checked, and a report
#   make faults                        the tests of the fault table alone, and its page in the documentation
#   make screens                       the documentation's pictures, of a cluster whose nodes are killed and paused
#   make bench                         every client on the same work; more in bench/bench.mk
#   make format                        lets ruff write the style that `make check` asks for
#
# PYTHON names the interpreter (3.11 or later). With the environment made, nothing needs the network.
PYTHON ?= python3
CC ?= cc
VENV := .venv
BIN := $(VENV)/bin
PYTEST_ARGS ?=
export PYTHON CC
export PIP_DISABLE_PIP_VERSION_CHECK := 1

# Rules stop at the first failure, and say nothing of their own on the way.
MAKEFLAGS += --no-print-directory
.DELETE_ON_ERROR:

.PHONY: all build check clean demo docs faults format fuzz peers-faults screens soak test

all: test

# --- the environment -------------------------------------------------------------------------------------------

$(VENV)/.installed: pyproject.toml
	@tools/preflight.sh python compiler
	@echo "making $(VENV) (once; a minute or two)"
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/pip install --quiet --upgrade pip
	@$(BIN)/pip install --quiet --group dev
	@AIOCQL_EXTENSIONS=0 $(BIN)/pip install --quiet --no-build-isolation --editable '.[all]'
	@touch $@

SOURCES := $(shell find src -name '*.pyx' -o -name '*.pxd') setup.py

$(VENV)/.built: $(VENV)/.installed $(SOURCES)
	@tools/preflight.sh compiler
	@$(BIN)/python setup.py --quiet build_ext --inplace
	@touch $@

build: $(VENV)/.built
	@:

# --- what is checked -------------------------------------------------------------------------------------------

check: build
	@echo "== format";  $(BIN)/ruff format --check --quiet
	@echo "== lint";    $(BIN)/ruff check --quiet && PATH=$(CURDIR)/$(BIN):$$PATH cython-lint src
	@echo "== types";   $(BIN)/mypy --no-error-summary && $(BIN)/mypy --no-error-summary --explicit-package-bases tests/conftest.py tests/plugins lab
	@echo "== layers";  $(BIN)/lint-imports --no-logo >$(VENV)/layers.log || { cat $(VENV)/layers.log; exit 1; }

docs: build
	@echo "== docs";    $(BIN)/sphinx-build -W --keep-going -q -j auto docs docs/_build/html

test:
	@tools/preflight.sh python compiler cassandra
	@$(MAKE) check
	@$(MAKE) docs
	@$(BIN)/aiocql testing jars >/dev/null
	@$(BIN)/python -m tests.browser.install
	@echo "== tests"
	@$(BIN)/python -m pytest -n auto $(PYTEST_ARGS)

faults: build
	@$(BIN)/aiocql testing jars >/dev/null
	@$(BIN)/python -m pytest -n auto --faults --fault-table=docs/faults.md $(PYTEST_ARGS)

screens: build
	@$(BIN)/aiocql testing jars >/dev/null
	@$(BIN)/python -m pytest tests/cassandra/test_monitoring.py -k seen --screens docs/pictures $(PYTEST_ARGS)

MINUTES ?= 10
soak:
	@tools/preflight.sh python compiler cassandra
	@$(MAKE) build
	@exec $(BIN)/python -m lab.run --minutes $(MINUTES) $(SOAK_ARGS)

# The sanitized core has a folder of its own: the one in src stays as it is. FUZZ_ARGS are passed on, for example
# make fuzz FUZZ_ARGS='--inputs 1000 --target segments'.
SANITIZED := build/sanitized
FUZZ_ARGS ?=

$(SANITIZED)/.built: $(VENV)/.built
	@echo "building the core with sanitizers in $(SANITIZED) (a few minutes)"
	@AIOCQL_SANITIZE=1 $(BIN)/python setup.py --quiet build --build-base $(SANITIZED) --build-lib $(SANITIZED)/lib
	@touch $@

fuzz: $(SANITIZED)/.built
	@CC='$(CC)' tools/sanitized.sh $(SANITIZED)/lib $(BIN)/python -m tests.fuzz.run $(FUZZ_ARGS)

format: build
	@$(BIN)/ruff check --quiet --fix-only
	@$(BIN)/ruff format

include bench/bench.mk

# A quarter of an hour. The peers are those of the benchmarks.
peers-faults: build bench-peers
	@tools/preflight.sh python compiler cassandra
	@$(BIN)/aiocql testing jars >/dev/null
	@$(BIN)/python -m lab.peers.run --page docs/peers.md $(PEERS_ARGS)

# --- what is shown ---------------------------------------------------------------------------------------------

demo:
	@tools/preflight.sh python compiler $(if $(CONTACT_POINTS),,cassandra)
	@$(MAKE) build
	@exec $(BIN)/aiocql demo $(if $(CONTACT_POINTS),--contact-points '$(CONTACT_POINTS)')

clean:
	rm -rf build dist docs/_build $(VENV) src/*.egg-info
	find src -name '*.so' -delete -o -name '*.c' -delete
