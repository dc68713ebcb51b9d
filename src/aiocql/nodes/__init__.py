"""Nodes of the cluster as live objects: state, distance, counters. Knows only errors and enumerations."""
