"""The choice of the local datacenter: the given one, the policy's, or that of the contact points."""

from __future__ import annotations

from collections.abc import Iterable

from aiocql.errors import ConfigurationError
from aiocql.policies.named_places import NamedPlaces, listed_datacenters

__all__ = ["check_same_datacenter", "choose_local_datacenter"]


def check_same_datacenter(given: str | None, places: NamedPlaces) -> None:
    """Raise ConfigurationError where `local_datacenter` and the session's policy name different datacenters."""
    if given is not None and places.local_datacenter not in (None, given):
        raise ConfigurationError(
            f"local_datacenter is {given!r}, but the load balancing policy is for {places.local_datacenter!r}",
            hint="name one datacenter in both, or leave local_datacenter out to take the policy's",
        )


def choose_local_datacenter(
    given: str | None,
    contact_datacenters: Iterable[str | None],
    datacenters: Iterable[str | None],
    places: NamedPlaces | None = None,
) -> str | None:
    """Return the name of the local datacenter.

    `given` is the user's, `contact_datacenters` are those of the hosts that were contact points, `datacenters` those
    of all hosts, and `places` are those that the session's policy names. A policy may name a datacenter that the
    cluster does not have yet.

    Raises:
        ConfigurationError: `given` is not a datacenter of the cluster, or nobody names one and the contact points
            are in several. The text lists all datacenters.
    """
    places = places or NamedPlaces()
    known = sorted({name for name in datacenters if name})
    if given is not None:
        if known and given not in known:
            raise ConfigurationError(
                f"local_datacenter is {given!r}, but the cluster has {listed_datacenters(known)}",
                hint="names of datacenters are case-sensitive; leave it out to take the contact points' own",
            )
        return given
    if places.local_datacenter is not None:
        return places.local_datacenter
    candidates = sorted({name for name in contact_datacenters if name})
    if len(candidates) > 1 and not places.any_datacenter:
        raise ConfigurationError(
            f"the contact points are in several datacenters ({', '.join(candidates)}), so none can be taken as local",
            hint="give local_datacenter, or a load balancing policy that names one; "
            f"the cluster has {listed_datacenters(known)}",
        )
    if len(candidates) == 1:
        return candidates[0]
    return known[0] if len(known) == 1 else None
