"""One TCP connection: the first layer that imports asyncio."""
