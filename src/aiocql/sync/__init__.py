"""aiocql without an event loop: the names of the asynchronous driver, without `await`.

::

    import aiocql.sync

    with aiocql.sync.connect("127.0.0.1") as session:
        print(session.execute("SELECT release_version FROM system.local").one())
"""

from aiocql.sync.background import shut_down
from aiocql.sync.session import EventStream, Pages, RateLimitedSession, Result, Session, Stream, connect

__all__ = [
    "EventStream",
    "Pages",
    "RateLimitedSession",
    "Result",
    "Session",
    "Stream",
    "connect",
    "shut_down",
]
