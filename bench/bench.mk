# Benchmarks; included by the Makefile.
#
#   make bench              every client, every work, five rounds: figures, and the documentation's page
#   make bench-quick        three works in about two minutes, to the terminal only
#   make bench-record       records anew what the replay server answers; CASSANDRA=host:port names a Cassandra 5.0
#
# BENCH_ARGS are passed on, e.g. make bench-quick BENCH_ARGS='--works read --rounds 1'
PEERS := build/peers
BENCH_ARGS ?=
CASSANDRA ?=

.PHONY: bench bench-quick bench-record bench-peers

# async-cassandra asks for Python 3.12, but runs on 3.11.
$(PEERS)/.installed: bench/peers.txt
	@echo "installing the peers in $(PEERS)"
	@$(PYTHON) -m venv $(PEERS)
	@$(PEERS)/bin/pip install --quiet --upgrade pip
	@$(PEERS)/bin/pip install --quiet --ignore-requires-python -r bench/peers.txt
	@touch $@

bench-peers: $(PEERS)/.installed

$(VENV)/.uvloop: $(VENV)/.installed
	@$(BIN)/pip install --quiet uvloop
	@touch $@

bench: build bench-peers $(VENV)/.uvloop
	@$(BIN)/python -m bench.run --output bench/results/full.json --page docs/benchmarks.md $(BENCH_ARGS)

bench-quick: build bench-peers $(VENV)/.uvloop
	@$(BIN)/python -m bench.run --quick --output build/bench/quick.json $(BENCH_ARGS)

bench-record: build bench-peers $(VENV)/.uvloop
	@$(BIN)/python -m bench.record $(if $(CASSANDRA),--server $(CASSANDRA)) $(BENCH_ARGS)
