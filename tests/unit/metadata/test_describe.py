"""Exported CQL and the order of columns, against what servers of four versions printed and returned.

The files in ``golden`` hold rows of ``system_schema``, the output of DESCRIBE and the columns of ``SELECT *``.
Cassandra 3.11 has no DESCRIBE: its file holds an export that this server took and gave back unchanged.
"""

from __future__ import annotations

import copy
import json
import pickle
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from aiocql.metadata.columns import ColumnKind
from aiocql.metadata.cql_text import double_text, float_text, identifier, map_literal
from aiocql.metadata.cql_values import text_literal
from aiocql.metadata.schema import KeyspaceMetadata, Schema, schema_steps
from aiocql.metadata.schema_rows import IS_VIRTUAL, SCHEMA_TABLES, SchemaRows
from aiocql.metadata.tables import TableMetadata
from aiocql.metadata.tokens import run
from aiocql.types.names import parse_cql_type

VERSIONS = ["3_11_19", "4_0_19", "4_1_10", "5_0_6"]


@cache
def golden(version: str) -> dict[str, Any]:
    path = Path(__file__).parent / "golden" / f"describe_{version}.json"
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    for row in found["rows"]["tables"] + found["rows"]["views"]:
        row["extensions"] = {name: bytes.fromhex(text) for name, text in (row["extensions"] or {}).items()}
    return found


@cache
def schema(version: str) -> Schema:
    return run(schema_steps(golden(version)["rows"]))


def table(version: str, full_name: str) -> TableMetadata:
    keyspace, _, name = full_name.partition(".")
    found = schema(version)[keyspace]
    return found.tables[name] if name in found.tables else found.views[name]


KEYSPACES = [(version, name) for version in VERSIONS for name in golden(version)["describe"]]


@pytest.mark.parametrize(("version", "keyspace"), KEYSPACES)
def test_a_keyspace_is_exported_as_described(version: str, keyspace: str) -> None:
    assert schema(version)[keyspace].export_as_cql() == golden(version)["describe"][keyspace]


@pytest.mark.parametrize("version", VERSIONS[1:])
def test_a_table_is_exported_as_described_with_indexes_and_views(version: str) -> None:
    """DESCRIBE TABLE shows views from Cassandra 5.0 on."""
    for name, text in golden(version)["tables"].items():
        assert table(version, name).export_as_cql() == text


@pytest.mark.parametrize("version", VERSIONS)
def test_columns_are_in_the_order_of_a_selection_of_all(version: str) -> None:
    orders = golden(version)["orders"]
    assert {name: list(table(version, name).columns) for name in orders} == orders


# --- COMPACT STORAGE ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("version", VERSIONS)
def test_compact_storage_hides_columns_that_nobody_defined(version: str) -> None:
    without_clustering = table(version, "compact.nock")
    assert without_clustering.is_compact
    assert {name: column.kind for name, column in without_clustering.columns.items()} == {
        "k": ColumnKind.PARTITION_KEY,
        "a": ColumnKind.REGULAR,
        "b": ColumnKind.REGULAR,
    }
    assert [column.name for column in without_clustering.primary_key] == ["k"]
    assert sorted(column.name for column in without_clustering.hidden_columns) == ["column1", "value"]
    only_key = table(version, "compact.cknov")
    assert only_key.is_compact
    assert list(only_key.columns) == ["k", "c"]
    assert [column.type for column in only_key.hidden_columns] == ["empty"]


@pytest.mark.parametrize("version", VERSIONS)
def test_only_compact_tables_are_compact(version: str) -> None:
    for keyspace in schema(version).values():
        assert all(each.is_compact == (keyspace.name == "compact") for each in keyspace.tables.values())


def test_before_4_compact_tables_are_exported_as_statements() -> None:
    text = table("3_11_19", "compact.nock").export_as_cql(with_indexes=False)
    assert text.startswith("CREATE TABLE compact.nock (\n    k int PRIMARY KEY,\n    a int,\n    b text\n)")
    assert ") WITH COMPACT STORAGE\n    AND bloom_filter_fp_chance" in text


# --- user types -----------------------------------------------------------------------------------------------


def keyspace_of(**tables: list[dict[str, Any]]) -> KeyspaceMetadata:
    rows: SchemaRows = {name: [] for name in SCHEMA_TABLES}
    rows["keyspaces"] = [{"keyspace_name": "ks", "replication": {}}]
    return run(schema_steps(rows | tables))["ks"]


def test_types_follow_those_that_they_are_made_of_whatever_their_names_are() -> None:
    fields = {
        "a": ['frozen<map<text, frozen<list<frozen<"select">>>>>'],
        "select": ["frozen<ab>", 'frozen<"a ""b">'],
        "ab": ["int"],
        'a "b': ["frozen<default>"],
        "default": ["tuple<int, frozen<z>>"],
        "z": ['vector<frozen<"ü">, 2>'],
        "ü": ["int"],
    }
    types = [
        {"keyspace_name": "ks", "type_name": name, "field_names": ["f", "g"], "field_types": texts}
        for name, texts in fields.items()
    ]
    text = keyspace_of(types=types).export_as_cql()
    places = [
        text.index(f"CREATE TYPE ks.{identifier(name)} (")
        for name in ("ü", "ab", "z", "default", 'a "b', "select", "a")
    ]
    assert places == sorted(places)


def test_words_are_quoted_where_the_server_reserves_them() -> None:
    words = ("default", "unset", "replace", "mbean", "mbeans")
    assert [identifier(word) for word in words] == list(words)
    assert [identifier(word, before_4=True) for word in words] == [f'"{word}"' for word in words]
    assert identifier("select") == identifier("select", before_4=True) == '"select"'


# --- virtual keyspaces ----------------------------------------------------------------------------------------

VIRTUAL = """\
/*
Warning: Keyspace system_views is a virtual keyspace and cannot be recreated with CQL.
Structure, for reference:
VIRTUAL KEYSPACE system_views;
*/

/*
Warning: Table system_views.settings is a virtual table and cannot be recreated with CQL.
Structure, for reference:
VIRTUAL TABLE system_views.settings (
    name text PRIMARY KEY,
    value text
) WITH comment = 'current settings';
*/"""


def test_virtual_keyspaces_are_exported_as_described() -> None:
    column = {"keyspace_name": "system_views", "table_name": "settings", "clustering_order": "none"}
    rows: SchemaRows = {name: [] for name in SCHEMA_TABLES} | {
        "keyspaces": [{"keyspace_name": "system_views", IS_VIRTUAL: True}],
        "tables": [
            {"keyspace_name": "system_views", "table_name": "settings", "comment": "current settings"}
        ],
        "columns": [
            column | {"column_name": "value", "kind": "regular", "position": -1, "type": "text"},
            column | {"column_name": "name", "kind": "partition_key", "position": 0, "type": "text"},
        ],
    }
    keyspace = run(schema_steps(rows))["system_views"]
    assert keyspace.is_virtual
    assert keyspace.tables["settings"].is_virtual
    assert keyspace.replication.name == "LocalStrategy"
    assert keyspace.export_as_cql() == VIRTUAL


# --- numbers and values ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.01, "0.01"),
        (0.001, "0.001"),
        (0.00099999, "9.9999E-4"),
        (1.2345e-4, "1.2345E-4"),
        (1e-10, "1.0E-10"),
        (1.0, "1.0"),
        (0.0, "0.0"),
        (-0.0, "-0.0"),
        (-2.5, "-2.5"),
        (9999999.0, "9999999.0"),
        (1e7, "1.0E7"),
        (1234567.125, "1234567.125"),
        (12345678901.0, "1.2345678901E10"),
        (1e300, "1.0E300"),
        (float("nan"), "NaN"),
        (float("-inf"), "-Infinity"),
    ],
)
def test_doubles_are_written_as_java_writes_them(value: float, text: str) -> None:
    assert double_text(value) == text


def test_floats_have_as_many_digits_as_they_need() -> None:
    assert float_text(0.10000000149011612) == "0.1"
    assert float_text(9.999999747378752e-06) == "1.0E-5"
    assert float_text(3.4028234663852886e38) == "3.4028235E38"
    assert float_text(float("inf")) == "Infinity"


def test_maps_are_in_the_order_of_javas_strings() -> None:
    assert map_literal({"\uffff": 1, "\U00010000": 2, "b": 3}) == "{'b': 3, '\U00010000': 2, '\uffff': 1}"


@pytest.mark.parametrize(
    ("of", "text", "literal"),
    [
        ("date", "2020-01-01", "'2020-01-01'"),
        ("text", "it's", "'it''s'"),
        ("blob", "abcd", "0xabcd"),
        ("inet", "0:0:0:0:0:0:0:1", "'0:0:0:0:0:0:0:1'"),
        ("duration", "1h30m", "1h30m"),
        ("list<inet>", "000000010000001000000000000000000000000000000001", "['0:0:0:0:0:0:0:1']"),
        ("set<text>", "0000000200000001710000000170", "{'q', 'p'}"),
        ("map<int, boolean>", "0000000100000004000000070000000101", "{7: true}"),
        ("tuple<int, text, date>", r"@:a\:b\@c", "(null, 'a:b@c', null)"),
        (
            "list<frozen<tuple<float, time>>>",
            "0000000100000014000000043dcccccd0000000800000362d417ae00",
            "[(0.1, '01:02:03.000000000')]",
        ),
        ("'a.Class'", "01", "0x01"),
    ],
)
def test_arguments_of_masks_become_literals(of: str, text: str, literal: str) -> None:
    assert text_literal(parse_cql_type(of), text) == literal


# --- copies ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("again", [copy.copy, copy.deepcopy, lambda each: pickle.loads(pickle.dumps(each))])
def test_metadata_can_be_copied_and_pickled(again: Any) -> None:
    whole = schema("5_0_6")
    keyspace = whole["masks"]
    assert keyspace.tables["repl"].columns["a5"].cql_type == parse_cql_type("date")
    copied = again(whole)
    assert list(copied) == list(whole)
    assert copied["masks"].export_as_cql() == keyspace.export_as_cql()
    assert again(keyspace).export_as_cql() == keyspace.export_as_cql()
    assert again(keyspace.tables)["repl"].export_as_cql() == keyspace.tables["repl"].export_as_cql()
    view = whole["views"].views["aa"]
    assert again(view).export_as_cql() == view.export_as_cql()
    column = again(whole["udt"].tables["uses"].columns["b"])
    assert column.cql_type == whole["udt"].tables["uses"].columns["b"].cql_type
    for each in (
        whole["Funcs"].functions["noargs()"],
        whole["Funcs"].aggregates["avg2(int)"],
        whole["udt"].user_types["Address"],
        whole["idx"].indexes["t_keys"],
    ):
        assert again(each).export_as_cql() == each.export_as_cql()
