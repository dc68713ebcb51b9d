"""Loopback addresses and ports that nobody else has.

Linux answers on all of 127.0.0.0/8, so that each cluster gets 256 separate addresses: node i listens on
``127.1.N.i``, every node on the same ports. A cluster owns its block by a socket that stays bound on the block's last
address: the kernel gives it to one owner only, in the network namespace where it matters, and takes it back when
the owner dies. Clusters on one address (`PortBlock`) own a range of ports in the same way.
"""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Iterator
from dataclasses import dataclass

from aiocql.testing.errors import LauncherError

__all__ = ["AddressBlock", "PortBlock", "Ports", "is_free"]

NATIVE, STORAGE, JMX = 9042, 7000, 7199
_RANGE = range(10_000, 30_000, 200)  # below the ports that systems hand to outgoing connections
_NODES_PER_RANGE = 50


@dataclass(frozen=True)
class Ports:
    """Where one node listens: CQL, traffic between nodes, JMX."""

    address: str
    native: int
    storage: int
    jmx: int


def is_free(address: str, port: int) -> bool:
    """Whether something may listen there now."""
    with contextlib.closing(socket.socket(socket.AF_INET, socket.SOCK_STREAM)) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as servers do: TIME_WAIT is no obstacle
        with contextlib.suppress(OSError):
            probe.bind((address, port))
            return True
    return False


def _claim(address: str, port: int) -> socket.socket | None:
    """A socket bound there, exclusively; None if somebody else has it."""
    claim = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        claim.bind((address, port))
    except OSError:
        claim.close()
        return None
    return claim


class AddressBlock:
    """One address a node, the same ports everywhere. `close()` releases the block.

    `network` is ``"127.1.7."`` or the like; by default the first free block of 127.1.0.0/16 is taken. `port` is the CQL
    port; by default 9042, or another one if something listens there on all addresses.
    """

    def __init__(self, network: str | None = None, port: int | None = None) -> None:
        self.port = port if port is not None else _free_everywhere(NATIVE)
        self._storage, self._jmx = _free_everywhere(STORAGE), _free_everywhere(JMX)
        networks: Iterator[str] = iter([network]) if network else (f"127.1.{n}." for n in range(1, 255))
        for self.network in networks:
            claim = _claim(f"{self.network}254", self.port)
            if claim is not None:
                self._claim = claim
                return
        raise LauncherError(
            f"no free block of loopback addresses: {network or '127.1.1.0 to 127.1.254.0'}, CQL port {self.port}",
            hint="another cluster has it, or a server listens on all addresses; give another network or port",
        )

    def ports(self, index: int) -> Ports:
        """Where node `index` (from 1) listens. Raises `LauncherError` if somebody is there already."""
        ports = Ports(f"{self.network}{index}", self.port, self._storage, self._jmx)
        for port in (ports.native, ports.storage, ports.jmx):
            if not is_free(ports.address, port):
                raise LauncherError(
                    f"{ports.address}:{port} is in use",
                    hint="give CassandraCluster another network, or stop what listens there",
                )
        return ports

    def close(self) -> None:
        """Give the addresses back."""
        self._claim.close()


class PortBlock:
    """All nodes on one address, each with different ports."""

    def __init__(self, address: str = "127.0.0.1", port: int | None = None) -> None:
        self.address = address
        self.port = port
        for self._first in _RANGE:
            claim = _claim("127.255.255.254", self._first)
            if claim is not None:
                self._claim = claim
                return
        raise LauncherError("no free range of ports", hint="stop other test clusters")

    def ports(self, index: int) -> Ports:
        """Where node `index` (from 1) listens; with `port=` given, node 1 has it and node 2 the next one."""
        if index > _NODES_PER_RANGE:
            raise LauncherError(f"at most {_NODES_PER_RANGE} nodes on one address")
        base = self._first + 3 * (index - 1)
        native = base if self.port is None else self.port + index - 1
        ports = Ports(self.address, native, base + 1, base + 2)
        for port in (ports.native, ports.storage, ports.jmx):
            if not is_free(self.address, port):
                raise LauncherError(f"{self.address}:{port} is in use", hint="give another port")
        return ports

    def close(self) -> None:
        """Give the ports back."""
        self._claim.close()


def _free_everywhere(port: int) -> int:
    """This port, or the next one after it where something listens on it on every address."""
    return next(port for port in range(port, port + 1000) if is_free("127.255.255.253", port))
