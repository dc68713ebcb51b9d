"""Public methods of asynchronous classes that serve the driver itself and have no synchronous face."""

__all__ = ["internals_of"]

_SESSION = frozenset(
    {
        "begin",
        "begin_with",
        "check_statement",
        "codecs_of",
        "decoder_for",
        "is_schema_unsettled",
        "keyspace_was_set",
        "last_schema_change",
        "next_page",
        "obtain",
        "resend_elsewhere",
        "resolve",
        "result_metadata_changed",
        "schema_change_announced",
        "schema_was_changed",
        "send_waiting",
        "snapshot_changed",
        "statement_was_reprepared",
        "text_statement",
        "throttle",
        "wait",
    }
)

_INTERNALS = {
    "EventStream": frozenset({"end", "put"}),
    "RateLimitedSession": _SESSION,
    "Session": _SESSION,
}


def internals_of(name: str) -> frozenset[str]:
    """Return the internal methods of the asynchronous class with this name."""
    return _INTERNALS.get(name, frozenset())
