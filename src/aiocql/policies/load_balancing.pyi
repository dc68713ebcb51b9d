from collections.abc import Callable, Iterable, Iterator
from typing import Any, Literal, Protocol

from aiocql.metadata.snapshot import ClusterSnapshot
from aiocql.nodes.host import Host
from aiocql.nodes.states import HostDistance

class Routing:
    keyspace: str | None
    token: int | None
    is_lwt: bool
    is_dc_local: bool
    def __init__(
        self,
        keyspace: str | None = None,
        token: int | None = None,
        *,
        is_lwt: bool = False,
        is_dc_local: bool = False,
    ) -> None: ...

class Plan:
    def __iter__(self) -> Iterator[Host]: ...
    def __next__(self) -> Host: ...

class SupportsPlan(Protocol):
    def plan(self, snapshot: ClusterSnapshot, routing: Routing, /) -> Iterable[Host]: ...

class LoadBalancingPolicy:
    def plan(self, snapshot: ClusterSnapshot, routing: Routing) -> Iterable[Host]: ...
    def distance(self, snapshot: ClusterSnapshot, host: Host) -> HostDistance: ...

def as_policy(policy: SupportsPlan) -> LoadBalancingPolicy: ...

class DefaultLoadBalancingPolicy(LoadBalancingPolicy):
    local_datacenter: str | None
    local_rack: str | None
    remote_datacenters: tuple[str, ...] | Literal["all"]
    max_remote_hosts: int | None
    allow_remote_for_local_consistency: bool
    any_datacenter: bool
    def __init__(
        self,
        local_datacenter: str | None = None,
        *,
        local_rack: str | None = None,
        remote_datacenters: Iterable[str] | Literal["all"] = (),
        max_remote_hosts: int | None = None,
        allow_remote_for_local_consistency: bool = False,
    ) -> None: ...

class RoundRobinPolicy(DefaultLoadBalancingPolicy):
    def __init__(self) -> None: ...

class DCAwareRoundRobinPolicy(DefaultLoadBalancingPolicy):
    def __init__(
        self,
        local_datacenter: str | None = None,
        *,
        remote_datacenters: Iterable[str] | Literal["all"] = (),
        max_remote_hosts: int | None = None,
        allow_remote_for_local_consistency: bool = False,
    ) -> None: ...

class RackAwareRoundRobinPolicy(DefaultLoadBalancingPolicy):
    def __init__(
        self,
        local_datacenter: str | None,
        local_rack: str,
        *,
        remote_datacenters: Iterable[str] | Literal["all"] = (),
        max_remote_hosts: int | None = None,
        allow_remote_for_local_consistency: bool = False,
    ) -> None: ...

class LeastLoadedPolicy(DefaultLoadBalancingPolicy):
    def __init__(
        self,
        local_datacenter: str | None = None,
        *,
        remote_datacenters: Iterable[str] | Literal["all"] = (),
        max_remote_hosts: int | None = None,
    ) -> None: ...

class HostFilterPolicy(LoadBalancingPolicy):
    child: LoadBalancingPolicy
    predicate: Callable[[Host], Any]
    def __init__(self, child: SupportsPlan, predicate: Callable[[Host], Any]) -> None: ...

class TokenAwarePolicy(LoadBalancingPolicy):
    child: LoadBalancingPolicy
    def __init__(self, child: SupportsPlan) -> None: ...

def load_of(host: Host) -> tuple[bool, int]: ...
