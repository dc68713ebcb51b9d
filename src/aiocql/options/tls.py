"""TLS: what `ssl=` may be, and the context that a connection is opened with.

The server's certificate and its name are verified unless `TLSOptions(verify=False)` says otherwise, which warns once.
Nothing falls back to plain TCP. Files are read when the first connection is opened, and again once they changed: a
renewed certificate is used from the next connection on. While new files cannot be read (a certificate that came before
its key), the last good ones stay.
"""

from __future__ import annotations

import os
import ssl
import warnings
from collections.abc import Callable
from typing import Any

from aiocql.errors import ConfigurationError
from aiocql.frozen import Frozen

__all__ = ["InsecureTLSWarning", "TLSContexts", "TLSOptions", "tls_options"]


class InsecureTLSWarning(UserWarning):
    """TLS is on, but nobody checks who answers."""


class TLSOptions(Frozen):
    """How connections are encrypted. All of it is optional: `TLSOptions()` is `ssl=True`."""

    SECRETS = frozenset({"key_password"})

    ca: str | os.PathLike[str] | None = None
    """File (PEM) or folder of the authorities that may have signed a server's certificate. Default: the system's."""

    cert: str | os.PathLike[str] | None = None
    """File (PEM) of the client's own certificate, with its chain. Default: none is shown."""

    key: str | os.PathLike[str] | None = None
    """File (PEM) of the key to `cert`. Default: it is in `cert` itself."""

    key_password: str | Callable[[], str] | None = None
    """What decrypts `key`, or a callable that gives it."""

    server_hostname: str | Callable[[str], str] | None = None
    """The name that a server's certificate is checked against (and SNI): one for all, or a callable that is given each
    host's address. Default: what was connected to; a certificate then lists the node's IP address."""

    verify: bool = True
    """False accepts any certificate, of anybody: for a laptop, and it warns."""

    verify_hostname: bool = True
    """False checks who signed the certificate but not whose it is; it warns."""

    minimum_version: ssl.TLSVersion = ssl.TLSVersion.TLSv1_2
    """The oldest TLS that is spoken. Default: 1.2."""

    context: ssl.SSLContext | None = None
    """A ready context, used as it is: every option above but `server_hostname` is then its own business."""

    def _check(self) -> None:
        if self.key is not None and self.cert is None:
            raise ConfigurationError("ssl: a key without a certificate", hint="TLSOptions(cert=..., key=...)")
        if self.context is not None and (self.ca or self.cert or not self.verify):
            raise ConfigurationError(
                "ssl: a context of your own together with ca, cert or verify=False",
                hint="set these in the context, or leave the context out",
            )
        for name in ("ca", "cert", "key"):
            path = getattr(self, name)
            if path is not None and not os.path.exists(path):
                raise ConfigurationError(f"ssl: there is no file {os.fspath(path)!r} for {name}")

    def name_of(self, address: str) -> str:
        """The name that the certificate of the host at `address` is checked against."""
        if callable(self.server_hostname):
            return self.server_hostname(address)
        return self.server_hostname or address


def tls_options(value: Any) -> TLSOptions | None:
    """What `ssl=` means: None and False are plain TCP, True is TLS with verification. Raises ConfigurationError."""
    if value is None or value is False:
        return None
    if value is True:
        return TLSOptions()
    if isinstance(value, TLSOptions):
        return value
    if isinstance(value, ssl.SSLContext):
        return TLSOptions(context=value)
    raise ConfigurationError(
        f"ssl: a {type(value).__name__}",
        hint="True, an ssl.SSLContext, or aiocql.TLSOptions(ca=..., cert=..., key=...)",
    )


class TLSContexts:
    """Provide the context of each new connection, and create a new one when its files have changed."""

    def __init__(self, options: TLSOptions) -> None:
        self.options = options
        self._context: ssl.SSLContext | None = options.context
        self._stamp: object = None
        self.reload_error: ConfigurationError | None = None
        """Why changed files are not in use yet; None when they are."""
        if options.context is None and not (options.verify and options.verify_hostname):
            unchecked = "certificates are" if not options.verify else "the names of certificates are"
            warnings.warn(
                f"TLS without verification: {unchecked} not checked, anybody can answer as the server",
                InsecureTLSWarning,
                stacklevel=3,
            )

    def get(self) -> ssl.SSLContext:
        """The context as the files are now. Raises ConfigurationError where they never could be read."""
        if self.options.context is not None:
            return self.options.context
        stamp = self._files()
        if self._context is None or stamp != self._stamp:
            try:
                self._context = _make_context(self.options)
            except ConfigurationError as error:
                if self._context is None:
                    raise
                self.reload_error = error
            else:
                self._stamp = stamp
                self.reload_error = None
        return self._context

    def _files(self) -> object:
        paths = (self.options.ca, self.options.cert, self.options.key)
        return tuple(_stamp(path) for path in paths if path is not None)


def _stamp(path: str | os.PathLike[str]) -> tuple[int, int, int] | None:
    try:
        status = os.stat(path)
    except OSError:
        return None
    return status.st_ino, status.st_size, status.st_mtime_ns


def _make_context(options: TLSOptions) -> ssl.SSLContext:
    is_folder = options.ca is not None and os.path.isdir(options.ca)
    try:
        context = ssl.create_default_context(
            cafile=None if is_folder or options.ca is None else os.fspath(options.ca),
            capath=os.fspath(options.ca) if is_folder and options.ca is not None else None,
        )
    except (OSError, ssl.SSLError) as error:
        raise _unreadable("ca", options.ca, error) from error
    context.minimum_version = options.minimum_version
    if not (options.verify and options.verify_hostname):
        context.check_hostname = False
    if not options.verify:
        context.verify_mode = ssl.CERT_NONE
    if options.cert is not None:
        try:
            context.load_cert_chain(options.cert, options.key, options.key_password or _no_password)
        except (OSError, ssl.SSLError) as error:
            raise _unreadable("cert or key", options.cert, error) from error
    return context


def _no_password() -> str:
    """Answer OpenSSL, which would otherwise ask on the terminal and stop the event loop meanwhile."""
    return ""


def _unreadable(what: str, path: str | os.PathLike[str] | None, error: OSError) -> ConfigurationError:
    reason = getattr(error, "reason", None) or error.strerror or type(error).__name__
    return ConfigurationError(
        f"ssl: {what} cannot be read from {os.fspath(path) if path is not None else 'the system'!r}: {reason}",
        hint="a file in PEM form; a key with a password needs key_password",
    )
