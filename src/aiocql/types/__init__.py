"""CQL types: their descriptions and their codecs. Knows nothing of messages."""
