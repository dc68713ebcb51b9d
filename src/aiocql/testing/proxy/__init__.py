"""A TCP proxy between client and server that injects faults. It does not know the protocol."""
