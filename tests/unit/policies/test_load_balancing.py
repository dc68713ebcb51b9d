from collections import Counter
from collections.abc import Iterable
from typing import Any

import pytest
from tests.unit.metadata.builders import make_host, make_snapshot

from aiocql.errors import ConfigurationError
from aiocql.metadata.snapshot import ClusterSnapshot
from aiocql.nodes.host import Host
from aiocql.nodes.states import HostDistance, HostState
from aiocql.policies.load_balancing import (
    DCAwareRoundRobinPolicy,
    DefaultLoadBalancingPolicy,
    HostFilterPolicy,
    LeastLoadedPolicy,
    LoadBalancingPolicy,
    RackAwareRoundRobinPolicy,
    RoundRobinPolicy,
    Routing,
    TokenAwarePolicy,
    as_policy,
)

NETWORK = {"class": "NetworkTopologyStrategy", "dc1": "3", "dc2": "2"}


def two_datacenters() -> tuple[list[Host], ClusterSnapshot]:
    """Hosts 0 to 5 in dc1 (racks a, b, c, a, b, c), 6 to 9 in dc2; host i has the token 100 i."""
    hosts = [make_host(i, "dc1", "abc"[i % 3]) for i in range(6)]
    hosts += [make_host(i, "dc2", "abc"[i % 3]) for i in range(6, 10)]
    return hosts, make_snapshot(hosts, replications={"ks": NETWORK})


def numbers(plan: Iterable[Host]) -> list[int]:
    return [int(host.host_id) - 1 for host in plan if host.host_id is not None]


AT_100 = Routing("ks", 100)
"""Its replicas are 1, 2 and 3 in dc1, 6 and 7 in dc2."""


class Counting(DefaultLoadBalancingPolicy):
    """Counts how often the hosts of a snapshot are sorted."""

    sorted_hosts = 0

    def _remote_hosts(self, snapshot: ClusterSnapshot, local_datacenter: str | None) -> tuple[Host, ...]:
        self.sorted_hosts += 1
        return super()._remote_hosts(snapshot, local_datacenter)  # type: ignore[misc, no-any-return]


class TestShared:
    """One policy object for several sessions, each with snapshots of its own."""

    def test_hosts_are_sorted_once_for_each_snapshot_whoever_asks(self) -> None:
        policy = Counting("dc1")
        snapshots = [two_datacenters()[1] for _ in range(3)]
        for _ in range(20):
            for snapshot in snapshots:
                plan = list(policy.plan(snapshot, AT_100))
                assert set(plan) <= set(snapshot.hosts)
                assert sorted(numbers(plan)[:3]) == [1, 2, 3]
        assert policy.sorted_hosts == 3

    def test_many_policies_for_one_snapshot_each_give_their_own_plan(self) -> None:
        hosts, snapshot = two_datacenters()
        policies = [DefaultLoadBalancingPolicy("dc1" if i % 2 else "dc2") for i in range(40)]
        for _ in range(3):
            for i, policy in enumerate(policies):
                local = set(hosts[:6]) if i % 2 else set(hosts[6:])
                assert set(policy.plan(snapshot, AT_100)) == local


class TestDefault:
    def test_replicas_of_the_datacenter_first_then_the_others(self) -> None:
        _, snapshot = two_datacenters()
        policy = DefaultLoadBalancingPolicy()
        for _ in range(50):
            plan = numbers(policy.plan(snapshot, AT_100))
            assert sorted(plan[:3]) == [1, 2, 3]
            assert sorted(plan[3:]) == [0, 4, 5]

    def test_load_spreads_over_all_replicas(self) -> None:
        _, snapshot = two_datacenters()
        policy = DefaultLoadBalancingPolicy()
        firsts = Counter(numbers(policy.plan(snapshot, AT_100))[0] for _ in range(600))
        assert set(firsts) == {1, 2, 3}
        assert min(firsts.values()) > 100

    def test_the_busiest_of_three_is_never_first(self) -> None:
        hosts, snapshot = two_datacenters()
        hosts[2].load.in_flight = 50
        policy = DefaultLoadBalancingPolicy()
        assert {numbers(policy.plan(snapshot, AT_100))[0] for _ in range(200)} == {1, 3}

    @pytest.mark.fault(7)
    def test_a_replica_that_stopped_answering_goes_behind(self) -> None:
        hosts, snapshot = two_datacenters()
        hosts[2].is_slow = True
        policy = DefaultLoadBalancingPolicy()
        for _ in range(50):
            assert numbers(policy.plan(snapshot, AT_100))[2] == 2

    def test_when_most_are_slow_their_order_says_nothing(self) -> None:
        hosts, snapshot = two_datacenters()
        hosts[1].is_slow = hosts[2].is_slow = True
        policy = DefaultLoadBalancingPolicy()
        assert {numbers(policy.plan(snapshot, AT_100))[0] for _ in range(200)} > {3}

    def test_hosts_that_are_down_come_last(self) -> None:
        hosts, snapshot = two_datacenters()
        hosts[1].state = HostState.DOWN
        hosts[4].state = HostState.UNKNOWN
        plan = numbers(DefaultLoadBalancingPolicy().plan(snapshot, AT_100))
        assert sorted(plan[:2]) == [2, 3]
        assert sorted(plan[2:4]) == [0, 5]
        assert sorted(plan[4:]) == [1, 4]

    def test_all_down_is_still_a_plan(self) -> None:
        hosts, snapshot = two_datacenters()
        for host in hosts:
            host.state = HostState.DOWN
        assert sorted(numbers(DefaultLoadBalancingPolicy().plan(snapshot, AT_100))) == [0, 1, 2, 3, 4, 5]

    def test_ignored_hosts_are_left_out(self) -> None:
        hosts, snapshot = two_datacenters()
        hosts[1].distance = HostDistance.IGNORED
        hosts[0].distance = HostDistance.IGNORED
        for _ in range(20):
            assert not {0, 1} & set(numbers(DefaultLoadBalancingPolicy().plan(snapshot, AT_100)))

    def test_transactions_take_the_replicas_in_ring_order(self) -> None:
        hosts, snapshot = two_datacenters()
        hosts[1].load.in_flight = 1000
        policy = DefaultLoadBalancingPolicy()
        for _ in range(20):
            assert numbers(policy.plan(snapshot, Routing("ks", 100, is_lwt=True)))[:3] == [1, 2, 3]

    def test_without_token_all_hosts_take_turns(self) -> None:
        _, snapshot = two_datacenters()
        policy = DefaultLoadBalancingPolicy()
        firsts = Counter(numbers(policy.plan(snapshot, Routing()))[0] for _ in range(60))
        assert firsts == dict.fromkeys(range(6), 10)

    def test_without_token_the_less_loaded_of_two(self) -> None:
        hosts, snapshot = two_datacenters()
        hosts[3].load.in_flight = 9
        policy = DefaultLoadBalancingPolicy()
        assert 3 not in {numbers(policy.plan(snapshot, Routing()))[0] for _ in range(60)}

    @pytest.mark.parametrize("routing", [Routing("other", 100), Routing(None, 100), Routing("ks", None)])
    def test_what_has_no_replicas_goes_anywhere_near(self, routing: Routing) -> None:
        _, snapshot = two_datacenters()
        assert sorted(numbers(DefaultLoadBalancingPolicy().plan(snapshot, routing))) == [0, 1, 2, 3, 4, 5]

    def test_the_own_rack_first(self) -> None:
        hosts, snapshot = two_datacenters()
        policy = DefaultLoadBalancingPolicy("dc1", local_rack="c")
        for _ in range(20):
            plan = numbers(policy.plan(snapshot, AT_100))
            assert plan[0] == 2
            assert sorted(plan[1:3]) == [1, 3]
            assert plan[3] == 5
        hosts[2].state = HostState.DOWN
        assert numbers(policy.plan(snapshot, AT_100))[0] in (1, 3)
        assert numbers(policy.plan(snapshot, Routing()))[0] == 5

    @pytest.mark.fault(7)
    def test_a_slow_replica_of_the_own_rack_yields(self) -> None:
        hosts, snapshot = two_datacenters()
        hosts[2].is_slow = True
        policy = DefaultLoadBalancingPolicy("dc1", local_rack="c")
        assert numbers(policy.plan(snapshot, AT_100))[2] == 2

    def test_remote_hosts_only_where_allowed(self) -> None:
        _, snapshot = two_datacenters()
        plan = numbers(DefaultLoadBalancingPolicy(remote_datacenters=["dc2"]).plan(snapshot, AT_100))
        assert sorted(plan[:3]) == [1, 2, 3]
        assert sorted(plan[3:6]) == [0, 4, 5]
        assert sorted(plan[6:8]) == [6, 7]
        assert sorted(plan[8:]) == [8, 9]

    def test_so_many_remote_hosts(self) -> None:
        hosts, snapshot = two_datacenters()
        policy = DefaultLoadBalancingPolicy(remote_datacenters="all", max_remote_hosts=1)
        assert len(numbers(policy.plan(snapshot, AT_100))) == 7
        distances = Counter(policy.distance(snapshot, host) for host in hosts)
        assert distances == {HostDistance.LOCAL: 6, HostDistance.REMOTE: 1, HostDistance.IGNORED: 3}

    def test_remote_hosts_do_not_serve_local_consistency(self) -> None:
        _, snapshot = two_datacenters()
        routing = Routing("ks", 100, is_dc_local=True)
        assert len(list(DefaultLoadBalancingPolicy(remote_datacenters="all").plan(snapshot, routing))) == 6
        allowing = DefaultLoadBalancingPolicy(
            remote_datacenters="all", allow_remote_for_local_consistency=True
        )
        assert len(list(allowing.plan(snapshot, routing))) == 10

    def test_local_datacenter_of_the_policy_before_that_of_the_session(self) -> None:
        _, snapshot = two_datacenters()
        policy = DefaultLoadBalancingPolicy("dc2")
        assert sorted(numbers(policy.plan(snapshot, AT_100))) == [6, 7, 8, 9]

    def test_without_any_local_datacenter_all_are_local(self) -> None:
        hosts, snapshot = two_datacenters()
        snapshot = snapshot.replace(local_datacenter=None)
        policy = DefaultLoadBalancingPolicy()
        assert len(numbers(policy.plan(snapshot, Routing()))) == 10
        assert {policy.distance(snapshot, host) for host in hosts} == {HostDistance.LOCAL}

    def test_a_new_snapshot_counts_at_once(self) -> None:
        hosts, snapshot = two_datacenters()
        policy = DefaultLoadBalancingPolicy()
        assert len(numbers(policy.plan(snapshot, Routing()))) == 6
        assert len(numbers(policy.plan(make_snapshot(hosts[:2]), Routing()))) == 2

    def test_no_hosts(self) -> None:
        assert list(DefaultLoadBalancingPolicy().plan(make_snapshot([]), AT_100)) == []

    def test_more_replicas_than_are_ordered(self) -> None:
        hosts = [make_host(i) for i in range(40)]
        replications = {"ks": {"class": "NetworkTopologyStrategy", "dc1": "30"}}
        snapshot = make_snapshot(hosts, replications=replications)
        plan = numbers(DefaultLoadBalancingPolicy().plan(snapshot, Routing("ks", 0)))
        assert sorted(plan[:30]) == list(range(30))
        assert sorted(plan) == list(range(40))

    def test_no_host_is_given_twice(self) -> None:
        hosts, snapshot = two_datacenters()
        policy = DefaultLoadBalancingPolicy(remote_datacenters="all", local_rack="a")
        for i, host in enumerate(hosts):
            host.is_slow = i % 2 == 0
            host.state = HostState.DOWN if i % 3 == 0 else HostState.UP
        for token in range(-50, 1000, 50):
            assert sorted(numbers(policy.plan(snapshot, Routing("ks", token)))) == list(range(10))

    def test_nonsense_is_refused(self) -> None:
        with pytest.raises(ConfigurationError, match="max_remote_hosts"):
            DefaultLoadBalancingPolicy(max_remote_hosts=-1)


class TestOthers:
    def test_round_robin(self) -> None:
        _, snapshot = two_datacenters()
        policy = RoundRobinPolicy()
        firsts = [numbers(policy.plan(snapshot, AT_100))[0] for _ in range(20)]
        assert Counter(firsts) == dict.fromkeys(range(10), 2)
        assert len(numbers(policy.plan(snapshot, AT_100))) == 10

    def test_datacenter_aware(self) -> None:
        hosts, snapshot = two_datacenters()
        policy = DCAwareRoundRobinPolicy("dc2")
        firsts = [numbers(policy.plan(snapshot, AT_100))[0] for _ in range(8)]
        assert Counter(firsts) == {6: 2, 7: 2, 8: 2, 9: 2}
        assert policy.distance(snapshot, hosts[0]) is HostDistance.IGNORED

    def test_rack_aware(self) -> None:
        _, snapshot = two_datacenters()
        policy = RackAwareRoundRobinPolicy("dc1", "b")
        plans = [numbers(policy.plan(snapshot, AT_100)) for _ in range(4)]
        assert Counter(plan[0] for plan in plans) == {1: 2, 4: 2}
        assert all(set(plan[:2]) == {1, 4} for plan in plans)

    def test_least_loaded(self) -> None:
        hosts, snapshot = two_datacenters()
        for i, host in enumerate(hosts):
            host.load.in_flight = [5, 9, 3, 1, 7, 2, 0, 0, 0, 0][i]
        plan = numbers(LeastLoadedPolicy("dc1").plan(snapshot, AT_100))
        assert plan == [3, 5, 2, 0, 4, 1]

    def test_filter(self) -> None:
        hosts, snapshot = two_datacenters()
        policy = HostFilterPolicy(DefaultLoadBalancingPolicy(), lambda host: host.rack != "a")
        assert set(numbers(policy.plan(snapshot, AT_100))) == {1, 2, 4, 5}
        assert policy.distance(snapshot, hosts[0]) is HostDistance.IGNORED
        assert policy.distance(snapshot, hosts[1]) is HostDistance.LOCAL
        assert policy.distance(snapshot, hosts[7]) is HostDistance.IGNORED

    def test_token_aware_over_another(self) -> None:
        hosts, snapshot = two_datacenters()
        hosts[1].load.in_flight = 5
        policy = TokenAwarePolicy(DCAwareRoundRobinPolicy("dc1"))
        plan = numbers(policy.plan(snapshot, AT_100))
        assert sorted(plan[:2]) == [2, 3]
        assert plan[2] == 1
        assert sorted(plan) == [0, 1, 2, 3, 4, 5]
        assert numbers(policy.plan(snapshot, Routing("ks", 100, is_lwt=True)))[:3] == [1, 2, 3]
        assert sorted(numbers(policy.plan(snapshot, Routing()))) == [0, 1, 2, 3, 4, 5]


class TestOwn:
    def test_an_object_with_a_plan(self) -> None:
        class Reversed:
            def plan(self, snapshot: ClusterSnapshot, routing: Routing) -> Iterable[Host]:
                return reversed(snapshot.hosts)

        hosts, snapshot = two_datacenters()
        policy = as_policy(Reversed())
        assert numbers(policy.plan(snapshot, AT_100)) == list(range(9, -1, -1))
        assert policy.distance(snapshot, hosts[0]) is HostDistance.LOCAL

    def test_a_subclass_of_the_default(self) -> None:
        class Last(DefaultLoadBalancingPolicy):
            def plan(self, snapshot: ClusterSnapshot, routing: Routing) -> Iterable[Host]:
                return list(super().plan(snapshot, routing))[::-1]

        _, snapshot = two_datacenters()
        filtered = HostFilterPolicy(Last(), lambda host: True)
        assert set(numbers(filtered.plan(snapshot, AT_100))[-3:]) == {1, 2, 3}

    def test_what_is_no_host_is_named(self) -> None:
        class Wrong:
            def plan(self, snapshot: ClusterSnapshot, routing: Routing) -> Any:
                return ["10.0.0.1"]

        _, snapshot = two_datacenters()
        assert as_policy(as_policy(Wrong())).plan(snapshot, AT_100) == ["10.0.0.1"]

    @pytest.mark.parametrize("wrong", [None, 3, DefaultLoadBalancingPolicy, object()])
    def test_what_is_no_policy_is_refused(self, wrong: Any) -> None:
        with pytest.raises(ConfigurationError, match="not a load balancing policy"):
            as_policy(wrong)

    def test_a_base_without_plan_says_so(self) -> None:
        _, snapshot = two_datacenters()
        with pytest.raises(NotImplementedError, match="no plan"):
            LoadBalancingPolicy().plan(snapshot, AT_100)

    def test_a_filter_must_be_callable(self) -> None:
        with pytest.raises(ConfigurationError):
            HostFilterPolicy(RoundRobinPolicy(), "10.0.0.1")  # type: ignore[arg-type]
