"""Columns without `await`: tables, batches and scans of the synchronous session."""

from __future__ import annotations

from typing import Any

import pyarrow

import aiocql.sync

QUERY = "SELECT n FROM numbers"


def prime(node: Any) -> None:
    rows = [(number,) for number in range(7)]
    node.do(lambda: node.server.prime(QUERY, columns=[("n", "int")], rows=rows))


def test_table_and_batches(node: Any, session: aiocql.sync.Session) -> None:
    prime(node)
    table = session.table(QUERY, page_size=3)
    assert pyarrow.table(table).column("n").to_pylist() == list(range(7))
    sizes = [len(batch) for batch in session.batches(QUERY, rows=4, page_size=3)]
    assert sizes == [4, 3]
    with session.batches(QUERY, rows=2, page_size=2) as batches:
        assert next(batches)["n"].to_pylist() == [0, 1]
    assert session.rate_limited(2).table(QUERY)["n"].to_pylist() == list(range(7))
