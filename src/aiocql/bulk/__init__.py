"""Much data at once: whole results in columns, batches of them, and scans of tables."""
