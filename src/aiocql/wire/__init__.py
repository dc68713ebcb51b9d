"""The native protocol, sans-IO: frames, segments, messages, stream ids, handshake. No socket, loop, clock or log."""
