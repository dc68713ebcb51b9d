"""Which datacenter is ours: the one that was given, or the one that the contact points are in."""

from __future__ import annotations

from collections.abc import Iterable

from aiocql.errors import ConfigurationError

__all__ = ["choose_local_datacenter"]


def choose_local_datacenter(
    given: str | None, contact_datacenters: Iterable[str | None], datacenters: Iterable[str | None]
) -> str | None:
    """The name of the local datacenter.

    `given` is the user's, `contact_datacenters` are those of the hosts that were contact points, `datacenters` those
    of all hosts. Raises ConfigurationError, listing all datacenters, if `given` is none of them or the contact points
    are in several.
    """
    known = sorted({name for name in datacenters if name})
    if given is not None:
        if known and given not in known:
            raise ConfigurationError(
                f"local_datacenter is {given!r}, but the cluster has {_listed(known)}",
                hint="names of datacenters are case-sensitive; leave it out to take the contact points' own",
            )
        return given
    candidates = sorted({name for name in contact_datacenters if name})
    if len(candidates) > 1:
        raise ConfigurationError(
            f"the contact points are in several datacenters ({', '.join(candidates)}), so none can be taken as local",
            hint=f"give local_datacenter; the cluster has {_listed(known)}",
        )
    if candidates:
        return candidates[0]
    return known[0] if len(known) == 1 else None


def _listed(names: list[str]) -> str:
    return ("the datacenters " if len(names) > 1 else "the datacenter ") + ", ".join(
        repr(name) for name in names
    )
