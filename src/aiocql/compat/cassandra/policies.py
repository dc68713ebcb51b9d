"""Policies under cassandra-driver's names and with its parameters; all of them are policies of aiocql."""

from aiocql.compat.cassandra.address_translation import (
    AddressTranslator,
    EC2MultiRegionTranslator,
    IdentityTranslator,
)
from aiocql.compat.cassandra.consistency import ConsistencyLevel, WriteType
from aiocql.compat.cassandra.load_balancing import (
    DCAwareRoundRobinPolicy,
    DefaultLoadBalancingPolicy,
    HostFilterPolicy,
    LoadBalancingPolicy,
    RoundRobinPolicy,
    TokenAwarePolicy,
    WhiteListRoundRobinPolicy,
)
from aiocql.compat.cassandra.reconnection import ConstantReconnectionPolicy, ExponentialReconnectionPolicy
from aiocql.compat.cassandra.retry import (
    DowngradingConsistencyRetryPolicy,
    FallthroughRetryPolicy,
    NeverRetryPolicy,
    RetryPolicy,
)
from aiocql.nodes.states import HostDistance
from aiocql.policies.reconnection import ReconnectionPolicy
from aiocql.policies.speculative import (
    ConstantSpeculativeExecutionPolicy,
    NoSpeculativeExecutionPolicy,
    SpeculativeExecutionPolicy,
)

__all__ = [
    "AddressTranslator",
    "ConsistencyLevel",
    "ConstantReconnectionPolicy",
    "ConstantSpeculativeExecutionPolicy",
    "DCAwareRoundRobinPolicy",
    "DefaultLoadBalancingPolicy",
    "DowngradingConsistencyRetryPolicy",
    "EC2MultiRegionTranslator",
    "ExponentialReconnectionPolicy",
    "FallthroughRetryPolicy",
    "HostDistance",
    "HostFilterPolicy",
    "IdentityTranslator",
    "LoadBalancingPolicy",
    "NeverRetryPolicy",
    "NoSpeculativeExecutionPolicy",
    "ReconnectionPolicy",
    "RetryPolicy",
    "RoundRobinPolicy",
    "SpeculativeExecutionPolicy",
    "TokenAwarePolicy",
    "WhiteListRoundRobinPolicy",
    "WriteType",
]
