"""What every test of the project gets: async tests in a fresh loop, and guards against everything left behind."""

import signal

from hypothesis import settings

# The machine's load is no property of the code: no example fails for being slow.
settings.register_profile("aiocql", deadline=None)
settings.load_profile("aiocql")

# A runner in the background of a shell ignores SIGINT, and so would every process that a test starts and interrupts.
signal.signal(signal.SIGINT, signal.default_int_handler)

pytest_plugins = [
    "tests.plugins.async_tests",
    "tests.plugins.guards",
    "tests.plugins.fault_table",
    "tests.plugins.screenshots",
    "tests.plugins.cluster_scheduling",
    "tests.plugins.shared_clusters",
    "tests.plugins.leaks",
    "pytester",
]
