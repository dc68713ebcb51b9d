"""Statistics, health, traces and reports of a session, as data. Knows cluster, pool and execution."""
