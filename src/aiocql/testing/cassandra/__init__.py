"""Launch real Cassandra nodes and wait for them: processes, containers, or a cluster that already runs."""
