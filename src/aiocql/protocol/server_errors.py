"""ERROR bodies and the exceptions that they mean (native protocol v5, section 8; v3 and v4 where they differ)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from aiocql import errors
from aiocql.enums import ConsistencyLevel
from aiocql.protocol import constants as code
from aiocql.protocol.body_reader import PlainReader

__all__ = ["read_error"]

Fields = dict[str, Any]
Reader = Callable[[PlainReader, int], Fields]


def read_error(version: int, body: bytes) -> errors.ServerError:
    """The exception that the ERROR `body` of a connection with protocol `version` means.

    A code that is not known gives `ServerError` itself. Raises TruncatedError where the body is too short.
    """
    reader = PlainReader(body)
    number = reader.int32()
    message = reader.string()
    found = _TABLE.get(number)
    if found is None:
        return errors.ServerError(message, code=number & 0xFFFFFFFF)
    kind, fields = found
    return kind(message, **fields(reader, version))


def _consistency(reader: PlainReader) -> ConsistencyLevel | int:
    """Return the level, or the bare number if the driver does not know the level."""
    number = reader.short()
    try:
        return ConsistencyLevel(number)
    except ValueError:
        return number


def _no_fields(reader: PlainReader, version: int) -> Fields:
    return {}


def _unavailable(reader: PlainReader, version: int) -> Fields:
    return {"consistency": _consistency(reader), "required": reader.int32(), "alive": reader.int32()}


def _counts(reader: PlainReader, version: int) -> Fields:
    return {"consistency": _consistency(reader), "received": reader.int32(), "required": reader.int32()}


def _write_timeout(reader: PlainReader, version: int) -> Fields:
    fields = _counts(reader, version)
    fields["write_type"] = reader.string()
    if version >= 5 and fields["write_type"] == "CAS":
        fields["contentions"] = reader.short()
    return fields


def _read_timeout(reader: PlainReader, version: int) -> Fields:
    return {**_counts(reader, version), "data_present": reader.byte() != 0}


def _failures(reader: PlainReader, version: int) -> Fields:
    """Who failed and why: a count on v3 and v4, a map of addresses to codes on v5."""
    number = reader.int32()
    if version < 5:
        return {"failures": number, "reasons": {}}
    if not 0 <= number <= reader.left // 7:
        raise errors.TruncatedError(f"{number} reasons announced, {reader.left} bytes left in the message")
    return {"failures": number, "reasons": {reader.inet_address(): reader.short() for _ in range(number)}}


def _read_failure(reader: PlainReader, version: int) -> Fields:
    fields = {**_counts(reader, version), **_failures(reader, version)}
    return {**fields, "data_present": reader.byte() != 0}


def _write_failure(reader: PlainReader, version: int) -> Fields:
    return {**_counts(reader, version), **_failures(reader, version), "write_type": reader.string()}


def _function_failure(reader: PlainReader, version: int) -> Fields:
    return {
        "keyspace": reader.string(),
        "function": reader.string(),
        "arg_types": tuple(reader.string_list()),
    }


def _already_exists(reader: PlainReader, version: int) -> Fields:
    return {"keyspace": reader.string(), "table": reader.string()}


def _unprepared(reader: PlainReader, version: int) -> Fields:
    return {"statement_id": reader.short_bytes()}


_TABLE: Final[dict[int, tuple[type[errors.ServerError], Reader]]] = {
    code.ERROR_SERVER: (errors.InternalServerError, _no_fields),
    code.ERROR_PROTOCOL: (errors.ServerProtocolError, _no_fields),
    code.ERROR_BAD_CREDENTIALS: (errors.BadCredentials, _no_fields),
    code.ERROR_UNAVAILABLE: (errors.Unavailable, _unavailable),
    code.ERROR_OVERLOADED: (errors.Overloaded, _no_fields),
    code.ERROR_IS_BOOTSTRAPPING: (errors.IsBootstrapping, _no_fields),
    code.ERROR_TRUNCATE: (errors.TruncateError, _no_fields),
    code.ERROR_WRITE_TIMEOUT: (errors.WriteTimeout, _write_timeout),
    code.ERROR_READ_TIMEOUT: (errors.ReadTimeout, _read_timeout),
    code.ERROR_READ_FAILURE: (errors.ReadFailure, _read_failure),
    code.ERROR_FUNCTION_FAILURE: (errors.FunctionFailure, _function_failure),
    code.ERROR_WRITE_FAILURE: (errors.WriteFailure, _write_failure),
    code.ERROR_CDC_WRITE_FAILURE: (errors.CDCWriteFailure, _no_fields),
    code.ERROR_CAS_WRITE_UNKNOWN: (errors.CASWriteUnknown, _counts),
    code.ERROR_SYNTAX: (errors.SyntaxException, _no_fields),
    code.ERROR_UNAUTHORIZED: (errors.Unauthorized, _no_fields),
    code.ERROR_INVALID: (errors.InvalidRequest, _no_fields),
    code.ERROR_CONFIG: (errors.InvalidConfiguration, _no_fields),
    code.ERROR_ALREADY_EXISTS: (errors.AlreadyExists, _already_exists),
    code.ERROR_UNPREPARED: (errors.Unprepared, _unprepared),
}
