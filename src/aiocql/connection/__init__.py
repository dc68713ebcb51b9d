"""One TCP connection: the first room that imports asyncio. Knows options, protocol and nodes."""
