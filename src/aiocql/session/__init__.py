"""Statements in, results out: attempts, retries, paging, prepared statements, batches."""
