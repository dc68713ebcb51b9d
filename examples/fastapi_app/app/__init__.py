"""Users in Cassandra, over HTTP."""
