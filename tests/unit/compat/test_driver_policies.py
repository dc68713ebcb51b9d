"""Policies with cassandra-driver's parameters decide as they do there, and are aiocql's own."""

from __future__ import annotations

from typing import Any

import cassandra.policies
import pytest

from aiocql import errors
from aiocql.compat.async_cassandra import AsyncRetryPolicy
from aiocql.compat.cassandra import policies
from aiocql.compat.cassandra.consistency import WriteType
from aiocql.enums import ConsistencyLevel
from aiocql.metadata.snapshot import ClusterSnapshot
from aiocql.nodes.host import Host
from aiocql.nodes.states import HostDistance
from aiocql.policies.load_balancing import Routing
from aiocql.policies.retry import RetryDecision, RetryInput, RetryVerdict

ONE = ConsistencyLevel.ONE
LATE_READ = errors.ReadTimeout("late", consistency=ONE, required=1, received=1, data_present=False)
LATE_WRITE = errors.WriteTimeout("late", consistency=ONE, required=1, received=0, write_type="SIMPLE")
LATE_LOG = errors.WriteTimeout("late", consistency=ONE, required=1, received=0, write_type="BATCH_LOG")
UNAVAILABLE = errors.Unavailable("few", consistency=ONE, required=2, alive=1)
LOST = errors.ConnectionLost("gone")
OVERLOADED = errors.Overloaded("busy")


@pytest.mark.parametrize("retry_num", [0, 1, 5])
@pytest.mark.parametrize("name", ["RetryPolicy", "FallthroughRetryPolicy"])
def test_the_default_decides_as_there(name: str, retry_num: int) -> None:
    theirs, ours = getattr(cassandra.policies, name)(), getattr(policies, name)()
    for received, data in ((0, False), (1, False), (1, True)):
        asked: tuple[Any, ...] = (None, ONE, 1, received, data, retry_num)
        assert ours.on_read_timeout(*asked) == theirs.on_read_timeout(*asked)
    for kind in range(8):
        asked = (None, ONE, kind, 1, 0, retry_num)
        assert ours.on_write_timeout(*asked) == theirs.on_write_timeout(*asked)
    asked = (None, ONE, 2, 1, retry_num)
    assert ours.on_unavailable(*asked) == theirs.on_unavailable(*asked)
    asked = (None, ONE, OVERLOADED, retry_num)
    assert ours.on_request_error(*asked) == theirs.on_request_error(*asked)


class Statement:
    is_idempotent = True


def test_the_asynchronous_one_retries_three_times() -> None:
    policy, safe, unsafe = AsyncRetryPolicy(), Statement(), object()
    assert policy.on_read_timeout(unsafe, ONE, 2, 1, True, 0) == (policy.RETRY, ONE)
    assert policy.on_read_timeout(unsafe, ONE, 2, 2, False, 2) == (policy.RETRY, ONE)
    assert policy.on_read_timeout(unsafe, ONE, 2, 1, False, 0) == (policy.RETHROW, None)
    assert policy.on_write_timeout(safe, ONE, WriteType.SIMPLE, 2, 1, 0) == (policy.RETRY, ONE)
    assert policy.on_write_timeout(safe, ONE, WriteType.COUNTER, 2, 1, 0) == (policy.RETHROW, None)
    assert policy.on_write_timeout(unsafe, ONE, WriteType.SIMPLE, 2, 1, 0) == (policy.RETHROW, None)
    assert policy.on_unavailable(unsafe, ONE, 2, 1, 0) == (policy.RETRY_NEXT_HOST, ONE)
    assert policy.on_unavailable(unsafe, ONE, 2, 1, 1) == (policy.RETRY, ONE)
    assert policy.on_request_error(unsafe, ONE, LOST, 0) == (policy.RETRY_NEXT_HOST, ONE)
    for asked in (
        policy.on_read_timeout(safe, ONE, 2, 2, True, 3),
        policy.on_write_timeout(safe, ONE, WriteType.SIMPLE, 2, 1, 3),
        policy.on_unavailable(safe, ONE, 2, 1, 3),
        policy.on_request_error(safe, ONE, LOST, 3),
    ):
        assert asked == (policy.RETHROW, None)


@pytest.mark.parametrize(
    ("error", "idempotent", "expected"),
    [
        (LATE_READ, True, RetryDecision.RETRY_SAME),
        (LATE_WRITE, True, RetryDecision.RETRY_SAME),
        (LATE_WRITE, False, RetryDecision.RETHROW),
        (UNAVAILABLE, False, RetryDecision.RETRY_NEXT),
        (LOST, True, RetryDecision.RETRY_NEXT),
        (LOST, False, RetryDecision.RETHROW),
        (OVERLOADED, True, RetryDecision.RETRY_NEXT),
        (OVERLOADED, False, RetryDecision.RETHROW),
        (errors.IsBootstrapping("no"), False, RetryDecision.RETRY_NEXT),
        (errors.SyntaxException("no"), True, RetryDecision.RETHROW),
    ],
)
def test_what_may_have_been_written_is_not_sent_again(
    error: errors.Error, idempotent: bool, expected: RetryDecision
) -> None:
    failed = RetryInput(error, idempotent=idempotent, consistency=ONE)
    assert AsyncRetryPolicy().decide(failed) is expected


def test_a_policy_of_the_applications_own_decides() -> None:
    class Downgrading(policies.RetryPolicy):
        def on_unavailable(self, query: Any, *told: Any, **_: Any) -> Any:
            assert query.is_idempotent
            return self.RETRY, ConsistencyLevel.ANY

    verdict = Downgrading().decide(RetryInput(UNAVAILABLE, idempotent=True, consistency=ONE))
    assert isinstance(verdict, RetryVerdict)
    assert (verdict.decision, verdict.consistency) == (RetryDecision.RETRY_SAME, ConsistencyLevel.ANY)


HOSTS = tuple(Host(f"10.0.0.{n}", datacenter="dc1", rack="r1") for n in (1, 2, 3))


def plan_of(policy: Any) -> set[str]:
    return {host.address for host in policy.plan(ClusterSnapshot(HOSTS), Routing())}


def test_load_balancing_takes_the_parameters_of_there() -> None:
    policy = policies.TokenAwarePolicy(
        policies.DCAwareRoundRobinPolicy(local_dc="dc1"), shuffle_replicas=True
    )
    assert policy.child.local_datacenter == "dc1"
    remote = policies.DCAwareRoundRobinPolicy("dc1", used_hosts_per_remote_dc=2)
    assert (remote.remote_datacenters, remote.max_remote_hosts) == ("all", 2)
    with pytest.raises(TypeError):
        policies.RoundRobinPolicy(1)
    policies.DefaultLoadBalancingPolicy(policies.RoundRobinPolicy())
    policies.HostFilterPolicy(policies.RoundRobinPolicy(), lambda host: True)


def test_a_white_list_has_no_other_hosts() -> None:
    policy = policies.WhiteListRoundRobinPolicy(["10.0.0.1", "10.0.0.3:9042"])
    snapshot = ClusterSnapshot(HOSTS)
    distances = [policy.distance(snapshot, host) for host in HOSTS]
    assert [distance is HostDistance.IGNORED for distance in distances] == [False, True, False]


def test_a_load_balancing_policy_of_the_applications_own_is_asked() -> None:
    class Own(policies.LoadBalancingPolicy):
        def populate(self, cluster: Any, hosts: Any) -> None:
            self.hosts = list(hosts)

        def distance(self, host: Host) -> HostDistance:  # type: ignore[override]
            return HostDistance.REMOTE if host is HOSTS[0] else HostDistance.LOCAL

        def make_query_plan(self, working_keyspace: str | None = None, query: Any = None) -> list[Host]:
            return self.hosts[1:]

    own = Own()
    assert plan_of(own) == {"10.0.0.2", "10.0.0.3"}
    assert own.distance(ClusterSnapshot(HOSTS), HOSTS[0]) is HostDistance.REMOTE  # type: ignore[call-arg]


def test_reconnection_takes_the_parameters_of_there() -> None:
    constant = policies.ConstantReconnectionPolicy(delay=2.0, max_attempts=3)
    assert next(iter(constant.schedule())) == 2.0
    exponential = policies.ExponentialReconnectionPolicy(base_delay=1.0, max_delay=60.0, max_attempts=5)
    assert (exponential.base_delay, exponential.max_delay, exponential.max_attempts) == (1.0, 60.0, 5)


def test_addresses_are_translated() -> None:
    from aiocql.compat.cassandra.address_translation import as_translator

    class Own(policies.AddressTranslator):
        def translate(self, addr: str) -> str:
            return addr.replace("10.", "192.168.")

    translate = as_translator(Own())
    assert translate is not None
    assert translate("10.0.1", 9042) == ("192.168.0.1", 9042)
    assert as_translator(policies.IdentityTranslator()) is None
