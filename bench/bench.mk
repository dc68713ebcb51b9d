# Benchmarks; included by the Makefile.
#
#   make bench              every client, every work, and growth, in about three quarters of an hour: figures in
#                           bench/results, and the documentation's page (with what bench-concurrency wrote last)
#   make bench-quick        three works in about two minutes, to the terminal only
#   make bench-concurrency  10, 50, 100 reads at once on a real Cassandra, against the same in sequence
#   make bench-growth       cost of a request as hosts, connections, requests in flight, rows, columns, statements grow
#   make bench-page         the documentation's page, again from the figures that are there
#   make bench-flame NAME=after   where the time of a read goes, as docs/pictures/flame-after.svg
#   make bench-pools        memory of connections and requests in flight, throughput by connections
#   make bench-micro        single steps of the hot path, in nanoseconds
#   make bench-requests     what a session adds to the core, rows of a dataclass, a stream of a million rows
#   make bench-columns      a page in columns beside rows, and beside cassandra-driver with pandas
#   make bench-cluster      100 nodes read and routed by, plans, and `execute` above the compiled core
#   make bench-monitoring   what metrics, spans, `aiocql top` and the live page cost
#   make bench-sync         the synchronous session beside cassandra-driver, one thread and sixteen
#   make bench-record       records anew what the replay server answers; CASSANDRA=host:port names a Cassandra 5.0
#
# BENCH_ARGS are passed on, e.g. make bench-quick BENCH_ARGS='--works read --rounds 1'
PEERS := build/peers
BENCH_ARGS ?=
CASSANDRA ?=

.PHONY: bench bench-cluster bench-columns bench-flame bench-growth bench-page bench-monitoring bench-concurrency bench-micro bench-peers bench-pools bench-quick bench-record bench-requests bench-sync

# async-cassandra asks for Python 3.12 but runs on 3.11. It goes in by itself: with the check off for all, the others'
# dependencies would come in versions that this Python cannot read.
$(PEERS)/.installed: bench/peers.txt
	@echo "installing the peers in $(PEERS)"
	@$(PYTHON) -m venv $(PEERS)
	@$(PEERS)/bin/pip install --quiet --upgrade pip
	@$(PEERS)/bin/pip install --quiet -r bench/peers.txt
	@$(PEERS)/bin/pip install --quiet --no-deps --ignore-requires-python async-cassandra==0.0.1
	@touch $@

bench-peers: $(PEERS)/.installed

$(VENV)/.uvloop: $(VENV)/.installed
	@$(BIN)/pip install --quiet uvloop
	@touch $@

# The compiled core by itself is one of the limits in the tables.
$(VENV)/.bench-core: bench/core/bare.pyx $(VENV)/.built
	@$(BIN)/python bench/core/build.py
	@touch $@

BENCH_READY := build bench-peers $(VENV)/.uvloop $(VENV)/.bench-core

bench: $(BENCH_READY)
	@$(BIN)/python -m bench.run $(if $(CASSANDRA),--server $(CASSANDRA)) --output bench/results/full.json $(BENCH_ARGS)
	@$(BIN)/python -m bench.growth.run --output bench/results/growth.json
	@$(MAKE) bench-page

bench-page: build
	@$(BIN)/python -m bench.report docs/benchmarks.md

bench-growth: build
	@$(BIN)/python -m bench.growth.run --output bench/results/growth.json --plot docs/pictures/benchmarks-growth.svg $(BENCH_ARGS)

NAME ?= now
bench-flame: build
	@$(BIN)/python -m bench.flame docs/pictures/flame-$(NAME).svg $(BENCH_ARGS)

bench-quick: $(BENCH_READY)
	@$(BIN)/python -m bench.run --quick --output build/bench/quick.json $(BENCH_ARGS)

bench-record: build bench-peers $(VENV)/.uvloop
	@$(BIN)/python -m bench.record $(if $(CASSANDRA),--server $(CASSANDRA)) $(BENCH_ARGS)

bench-concurrency: build bench-peers $(VENV)/.uvloop
	@$(BIN)/python -m bench.concurrency $(if $(CASSANDRA),--server $(CASSANDRA)) --output bench/results/concurrency.json $(BENCH_ARGS)

bench-micro: build $(VENV)/.bench-core
	@$(BIN)/python -m bench.micro --output build/bench/micro.json $(BENCH_ARGS)

bench-pools: build $(VENV)/.uvloop
	@$(BIN)/python -m bench.pools --output build/bench/pools.json $(BENCH_ARGS)

bench-requests: build $(VENV)/.bench-core
	@$(BIN)/python -m bench.requests --output build/bench/requests.json $(BENCH_ARGS)

bench-cluster: build $(VENV)/.bench-core
	@$(BIN)/python -m bench.cluster --output build/bench/cluster.json $(BENCH_ARGS)

bench-monitoring: build
	@$(BIN)/python -m bench.monitoring --output build/bench/monitoring.json $(BENCH_ARGS)

bench-sync: build
	@$(BIN)/python -m bench.sync --output build/bench/sync.json $(BENCH_ARGS)

bench-columns: build
	@$(BIN)/python -m bench.columns --output build/bench/columns.json $(BENCH_ARGS)
