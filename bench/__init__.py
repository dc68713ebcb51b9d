"""Benchmarks: this driver and its peers on the same work, on a server that replays recorded answers and on a real Cassandra."""
