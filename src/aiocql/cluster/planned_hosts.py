"""The hosts of a policy's query plan, for the control connection."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from aiocql.logs import get_logger
from aiocql.nodes.host import Host
from aiocql.policies.load_balancing import Routing

if TYPE_CHECKING:
    from aiocql.metadata.snapshot import ClusterSnapshot
    from aiocql.policies.load_balancing import LoadBalancingPolicy

__all__ = ["planned_hosts"]

_log = get_logger("aiocql.cluster")


def planned_hosts(policy: LoadBalancingPolicy, snapshot: ClusterSnapshot) -> list[Host]:
    """Return the hosts of the policy's plan in their order; none where its code fails.

    The control connection does not depend on a user's policy: the caller adds the hosts that the plan lacks. A plan
    without an end is read only as far as there are hosts.
    """
    try:
        plan = islice(policy.plan(snapshot, Routing()), len(snapshot.hosts))
        return [host for host in plan if isinstance(host, Host)]
    except (MemoryError, KeyboardInterrupt, SystemExit):
        raise
    except BaseException as error:
        _log.warning("plan() of the load balancing policy raised %s", type(error).__name__)
        return []
