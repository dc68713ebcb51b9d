"""One worker program a client, all with the same works and arguments: `python -m bench.clients.NAME --work read`."""
