"""The schema, read from rows that a real Cassandra 5.0.6 gave, and compared with its own DESCRIBE."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from aiocql.errors import ConfigurationError
from aiocql.metadata.columns import ClusteringOrder, ColumnKind
from aiocql.metadata.cql_text import identifier, literal
from aiocql.metadata.replication import NetworkTopologyStrategy
from aiocql.metadata.schema import KeyspaceMetadata, Schema, schema_steps
from aiocql.metadata.schema_rows import SCHEMA_TABLES, TABLE_COLUMNS, SchemaRows, schema_query
from aiocql.metadata.snapshot import ClusterSnapshot
from aiocql.metadata.tokens import run
from aiocql.types.descriptors import MapType, UserType, VectorType

GOLDEN = json.loads((Path(__file__).parent / "golden" / "schema_5_0_6.json").read_text())


def schema_of(rows: SchemaRows) -> Schema:
    return run(schema_steps(rows))


@pytest.fixture
def shop() -> KeyspaceMetadata:
    return schema_of(GOLDEN["rows"])["shop"]


@pytest.mark.parametrize("keyspace", ["shop", "OddName"])
def test_export_is_what_the_server_describes(keyspace: str) -> None:
    assert schema_of(GOLDEN["rows"])[keyspace].export_as_cql() == "\n\n".join(GOLDEN["describe"][keyspace])


def test_export_of_all_leaves_out_the_servers_own() -> None:
    rows = GOLDEN["rows"] | {
        "keyspaces": [
            *GOLDEN["rows"]["keyspaces"],
            {"keyspace_name": "system_auth", "durable_writes": True, "replication": {}},
        ]
    }
    text = schema_of(rows).export_as_cql()
    assert "system_auth" not in text
    assert text.index('CREATE KEYSPACE "OddName"') < text.index("CREATE KEYSPACE shop")


def test_tables_and_their_keys(shop: KeyspaceMetadata) -> None:
    events = shop.tables["events"]
    assert [column.name for column in events.partition_key] == ["a", "b"]
    assert [column.name for column in events.clustering_key] == ["c", "d"]
    assert events.primary_key == events.partition_key + events.clustering_key
    assert events.columns["c"].clustering_order is ClusteringOrder.DESC
    assert events.columns["s"].kind is ColumnKind.STATIC
    assert events.columns["V"].kind is ColumnKind.REGULAR
    assert list(events.columns) == ["a", "b", "c", "d", "s", "V"]
    assert events.options["gc_grace_seconds"] == 100
    assert not events.is_compact
    assert events.full_name == "shop.events"


def test_types_are_understood(shop: KeyspaceMetadata) -> None:
    item = shop.tables["item"]
    who = item.columns["who"].cql_type
    assert isinstance(who, UserType)
    assert who.frozen
    assert who.field_names == ("name", "home", "phones")
    assert isinstance(who.field_types[1], UserType)
    vector = item.columns["v"].cql_type
    assert isinstance(vector, VectorType)
    assert vector.dimensions == 3
    assert isinstance(item.columns["attrs"].cql_type, MapType)
    assert item.columns["attrs"].is_multi_cell
    assert not item.columns["who"].is_multi_cell


def test_indexes_views_functions(shop: KeyspaceMetadata) -> None:
    assert sorted(shop.indexes) == ["events_c", "item_attrs", "item_name", "item_tags", "item_v"]
    assert shop.tables["item"].indexes["item_v"].class_name == "sai"
    assert shop.tables["item"].indexes["item_tags"].target == "values(tags)"
    assert shop.tables["item"].view_names == ("item_by_name",)
    view = shop.views["item_by_name"]
    assert view.base_table_name == "item"
    assert [column.name for column in view.primary_key] == ["name", "id"]
    assert sorted(shop.functions) == [
        "final(tuple<int, int>)",
        "plus(int, int)",
        "state(tuple<int, int>, int)",
    ]
    assert sorted(shop.aggregates) == ["avg2(int)", "total(int)"]
    assert isinstance(shop.replication, NetworkTopologyStrategy)
    assert shop.durable_writes


def test_a_change_of_one_keyspace_shares_the_others() -> None:
    schema = schema_of(GOLDEN["rows"])
    changed = schema.with_keyspace("shop", None)
    assert list(changed) == ["OddName"]
    assert changed["OddName"] is schema["OddName"]
    again = changed.with_keyspace("shop", schema["shop"])
    assert set(again) == {"shop", "OddName"}
    assert "shop" in schema


def test_a_change_of_one_table_leaves_the_rest_of_its_keyspace(shop: KeyspaceMetadata) -> None:
    """The rows of a table and its views, read alone and put in their places, are the keyspace again."""
    base = next(view.base_table_name for view in shop.views.values())
    names = shop.with_views_of([base])
    assert names == {base, *shop.tables[base].view_names} > {base}
    without = shop.with_tables(names, {})
    assert base not in without.tables
    assert not without.views.keys() & names
    assert without.tables.keys() == shop.tables.keys() - names
    alone = {
        table: [
            row for row in GOLDEN["rows"][table] if row["keyspace_name"] == "shop" and row[column] in names
        ]
        for table, column in TABLE_COLUMNS.items()
    }
    for before in (shop, without):
        again = before.with_tables(names, alone)
        assert again is not before
        assert again.export_as_cql() == shop.export_as_cql()


def test_it_cannot_be_changed(shop: KeyspaceMetadata) -> None:
    with pytest.raises(AttributeError):
        shop.name = "other"
    with pytest.raises(AttributeError):
        del shop.tables["item"].columns["id"].type
    with pytest.raises(TypeError):
        shop.tables["new"] = shop.tables["item"]  # type: ignore[index]


def test_nothing_is_understood_before_it_is_asked_for() -> None:
    rows = GOLDEN["rows"] | {"columns": [{"keyspace_name": "shop", "broken": True}]}
    schema = schema_of(rows)
    assert schema["shop"].user_types
    with pytest.raises(KeyError):
        schema["shop"].tables  # noqa: B018


def empty(**tables: list[dict[str, Any]]) -> SchemaRows:
    rows: SchemaRows = {name: [] for name in SCHEMA_TABLES}
    rows["keyspaces"] = [{"keyspace_name": "ks", "replication": {}}]
    return rows | tables


def test_rows_of_a_keyspace_that_is_gone_are_left_out() -> None:
    schema = schema_of(empty(tables=[{"keyspace_name": "gone", "table_name": "t"}]))
    assert list(schema) == ["ks"]


def test_an_older_server_has_fewer_tables_and_columns() -> None:
    column = {
        "keyspace_name": "ks",
        "table_name": "t",
        "column_name": "k",
        "kind": "partition_key",
        "type": "int",
    }
    options = {"comment": "x", "read_repair_chance": 0.0, "dclocal_read_repair_chance": 0.1}
    rows = empty(
        tables=[{"keyspace_name": "ks", "table_name": "t", **options}], columns=[column | {"position": 0}]
    )
    del rows["column_masks"]
    text = schema_of(rows)["ks"].tables["t"].export_as_cql()
    assert "read_repair_chance = 0.0" in text
    assert "dclocal_read_repair_chance = 0.1" in text
    assert "memtable" not in text


def test_types_that_cannot_be_are_errors_only_where_they_are_asked_for() -> None:
    base = {"keyspace_name": "ks", "table_name": "t", "kind": "regular", "position": -1}
    itself = {
        "keyspace_name": "ks",
        "type_name": "loop",
        "field_names": ["a"],
        "field_types": ["frozen<loop>"],
    }
    uneven = {"keyspace_name": "ks", "type_name": "uneven", "field_names": ["a"], "field_types": []}
    texts = {"a": "frozen<loop>", "b": "nonsense<", "c": "unknown", "d": "frozen<uneven>", "e": "list<" * 500}
    rows = empty(
        tables=[{"keyspace_name": "ks", "table_name": "t"}],
        columns=[base | {"column_name": name, "type": text} for name, text in texts.items()],
        types=[itself, uneven],
    )
    keyspace = schema_of(rows)["ks"]
    assert list(keyspace.tables["t"].columns) == list(texts)
    for column in keyspace.tables["t"].columns.values():
        with pytest.raises(ConfigurationError):
            column.cql_type  # noqa: B018
    assert "CREATE TYPE ks.loop" in keyspace.export_as_cql()


def test_unknown_kinds_are_regular_columns() -> None:
    row = {
        "keyspace_name": "ks",
        "table_name": "t",
        "column_name": "a",
        "kind": "compact_value",
        "type": "blob",
    }
    column = schema_of(empty(tables=[{"keyspace_name": "ks", "table_name": "t"}], columns=[row]))["ks"]
    assert column.tables["t"].columns["a"].kind is ColumnKind.REGULAR


def test_identifiers() -> None:
    assert identifier("plain_1") == "plain_1"
    assert identifier("Upper") == '"Upper"'
    assert identifier("select") == '"select"'
    assert identifier('quote"d') == '"quote""d"'
    assert identifier("1st") == '"1st"'
    assert identifier("") == '""'


def test_literals() -> None:
    assert literal("it's") == "'it''s'"
    assert literal(None) == "null"
    assert literal(True) == "true"
    assert literal(0.01) == "0.01"
    assert literal(b"\x01\xff") == "0x01ff"
    assert literal({"b": 1, "a": "x"}) == "{'a': 'x', 'b': 1}"


def test_queries() -> None:
    assert schema_query("tables") == "SELECT * FROM system_schema.tables"
    assert schema_query("tables", "it's").endswith("WHERE keyspace_name = 'it''s'")


def test_queries_of_tables() -> None:
    assert schema_query("columns", "ks", ["a", "b's"]) == (
        "SELECT * FROM system_schema.columns WHERE keyspace_name = 'ks' AND table_name IN ('a', 'b''s')"
    )
    assert schema_query("views", "ks", ["a"]).endswith(" AND view_name IN ('a')")


def test_the_snapshot_has_it() -> None:
    schema = schema_of(GOLDEN["rows"])
    assert ClusterSnapshot(schema=schema).keyspaces["shop"] is schema["shop"]
    assert dict(ClusterSnapshot().keyspaces) == {}
