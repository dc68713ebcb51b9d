"""One node of the cluster."""

from sys import intern

cimport cython

from aiocql.nodes.node_counters cimport NodeCounters

from aiocql.nodes.states import HostDistance, HostState

STATES = (HostState.UNKNOWN, HostState.UP, HostState.DOWN)
DISTANCES = (HostDistance.LOCAL, HostDistance.REMOTE, HostDistance.IGNORED)


def format_endpoint(str address, int port) -> str:
    """``127.0.0.1:9042``; ``[::1]:9042`` for IPv6; the path alone for a UNIX socket."""
    if address.startswith("/"):
        return address
    return f"[{address}]:{port}" if ":" in address else f"{address}:{port}"


cdef str interned(object text):
    return None if text is None else intern(str(text))


cdef class Host:
    """One node of the cluster, the same object for as long as the cluster has a node of its `host_id`.

    `host_id` is None only for a contact point whose system tables have not been read yet.
    `address` and `port` are where the driver connects to, after translation. `load` counts what it does.
    """

    def __cinit__(self, *args, **kwargs):
        self.load = NodeCounters()
        self.state_code = STATE_UNKNOWN
        self.distance_code = DISTANCE_LOCAL

    def __init__(self, address, port=9042, *, host_id=None, datacenter=None, rack=None, release_version=None,
                 broadcast_address=None, listen_address=None, schema_version=None):
        self.load = NodeCounters()
        self.update(address, port, host_id=host_id, datacenter=datacenter, rack=rack,
                    release_version=release_version, broadcast_address=broadcast_address,
                    listen_address=listen_address, schema_version=schema_version)

    @cython.critical_section  # without a GIL another thread may read meanwhile: `stats()`
    def update(self, address, port, *, host_id=None, datacenter=None, rack=None, release_version=None,
               broadcast_address=None, listen_address=None, schema_version=None) -> None:
        """Replaces what is known of the node by what its row in the system tables says now."""
        self.address = str(address)
        self.port = port
        self.endpoint = format_endpoint(self.address, self.port)
        self.host_id = host_id
        # Interned: routing compares datacenters and racks by identity.
        self.datacenter = interned(datacenter)
        self.rack = interned(rack)
        self.release_version = interned(release_version)
        self.broadcast_address = interned(broadcast_address)
        self.listen_address = interned(listen_address)
        self.schema_version = schema_version

    @property
    def responses(self):
        """How many answers the host has given."""
        return self.load.responses

    @responses.setter
    def responses(self, value):
        self.load.responses = value

    @property
    def state(self):
        """Whether the host is held to be up."""
        return STATES[self.state_code]

    @state.setter
    def state(self, value):
        self.state_code = STATES.index(value)

    @property
    def is_up(self) -> bool:
        """Whether `state` is UP."""
        return self.state_code == STATE_UP

    @property
    def distance(self):
        """How the load balancing policies see the host; an ignored one has no pool."""
        return DISTANCES[self.distance_code]

    @distance.setter
    def distance(self, value):
        self.distance_code = DISTANCES.index(value)

    @property
    def open_connections(self) -> int:
        """Connections that are open now."""
        return self.load.open_connections

    @property
    def in_flight(self) -> int:
        """Requests that wait for this host's answer now, those that were given up included."""
        return self.load.in_flight

    @cython.critical_section
    def __repr__(self) -> str:
        where = f" {self.datacenter}/{self.rack}" if self.datacenter is not None else ""
        count = self.load.open_connections
        return f"<Host {self.endpoint}{where} {STATES[self.state_code]} {count} connection{'' if count == 1 else 's'}>"

    def __reduce__(self):
        raise TypeError("a Host is part of a live session and cannot be pickled")
