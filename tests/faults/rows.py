"""The fault table: what may go wrong, how the tests bring it about, what must happen, and which tests show it.

A test is named by its path below `tests/` and its function (no parameters); all cases of it count. `make faults`
runs them all and writes what was seen to `docs/faults.md`. Numbers 36 and above are serious bugs that other drivers
had.
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["ROWS", "Row"]


@dataclass(frozen=True)
class Row:
    """One fault. `tests`: ``"folder/test_file.py::test_name"``, or a file for all tests in it."""

    number: int
    fault: str
    injection: str
    must: str
    tests: tuple[str, ...]


ROWS = (
    Row(
        1,
        "connection cut or reset at any byte of handshake, request and answer",
        "byte proxy, every offset; v4 and v5, with LZ4, with TLS",
        "that connection alone fails; requests end with a result or a typed error; the session recovers by itself",
        (
            "scripted/test_cut_at_every_byte.py",
            "scripted/pool/test_losses.py::test_an_idempotent_statement_goes_to_the_next_host",
        ),
    ),
    Row(
        2,
        "half-open connection: silence both ways or one way, writes pending too",
        "proxy that swallows bytes; a real silent drop between two network namespaces",
        "noticed within heartbeat interval and timeout; requests end within their own timeout",
        (
            "scripted/pool/test_losses.py::test_a_half_open_connection_is_noticed_with_requests_in_flight",
            "faults/test_silent_drop.py",
            "faults/test_soak.py",
        ),
    ),
    Row(
        3,
        "node killed",
        "SIGKILL on a node of a real cluster under load",
        "its connections fail, idempotent requests go to other nodes, no request goes to it until it is back",
        ("faults/test_real_nodes.py::test_a_killed_node_fails_no_idempotent_request",),
    ),
    Row(
        4,
        "node paused and resumed",
        "SIGSTOP and SIGCONT on a node of a real cluster under load; no answers from a scripted one",
        "requests move on; late answers reach nobody; the node serves again",
        (
            "faults/test_real_nodes.py::test_a_paused_node_fails_no_idempotent_request",
            "scripted/pool/test_losses.py::test_a_late_answer_never_reaches_another_request",
            "scripted/pool/test_losses.py::test_attempt_timeout_moves_an_idempotent_request_on",
            "faults/test_soak.py",
        ),
    ),
    Row(
        5,
        "rolling restart under load",
        "each node of a real cluster restarted in turn, replication 3, LOCAL_QUORUM",
        "no idempotent request fails",
        ("faults/test_real_nodes.py::test_a_rolling_restart_fails_no_idempotent_request",),
    ),
    Row(
        6,
        "whole cluster down, then up at the same or at other addresses",
        "scripted cluster stopped, moved, started; all connections refused in the soak",
        "typed errors at once while it is down; back within the longest backoff; names are resolved again",
        (
            "scripted/test_cluster.py::test_all_down_and_back",
            "scripted/test_cluster.py::test_all_addresses_of_a_hundred_nodes_change_at_once_and_the_name_is_asked_again",
            "faults/test_soak.py",
        ),
    ),
    Row(
        7,
        "slow node, dripping node",
        "proxy that delays, or lets through a few bytes at a time; a replica that answers late",
        "its share of the traffic falls; others are not held up; nothing wrong is read",
        (
            "unit/policies/test_load_balancing.py::test_a_replica_that_stopped_answering_goes_behind",
            "unit/policies/test_load_balancing.py::test_a_slow_replica_of_the_own_rack_yields",
            "faults/test_soak.py",
        ),
    ),
    Row(
        8,
        "every error of a server, for every idempotence and consistency",
        "scripted servers",
        "retried or raised exactly as the table of the retry policy says",
        (
            "unit/policies/test_retry.py::test_the_table",
            "unit/policies/test_retry.py::test_no_error_of_the_tree_is_forgotten",
            "scripted/session/test_retries.py::test_table",
        ),
    ),
    Row(
        9,
        "server stops reading",
        "proxy that takes nothing",
        "writing pauses, buffers stay bounded, requests wait or end in time; all goes on afterwards",
        ("faults/test_stalls.py", "faults/test_soak.py"),
    ),
    Row(
        10,
        "body that is truncated, longer than declared, or followed by more",
        "hostile messages",
        "bytes too many are ignored, bytes too few fail the request with a typed error",
        (
            "unit/wire/test_responses.py::test_cut_and_overlong",
            "unit/wire/test_row_decoder.py::test_a_page_that_ends_early",
            "unit/wire/test_received_bytes.py::test_damaged_messages",
        ),
    ),
    Row(
        11,
        "length that is huge, negative or above the limit",
        "hostile messages",
        "refused before anything is allocated, connection closed",
        (
            "unit/wire/test_received_bytes.py::test_hostile_envelopes",
            "unit/wire/test_received_bytes.py::test_the_limit_on_messages",
            "unit/wire/test_row_decoder.py::test_negative_counts",
            "unit/wire/test_row_decoder.py::test_more_rows_than_bytes",
        ),
    ),
    Row(
        12,
        "wrong checksums, lengths that contradict each other, garbage to decompress, segments split anywhere",
        "hostile segments (v5); bits flipped by the proxy",
        "connection closed, every request ends",
        (
            "unit/wire/test_segments.py::test_every_flipped_bit_is_seen",
            "unit/wire/test_segments.py::test_right_checksums_do_not_make_a_block",
            "unit/wire/test_received_bytes.py::test_a_segment_that_was_changed_on_its_way",
            "unit/wire/test_received_bytes.py::test_segments_that_contradict_themselves",
            "unit/wire/test_received_bytes.py::test_split_at_every_byte",
            "unit/wire/test_received_bytes.py::test_an_envelope_over_many_segments",
            "unit/wire/test_compression.py::test_garbage",
            "faults/test_soak.py",
        ),
    ),
    Row(
        13,
        "unknown opcodes, directions, versions, flags, error codes, types and events",
        "hostile messages",
        "opcode, direction and version close the connection; unknown errors, events and types degrade",
        (
            "unit/wire/test_responses.py::test_opcodes_that_no_answer_has",
            "unit/wire/test_responses.py::test_unknown_kinds_of_results",
            "unit/wire/test_received_bytes.py::test_hostile_envelopes",
            "unit/wire/test_server_errors.py::test_every_class_has_its_code",
            "unit/wire/test_option_types.py::test_unknown_codes",
            "unit/wire/test_received_bytes.py::test_a_type_of_a_later_protocol_leaves_the_connection_alone",
            "unit/cluster/test_debounce.py::test_what_is_unknown_starts_nothing",
        ),
    ),
    Row(
        14,
        "answer with an unknown, free or repeated stream id",
        "scripted server answers twice, or to nobody",
        "the connection is closed, nobody gets the answer",
        (
            "scripted/pool/test_losses.py::test_an_answer_to_nobody_closes_the_connection_and_nobody_else_gets_it",
            "unit/wire/test_streams.py::test_a_free_id_has_no_holder_and_cannot_be_freed_again",
            "unit/wire/test_streams.py::test_an_id_that_does_not_exist_has_no_holder",
        ),
    ),
    Row(
        15,
        "no stream id left",
        "a server that never answers, and more requests than fit",
        "a bounded queue, then BusyConnection that says which limit was met",
        (
            "scripted/pool/test_queue_and_growth.py::test_beyond_the_queue_a_request_is_refused_and_the_error_says_which_limit",
            "scripted/pool/test_queue_and_growth.py::test_a_gather_of_ten_thousand_on_one_host_is_served",
            "unit/wire/test_streams.py::test_capacity_is_what_the_protocol_has",
        ),
    ),
    Row(
        16,
        "orphans build up",
        "a server that never answers, and timeouts",
        "the connection is drained and replaced at the limit, without failing what is in flight",
        ("faults/test_orphans.py", "scripted/pool/test_draining.py"),
    ),
    Row(
        17,
        "cancellation at every step of the loop",
        "stepped loop: connect, prepare, execute, stream, batch, concurrent, speculation, close",
        "cancelled is cancelled; the session works on; nothing is left",
        (
            "scripted/test_cancel_at_every_step.py",
            "scripted/session/test_preparing.py::test_cancelled_at_every_step",
            "scripted/session/test_preparing.py::test_repreparing_cancelled_at_every_step",
            "scripted/session/test_streams.py::test_stream_cancelled_at_every_step",
            "scripted/session/test_concurrent.py::test_cancelled_at_every_step",
            "scripted/session/test_speculation.py::test_cancelled_at_every_step",
            "scripted/session/test_closing.py::test_close_cancelled_at_every_step",
        ),
    ),
    Row(
        18,
        "storm of cancellations",
        "50,000 cancellations at random steps; timeouts shorter than an answer",
        "every other answer is right, every id is free again, no connection is closed for it",
        ("faults/test_cancel_storms.py", "faults/test_soak.py"),
    ),
    Row(
        19,
        "slow consumer, large pages",
        "a stream that is read slowly",
        "one page and one ahead are held, no more are asked for",
        (
            "scripted/session/test_streams.py::test_one_page_is_fetched_ahead_and_no_more",
            "scripted/session/test_streams.py::test_stream_left_early_leaves_nothing",
        ),
    ),
    Row(
        20,
        "wrong or rotated credentials, an unexpected authenticator, endless challenges",
        "scripted servers and a real one with passwords",
        "a typed error without secrets, no storm of attempts, a bound on challenges",
        (
            "scripted/test_connect_errors.py::test_a_wrong_password",
            "scripted/test_connect_errors.py::test_no_password_where_one_is_wanted",
            "scripted/test_cluster.py::test_wrong_credentials_everywhere_are_that_error",
            "unit/wire/test_handshake.py::test_endless_challenges",
            "unit/wire/test_handshake.py::test_refused_credentials",
            "unit/options/test_auth.py::test_a_server_that_is_not_known_to_take_passwords_gets_none",
            "unit/options/test_auth.py::test_a_callable_is_asked_for_each_connection",
        ),
    ),
    Row(
        21,
        "TLS: wrong host, expired, unknown issuer, plaintext port, stall, missing client certificate",
        "authorities and certificates made for the test",
        "connect fails within its timeout, nothing is sent, the error says why",
        ("faults/test_tls_faults.py",),
    ),
    Row(
        22,
        "flood of events",
        "a hundred thousand events while metadata is read",
        "bounded memory, a handful of readings",
        (
            "scripted/test_cluster.py::test_a_flood_of_events_is_a_handful_of_readings",
            "unit/cluster/test_debounce.py::test_a_flood_costs_bounded_memory",
            "unit/cluster/test_debounce.py::test_but_not_for_ever",
        ),
    ),
    Row(
        23,
        "schema change under prepared statements",
        "scripted servers on v4 and v5, answers held and reordered; columns added in the soak",
        "each answer is read with the columns of its own request",
        (
            "scripted/session/test_reprepare.py::test_rows_after_an_alteration_are_read_with_the_new_columns",
            "scripted/session/test_reprepare.py::test_each_answer_is_read_with_the_columns_of_its_own_request",
            "unit/wire/test_responses.py::test_changed_metadata",
            "faults/test_soak.py",
        ),
    ),
    Row(
        24,
        "UNPREPARED for ever, another id, a PREPARE that hangs",
        "scripted servers",
        "one PREPARE an attempt, a typed error, within the request's timeout",
        (
            "scripted/session/test_reprepare.py::test_server_that_always_forgets_gets_one_prepare_an_attempt",
            "scripted/session/test_reprepare.py::test_another_id_is_an_error_that_says_so",
            "scripted/session/test_reprepare.py::test_prepare_without_an_answer_ends_with_the_request",
        ),
    ),
    Row(
        25,
        "event loop blocked",
        "a loop that jumps 10 s and 60 s; a blocked process in the soak",
        "answers that have arrived are taken before timeouts are",
        (
            "scripted/pool/test_losses.py::test_a_blocked_loop_does_not_fail_everything_on_waking",
            "faults/test_soak.py",
        ),
    ),
    Row(
        26,
        "use after a fork, from another loop or thread",
        "fork; a second loop; a second thread",
        "a clear error, nothing is written to the shared socket",
        ("faults/test_wrong_context.py",),
    ),
    Row(
        27,
        "system clock jumps",
        "timestamps asked for faster than the clock goes; the source itself",
        "timestamps always grow; timeouts are monotonic",
        ("faults/test_clocks.py",),
    ),
    Row(
        28,
        "names: slow, failing, changing, both kinds of addresses",
        "scripted resolver",
        "connect_timeout includes the resolver; names are asked again when all hosts are lost",
        (
            "faults/test_names.py",
            "scripted/test_cluster.py::test_a_name_stands_for_all_its_addresses",
            "scripted/test_cluster.py::test_all_addresses_of_a_hundred_nodes_change_at_once_and_the_name_is_asked_again",
        ),
    ),
    Row(
        29,
        "malformed rows of peers, a host id twice, no tokens, no peers_v2, a translator that fails",
        "scripted clusters",
        "the row is left out with a warning, the rest is used",
        (
            "scripted/test_cluster.py::test_bad_rows_are_skipped_with_a_warning",
            "scripted/test_cluster.py::test_a_host_id_twice_counts_once",
            "scripted/test_cluster.py::test_a_server_without_peers_v2",
            "scripted/test_cluster.py::test_a_translator_that_fails_leaves_out_its_host",
            "unit/metadata/test_topology.py::test_bad_rows_are_refused_with_the_reason",
        ),
    ),
    Row(
        30,
        "nodes added, removed, re-addressed under traffic",
        "scripted clusters",
        "routing follows, pools of hosts that went are gone",
        (
            "scripted/test_cluster.py::test_nodes_come_and_go",
            "scripted/test_cluster.py::test_a_node_with_another_address_is_the_same_host",
        ),
    ),
    Row(
        31,
        "close while connecting, reconnecting or in flight; closed twice; close cancelled",
        "stepped loop, scripted servers",
        "bounded time, everything ends with a clear error",
        (
            "scripted/session/test_closing.py",
            "scripted/test_cancel_at_every_step.py::test_close",
            "scripted/pool/test_losses.py::test_close_fails_what_is_in_flight_and_refuses_what_comes",
        ),
    ),
    Row(
        32,
        "cluster of several protocol versions, older and beta-only servers",
        "scripted handshakes",
        "the newest version that all speak, or a clear refusal; never a loop",
        (
            "unit/wire/test_handshake.py::test_an_older_server",
            "unit/wire/test_handshake.py::test_a_server_that_only_tells_in_supported",
            "unit/wire/test_handshake.py::test_nothing_in_common",
            "unit/wire/test_handshake.py::test_versions_to_try",
        ),
    ),
    Row(
        33,
        "any bytes at all",
        "generated and mutated segments, messages, types and values",
        "a typed error within bounded memory; no crash",
        (
            "unit/wire/test_received_bytes.py::test_any_bytes_at_all",
            "unit/wire/test_responses.py::test_any_bytes",
            "unit/wire/test_responses.py::test_damaged_anywhere",
            "unit/wire/test_compression.py::test_any_bytes",
            "unit/types/test_hostile_bytes.py",
        ),
    ),
    Row(
        34,
        "everything at once, for long",
        "`make soak`: mixed load on a real cluster, a random fault every ten seconds",
        "the six statements of the design hold",
        ("faults/test_soak.py", "faults/test_verdict.py"),
    ),
    Row(
        35,
        "a thousand sessions come back after a restart",
        "four processes of 250 sessions, a server that stops and starts",
        "all of them are back; their attempts are spread by jitter",
        ("faults/test_thousand_sessions.py",),
    ),
)
