from types import SimpleNamespace
from typing import Any

import pytest

from aiocql.cluster.debounce import Debouncer


def event(kind: str, change: str = "", address: str | None = None, **more: Any) -> Any:
    fields = {"port": 9042, "keyspace": None, "target": None, "name": None, **more}
    return SimpleNamespace(kind=kind, change=change, address=address, **fields)


def schema(keyspace: str | None, target: str = "KEYSPACE", name: str | None = None) -> Any:
    return event("SCHEMA_CHANGE", "UPDATED", keyspace=keyspace, target=target, name=name)


def status(change: str, address: str = "10.0.0.1") -> Any:
    return event("STATUS_CHANGE", change, address)


def test_nothing_is_not_due() -> None:
    debouncer = Debouncer()
    assert debouncer.due is None
    changes = debouncer.take()
    assert not changes.topology
    assert not changes.schema
    assert changes.statuses == {}


def test_each_event_moves_the_window() -> None:
    debouncer = Debouncer(window=1, max_wait=5)
    assert debouncer.add(schema("a"), 10.0)
    assert debouncer.due == 11.0
    debouncer.add(schema("a"), 10.9)
    assert debouncer.due == 11.9


@pytest.mark.fault(22)
def test_but_not_for_ever() -> None:
    debouncer = Debouncer(window=1, max_wait=5)
    for i in range(100):
        debouncer.add(schema("a"), 10.0 + i * 0.5)
    assert debouncer.due == 15.0


def test_a_new_batch_has_its_own_bound() -> None:
    debouncer = Debouncer(window=1, max_wait=5)
    debouncer.add(schema("a"), 10.0)
    assert debouncer.take().keyspaces == {"a"}
    assert debouncer.due is None
    debouncer.add(schema("b"), 100.0)
    assert debouncer.due == 101.0
    assert debouncer.take().keyspaces == {"b"}


def test_kinds() -> None:
    debouncer = Debouncer()
    debouncer.add(event("TOPOLOGY_CHANGE", "NEW_NODE", "10.0.0.9"), 0)
    debouncer.add(status("UP"), 0)
    debouncer.add(schema("ks"), 0)
    changes = debouncer.take()
    assert changes.topology
    assert changes.statuses == {("10.0.0.1", 9042): True}
    assert changes.keyspaces == {"ks"}
    assert changes.schema


def test_the_last_word_on_each_address_counts() -> None:
    debouncer = Debouncer()
    for change in ("UP", "DOWN", "UP", "DOWN"):
        debouncer.add(status(change), 0)
    debouncer.add(status("UP", "10.0.0.2"), 0)
    assert debouncer.take().statuses == {("10.0.0.1", 9042): False, ("10.0.0.2", 9042): True}


@pytest.mark.fault(13)
def test_what_is_unknown_starts_nothing() -> None:
    debouncer = Debouncer()
    assert not debouncer.add(event("CLIENT_ROUTES_CHANGE"), 0)
    assert not debouncer.add(status("SIDEWAYS"), 0)
    assert not debouncer.add(event("STATUS_CHANGE", "UP", None), 0)
    assert debouncer.due is None


@pytest.mark.fault(22)
def test_a_flood_costs_bounded_memory() -> None:
    debouncer = Debouncer(max_entries=10)
    for i in range(100_000):
        debouncer.add(status("UP", f"10.{i >> 16}.{i >> 8 & 255}.{i & 255}"), i * 0.001)
        debouncer.add(schema(f"ks{i}"), i * 0.001)
    changes = debouncer.take()
    assert len(changes.statuses) == 10
    assert len(changes.keyspaces) == 10
    assert changes.topology
    assert changes.all_keyspaces


def test_a_change_of_a_table_is_one_of_the_table_alone() -> None:
    debouncer = Debouncer()
    debouncer.add(schema("a", "TABLE", "t"), 0)
    debouncer.add(schema("a", "TABLE", "t"), 0)
    debouncer.add(schema("b", "TYPE", "u"), 0)
    debouncer.add(schema("c", "TABLE", None), 0)
    changes = debouncer.take()
    assert changes.schema
    assert changes.tables == {("a", "t")}
    assert changes.keyspaces == {"b", "c"}


def test_a_flood_of_changed_tables_costs_bounded_memory() -> None:
    debouncer = Debouncer(max_entries=10)
    for i in range(1000):
        debouncer.add(schema("ks", "TABLE", f"t{i}"), 0)
    changes = debouncer.take()
    assert len(changes.tables) == 10
    assert changes.keyspaces == {"ks"}


def test_a_schema_change_of_no_keyspace_is_one_of_all() -> None:
    debouncer = Debouncer()
    debouncer.add(schema(None), 0)
    assert debouncer.take().all_keyspaces


def test_the_bound_is_not_below_the_window() -> None:
    debouncer = Debouncer(window=3, max_wait=1)
    debouncer.add(schema("a"), 0)
    assert debouncer.due == 3
