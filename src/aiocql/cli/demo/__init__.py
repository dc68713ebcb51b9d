"""`make demo`: a real cluster, and what the driver does with it, in under three minutes."""

from aiocql.cli.demo.command import demo

__all__ = ["demo"]
