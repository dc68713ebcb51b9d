"""A cluster that somebody else runs, in the place of one that the tests would start."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from aiocql.errors import ConfigurationError
from aiocql.testing.cassandra.probe import Probe

__all__ = ["ExistingCluster"]


@dataclass
class ExistingCluster:
    """What tests can know of a cluster that they did not start: where it is. Nothing can be done to its nodes.

    `contact_points` are ``address`` or ``address:port``; `credentials` are used by `execute()`.
    """

    contact_points: list[str]
    credentials: Sequence[str] = ("cassandra", "cassandra")

    @classmethod
    def parse(cls, text: str) -> ExistingCluster:
        """From ``host1:9042,host2``. Raises `ConfigurationError` if it contains no address."""
        points = [part.strip() for part in text.split(",") if part.strip()]
        if not points:
            raise ConfigurationError(
                "no contact point given", hint="--cassandra-contact-points=host1,host2:9042"
            )
        return cls(points)

    async def execute(self, statement: str, timeout: float = 30.0) -> None:
        """Run one CQL statement on the first contact point, over plain TCP. Raises `LauncherError` if it is refused."""
        host, _, port = self.contact_points[0].partition(":")
        await Probe(host, int(port or 9042), timeout=timeout).execute(statement, *self.credentials)
