"""What cassandra-driver asks of the package lz4, given by cramjam."""
