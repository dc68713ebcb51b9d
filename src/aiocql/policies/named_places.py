"""The datacenters and the rack that a load balancing policy names, and those of them that a cluster lacks."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from typing import Any

__all__ = ["NamedPlaces", "listed_datacenters", "named_places", "unknown_places"]

MAX_NESTING = 16


class NamedPlaces:
    """What a policy names. `any_datacenter`: the policy uses the hosts of all datacenters alike."""

    __slots__ = ("any_datacenter", "local_datacenter", "local_rack", "remote_datacenters")

    def __init__(
        self,
        local_datacenter: str | None = None,
        remote_datacenters: Iterable[str] = (),
        local_rack: str | None = None,
        any_datacenter: bool = False,
    ) -> None:
        self.local_datacenter = local_datacenter
        self.remote_datacenters = tuple(remote_datacenters)
        self.local_rack = local_rack
        self.any_datacenter = any_datacenter


def named_places(policy: object) -> NamedPlaces:
    """Return what a policy names, or the policy that it wraps (`child`).

    A policy of the application is asked for the attributes that `DefaultLoadBalancingPolicy` has; it needs none.
    """
    for _ in range(MAX_NESTING):
        inner = [_attribute(policy, name) for name in ("custom", "child")]
        wrapped = [each for each in inner if callable(_attribute(each, "plan"))]
        if not wrapped:
            break
        policy = wrapped[0]
    remote = _attribute(policy, "remote_datacenters")
    names = remote if isinstance(remote, tuple | list | set | frozenset) else ()
    return NamedPlaces(
        _text(_attribute(policy, "local_datacenter")),
        [name for name in names if isinstance(name, str)],
        _text(_attribute(policy, "local_rack")),
        _attribute(policy, "any_datacenter") is True,
    )


def _attribute(policy: object, name: str) -> Any:
    """Return an attribute; None where there is no such attribute, or the code of the application fails."""
    try:
        return getattr(policy, name, None)
    except Exception:
        return None


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None


def unknown_places(
    places: NamedPlaces, datacenters: Collection[str], local_racks: Collection[str]
) -> Iterator[str]:
    """Describe each name that no node has. `local_racks` are the racks of the local datacenter."""
    if not datacenters:
        return
    local = places.local_datacenter
    if local is not None and local not in datacenters:
        yield _unknown("the local datacenter", local, datacenters)
    for name in places.remote_datacenters:
        if name not in datacenters:
            yield _unknown("the remote datacenter", name, datacenters)
    if places.local_rack is not None and local_racks and places.local_rack not in local_racks:
        racks = ", ".join(repr(rack) for rack in sorted(local_racks))
        yield (
            f"the load balancing policy prefers the rack {places.local_rack!r}, "
            f"but the local datacenter has {racks}{_meant(places.local_rack, local_racks)}"
        )


def _unknown(what: str, name: str, datacenters: Collection[str]) -> str:
    return (
        f"the load balancing policy names {what} {name!r}, "
        f"but the cluster has {listed_datacenters(datacenters)}{_meant(name, datacenters)}"
    )


def _meant(name: str, known: Collection[str]) -> str:
    """Return the name that was probably meant; servers compare names exactly."""
    for each in sorted(known):
        if each.strip().casefold() == name.strip().casefold():
            return f"; did you mean {each!r}? Upper case, lower case and blanks count"
    return ""


def listed_datacenters(names: Collection[str]) -> str:
    """Return names for a sentence: ``the datacenters 'dc1', 'dc2'``."""
    listed = ", ".join(repr(name) for name in sorted(names))
    return f"the datacenters {listed}" if len(names) > 1 else f"the datacenter {listed}"
