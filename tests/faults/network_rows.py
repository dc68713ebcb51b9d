"""Rows of the fault table: what becomes of nodes, networks and the process that uses them."""

from __future__ import annotations

from tests.faults.row import Row

__all__ = ["NETWORK"]

NETWORK = (
    Row(
        1,
        "connection cut or reset at any byte of handshake, request and answer",
        "byte proxy, every offset; v4 and v5, with and without LZ4, with and without TLS, with a password; the "
        "control connection, and answers of several compressed segments, as well",
        "that connection alone fails; requests end with a result or a typed error; the session recovers by itself",
    ),
    Row(
        2,
        "half-open connection: silence both ways or one way, writes pending too",
        "proxy that swallows bytes; a real silent drop between two network namespaces",
        "noticed within heartbeat interval and timeout; requests end within their own timeout",
    ),
    Row(
        3,
        "node killed",
        "SIGKILL on a node of a real cluster under load; a scripted node that is away for 30 s",
        "its connections fail, idempotent requests go to other nodes, no request goes to it until it is back",
    ),
    Row(
        4,
        "node paused and resumed",
        "SIGSTOP and SIGCONT on a node of a real cluster under load; a scripted one that reads nothing for 60 s",
        "requests move on; late answers reach nobody; the node serves again",
    ),
    Row(
        5,
        "rolling restart under load",
        "each node of a real cluster restarted in turn, replication 3, LOCAL_QUORUM; scripted nodes in turn",
        "no idempotent request fails; each statement is prepared once at each node",
    ),
    Row(
        6,
        "whole cluster down, then up at the same or at other addresses",
        "all nodes of a real cluster killed and started; a scripted one moved; all connections refused in the soak",
        "typed errors at once while it is down; back within the longest backoff; names are resolved again",
    ),
    Row(
        7,
        "slow node, dripping node",
        "proxy that delays, or lets through a few bytes at a time; one of three replicas fifty times slower",
        "its share of the traffic falls; others are not held up; nothing wrong is read",
    ),
    Row(
        9,
        "server stops reading",
        "proxy that takes nothing",
        "writing pauses, buffers stay bounded, requests wait or end in time; all goes on afterwards",
    ),
    Row(
        15,
        "no stream id left",
        "a server that never answers, and more requests than fit",
        "a bounded queue, then BusyConnection that says which limit was met",
    ),
    Row(
        16,
        "orphans build up",
        "a server that never answers, and timeouts",
        "the connection is drained and replaced at the limit, without failing what is in flight",
    ),
    Row(
        17,
        "cancellation at every step of the loop",
        "stepped loop: connect, prepare, execute, stream, batch, concurrent, speculation, close",
        "cancelled is cancelled; the session works on; nothing is left",
    ),
    Row(
        18,
        "storm of cancellations",
        "50,000 cancellations at random steps; 10,000 tasks at once that give up after 1 ms",
        "every other answer is right, every id is free again, no connection is closed for it",
    ),
    Row(
        19,
        "slow consumer, large pages",
        "a stream that is read slowly; pages of 16 MiB; an answer at the limit of 64 MiB, and one beyond",
        "one page and one ahead are held, no more are asked for; what is beyond the limit is refused unread",
    ),
    Row(
        25,
        "event loop blocked",
        "a loop that jumps 1 s, 10 s, 30 s and 60 s; a blocked process in the soak",
        "answers that have arrived are taken before timeouts are",
    ),
    Row(
        26,
        "use after a fork, from another loop or thread",
        "fork; a second loop; a second thread",
        "a clear error, nothing is written to the shared socket",
    ),
    Row(
        27,
        "system clock jumps",
        "CLOCK_REALTIME of a process moved by hours, both ways; timestamps asked for faster than it goes",
        "timestamps always grow; timeouts are monotonic, none comes early or never",
    ),
    Row(
        28,
        "names: slow, failing, changing, both kinds of addresses",
        "scripted resolver",
        "connect_timeout includes the resolver; names are asked again when all hosts are lost",
    ),
    Row(
        30,
        "nodes added, removed, re-addressed under traffic",
        "scripted clusters, and a real one",
        "routing follows, pools of hosts that went are gone",
    ),
    Row(
        31,
        "close while connecting, reconnecting or in flight; closed twice; close cancelled",
        "stepped loop, scripted servers",
        "bounded time, everything ends with a clear error",
    ),
    Row(
        34,
        "everything at once, for long",
        "`make soak`: mixed load on a real cluster, one random fault after the other; [an hour of it](soak.md)",
        "the six statements of the design hold",
    ),
    Row(
        35,
        "a thousand sessions come back after a restart",
        "four processes of 250 sessions, a server that stops and starts; 100 in virtual time",
        "all of them are back; their attempts are spread by jitter; one connection of each asks first",
    ),
)
