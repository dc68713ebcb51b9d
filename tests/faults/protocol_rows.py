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
        (
            "unit/policies/test_retry.py::test_the_table",
            "unit/policies/test_retry.py::test_no_error_of_the_tree_is_forgotten",
            "scripted/session/test_retries.py::test_table",
            "faults/test_every_error.py",
        ),
    ),
    Row(
        10,
        "body that is truncated, longer than declared, or followed by more",
        "hostile messages",
        "bytes too many are ignored, bytes too few fail the request with a typed error",
        (
            "unit/protocol/test_responses.py::test_cut_and_overlong",
            "unit/protocol/test_row_decoder.py::test_a_page_that_ends_early",
            "unit/protocol/test_received_bytes.py::test_damaged_messages",
        ),
    ),
    Row(
        11,
        "length that is huge, negative or above the limit",
        "hostile messages",
        "refused before anything is allocated, connection closed",
        (
            "unit/protocol/test_received_bytes.py::test_hostile_envelopes",
            "unit/protocol/test_received_bytes.py::test_the_limit_on_messages",
            "unit/protocol/test_row_decoder.py::test_negative_counts",
            "unit/protocol/test_row_decoder.py::test_more_rows_than_bytes",
        ),
    ),
    Row(
        12,
        "wrong checksums, lengths that contradict each other, garbage to decompress, segments split anywhere",
        "hostile segments (v5); bits flipped by the proxy",
        "connection closed, every request ends",
        (
            "unit/protocol/test_segments.py::test_every_flipped_bit_is_seen",
            "unit/protocol/test_segments.py::test_right_checksums_do_not_make_a_block",
            "unit/protocol/test_received_bytes.py::test_a_segment_that_was_changed_on_its_way",
            "unit/protocol/test_received_bytes.py::test_segments_that_contradict_themselves",
            "unit/protocol/test_received_bytes.py::test_split_at_every_byte",
            "unit/protocol/test_received_bytes.py::test_an_envelope_over_many_segments",
            "unit/protocol/test_compression.py::test_garbage",
            "faults/test_soak.py",
        ),
    ),
    Row(
        13,
        "unknown opcodes, directions, versions, flags, error codes, types and events",
        "hostile messages",
        "opcode, direction and version close the connection; unknown errors, events and types degrade",
        (
            "unit/protocol/test_responses.py::test_opcodes_that_no_answer_has",
            "unit/protocol/test_responses.py::test_unknown_kinds_of_results",
            "unit/protocol/test_received_bytes.py::test_hostile_envelopes",
            "unit/protocol/test_server_errors.py::test_every_class_has_its_code",
            "unit/protocol/test_type_reader.py::test_unknown_codes",
            "unit/protocol/test_received_bytes.py::test_a_type_of_a_later_protocol_leaves_the_connection_alone",
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
            "unit/protocol/test_streams.py::test_a_free_id_has_no_holder_and_cannot_be_freed_again",
            "unit/protocol/test_streams.py::test_an_id_that_does_not_exist_has_no_holder",
        ),
    ),
    Row(
        20,
        "wrong or rotated credentials, an unexpected authenticator, endless challenges",
        "scripted servers and a real one with passwords",
        "a typed error without secrets, no storm of attempts, a bound on challenges",
        (
            "faults/test_credentials.py",
            "scripted/test_connect_errors.py::test_a_wrong_password",
            "scripted/test_connect_errors.py::test_no_password_where_one_is_wanted",
            "scripted/test_cluster.py::test_wrong_credentials_everywhere_are_that_error",
            "unit/protocol/test_handshake.py::test_endless_challenges",
            "unit/protocol/test_handshake.py::test_refused_credentials",
            "unit/options/test_auth.py::test_a_server_that_is_not_known_to_take_passwords_gets_none",
            "unit/options/test_auth.py::test_a_callable_is_asked_for_each_connection",
            "scripted/pool/test_opening.py::test_credentials_can_change_while_the_session_lives",
            "cassandra/test_pools.py::test_tls_with_a_client_certificate_and_each_form_of_auth",
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
            "faults/test_event_flood.py",
            "scripted/test_cluster.py::test_a_flood_of_events_is_a_handful_of_readings",
            "unit/cluster/test_debounce.py::test_a_flood_costs_bounded_memory",
            "unit/cluster/test_debounce.py::test_but_not_for_ever",
        ),
    ),
    Row(
        23,
        "schema change under prepared statements",
        "scripted servers on v3, v4 and v5, answers held and reordered; columns added in the soak",
        "each answer is read with the columns of its own request",
        (
            "scripted/session/test_reprepare.py::test_rows_after_an_alteration_are_read_with_the_new_columns",
            "scripted/session/test_reprepare.py::test_each_answer_is_read_with_the_columns_of_its_own_request",
            "unit/protocol/test_responses.py::test_changed_metadata",
            "faults/test_soak.py",
        ),
    ),
    Row(
        24,
        "UNPREPARED for ever, another id, a PREPARE that hangs",
        "scripted servers on v3, v4 and v5",
        "one PREPARE an attempt, a typed error, within the request's timeout",
        (
            "scripted/session/test_reprepare.py::test_server_that_always_forgets_gets_one_prepare_an_attempt",
            "scripted/session/test_reprepare.py::test_another_id_is_an_error_that_says_so",
            "scripted/session/test_reprepare.py::test_prepare_without_an_answer_ends_with_the_request",
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
        32,
        "cluster of several protocol versions, older and beta-only servers",
        "scripted handshakes",
        "the newest version that all speak, or a clear refusal; never a loop",
        (
            "unit/protocol/test_handshake.py::test_an_older_server",
            "unit/protocol/test_handshake.py::test_a_server_that_only_tells_in_supported",
            "unit/protocol/test_handshake.py::test_nothing_in_common",
            "unit/protocol/test_handshake.py::test_versions_to_try",
            "scripted/test_versions.py",
        ),
    ),
    Row(
        33,
        "any bytes at all",
        "generated and mutated segments, messages, types and values",
        "a typed error within bounded memory; no crash",
        (
            "unit/protocol/test_received_bytes.py::test_any_bytes_at_all",
            "unit/protocol/test_responses.py::test_any_bytes",
            "unit/protocol/test_responses.py::test_damaged_anywhere",
            "unit/protocol/test_compression.py::test_any_bytes",
            "unit/types/test_hostile_bytes.py",
        ),
    ),
)
