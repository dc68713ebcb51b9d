"""Writers of the log records: node events, slow queries, server warnings."""
