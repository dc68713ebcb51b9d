"""Benchmarks: this driver and its peers on the same work, against replayed answers and a real Cassandra."""
