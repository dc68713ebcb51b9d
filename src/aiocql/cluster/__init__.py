"""The control connection, topology and schema refresh, events, hosts going up and down."""
