"""Numbers of the native protocol: versions, opcodes, flags, kinds and error codes (v5 specification, sections 2 to 8).

`constants.pxd` holds the same numbers for compiled code; a test compares the two.
"""

from __future__ import annotations

from typing import Final

SUPPORTED_VERSIONS: Final = (5, 4, 3)
"""The protocol versions of this driver, newest first."""

HEADER_SIZE: Final = 9
"""Bytes of an envelope's header."""

RESPONSE_BIT: Final = 0x80
"""Set in the version byte of every answer."""

EVENT_STREAM: Final = -1
"""The stream id of server events."""

MAX_SEGMENT_PAYLOAD: Final = 131071
"""Most bytes of payload in one v5 segment (section 2.2)."""

# --- opcodes (section 2.4) ---------------------------------------------------------------------------------------
OP_ERROR: Final = 0x00
OP_STARTUP: Final = 0x01
OP_READY: Final = 0x02
OP_AUTHENTICATE: Final = 0x03
OP_OPTIONS: Final = 0x05
OP_SUPPORTED: Final = 0x06
OP_QUERY: Final = 0x07
OP_RESULT: Final = 0x08
OP_PREPARE: Final = 0x09
OP_EXECUTE: Final = 0x0A
OP_REGISTER: Final = 0x0B
OP_EVENT: Final = 0x0C
OP_BATCH: Final = 0x0D
OP_AUTH_CHALLENGE: Final = 0x0E
OP_AUTH_RESPONSE: Final = 0x0F
OP_AUTH_SUCCESS: Final = 0x10

# --- flags of the envelope header (section 2.2) ------------------------------------------------------------------
FLAG_COMPRESSION: Final = 0x01
FLAG_TRACING: Final = 0x02
FLAG_CUSTOM_PAYLOAD: Final = 0x04
FLAG_WARNING: Final = 0x08
FLAG_BETA: Final = 0x10

# --- kinds of RESULT (section 4.2.5) -----------------------------------------------------------------------------
RESULT_VOID: Final = 0x0001
RESULT_ROWS: Final = 0x0002
RESULT_SET_KEYSPACE: Final = 0x0003
RESULT_PREPARED: Final = 0x0004
RESULT_SCHEMA_CHANGE: Final = 0x0005

# --- flags of result metadata (section 4.2.5.2) ------------------------------------------------------------------
ROWS_GLOBAL_TABLES_SPEC: Final = 0x0001
ROWS_HAS_MORE_PAGES: Final = 0x0002
ROWS_NO_METADATA: Final = 0x0004
ROWS_METADATA_CHANGED: Final = 0x0008

# --- flags of query parameters (section 4.1.4) -------------------------------------------------------------------
QUERY_VALUES: Final = 0x0001
QUERY_SKIP_METADATA: Final = 0x0002
QUERY_PAGE_SIZE: Final = 0x0004
QUERY_PAGING_STATE: Final = 0x0008
QUERY_SERIAL_CONSISTENCY: Final = 0x0010
QUERY_DEFAULT_TIMESTAMP: Final = 0x0020
QUERY_NAMES: Final = 0x0040
QUERY_KEYSPACE: Final = 0x0080
QUERY_NOW_IN_SECONDS: Final = 0x0100

PREPARE_KEYSPACE: Final = 0x01
"""The one flag of PREPARE (v5, section 4.1.5)."""

# --- error codes (section 8) -------------------------------------------------------------------------------------
ERROR_SERVER: Final = 0x0000
ERROR_PROTOCOL: Final = 0x000A
ERROR_BAD_CREDENTIALS: Final = 0x0100
ERROR_UNAVAILABLE: Final = 0x1000
ERROR_OVERLOADED: Final = 0x1001
ERROR_IS_BOOTSTRAPPING: Final = 0x1002
ERROR_TRUNCATE: Final = 0x1003
ERROR_WRITE_TIMEOUT: Final = 0x1100
ERROR_READ_TIMEOUT: Final = 0x1200
ERROR_READ_FAILURE: Final = 0x1300
ERROR_FUNCTION_FAILURE: Final = 0x1400
ERROR_WRITE_FAILURE: Final = 0x1500
ERROR_CDC_WRITE_FAILURE: Final = 0x1600
ERROR_CAS_WRITE_UNKNOWN: Final = 0x1700
ERROR_SYNTAX: Final = 0x2000
ERROR_UNAUTHORIZED: Final = 0x2100
ERROR_INVALID: Final = 0x2200
ERROR_CONFIG: Final = 0x2300
ERROR_ALREADY_EXISTS: Final = 0x2400
ERROR_UNPREPARED: Final = 0x2500

OPCODE_NAMES: Final[dict[int, str]] = {
    code: name.removeprefix("OP_") for name, code in list(globals().items()) if name.startswith("OP_")
}
"""Opcodes by number, for texts."""
