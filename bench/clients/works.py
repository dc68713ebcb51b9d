"""The works that every client does: tables, statements, and what the answers must hold."""

from __future__ import annotations

KEYSPACE = "bench"
BATCH_SIZE = 50
PAGE_ROWS = 5000
VECTOR_SIZE = 768

READ = "SELECT k,v FROM bench.kv WHERE k=?"
INSERT = "INSERT INTO bench.kv (k,v) VALUES (?,?)"
BATCH = "INSERT INTO bench.items (p,id,v) VALUES (?,?,?)"
"""All inserts of a batch go to one partition: more would make the server warn, and some clients log each warning."""
PAGE = "SELECT id,name,price,amount FROM bench.page WHERE p=?"
VECTOR = "SELECT k,v FROM bench.vectors WHERE k=?"

VALUE = "a text of thirty-two characters."
"""The value of every row of `bench.kv`."""

WIDE_TYPES = (
    *("ascii", "bigint", "blob", "boolean", "date", "tuple<int,text>", "double", "float", "inet", "int"),
    *("smallint", "text", "time", "timestamp", "timeuuid", "tinyint", "uuid", "date"),
    *("list<int>", "set<text>", "map<text,int>"),
    *("text", "int", "double", "bigint", "timestamp", "uuid", "text", "boolean"),
)
"""No decimal and no varint: acsylla 1.2.0 cannot read the one and hands out the other's bytes."""
WIDE_COLUMNS = ("k", *(f"c{i:02}" for i in range(1, len(WIDE_TYPES) + 1)))
WIDE = f"SELECT {','.join(WIDE_COLUMNS)} FROM bench.wide WHERE k=?"
WIDE_INT = WIDE_TYPES.index("int") + 1
"""Where the row of `bench.wide` keeps an int, which is WIDE_NUMBER."""
WIDE_INT_NAME = WIDE_COLUMNS[WIDE_INT]
WIDE_NUMBER = 123456789

PREPARED = {"read": READ, "insert": INSERT, "page": PAGE, "batch": BATCH, "wide": WIDE, "vector": VECTOR}
"""The statement of each work."""

WORKS = {
    "read": "read one row",
    "insert": "insert one row",
    "page": f"{PAGE_ROWS:,} rows x 4 columns",
    "batch": f"batch of {BATCH_SIZE} inserts",
    "wide": f"a row of {len(WIDE_COLUMNS)} mixed columns",
    "vector": f"a row with a vector of {VECTOR_SIZE} floats",
}

PAGE_SUM = sum(range(PAGE_ROWS))
"""Of the column `amount` over a page."""
VECTOR_FIRST = 0.5

SCHEMA = (
    "CREATE KEYSPACE IF NOT EXISTS bench WITH replication = {'class':'NetworkTopologyStrategy','dc1':3}",
    "CREATE TABLE IF NOT EXISTS bench.kv (k int PRIMARY KEY, v text)",
    "CREATE TABLE IF NOT EXISTS bench.items (p int, id int, v text, PRIMARY KEY (p,id))",
    "CREATE TABLE IF NOT EXISTS bench.page (p int, id int, name text, price double, amount int, PRIMARY KEY (p,id))",
    "CREATE TABLE IF NOT EXISTS bench.wide (k int PRIMARY KEY, "
    + ", ".join(f"{name} {kind}" for name, kind in zip(WIDE_COLUMNS[1:], WIDE_TYPES, strict=True))
    + ")",
)
VECTOR_TABLE = f"CREATE TABLE IF NOT EXISTS bench.vectors (k int PRIMARY KEY, v vector<float, {VECTOR_SIZE}>)"
"""Runs alone: scyllapy 1.3.3 does not learn of a cluster's other hosts when any table of it has a vector."""


class WrongAnswer(Exception):
    """A client handed out a row that is not the one that was asked for."""
