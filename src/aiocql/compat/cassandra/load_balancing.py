"""Load balancing policies with cassandra-driver's parameters, and a base for an application's own."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from aiocql.metadata.snapshot import ClusterSnapshot
from aiocql.nodes.host import Host
from aiocql.nodes.states import HostDistance
from aiocql.policies import load_balancing as core
from aiocql.policies.load_balancing import Routing

if TYPE_CHECKING:
    from aiocql.policies.load_balancing import SupportsPlan

__all__ = [
    "DCAwareRoundRobinPolicy",
    "DefaultLoadBalancingPolicy",
    "HostFilterPolicy",
    "LoadBalancingPolicy",
    "RoundRobinPolicy",
    "RoutedPolicy",
    "TokenAwarePolicy",
    "WhiteListRoundRobinPolicy",
]

RoundRobinPolicy = core.RoundRobinPolicy


class DCAwareRoundRobinPolicy(core.DCAwareRoundRobinPolicy):
    """Hosts of one datacenter in turn; of each other one up to `used_hosts_per_remote_dc` after them."""

    def __init__(self, local_dc: str = "", used_hosts_per_remote_dc: int = 0) -> None:
        super().__init__(
            local_dc or None,
            remote_datacenters="all" if used_hosts_per_remote_dc else (),
            max_remote_hosts=used_hosts_per_remote_dc or None,
            allow_remote_for_local_consistency=bool(used_hosts_per_remote_dc),
        )


class TokenAwarePolicy(core.TokenAwarePolicy):
    """The replicas of a statement's partition first, then the other policy's hosts."""

    def __init__(self, child_policy: SupportsPlan, shuffle_replicas: bool = True) -> None:
        super().__init__(child_policy)


class DefaultLoadBalancingPolicy(TokenAwarePolicy):
    """The other policy; `host=` of a call decides before it."""

    def __init__(self, child_policy: SupportsPlan | None = None) -> None:
        super().__init__(child_policy or DCAwareRoundRobinPolicy())


class HostFilterPolicy(core.HostFilterPolicy):
    """The other policy's hosts, without those for which the predicate is false."""

    def __init__(self, child_policy: SupportsPlan, predicate: Callable[[Host], Any]) -> None:
        super().__init__(child_policy, predicate)


class WhiteListRoundRobinPolicy(core.HostFilterPolicy):
    """Only these hosts, in turn."""

    def __init__(self, hosts: Iterable[str]) -> None:
        allowed = frozenset(hosts)
        super().__init__(
            core.RoundRobinPolicy(), lambda host: host.address in allowed or host.endpoint in allowed
        )


class LoadBalancingPolicy(core.LoadBalancingPolicy):
    """Base of an application's own policies, with cassandra-driver's methods.

    `populate` is called with the hosts when they are first known and whenever they change; of a statement
    `make_query_plan` gets the keyspace.
    """

    _populated: tuple[Host, ...] = ()

    def populate(self, cluster: Any, hosts: Iterable[Host]) -> None:
        """These are the hosts."""

    def make_query_plan(self, working_keyspace: str | None = None, query: Any = None) -> Iterable[Host]:
        """The hosts to try, in order."""
        raise NotImplementedError

    def plan(self, snapshot: ClusterSnapshot, routing: Routing) -> Iterable[Host]:
        """What `make_query_plan` gives."""
        self._follow(snapshot)
        return self.make_query_plan(routing.keyspace, None)

    def distance(self, *told: Any) -> HostDistance:
        """How near a host is: override ``distance(self, host)``. LOCAL."""
        return HostDistance.LOCAL

    def _follow(self, snapshot: ClusterSnapshot) -> None:
        if self._populated is not snapshot.hosts:
            self._populated = snapshot.hosts
            self.populate(None, snapshot.hosts)

    def __init_subclass__(cls) -> None:
        """A `distance(host)` of cassandra-driver's form is called as aiocql calls it, with the snapshot before."""
        own = cls.__dict__.get("distance")
        if own is not None:

            def distance(self: Any, *told: Any) -> HostDistance:
                if len(told) == 2:
                    self._follow(told[0])
                found: HostDistance = own(self, told[-1])
                return found

            cls.distance = distance  # type: ignore[method-assign]


class RoutedPolicy(core.LoadBalancingPolicy):
    """Another policy, told the partition of a statement that does not show it (`routing_key=`)."""

    def __init__(self, child: SupportsPlan, keyspace: str | None, token: int) -> None:
        self.child = core.as_policy(child)
        self.keyspace = keyspace
        self.token = token

    def plan(self, snapshot: ClusterSnapshot, routing: Routing) -> Iterable[Host]:
        """The other policy's plan for that partition."""
        told = Routing(
            self.keyspace or routing.keyspace,
            self.token,
            is_lwt=routing.is_lwt,
            is_dc_local=routing.is_dc_local,
        )
        return self.child.plan(snapshot, told)

    def distance(self, snapshot: ClusterSnapshot, host: Host) -> HostDistance:
        """The other policy's."""
        return self.child.distance(snapshot, host)
