"""A session's live view: a page and its figures, for an ASGI application, a browser or a terminal.

::

    app.mount("/cassandra", aiocql.exporters.live.LiveView(session))        # in an ASGI application
    server = await LiveView(session).serve("127.0.0.1", 8700)               # for a browser: needs aiocql[live]
    server = await LiveView(session).serve_unix("/run/shop/aiocql.sock")    # for `aiocql top --attach`
"""

from typing import TYPE_CHECKING, Any

from aiocql.exporters.live.unix_socket import LiveSocket
from aiocql.exporters.live.view import LiveView

if TYPE_CHECKING:
    from aiocql.exporters.live.server import LiveServer

__all__ = ["LiveServer", "LiveSocket", "LiveView"]


def __getattr__(name: str) -> Any:
    """Import the part that needs uvicorn on first use."""
    if name != "LiveServer":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from aiocql.exporters.live.server import LiveServer

    return LiveServer
