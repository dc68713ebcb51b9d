"""Options of tables and views: what stands behind WITH."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from aiocql.metadata.record import FrozenMapping

__all__ = ["describes_views", "is_before_4", "read_options"]

# In the order of DESCRIBE (Cassandra 5.0); a server that does not have one of them leaves it out.
OPTIONS = (
    "additional_write_policy",
    "allow_auto_snapshot",
    "bloom_filter_fp_chance",
    "caching",
    "cdc",
    "comment",
    "compaction",
    "compression",
    "memtable",
    "crc_check_chance",
    "dclocal_read_repair_chance",
    "default_time_to_live",
    "extensions",
    "gc_grace_seconds",
    "incremental_backups",
    "max_index_interval",
    "memtable_flush_period_in_ms",
    "min_index_interval",
    "read_repair",
    "read_repair_chance",
    "speculative_retry",
)

# Columns that are null until somebody sets the option.
DEFAULTS: dict[str, object] = {
    "allow_auto_snapshot": True,
    "incremental_backups": True,
    "memtable": "default",
    "cdc": False,
    "extensions": {},
}

# Since Cassandra 4.0 without effect, and no longer taken.
BEFORE_4 = ("dclocal_read_repair_chance", "read_repair_chance")


def read_options(row: Mapping[str, Any], *, is_virtual: bool = False) -> Mapping[str, Any]:
    """The options among the columns of a row of ``tables`` or ``views``. A virtual table has only a comment."""
    if is_virtual:
        return FrozenMapping({"comment": row.get("comment") or ""})
    options = {}
    for name in OPTIONS:
        if name not in row or (name in BEFORE_4 and not is_before_4(row)):
            continue
        value = row[name]
        if value is None:
            value = DEFAULTS.get(name)
        if value is not None:
            options[name] = value
    return FrozenMapping(options)


def is_before_4(row: Mapping[str, Any]) -> bool:
    """Whether a row of ``tables`` is that of a server older than Cassandra 4.0, which has no DESCRIBE."""
    return "read_repair_chance" in row and "read_repair" not in row


def describes_views(options: Mapping[str, Any]) -> bool:
    """Whether DESCRIBE TABLE of that server shows the table's views (Cassandra 5.0 and later)."""
    return "allow_auto_snapshot" in options
