"""What a request returns: results, pages, streams, concurrent executions. Knows execution and monitoring."""
