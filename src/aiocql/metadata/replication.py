"""How a keyspace is replicated: the setting of ``system_schema.keyspaces.replication``, read."""

from __future__ import annotations

from collections.abc import Mapping

__all__ = [
    "EverywhereStrategy",
    "LocalStrategy",
    "NetworkTopologyStrategy",
    "ReplicationFactor",
    "ReplicationStrategy",
    "SimpleStrategy",
    "UnknownStrategy",
    "parse_replication",
]

# More replicas than this make no sense and would only cost memory: a factor comes from the server as text.
MAX_REPLICATION_FACTOR = 1000


class ReplicationFactor:
    """How many replicas, and how many of them are transient (``"3/1"``: three, one of them transient)."""

    __slots__ = ("replicas", "transient")

    def __init__(self, replicas: int, transient: int = 0) -> None:
        self.replicas = replicas
        self.transient = transient

    @classmethod
    def parse(cls, text: str) -> ReplicationFactor:
        """Reads ``"3"`` or ``"3/1"``; ValueError for anything else."""
        total, slash, transient = str(text).partition("/")
        factor = cls(int(total), int(transient) if slash else 0)
        if not 0 <= factor.transient <= factor.replicas <= MAX_REPLICATION_FACTOR:
            raise ValueError(f"replication factor out of range: {text!r}")
        return factor

    def __str__(self) -> str:
        return f"{self.replicas}/{self.transient}" if self.transient else str(self.replicas)

    def __repr__(self) -> str:
        return f"ReplicationFactor({self})"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, ReplicationFactor):
            return NotImplemented
        return (self.replicas, self.transient) == (other.replicas, other.transient)

    def __hash__(self) -> int:
        return hash((self.replicas, self.transient))


class ReplicationStrategy:
    """Base of the strategies. Two that compare equal place replicas alike on the same ring.

    `options` is the setting as the server gave it, the class included.
    """

    name = "ReplicationStrategy"

    def __init__(self, options: Mapping[str, str]) -> None:
        self.options = dict(options)

    def placement(self) -> tuple[object, ...]:
        """What decides where replicas are: equal placements share one table of replicas."""
        return (type(self),)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, ReplicationStrategy):
            return NotImplemented
        return self.placement() == other.placement()

    def __hash__(self) -> int:
        return hash(self.placement())

    def __repr__(self) -> str:
        settings = ", ".join(
            f"{key}={value}" for key, value in sorted(self.options.items()) if key != "class"
        )
        return f"{self.name}({settings})"


class SimpleStrategy(ReplicationStrategy):
    """The next distinct nodes of the ring, wherever they are."""

    name = "SimpleStrategy"

    def __init__(self, options: Mapping[str, str]) -> None:
        super().__init__(options)
        self.factor = ReplicationFactor.parse(options["replication_factor"])

    def placement(self) -> tuple[object, ...]:
        return (SimpleStrategy, self.factor.replicas)


class NetworkTopologyStrategy(ReplicationStrategy):
    """So many replicas in each datacenter, on different racks as far as there are any."""

    name = "NetworkTopologyStrategy"

    def __init__(self, options: Mapping[str, str]) -> None:
        super().__init__(options)
        self.factors = {
            datacenter: ReplicationFactor.parse(text)
            for datacenter, text in options.items()
            if datacenter != "class"
        }

    def placement(self) -> tuple[object, ...]:
        return (
            NetworkTopologyStrategy,
            frozenset((datacenter, factor.replicas) for datacenter, factor in self.factors.items()),
        )


class LocalStrategy(ReplicationStrategy):
    """Every node has its own (the keyspaces ``system`` and ``system_schema``): there is nothing to route by."""

    name = "LocalStrategy"


class EverywhereStrategy(ReplicationStrategy):
    """Every node is a replica (DataStax Enterprise)."""

    name = "EverywhereStrategy"


class UnknownStrategy(ReplicationStrategy):
    """A strategy or a setting that the driver cannot follow: requests are routed without replicas."""

    def __init__(self, options: Mapping[str, str]) -> None:
        super().__init__(options)
        self.name = str(options.get("class", "?")).rpartition(".")[2]

    def placement(self) -> tuple[object, ...]:
        return (UnknownStrategy,)


STRATEGIES: dict[str, type[ReplicationStrategy]] = {
    strategy.name: strategy
    for strategy in (SimpleStrategy, NetworkTopologyStrategy, LocalStrategy, EverywhereStrategy)
}


def parse_replication(options: Mapping[str, str]) -> ReplicationStrategy:
    """The strategy of a keyspace. Never raises: what cannot be read is an `UnknownStrategy`."""
    name = str(options.get("class", "")).rpartition(".")[2]
    try:
        return STRATEGIES.get(name, UnknownStrategy)(options)
    except (KeyError, ValueError, TypeError):
        return UnknownStrategy(options)
