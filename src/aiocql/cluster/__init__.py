"""The cluster: control connection, topology and schema refresh, events, pools of all nodes. Knows pool and below."""
