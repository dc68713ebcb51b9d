"""Every option, checked before the driver contacts a node. Knows policies, nodes, types and errors.

Options are resolved in this order: keyword of `connect`, DSN, environment (`CASSANDRA_...`), default.
"""
