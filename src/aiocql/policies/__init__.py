"""Decisions: where a request goes, whether it is tried again, how long to wait. Pure: record in, decision out.

All policies by name: ``from aiocql.policies import TokenAwarePolicy``.
"""

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
)
from aiocql.policies.reconnection import (
    ConstantReconnectionPolicy,
    ExponentialReconnectionPolicy,
    ReconnectionPolicy,
)
from aiocql.policies.retry import (
    DefaultRetryPolicy,
    DowngradingConsistencyRetryPolicy,
    FallthroughRetryPolicy,
    RetryDecision,
    RetryInput,
    RetryPolicy,
    RetryVerdict,
)
from aiocql.policies.speculative import (
    ConstantSpeculativeExecutionPolicy,
    NoSpeculativeExecutionPolicy,
    PercentileSpeculativeExecutionPolicy,
    SpeculativeExecutionPolicy,
)

__all__ = [
    "ConstantReconnectionPolicy",
    "ConstantSpeculativeExecutionPolicy",
    "DCAwareRoundRobinPolicy",
    "DefaultLoadBalancingPolicy",
    "DefaultRetryPolicy",
    "DowngradingConsistencyRetryPolicy",
    "ExponentialReconnectionPolicy",
    "FallthroughRetryPolicy",
    "HostFilterPolicy",
    "LeastLoadedPolicy",
    "LoadBalancingPolicy",
    "NoSpeculativeExecutionPolicy",
    "PercentileSpeculativeExecutionPolicy",
    "RackAwareRoundRobinPolicy",
    "ReconnectionPolicy",
    "RetryDecision",
    "RetryInput",
    "RetryPolicy",
    "RetryVerdict",
    "RoundRobinPolicy",
    "Routing",
    "SpeculativeExecutionPolicy",
    "TokenAwarePolicy",
]
