"""Many events, one refresh: collects what events announce until they pause, but not for ever. Pure: time is given."""

from __future__ import annotations

from typing import Protocol

__all__ = ["Changes", "Debouncer", "ServerEvent"]


class ServerEvent(Protocol):
    """What is read of an EVENT message (native protocol v5, section 4.2.6)."""

    @property
    def kind(self) -> str: ...
    @property
    def change(self) -> str | None: ...
    @property
    def address(self) -> str | None: ...
    @property
    def port(self) -> int: ...
    @property
    def keyspace(self) -> str | None: ...
    @property
    def target(self) -> str | None: ...
    @property
    def name(self) -> str | None: ...


class Changes:
    """What a batch of events asks for.

    `topology` says that the list of hosts may have changed. `statuses` has the last word on each address: True for
    UP. `tables` are those that changed, by keyspace and name; `keyspaces` are those of which more did;
    `all_keyspaces` replaces both when there were too many to list.
    """

    __slots__ = ("all_keyspaces", "keyspaces", "statuses", "tables", "topology")

    def __init__(self) -> None:
        self.topology = False
        self.statuses: dict[tuple[str, int], bool] = {}
        self.keyspaces: set[str] = set()
        self.tables: set[tuple[str, str]] = set()
        self.all_keyspaces = False

    @property
    def schema(self) -> bool:
        """Whether anything of the schema changed."""
        return self.all_keyspaces or bool(self.keyspaces) or bool(self.tables)

    def __bool__(self) -> bool:
        return self.topology or self.schema or bool(self.statuses)

    def add(self, later: Changes) -> None:
        """Takes in what came later; its word on an address is the last."""
        self.topology |= later.topology
        self.statuses.update(later.statuses)
        self.keyspaces |= later.keyspaces
        self.tables |= later.tables
        self.all_keyspaces |= later.all_keyspaces

    def __repr__(self) -> str:
        keyspaces = "all" if self.all_keyspaces else sorted(self.keyspaces)
        told = f"keyspaces={keyspaces} tables={sorted(self.tables)}"
        return f"<Changes topology={self.topology} statuses={self.statuses} {told}>"


class Debouncer:
    """Holds events back until none has come for `window` seconds, at most `max_wait` seconds after the first.

    Memory is bounded: events about the same thing count once, and past `max_entries` different ones everything is
    refreshed instead.
    """

    def __init__(self, *, window: float = 1.0, max_wait: float = 5.0, max_entries: int = 1000) -> None:
        self.window = window
        self.max_wait = max(max_wait, window)
        self.max_entries = max_entries
        self._changes: Changes | None = None
        self._first = 0.0
        self._last = 0.0

    @property
    def due(self) -> float | None:
        """When `take` is to be called, on the clock of `add`; None while there is nothing."""
        if self._changes is None:
            return None
        return min(self._last + self.window, self._first + self.max_wait)

    def add(self, event: ServerEvent, now: float) -> bool:
        """Takes an event in; False if it is of no kind that matters."""
        changes = self._changes or Changes()
        if not self._note(changes, event):
            return False
        if self._changes is None:
            self._changes = changes
            self._first = now
        self._last = now
        return True

    def take(self) -> Changes:
        """What was collected; a new batch begins."""
        changes = self._changes or Changes()
        self._changes = None
        return changes

    def _note(self, changes: Changes, event: ServerEvent) -> bool:
        if event.kind == "SCHEMA_CHANGE":
            self._note_schema(changes, event)
        elif event.kind == "TOPOLOGY_CHANGE":
            changes.topology = True
        elif event.kind == "STATUS_CHANGE" and event.address is not None and event.change in ("UP", "DOWN"):
            self._note_status(changes, (event.address, event.port), event.change == "UP")
        else:
            return False
        return True

    def _note_status(self, changes: Changes, where: tuple[str, int], up: bool) -> None:
        if where in changes.statuses or len(changes.statuses) < self.max_entries:
            changes.statuses[where] = up
        else:
            changes.topology = True

    def _note_schema(self, changes: Changes, event: ServerEvent) -> None:
        keyspace = event.keyspace
        if keyspace is None or len(changes.keyspaces) >= self.max_entries:
            changes.all_keyspaces = True
        elif event.target == "TABLE" and event.name is not None and len(changes.tables) < self.max_entries:
            changes.tables.add((keyspace, event.name))
        else:
            changes.keyspaces.add(keyspace)
