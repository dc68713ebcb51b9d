"""The native protocol without I/O: frames, messages, streams, handshake, requests. Knows types, nodes and binary."""
