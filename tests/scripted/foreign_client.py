"""cassandra-driver as a foreign client: ``python foreign_client.py PORT VERSION SCENARIO`` prints what it saw as JSON.

A process of its own, because the driver leaves threads and sockets behind.
"""

from __future__ import annotations

import json
import sys
import time
from typing import Any

from cassandra.auth import PlainTextAuthProvider
from cassandra.cluster import EXEC_PROFILE_DEFAULT, Cluster, ExecutionProfile, NoHostAvailable, Session
from cassandra.io.asyncioreactor import AsyncioConnection
from cassandra.policies import FallthroughRetryPolicy, RoundRobinPolicy
from cassandra.query import BatchStatement, SimpleStatement


def discover(session: Session) -> Any:
    metadata = session.cluster.metadata
    return {
        "hosts": sorted(f"{host.address}:{host.endpoint.port}" for host in metadata.all_hosts()),
        "racks": sorted(f"{host.datacenter}/{host.rack}" for host in metadata.all_hosts()),
        "tokens": len(metadata.token_map.ring),
        "keyspaces": sorted(metadata.keyspaces),
        "columns": list(metadata.keyspaces["ks"].tables["t"].columns) if "ks" in metadata.keyspaces else [],
    }


def prepared(session: Session) -> Any:
    statement = session.prepare("SELECT v FROM t WHERE k = ?")
    rows = [session.execute(statement, [k]).one().v for k in range(3)]
    return {"rows": rows, "routing": statement.routing_key_indexes}


def paged(session: Session) -> Any:
    simple = [row.k for row in session.execute(SimpleStatement("SELECT k FROM t", fetch_size=3))]
    statement = session.prepare("SELECT k FROM t")
    statement.fetch_size = 4
    return {"simple": simple, "prepared": [row.k for row in session.execute(statement)]}


def values(session: Session) -> Any:
    one = session.execute("SELECT * FROM all_types").one()
    statement = session.prepare("INSERT INTO all_types (values) VALUES (?)")
    session.execute(statement, list(one))
    return [repr(value) for value in one]


def batch(session: Session) -> Any:
    both = BatchStatement()
    both.add("INSERT INTO t (k) VALUES (1)")
    both.add(session.prepare("INSERT INTO t (k) VALUES (?)"), [2])
    session.execute(both)
    return True


def errors(session: Session) -> Any:
    seen = []
    for number in range(int(sys.argv[4])):
        try:
            session.execute(f"ERROR {number}")
        except Exception as error:
            seen.append([type(error).__name__, {k: repr(v) for k, v in sorted(vars(error).items())}])
    return seen


def extras(session: Session) -> Any:
    future = session.execute_async("SELECT k FROM t", trace=False, custom_payload={"asked": b"1"})
    future.result()
    return {"warnings": future.warnings, "payload": {k: v.decode() for k, v in future.custom_payload.items()}}


def changed(session: Session) -> Any:
    statement = session.prepare("SELECT * FROM t")
    before = list(session.execute(statement).one())
    session.execute("CHANGE")
    return [before, list(session.execute(statement).one())]


def events(session: Session) -> Any:
    """Waits until the second host, which an event tells of, is known."""
    session.execute("PUSH")
    while len(session.cluster.metadata.all_hosts()) < 2:
        time.sleep(0.02)
    return discover(session)


def concurrent(session: Session) -> Any:
    statement = session.prepare("SELECT v FROM t WHERE k = ?")
    futures = [session.execute_async(statement, [k]) for k in range(20)]
    return [future.result().one().v for future in futures]


def main() -> None:
    host, port = sys.argv[1].rsplit(":", 1)
    version, scenario = int(sys.argv[2]), sys.argv[3]
    compression: Any = scenario.endswith("+lz4") and "lz4"
    auth = PlainTextAuthProvider("alice", sys.argv[4]) if scenario == "login" else None
    profile = ExecutionProfile(RoundRobinPolicy(), FallthroughRetryPolicy(), request_timeout=30)
    cluster = Cluster(
        [host],
        port=int(port),
        connection_class=AsyncioConnection,
        auth_provider=auth,
        compression=compression,
        execution_profiles={EXEC_PROFILE_DEFAULT: profile},
        **({"protocol_version": version} if version else {}),
    )
    try:
        session = cluster.connect()
    except NoHostAvailable as error:
        seen: Any = [type(other).__name__ for other in error.errors.values()]
    else:
        name = scenario.removesuffix("+lz4")
        seen = cluster.protocol_version if name == "login" else globals()[name](session)
    cluster.shutdown()
    print(json.dumps(seen))


if __name__ == "__main__":
    main()
