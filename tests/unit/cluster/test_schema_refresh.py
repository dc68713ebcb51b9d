"""Which part of the schema is read after changes."""

from __future__ import annotations

from aiocql.cluster.debounce import Changes
from aiocql.cluster.schema_refresh import MAX_TABLES, wanted_schema


def changes(*tables: tuple[str, str], keyspaces: tuple[str, ...] = (), everything: bool = False) -> Changes:
    made = Changes()
    made.tables.update(tables)
    made.keyspaces.update(keyspaces)
    made.all_keyspaces = everything
    return made


def test_a_table_alone() -> None:
    wanted = wanted_schema(changes(("a", "t"), ("a", "s"), ("b", "t")))
    assert (wanted.is_all, wanted.keyspaces) == (False, [])
    assert wanted.tables == {"a": ["s", "t"], "b": ["t"]}
    assert list(wanted.changed()) == [("a", "s"), ("a", "t"), ("b", "t")]


def test_a_table_is_not_read_beside_its_keyspace() -> None:
    wanted = wanted_schema(changes(("a", "t"), ("b", "t"), keyspaces=("a",)))
    assert (wanted.keyspaces, wanted.tables) == (["a"], {"b": ["t"]})
    assert list(wanted.changed()) == [("a", None), ("b", "t")]


def test_many_tables_are_a_keyspace() -> None:
    wanted = wanted_schema(changes(*(("a", f"t{i}") for i in range(MAX_TABLES + 1)), ("b", "t")))
    assert (wanted.keyspaces, wanted.tables) == (["a"], {"b": ["t"]})


def test_everything_is_everything() -> None:
    wanted = wanted_schema(changes(("a", "t"), keyspaces=("b",), everything=True))
    assert wanted.is_all
    assert list(wanted.changed()) == [(None, None)]
