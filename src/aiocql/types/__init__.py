"""CQL types: their descriptions and codecs. Knows binary and errors, nothing of messages."""
