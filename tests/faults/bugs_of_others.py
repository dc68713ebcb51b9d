"""Serious bugs that other drivers and asyncio had: the rows of the fault table from 36 on.

All of section 4 of the research, in its order, those too that some row above is about: whoever knows one of these
bugs finds it by its name.
"""

from __future__ import annotations

from tests.faults.row import Row

__all__ = ["BUGS"]


WRONG_ANSWERS = (
    Row(
        36,
        "the stream id of a request that timed out is used again, and one request gets another's rows",
        "answers later than the timeout; timeouts of a millisecond by the hundred",
        "the id stays taken until its answer came, which nobody gets",
        "cassandra-driver #1114, xandra #355, lua-cassandra #104, cassaforte #112, gocql #429, Java 1.0.4",
    ),
    Row(
        37,
        "an answer that comes twice frees its id twice; a login shares an id with a request",
        "a scripted server answers twice; logins under load",
        "the second one closes the connection, no two requests share an id",
        "scylla python-driver #796, PYTHON-210",
    ),
    Row(
        38,
        "a cancelled task leaves its connection one answer behind",
        "50,000 cancellations at random steps; one at every step of the loop",
        "every other answer is right",
        "redis-py #2624 and #2665, aredis #171",
    ),
    Row(
        39,
        "rows are read with columns that are no longer those of the statement",
        "tables altered and made anew, by others too, with answers under way; v3 to v5, a real node",
        "each answer is read with the columns that its request named",
        "gocql #1056, CASSANDRA-10786, CASSJAVA-130",
    ),
    Row(
        40,
        "a vector is read or bound from the beginning of its buffer, not from its own place",
        "vectors behind other columns, parts of arrays and of numpy's, backwards and unaligned",
        "the numbers are those of its place",
        "CASSANDRA-19333",
    ),
    Row(
        41,
        "a statement that is not idempotent is sent again",
        "connections lost, errors of a server, timeouts, speculation; lists appended to in the soak and read back",
        "it is sent once, unless it was not written for certain",
        "gocql #1153, scylla gocql #1075, yugabyte-db #399, JAVA-819, cassandra-driver's retries",
    ),
    Row(
        42,
        "paging ends at an empty page, or never",
        "empty pages first, last and between; a paging state that repeats",
        "all rows come; a state that repeats is an error",
        "cassandra-driver #1110, JAVA-2934, nodejs-driver #419, scylladb #4569",
    ),
    Row(
        43,
        "a time UUID is there twice",
        "threads that share a generator, switched at every line of it; a clock that stands still or goes back",
        "no id is there twice",
        "CPP-988",
    ),
)

HANGS = (
    Row(
        44,
        "events that nobody takes keep answers from being read",
        "a hundred thousand events, listeners that are slow or gone",
        "answers are read, events are kept to a bound",
        "scylla-rust-driver #1670",
    ),
    Row(
        45,
        "closing waits for ever",
        "closed with requests in flight, waiting, being prepared; cancelled at every step; closed twice",
        "it ends in bounded time, and so does everything else",
        "gocql #664, #1031, #1687, temporal #1803, scylla python-driver #172, CPP-673",
    ),
    Row(
        46,
        "a half-open connection is never noticed, because writing counts as life",
        "silence with and without requests on their way, in memory and between network namespaces",
        "what was read counts, not what was written; the kernel gives up as well (TCP_USER_TIMEOUT)",
        "scylla-rust-driver #718, JAVA-1346, scylladb #27388",
    ),
    Row(
        47,
        "heartbeats drop every connection while requests time out, and both wait for each other",
        "four connections silent, timeouts just before, at and after the heartbeats' own",
        "every request ends, the host comes back",
        "PYTHON-1044",
    ),
    Row(
        48,
        "writing over TLS waits for ever when its connection is lost; a handshake of garbage hangs",
        "a server that stops reading, then a cut or a reset; a peer that speaks anything but TLS",
        "what waits ends with the connection",
        "scylla python-driver #821 and #697",
    ),
    Row(
        49,
        "names are not resolved again when all addresses changed",
        "all nodes move at once; a resolver that fails meanwhile",
        "the contact points' names are asked again until a host is found",
        "gocql #1708, scylla-rust-driver #756, scylla python-driver #239",
    ),
    Row(
        50,
        "a node that restarts quickly is never connected to again",
        "two restarts in a row, a hundred times, at moments that meet each step of reconnecting",
        "it is up again within the longest wait of the policy",
        "scylla python-driver #170, #230, #295, JAVA-2177, JAVA-1565",
    ),
    Row(
        51,
        "connecting hangs on a keyspace that is not there, or without a timeout",
        "a keyspace that does not exist; peers, resolvers and handshakes that say nothing",
        "a typed error within `connect_timeout`",
        "scylla-rust-driver #416 and #234",
    ),
)

LEAKS = (
    Row(
        52,
        "what fails while it is encoded keeps its stream id or permit",
        "a hundred failures of each kind where two requests have room",
        "the room is there again",
        "scylla java-driver #947, #1002, #980, scylla python-driver #871, #873, PYTHON-739",
    ),
    Row(
        53,
        "a cancelled request keeps its place in the throttle",
        "cancelled while it waits, while it runs, and at random by a stepped loop",
        "its permit goes to the next one, once",
        "JAVA-3149",
    ),
    Row(
        54,
        "statements, timers and connections that are kept for ever",
        "more texts than the cache has places; deadlines of requests that are over; pools that shrink",
        "bounded, gone with their request, closed",
        "gocql #184, #1149, #1273, PYTHON-644, scylla python-driver #134, #120",
    ),
    Row(
        55,
        "connecting that is cancelled leaves its connections open",
        "cancelled at every step, and again while it cleans up",
        "the server sees every connection closed",
        "asyncpg #464 and #467, SQLAlchemy #6652, httpcore #830",
    ),
)

STORMS = (
    Row(
        56,
        "one request's timeout closes the connection of all",
        "timeouts of a millisecond by the hundred; the first timeout of a silent connection",
        "the connection stays; a heartbeat asks whether it lives",
        "CASSGO-87, scylla gocql #537, gocql #1919",
    ),
    Row(
        57,
        "many reconnections, or many PREPAREs, at once",
        "a control connection lost; thirty pools and a thousand sessions that come back; a thousand tasks",
        "one control connection, one probe a pool, one PREPARE a host",
        "JAVA-2911, PYTHON-556, scylla python-driver #483, scylladb #22844",
    ),
    Row(
        58,
        "a statement is prepared again for ever; its id depends on the connection's keyspace",
        "a server that always forgets, one that gives another id; the same text in two keyspaces",
        "one PREPARE an attempt, a typed error; each keyspace has its own statement",
        "scylladb #10440, scylla java-driver #124, csharp-driver #484, scylla-rust-driver #1562",
    ),
)

VALUES = (
    Row(
        59,
        "one value that cannot be read fails the page, or the connection",
        "times beyond datetime, days beyond 24 hours, damaged values among good ones",
        "what has a meaning is a value; the rest fails its own request",
        "scylla python-driver #255, scylladb #7186, #23487, CASSANDRA-10625",
    ),
    Row(
        60,
        "v5: a parser that panics or allocates what it is told; a login outside of the segments",
        "hostile segments and lengths, any bytes; the switch to segments cut at every byte",
        "a typed error before anything is allocated; AUTH_RESPONSE is framed",
        "scylla gocql #939 and #978, cassandra-driver #1099, cassandra-medusa #583",
    ),
    Row(
        61,
        "v5 with LZ4: the length of a segment that was left uncompressed is two bytes short",
        "answers too short to compress, split at every byte; recorded ones too",
        "the same answers, wherever they are split",
        "cassandra-driver, its segments of v5",
    ),
    Row(
        62,
        "asyncio's own Semaphore, Lock, Condition and wait_for lose wake-ups or cancellations",
        "waiters cancelled at every step, in the line and at its head",
        "none of them stands in a request's way; each place is handed on once",
        "cpython #90155, #112202, #86296, bpo-27585, anyio #947",
    ),
)

BUGS = (*WRONG_ANSWERS, *HANGS, *LEAKS, *STORMS, *VALUES)
