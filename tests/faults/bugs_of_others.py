"""Serious bugs that other drivers and asyncio had: the rows of the fault table from 36 on.

All of section 4 of the research, in its order, those too that some row above is about: whoever knows one of these
bugs finds it by its name.
"""

from __future__ import annotations

from tests.faults.row import Row

__all__ = ["BUGS"]

LOSSES = "scripted/pool/test_losses.py"
REPREPARE = "scripted/session/test_reprepare.py"
PREPARING = "scripted/session/test_preparing.py"
CLUSTER = "scripted/test_cluster.py"
OTHERS = "faults/test_bugs_of_others.py"
RECEIVED = "unit/protocol/test_received_bytes.py"

WRONG_ANSWERS = (
    Row(
        36,
        "the stream id of a request that timed out is used again, and one request gets another's rows",
        "answers later than the timeout; timeouts of a millisecond by the hundred",
        "the id stays taken until its answer came, which nobody gets",
        (
            f"{LOSSES}::test_a_late_answer_never_reaches_another_request",
            "faults/test_cancel_storms.py::test_timeouts_shorter_than_the_answer",
            "scripted/pool/test_dying_hosts.py::"
            "test_orphans_count_as_load_and_too_many_replace_their_connection_without_failing_others",
        ),
        "cassandra-driver #1114, xandra #355, lua-cassandra #104, cassaforte #112, gocql #429, Java 1.0.4",
    ),
    Row(
        37,
        "an answer that comes twice frees its id twice; a login shares an id with a request",
        "a scripted server answers twice; logins under load",
        "the second one closes the connection, no two requests share an id",
        (
            f"{OTHERS}::test_an_answer_that_comes_twice_is_nobodys_the_second_time",
            f"{OTHERS}::test_a_login_uses_no_id_that_a_request_has",
            "unit/protocol/test_streams.py::test_a_free_id_has_no_holder_and_cannot_be_freed_again",
            "unit/protocol/test_streams.py::test_two_holders_never_share_an_id",
        ),
        "scylla python-driver #796, PYTHON-210",
    ),
    Row(
        38,
        "a cancelled task leaves its connection one answer behind",
        "50,000 cancellations at random steps; one at every step of the loop",
        "every other answer is right",
        (
            "faults/test_cancel_storms.py::test_five_thousand_cancellations_at_random_steps",
            "scripted/session/test_cancelled_requests.py",
            "scripted/test_cancel_at_every_step.py::test_work_of_a_session",
        ),
        "redis-py #2624 and #2665, aredis #171",
    ),
    Row(
        39,
        "rows are read with columns that are no longer those of the statement",
        "tables altered and made anew, by others too, with answers under way; v3 to v5, a real node",
        "each answer is read with the columns that its request named",
        (
            f"{REPREPARE}::test_rows_after_an_alteration_are_read_with_the_new_columns",
            f"{REPREPARE}::test_each_answer_is_read_with_the_columns_of_its_own_request",
            f"{REPREPARE}::"
            "test_answer_is_read_with_the_columns_that_its_request_named_though_prepared_again_since",
            f"{REPREPARE}::test_columns_are_left_out_of_answers_where_that_is_safe",
            f"{REPREPARE}::test_table_that_was_made_anew_is_read_with_its_own_types",
            "cassandra/test_requests.py::test_rows_of_an_altered_table_are_read_as_they_are",
            "cassandra/test_requests.py::test_rows_of_a_table_made_anew_are_read_in_its_types",
        ),
        "gocql #1056, CASSANDRA-10786, CASSJAVA-130",
    ),
    Row(
        40,
        "a vector is read or bound from the beginning of its buffer, not from its own place",
        "vectors behind other columns, parts of arrays and of numpy's, backwards and unaligned",
        "the numbers are those of its place",
        ("unit/types/test_offsets.py", "unit/types/test_vector.py"),
        "CASSANDRA-19333",
    ),
    Row(
        41,
        "a statement that is not idempotent is sent again",
        "connections lost, errors of a server, timeouts, speculation; lists appended to in the soak and read back",
        "it is sent once, unless it was not written for certain",
        (
            f"{LOSSES}::test_a_statement_that_is_not_idempotent_is_sent_once",
            "scripted/session/test_retries.py::test_table",
            "scripted/session/test_retries.py::test_attempt_timeout_tries_the_next_host_and_only_if_idempotent",
            "scripted/session/test_speculation.py::test_statement_that_is_not_idempotent_is_sent_once",
            "scripted/pool/test_attempt_timeout.py::test_what_may_not_be_sent_twice_waits",
            "faults/test_soak.py",
        ),
        "gocql #1153, scylla gocql #1075, yugabyte-db #399, JAVA-819, cassandra-driver's retries",
    ),
    Row(
        42,
        "paging ends at an empty page, or never",
        "empty pages first, last and between; a paging state that repeats",
        "all rows come; a state that repeats is an error",
        (
            "scripted/session/test_streams.py::test_empty_pages_are_passed",
            "scripted/session/test_streams.py::test_paging_state_that_repeats_ends_with_an_error",
            "scripted/session/test_streams.py::test_all_rows_come_once_and_in_order",
        ),
        "cassandra-driver #1110, JAVA-2934, nodejs-driver #419, scylladb #4569",
    ),
    Row(
        43,
        "a time UUID is there twice",
        "threads that share a generator, switched at every line of it; a clock that stands still or goes back",
        "no id is there twice",
        (
            "unit/types/test_timeuuid.py::test_threads_that_share_a_generator_share_no_id",
            "unit/types/test_timeuuid.py::"
            "test_the_generator_goes_on_where_the_clock_stands_still_or_goes_back",
            "unit/types/test_timeuuid.py::test_two_generators_differ",
        ),
        "CPP-988",
    ),
)

HANGS = (
    Row(
        44,
        "events that nobody takes keep answers from being read",
        "a hundred thousand events, listeners that are slow or gone",
        "answers are read, events are kept to a bound",
        (
            "faults/test_event_flood.py",
            f"{CLUSTER}::test_a_flood_of_events_is_a_handful_of_readings",
            f"{CLUSTER}::test_a_slow_reader_of_events_costs_bounded_memory_and_one_that_left_none",
        ),
        "scylla-rust-driver #1670",
    ),
    Row(
        45,
        "closing waits for ever",
        "closed with requests in flight, waiting, being prepared; cancelled at every step; closed twice",
        "it ends in bounded time, and so does everything else",
        (
            "scripted/session/test_closing.py",
            "scripted/pool/test_cancellation.py::test_close_with_requests_in_flight_and_waiting",
            "scripted/pool/test_draining.py::test_close_fails_them_after_its_drain_timeout",
        ),
        "gocql #664, #1031, #1687, temporal #1803, scylla python-driver #172, CPP-673",
    ),
    Row(
        46,
        "a half-open connection is never noticed, because writing counts as life",
        "silence with and without requests on their way, in memory and between network namespaces",
        "what was read counts, not what was written; the kernel gives up as well (TCP_USER_TIMEOUT)",
        (
            f"{LOSSES}::test_a_half_open_connection_is_noticed_with_requests_in_flight",
            "faults/test_silent_drop.py",
            "unit/connection/test_heartbeat.py",
            "scripted/pool/test_backpressure.py::test_sockets_do_not_wait_for_more_to_send",
        ),
        "scylla-rust-driver #718, JAVA-1346, scylladb #27388",
    ),
    Row(
        47,
        "heartbeats drop every connection while requests time out, and both wait for each other",
        "four connections silent, timeouts just before, at and after the heartbeats' own",
        "every request ends, the host comes back",
        (f"{OTHERS}::test_heartbeats_that_drop_every_connection_while_requests_time_out",),
        "PYTHON-1044",
    ),
    Row(
        48,
        "writing over TLS waits for ever when its connection is lost; a handshake of garbage hangs",
        "a server that stops reading, then a cut or a reset; a peer that speaks anything but TLS",
        "what waits ends with the connection",
        (
            f"{OTHERS}::test_writing_over_tls_that_waits_ends_with_its_connection",
            f"{OTHERS}::test_a_tls_handshake_of_garbage_ends_and_leaves_nothing",
            "scripted/test_cut_at_every_byte.py",
            "faults/test_tls_faults.py::test_a_handshake_that_stalls_ends_with_the_connect_timeout",
        ),
        "scylla python-driver #821 and #697",
    ),
    Row(
        49,
        "names are not resolved again when all addresses changed",
        "all nodes move at once; a resolver that fails meanwhile",
        "the contact points' names are asked again until a host is found",
        (
            f"{CLUSTER}::test_all_addresses_of_a_hundred_nodes_change_at_once_and_the_name_is_asked_again",
            "faults/test_names.py::test_a_resolver_that_fails_while_all_hosts_are_lost_is_asked_again",
        ),
        "gocql #1708, scylla-rust-driver #756, scylla python-driver #239",
    ),
    Row(
        50,
        "a node that restarts quickly is never connected to again",
        "two restarts in a row, a hundred times, at moments that meet each step of reconnecting",
        "it is up again within the longest wait of the policy",
        (
            f"{OTHERS}::test_a_restart_at_any_moment_of_reconnecting_is_followed_by_a_connection",
            f"{LOSSES}::test_a_host_comes_back_after_an_earlier_loss_that_needed_no_replacement",
            f"{CLUSTER}::test_up_reconnects_at_once",
        ),
        "scylla python-driver #170, #230, #295, JAVA-2177, JAVA-1565",
    ),
    Row(
        51,
        "connecting hangs on a keyspace that is not there, or without a timeout",
        "a keyspace that does not exist; peers, resolvers and handshakes that say nothing",
        "a typed error within `connect_timeout`",
        (
            "scripted/test_connect_errors.py::test_a_keyspace_that_does_not_exist",
            f"{PREPARING}::test_keyspace_that_is_not_there_changes_nothing",
            "faults/test_tls_faults.py::test_a_handshake_that_stalls_ends_with_the_connect_timeout",
            "faults/test_names.py::"
            "test_a_resolver_that_never_answers_is_waited_for_no_longer_than_connecting_may_take",
        ),
        "scylla-rust-driver #416 and #234",
    ),
)

LEAKS = (
    Row(
        52,
        "what fails while it is encoded keeps its stream id or permit",
        "a hundred failures of each kind where two requests have room",
        "the room is there again",
        (
            f"{OTHERS}::test_what_fails_before_it_is_sent_takes_no_place",
            "scripted/session/test_rate_limits.py::test_a_request_that_fails_gives_its_permit_back",
        ),
        "scylla java-driver #947, #1002, #980, scylla python-driver #871, #873, PYTHON-739",
    ),
    Row(
        53,
        "a cancelled request keeps its place in the throttle",
        "cancelled while it waits, while it runs, and at random by a stepped loop",
        "its permit goes to the next one, once",
        (
            "scripted/session/test_rate_limits.py::test_a_cancelled_request_gives_its_permit_back",
            "scripted/session/test_rate_limits.py::"
            "test_the_line_is_served_in_order_whatever_is_cancelled_in_it",
            "unit/policies/test_throttle.py",
        ),
        "JAVA-3149",
    ),
    Row(
        54,
        "statements, timers and connections that are kept for ever",
        "more texts than the cache has places; deadlines of requests that are over; pools that shrink",
        "bounded, gone with their request, closed",
        (
            f"{PREPARING}::test_oldest_use_is_forgotten_first",
            "unit/protocol/test_deadlines.py",
            "scripted/pool/test_queue_and_growth.py::test_an_idle_pool_shrinks_to_its_core",
            f"{CLUSTER}::test_none_reachable_is_a_table_of_attempts_and_leaves_nothing",
            "faults/test_soak.py",
        ),
        "gocql #184, #1149, #1273, PYTHON-644, scylla python-driver #134, #120",
    ),
    Row(
        55,
        "connecting that is cancelled leaves its connections open",
        "cancelled at every step, and again while it cleans up",
        "the server sees every connection closed",
        (
            "scripted/test_cancel_at_every_step.py::test_connect",
            "scripted/pool/test_cancellation.py::test_connect",
        ),
        "asyncpg #464 and #467, SQLAlchemy #6652, httpcore #830",
    ),
)

STORMS = (
    Row(
        56,
        "one request's timeout closes the connection of all",
        "timeouts of a millisecond by the hundred; the first timeout of a silent connection",
        "the connection stays; a heartbeat asks whether it lives",
        (
            "faults/test_cancel_storms.py::test_timeouts_shorter_than_the_answer",
            "scripted/pool/test_attempt_timeout.py::"
            "test_the_first_timeout_on_a_connection_causes_a_heartbeat_at_once",
        ),
        "CASSGO-87, scylla gocql #537, gocql #1919",
    ),
    Row(
        57,
        "many reconnections, or many PREPAREs, at once",
        "a control connection lost; thirty pools and a thousand sessions that come back; a thousand tasks",
        "one control connection, one probe a pool, one PREPARE a host",
        (
            f"{CLUSTER}::test_only_the_control_connection_is_lost",
            f"{CLUSTER}::test_it_moves_when_its_host_goes_and_the_pools_do_not_notice",
            "scripted/pool/test_reconnection.py::"
            "test_a_server_that_comes_back_is_asked_by_one_connection_of_each_pool_first",
            f"{PREPARING}::test_a_thousand_tasks_prepare_the_same_statement_once",
            f"{PREPARING}::test_a_thousand_tasks_while_nodes_restart",
            "faults/test_thousand_sessions.py",
        ),
        "JAVA-2911, PYTHON-556, scylla python-driver #483, scylladb #22844",
    ),
    Row(
        58,
        "a statement is prepared again for ever; its id depends on the connection's keyspace",
        "a server that always forgets, one that gives another id; the same text in two keyspaces",
        "one PREPARE an attempt, a typed error; each keyspace has its own statement",
        (
            f"{REPREPARE}::test_server_that_always_forgets_gets_one_prepare_an_attempt",
            f"{REPREPARE}::test_another_id_is_an_error_that_says_so",
            f"{PREPARING}::test_cache_knows_the_keyspace",
            f"{PREPARING}::test_keyspace_of_one_request",
        ),
        "scylladb #10440, scylla java-driver #124, csharp-driver #484, scylla-rust-driver #1562",
    ),
)

VALUES = (
    Row(
        59,
        "one value that cannot be read fails the page, or the connection",
        "times beyond datetime, days beyond 24 hours, damaged values among good ones",
        "what has a meaning is a value; the rest fails its own request",
        (
            "scripted/test_undecodable_answers.py::test_session_goes_on_after_values_that_cannot_be_read",
            f"{RECEIVED}::test_an_undecodable_value_fails_its_request_alone",
            "unit/types/test_temporal.py::test_a_timestamp_outside_datetime_is_a_value_not_an_error",
            "unit/types/test_temporal.py::test_a_time_out_of_range_is_read_but_not_bound",
        ),
        "scylla python-driver #255, scylladb #7186, #23487, CASSANDRA-10625",
    ),
    Row(
        60,
        "v5: a parser that panics or allocates what it is told; a login outside of the segments",
        "hostile segments and lengths, any bytes; the switch to segments cut at every byte",
        "a typed error before anything is allocated; AUTH_RESPONSE is framed",
        (
            f"{RECEIVED}::test_hostile_envelopes",
            f"{RECEIVED}::test_any_bytes_at_all",
            f"{RECEIVED}::test_the_limit_on_messages",
            f"{RECEIVED}::test_decompression_bombs",
            f"{OTHERS}::test_a_login_uses_no_id_that_a_request_has",
            "golden/test_golden.py::test_the_switch_to_segments_at_every_offset",
        ),
        "scylla gocql #939 and #978, cassandra-driver #1099, cassandra-medusa #583",
    ),
    Row(
        61,
        "v5 with LZ4: the length of a segment that was left uncompressed is two bytes short",
        "answers too short to compress, split at every byte; recorded ones too",
        "the same answers, wherever they are split",
        (
            f"{RECEIVED}::test_split_at_every_byte",
            f"{RECEIVED}::test_many_answers_cut_into_any_pieces",
            "golden/test_golden.py::test_split_at_every_offset",
        ),
        "cassandra-driver, its segments of v5",
    ),
    Row(
        62,
        "asyncio's own Semaphore, Lock, Condition and wait_for lose wake-ups or cancellations",
        "waiters cancelled at every step, in the line and at its head",
        "none of them stands in a request's way; each place is handed on once",
        (
            f"{OTHERS}::test_nothing_between_a_request_and_its_answer_waits_by_what_asyncio_got_wrong",
            "scripted/pool/test_queue_and_growth.py::test_a_cancelled_waiter_frees_its_place_once",
            "scripted/pool/test_queue_and_growth.py::"
            "test_those_who_wait_are_served_in_the_order_of_their_coming",
            "scripted/pool/test_cancellation.py::test_execute_and_acquire",
        ),
        "cpython #90155, #112202, #86296, bpo-27585, anyio #947",
    ),
)

BUGS = (*WRONG_ANSWERS, *HANGS, *LEAKS, *STORMS, *VALUES)
