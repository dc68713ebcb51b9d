"""A session's live view: one HTML page and its data, for an ASGI application or served by itself.

::

    app.mount("/cassandra", aiocql.exporters.live.LiveView(session))        # in an ASGI application
    server = await LiveView(session).serve("127.0.0.1", 8700)               # by itself, for a browser
    server = await LiveView(session).serve_unix("/run/shop/aiocql.sock")    # for `aiocql top --attach`
"""

from aiocql.exporters.live.view import LiveServer, LiveView

__all__ = ["LiveServer", "LiveView"]
