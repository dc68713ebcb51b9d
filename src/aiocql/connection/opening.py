"""Opening a connection: TCP or UNIX socket, TLS, the handshake, the keyspace; all of it within one timeout."""

from __future__ import annotations

import asyncio
import errno
import os
import socket
import ssl
from typing import TYPE_CHECKING, Any

from aiocql.connection.connection import Connection
from aiocql.errors import (
    AuthenticationFailed,
    BadCredentials,
    ConnectFailed,
    ConnectionLost,
    Error,
    OperationTimedOut,
    ProtocolError,
    RequestValidationError,
    TLSFailed,
)
from aiocql.options.auth import choose_authenticator
from aiocql.protocol.compression import compressor
from aiocql.protocol.constants import OP_QUERY, OP_STARTUP
from aiocql.protocol.core import Core
from aiocql.protocol.handshake import Done, Downgrade, Handshake, versions_for
from aiocql.protocol.requests import QueryParameters, query_body
from aiocql.protocol.responses import Authenticate

if TYPE_CHECKING:
    from aiocql.connection.connection import ConnectionListener
    from aiocql.connection.settings import ConnectionSettings
    from aiocql.nodes.host import Host

__all__ = ["open_connection", "quote_identifier"]

USER_TIMEOUT_MARGIN = 5.0
HANDSHAKE_MAX_FRAME = 128 * 1024
"""Most bytes of a message from a server that has not yet been heard to be one."""


async def open_connection(
    host: Host,
    settings: ConnectionSettings,
    listener: ConnectionListener,
    *,
    version: int | None = None,
    keyspace: str | None = None,
    heartbeat: bool = True,
) -> Connection:
    """A connection that is ready for requests.

    `version` None negotiates, from the newest version down. Raises ConnectFailed, AuthenticationFailed, TLSFailed or a
    ProtocolError, after `connect_timeout` seconds at the latest; nothing is left behind then.
    """
    timeout = settings.options.connect_timeout
    stage = _Stage()
    try:
        async with asyncio.timeout(timeout):
            return await _open(host, settings, listener, version, keyspace, heartbeat, stage)
    except TimeoutError as error:
        raise ConnectFailed(
            f"no connection within {timeout:g} s (connect_timeout), while {stage.text}",
            host=host,
            hint=stage.hint,
        ) from error
    except Error:
        raise
    except Exception as error:
        # A defect, or a user's callable: this host's failure only. The text of such an error may hold anything.
        raise ConnectFailed(f"{type(error).__name__} while {stage.text}", host=host) from error


class _Stage:
    """What was being done when the time was over."""

    text = "connecting"

    @property
    def hint(self) -> str:
        """What to look at first."""
        if self.text == "connecting":
            return "is the address right, and does a firewall let it be reached from here?"
        if self.text == "shaking hands":
            return "is this the native transport port (9042 by default), and does it want TLS?"
        return "is the server overloaded? connect_timeout can be raised"


async def _open(
    host: Host,
    settings: ConnectionSettings,
    listener: ConnectionListener,
    version: int | None,
    keyspace: str | None,
    heartbeat: bool,
    stage: _Stage,
) -> Connection:
    compression = settings.options.compression
    versions = versions_for(version or settings.options.protocol_version, compression)
    while True:
        handshake = Handshake(versions, options=settings.startup, compression=compression)
        stage.text = "connecting"
        connection = await _connect(host, settings, listener, handshake.version)
        try:
            stage.text = "shaking hands"
            older = await _shake_hands(connection, settings, handshake)
            if older is None:
                if keyspace is not None:
                    stage.text = "setting the keyspace"
                    await use_keyspace(connection, keyspace, settings.options.connect_timeout)
                if heartbeat:
                    _start_heartbeat(connection, settings)
                return connection
        except BaseException as error:
            connection.discard()
            _translate(error, host)
            raise
        connection.close()
        await connection.wait_lost()
        versions = tuple(each for each in versions if each <= older)


async def _connect(
    host: Host, settings: ConnectionSettings, listener: ConnectionListener, version: int
) -> Connection:
    """The socket, with TLS where it is asked for."""
    loop = asyncio.get_running_loop()
    max_frame = min(HANDSHAKE_MAX_FRAME, settings.options.max_frame_size)
    core = Core(version, limit=settings.limit, max_frame=max_frame, load=host.load)
    connection = Connection(core, host, loop, listener, read_budget=settings.options.pool.read_budget)
    tls: dict[str, Any] = {}
    try:
        if settings.tls is not None:
            tls["ssl"] = settings.tls.get()
            tls["server_hostname"] = settings.tls.options.name_of(host.address)
        if host.address.startswith("/"):
            await loop.create_unix_connection(lambda: connection, host.address, **tls)
        else:
            await loop.create_connection(lambda: connection, host.address, host.port, **tls)
    except ssl.SSLError as error:
        raise _tls_failed(error, host) from error
    except OSError as error:
        raise ConnectFailed(
            f"cannot connect: {_why(error)}", host=host, hint=_connect_hint(error, host)
        ) from error
    _set_socket_options(connection, settings)
    return connection


def _set_socket_options(connection: Connection, settings: ConnectionSettings) -> None:
    """Small writes go at once; a peer that vanished is noticed even while data waits for its acknowledgement."""
    assert connection.transport is not None
    sock = connection.transport.get_extra_info("socket")
    if sock is None or sock.family not in (socket.AF_INET, socket.AF_INET6):
        return
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    interval = settings.options.heartbeat_interval
    if interval and hasattr(socket, "TCP_USER_TIMEOUT"):
        seconds = interval + settings.options.heartbeat_timeout + USER_TIMEOUT_MARGIN
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, int(seconds * 1000))


async def _shake_hands(
    connection: Connection, settings: ConnectionSettings, handshake: Handshake
) -> int | None:
    """None when the connection is ready; else the older version to open it anew with."""
    step: Any = handshake.start()
    timeout = settings.options.connect_timeout
    while True:
        if isinstance(step, Done):
            connection.core.max_frame = settings.options.max_frame_size
            return None
        if isinstance(step, Downgrade):
            return step.version
        if step.opcode == OP_STARTUP and settings.options.compression is not None:
            connection.core.compression = compressor(settings.options.compression)
        response = await connection.request(step.opcode, step.body, timeout, raw=True)
        if isinstance(response, Authenticate):
            handshake.authenticator = await _authenticator(connection, settings, response.authenticator)
        step = handshake.receive(response)


async def _authenticator(connection: Connection, settings: ConnectionSettings, mechanism: str) -> Any:
    options = settings.options
    return await choose_authenticator(
        options.auth,
        mechanism,
        endpoint=connection.host.endpoint,
        peer_address=_peer_address(connection),
        encrypted=connection.is_encrypted,
        allow_plaintext=options.allow_plaintext_auth,
        allowed_authenticators=options.allowed_authenticators,
    )


def _peer_address(connection: Connection) -> str | None:
    """The IP address of the other end, or the path of its UNIX socket; None where the transport does not know it."""
    assert connection.transport is not None
    address: str = connection.host.address
    if address.startswith("/"):
        return address
    peer = connection.transport.get_extra_info("peername")
    return str(peer[0]) if isinstance(peer, tuple) and peer else None


def _start_heartbeat(connection: Connection, settings: ConnectionSettings) -> None:
    interval = settings.options.heartbeat_interval
    if interval:
        connection.start_heartbeat(interval, settings.options.heartbeat_timeout)


def quote_identifier(name: str) -> str:
    """A name as CQL takes it literally."""
    return '"' + name.replace('"', '""') + '"'


async def use_keyspace(connection: Connection, keyspace: str, timeout: float) -> None:
    """Unqualified table names on this connection are in `keyspace` from now on."""
    body = query_body(connection.core.version, f"USE {quote_identifier(keyspace)}", QueryParameters())
    try:
        await connection.request(OP_QUERY, body, timeout)
    except RequestValidationError as error:
        error.hint = (
            f"is there a keyspace {keyspace!r}, written like this? Large and small letters differ here"
        )
        raise
    connection.keyspace = keyspace


def _translate(error: BaseException, host: Host) -> None:
    """Raises what a failed handshake means; other errors go on as they are."""
    if isinstance(error, BadCredentials):
        raise AuthenticationFailed(
            f"the server refused the credentials: {error.args[0] if error.args else ''}",
            host=host,
            hint="check user and password, and that the role may log in",
        ) from error
    if isinstance(error, ConnectionLost) and not isinstance(error.__cause__, ProtocolError):
        raise ConnectFailed(
            f"the connection ended during the handshake: {error.message}",
            host=host,
            hint="is this the native transport port (9042 by default), and does it want TLS?",
        ) from error
    if isinstance(error, OperationTimedOut):
        raise ConnectFailed(f"no answer during the handshake: {error.message}", host=host) from error
    if isinstance(error, ConnectionLost) and isinstance(error.__cause__, Error):
        raise error.__cause__
    if isinstance(error, Error) and error.host is None:
        error.host = host


def _tls_failed(error: ssl.SSLError, host: Host) -> TLSFailed:
    reason = getattr(error, "verify_message", None) or error.reason or str(error)
    hint = "does the server speak TLS on this port?"
    if isinstance(error, ssl.SSLCertVerificationError):
        hint = "is the authority in TLSOptions(ca=...), and is the address among the certificate's names?"
    return TLSFailed(f"the TLS handshake failed: {reason}", host=host, hint=hint)


def _why(error: OSError) -> str:
    """The system's own word: asyncio's says neither "refused" nor "unreachable", but names the address once more."""
    if error.errno is not None and error.errno > 0:
        return os.strerror(error.errno)
    return error.strerror or str(error)


def _connect_hint(error: OSError, host: Host) -> str | None:
    if isinstance(error, ConnectionRefusedError):
        return "is Cassandra running there, and is this its native transport port (9042 by default)?"
    if isinstance(error, socket.gaierror):
        return f"the name {host.address!r} is not known"
    if error.errno in (errno.EHOSTUNREACH, errno.ENETUNREACH, errno.ETIMEDOUT):
        return "is the address right, and is there a way to it from here?"
    return None
