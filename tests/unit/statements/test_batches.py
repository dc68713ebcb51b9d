"""Batches: what is resolved first, the bytes, the token, and what is told of a batch."""

from __future__ import annotations

import itertools
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aiocql.enums import BatchType
from aiocql.errors import EncodeError
from aiocql.protocol.metadata import Column, ResultMetadata
from aiocql.protocol.requests import QueryParameters, batch_body
from aiocql.sentinels import UNSET
from aiocql.statements.batch import MAX_STATEMENTS, BatchStatement
from aiocql.statements.prepared import PreparedStatement
from aiocql.types.names import parse_cql_type
from aiocql.types.registry import default_registry

DELETE = "DELETE FROM t WHERE k = 1"
ORIGIN = object()
OPTIONS = QueryParameters(consistency=6)


def statement(query: str, *kinds: str, key: tuple[int, ...] = (), **defaults: Any) -> PreparedStatement:
    columns = tuple(Column("ks", "t", f"c{i}", parse_cql_type(kind)) for i, kind in enumerate(kinds))
    prepared: Any = SimpleNamespace(
        id=query.encode(),
        result_metadata_id=None,
        bind_columns=columns,
        pk_indexes=key,
        result_metadata=ResultMetadata(),
    )
    codecs = tuple(default_registry().codec(column.type) for column in columns)
    return PreparedStatement(query, prepared, codecs, None, defaults=defaults, origin=ORIGIN)


KEYLESS = statement("INSERT 1", "int", "text")
SIMPLE = statement("INSERT 2", "text", "int", key=(1,))
COMPOUND = statement("INSERT 3", "int", "text", "blob", key=(1, 0))
KNOWN = {each.query: each for each in (KEYLESS, SIMPLE, COMPOUND)}


def batch_of(*entries: Any, kind: BatchType = BatchType.LOGGED) -> BatchStatement:
    batch = BatchStatement(kind, entries, ORIGIN)
    while (i := batch.unresolved(KNOWN)) is not None:
        said, values = batch.entry(i)
        batch.resolve(i, said, values, KNOWN[said] if values is not None else None)
    return batch


numbers = st.integers(-(2**31), 2**31 - 1)
texts = st.text(st.characters(codec="utf-8"), max_size=70)
free = st.sampled_from([None, UNSET])
said_with_values = st.one_of(
    st.tuples(st.just(KEYLESS), st.tuples(numbers | free, texts | free)),
    st.tuples(st.just(SIMPLE), st.tuples(texts | free, numbers | st.none())),
    st.tuples(
        st.just(COMPOUND),
        st.tuples(numbers | st.none(), texts | st.none(), st.binary(max_size=300) | free),
    ),
)


@given(
    st.sampled_from([3, 4, 5]),
    st.sampled_from(BatchType),
    st.lists(said_with_values | texts, max_size=12),
    st.lists(st.sampled_from(["prepared", "text", "named", "list"]), min_size=12, max_size=12),
)
def test_bytes_are_those_of_each_statement_bound_by_itself(
    version: int, kind: BatchType, said: list[Any], forms: list[str]
) -> None:
    plain: list[tuple[str | bytes, int, bytes]] = []
    entries: list[Any] = []
    token = None
    for each, form in zip(said, forms, strict=False):
        if isinstance(each, str):
            plain.append((each, 0, b""))
            entries.append(each if form == "text" else (each, None))
            continue
        prepared, values = each
        encoded, found = prepared.encode(values)
        token = found if token is None else token
        plain.append((prepared.id, len(values), encoded))
        given_values: Any = list(values) if form == "list" else values
        if form == "named":
            given_values = {f"c{i}": value for i, value in enumerate(values)}
        pair = (prepared.query if form == "text" else prepared, given_values)
        entries.append(list(pair) if form == "list" else pair)
    unset = any(value is UNSET for each in said if not isinstance(each, str) for value in each[1])
    if unset and version == 3:
        for encode in (
            lambda: batch_body(version, kind, plain, OPTIONS),
            lambda: batch_of(*entries, kind=kind).encode(version),
        ):
            with pytest.raises(EncodeError, match="an unset value needs protocol v4"):
                encode()
        return
    whole = batch_body(version, kind, plain, OPTIONS)
    options = batch_body(version, kind, [], OPTIONS)[3:]
    assert batch_of(*entries, kind=kind).encode(version) == (whole[: len(whole) - len(options)], token)


def test_keyspace_is_that_of_the_statement_with_the_token() -> None:
    batch = batch_of(DELETE, (KEYLESS, [1, "a"]), (SIMPLE, ["a", None]), (SIMPLE, ["a", 7]))
    _, token = batch.encode(5)
    assert token == SIMPLE.encode(["a", 7])[1]
    assert batch.keyspace == "ks"
    nowhere = batch_of(DELETE, (KEYLESS, [1, "a"]))
    assert nowhere.encode(5)[1] is None
    assert nowhere.keyspace is None


@pytest.mark.parametrize(
    ("entry", "says"),
    [
        ((SIMPLE, ["a", UNSET]), "c1 is part of the partition key: it cannot be left unset"),
        ((COMPOUND, [1, "x" * 65536, b""]), "c1 is part of the partition key: 65536 bytes"),
        ((COMPOUND, [UNSET, "x", b""]), "c0 is part of the partition key: it cannot be left unset"),
        ((KEYLESS, [2**31, "secret"]), "column c0 is int: int does not fit"),
        ((KEYLESS, {"c0": 1}), "no value for: 'c1'"),
        ((KEYLESS, "text"), "values are given as str"),
        ((KEYLESS, None), "0 values for 2 markers"),
        ("DELETE \ud800", "lone surrogate"),
    ],
)
def test_what_does_not_fit_is_refused_in_any_place_and_says_where(entry: Any, says: str) -> None:
    for before in (0, 2):
        batch = batch_of(*[(SIMPLE, ["a", 7])] * before, entry)
        with pytest.raises(EncodeError, match=says) as refused:
            batch.encode(5)
        assert refused.value.__notes__ == [f"at statement {before + 1} of {before + 1} in the batch"]


def test_what_is_not_known_is_named_and_looked_at_once() -> None:
    select = statement("SELECT 1", "int")
    nothing: Any = SimpleNamespace(
        id=b"", result_metadata_id=None, bind_columns=(), pk_indexes=(), result_metadata=ResultMetadata()
    )
    foreign = PreparedStatement("INSERT 4", nothing, (), None, origin=object())
    known = {**KNOWN, select.query: select}
    for unknown in (
        *(5, None, (None, None), (None, [1]), (KEYLESS, [1, "a"], 2), (KEYLESS,), ()),
        *(select, (select.query, [1]), foreign, ("INSERT 5", [1]), DELETE, [DELETE, None]),
    ):
        batch = BatchStatement(BatchType.LOGGED, [(SIMPLE, ["a", 1]), unknown], ORIGIN)
        assert batch.unresolved(known) == 1
        assert batch.unresolved(known) == 1
        with pytest.raises(ValueError, match="when all of it is resolved"):
            batch.encode(5)
    batch = BatchStatement(BatchType.LOGGED, [DELETE, (DELETE, None), ("INSERT 2", ["a", 1])], ORIGIN)
    assert batch.unresolved(KNOWN) == 0
    batch.resolve(0, DELETE, None, None)
    assert batch.unresolved(KNOWN) is None


def test_text_with_and_without_values_are_two_statements() -> None:
    text = "INSERT 2"
    batch = batch_of(text, (text, ["a", 1]), text)
    body, _ = batch.encode(5)
    values, _ = SIMPLE.encode(["a", 1])
    sent = [(text, 0, b""), (SIMPLE.id, 2, values), (text, 0, b"")]
    assert batch_body(5, 0, sent, OPTIONS).startswith(body)
    assert (batch.texts, batch.prepared_statements) == ((text,), (SIMPLE,))


def test_what_is_told_of_a_batch() -> None:
    lwt = statement("INSERT 6 IF NOT EXISTS", "int")
    batch = batch_of((SIMPLE, ["a", 1]), DELETE, (lwt, [1]), (SIMPLE, ["b", 2]), kind=BatchType.UNLOGGED)
    batch.encode(5)
    assert batch.size == 4
    assert batch.query == f"BEGIN UNLOGGED BATCH INSERT 2; {DELETE}; INSERT 6 IF NOT EXISTS"
    assert batch.bound == {SIMPLE: SIMPLE.columns, lwt: lwt.columns}
    assert (batch.is_lwt, batch.is_select) == (True, False)
    many = batch_of(*(f"DELETE {i}" for i in range(12)))
    many.encode(5)
    assert many.query.endswith("; DELETE 9; ...")
    assert not many.is_lwt


def test_no_more_statements_than_the_protocol_counts() -> None:
    batch = batch_of(*[DELETE] * MAX_STATEMENTS)
    assert batch.encode(5)[0][1:3] == b"\xff\xff"
    with pytest.raises(EncodeError, match="more than 65535 statements"):
        BatchStatement(BatchType.LOGGED, itertools.repeat(DELETE), ORIGIN)


def test_batch_is_written_again_until_its_values_are_let_go() -> None:
    batch = batch_of((SIMPLE, ["a", 1]), DELETE)
    assert batch.encode(5) == batch.encode(5)
    counted = batch.byte_count
    batch.encode(5)
    assert batch.byte_count == counted
    batch.release()
    with pytest.raises(ValueError, match="let go"):
        batch.encode(5)
