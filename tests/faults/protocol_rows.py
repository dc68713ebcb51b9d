"""Rows of the fault table: what a server says, in bytes and in meaning."""

from __future__ import annotations

from tests.faults.row import Row

__all__ = ["PROTOCOL"]

PROTOCOL = (
    Row(
        8,
        "every error of a server, for every idempotence and consistency",
        "scripted servers, three nodes that all say it; reads, writes, batches, transactions; v3 to v5",
        "retried or raised exactly as the table of the retry policy says",
    ),
    Row(
        10,
        "body that is truncated, longer than declared, or followed by more",
        "hostile messages",
        "bytes too many are ignored, bytes too few fail the request with a typed error",
    ),
    Row(
        11,
        "length that is huge, negative or above the limit",
        "hostile messages",
        "refused before anything is allocated, connection closed",
    ),
    Row(
        12,
        "wrong checksums, lengths that contradict each other, garbage to decompress, segments split anywhere",
        "hostile segments (v5); bits flipped by the proxy",
        "connection closed, every request ends",
    ),
    Row(
        13,
        "unknown opcodes, directions, versions, flags, error codes, types and events",
        "hostile messages",
        "opcode, direction and version close the connection; unknown errors, events and types degrade",
    ),
    Row(
        14,
        "answer with an unknown, free or repeated stream id",
        "scripted server answers twice, or to nobody",
        "the connection is closed, nobody gets the answer",
    ),
    Row(
        20,
        "wrong or rotated credentials, an unexpected authenticator, endless challenges",
        "scripted servers and a real one with passwords",
        "a typed error without secrets, no storm of attempts, a bound on challenges",
    ),
    Row(
        21,
        "TLS: wrong host, expired, unknown issuer, plaintext port, stall, missing client certificate",
        "authorities and certificates made for the test",
        "connect fails within its timeout, nothing is sent, the error says why",
    ),
    Row(
        22,
        "flood of events",
        "a hundred thousand events while metadata is read",
        "bounded memory, a handful of readings",
    ),
    Row(
        23,
        "schema change under prepared statements",
        "scripted servers on v3, v4 and v5, answers held and reordered; columns added in the soak",
        "each answer is read with the columns of its own request",
    ),
    Row(
        24,
        "UNPREPARED for ever, another id, a PREPARE that hangs",
        "scripted servers on v3, v4 and v5",
        "one PREPARE an attempt, a typed error, within the request's timeout",
    ),
    Row(
        29,
        "malformed rows of peers, a host id twice, no tokens, no peers_v2, a translator that fails",
        "scripted clusters",
        "the row is left out with a warning, the rest is used",
    ),
    Row(
        32,
        "cluster of several protocol versions, older and beta-only servers",
        "scripted handshakes",
        "the newest version that all speak, or a clear refusal; never a loop",
    ),
    Row(
        33,
        "any bytes at all",
        "generated and mutated segments, messages, types and values",
        "a typed error within bounded memory; no crash",
    ),
)
