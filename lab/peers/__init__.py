"""The same faults for aiocql, cassandra-driver and acsylla, with the figures side by side (`make peers-faults`)."""
