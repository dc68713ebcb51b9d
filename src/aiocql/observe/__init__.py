"""Event records, counters and snapshots that lower layers fill and anybody may read."""
