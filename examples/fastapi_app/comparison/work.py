"""The three contestants' HTTP interface, and the statements that all of them execute.

``GET /reads?requests=N`` executes N reads inside one request to the application, and says how long that took: one
after the other with the synchronous driver, all at once with the others. ``POST /users/many?users=N`` creates N users
in the same way, `AT_ONCE` at a time. ``POST /users`` creates a user.
"""

from __future__ import annotations

import os
from uuid import UUID, uuid5

KEYSPACE = os.environ.get("EXAMPLE_KEYSPACE", "fastapi_comparison")
HOSTS = os.environ.get("CASSANDRA_CONTACT_POINTS", "127.0.0.1").split(",")

SCHEMA = (
    f"CREATE KEYSPACE IF NOT EXISTS {KEYSPACE} "
    "WITH replication = {'class': 'NetworkTopologyStrategy', 'replication_factor': 1}",
    f"CREATE TABLE IF NOT EXISTS {KEYSPACE}.users (id uuid PRIMARY KEY, name text, email text, age int)",
)
INSERT = f"INSERT INTO {KEYSPACE}.users (id, name, email, age) VALUES (?, ?, ?, ?)"
SELECT = f"SELECT name, email, age FROM {KEYSPACE}.users WHERE id = ?"

ADA = ("Ada", "ada@example.org", 36)
AT_ONCE = 50
IDS = [uuid5(UUID(int=0), str(number)) for number in range(100)]
