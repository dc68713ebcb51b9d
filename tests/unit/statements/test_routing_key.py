"""Where the partition key is among what is bound, worked out from the table where the server does not say."""

from types import SimpleNamespace
from typing import Any

import pytest

from aiocql.protocol.metadata import Column
from aiocql.statements.routing_key import pk_positions
from aiocql.types.names import parse_cql_type

INT = parse_cql_type("int")


def columns(*names: str) -> list[Column]:
    return [Column("ks", "t", name, INT) for name in names]


def schema(*key: str) -> Any:
    table = SimpleNamespace(partition_key=[SimpleNamespace(name=name) for name in key])
    return {"ks": SimpleNamespace(tables={"t": table})}


@pytest.mark.parametrize(
    ("bound", "key", "expected"),
    [
        (["k"], ["k"], (0,)),
        (["v", "k"], ["k"], (1,)),
        (["b", "v", "a"], ["a", "b"], (2, 0)),
        (["k", "k"], ["k"], (0,)),
        (["a", "v"], ["a", "b"], ()),
        (["in(k)"], ["k"], ()),
        ([], ["k"], ()),
    ],
)
def test_the_key_is_looked_for_by_name(bound: list[str], key: list[str], expected: tuple[int, ...]) -> None:
    assert pk_positions(columns(*bound), schema(*key)) == expected


def test_an_unknown_table_or_keyspace_has_no_key() -> None:
    assert pk_positions(columns("k"), {}) == ()
    assert pk_positions(columns("k"), {"ks": SimpleNamespace(tables={})}) == ()  # type: ignore[dict-item]
