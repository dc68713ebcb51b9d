"""Every option, checked before anything is contacted.

What is not said by a keyword of `connect` is taken from the DSN, what is not there either from the environment
(`CASSANDRA_...`), and the rest from the defaults.
"""

from aiocql.options.connect import ConnectOptions
from aiocql.options.pool import PoolOptions
from aiocql.options.profile import ExecutionProfile
from aiocql.options.resolve import resolve_options

__all__ = ["ConnectOptions", "ExecutionProfile", "PoolOptions", "resolve_options"]
