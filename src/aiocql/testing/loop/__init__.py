"""Event loops and transports for tests: virtual time, connections in memory, stepping through a coroutine."""
