"""Immutable snapshots of the cluster: topology, tokens, replication, schema. Knows nodes, types and binary."""
