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
        (
            "scripted/test_cut_at_every_byte.py",
            "scripted/test_cut_control_connection.py",
            "scripted/test_cut_while_connecting.py",
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
        "SIGKILL on a node of a real cluster under load; a scripted node that is away for 30 s",
        "its connections fail, idempotent requests go to other nodes, no request goes to it until it is back",
        (
            "faults/test_real_nodes.py::test_a_killed_node_fails_no_idempotent_request",
            "faults/test_nodes_come_back.py::"
            "test_a_node_that_is_away_is_asked_nothing_and_its_share_is_back_soon_after_it_is",
        ),
    ),
    Row(
        4,
        "node paused and resumed",
        "SIGSTOP and SIGCONT on a node of a real cluster under load; a scripted one that reads nothing for 60 s",
        "requests move on; late answers reach nobody; the node serves again",
        (
            "faults/test_real_nodes.py::test_a_paused_node_fails_no_idempotent_request_and_its_late_answers_reach_nobody",
            "faults/test_real_nodes.py::test_a_node_paused_for_longer_than_heartbeats_wait_is_left_and_comes_back",
            "faults/test_nodes_come_back.py::"
            "test_a_node_paused_for_a_minute_fails_nothing_and_late_answers_reach_nobody",
            "scripted/pool/test_losses.py::test_a_late_answer_never_reaches_another_request",
            "scripted/pool/test_losses.py::test_attempt_timeout_moves_an_idempotent_request_on",
            "faults/test_soak.py",
        ),
    ),
    Row(
        5,
        "rolling restart under load",
        "each node of a real cluster restarted in turn, replication 3, LOCAL_QUORUM; scripted nodes in turn",
        "no idempotent request fails; each statement is prepared once at each node",
        (
            "faults/test_real_nodes.py::test_a_rolling_restart_fails_no_idempotent_request",
            "faults/test_nodes_come_back.py::test_a_rolling_restart_prepares_each_statement_once_at_each_node",
            "faults/test_nodes_come_back.py::"
            "test_a_thousand_requests_at_once_to_a_node_that_forgot_are_one_prepare_a_statement",
        ),
    ),
    Row(
        6,
        "whole cluster down, then up at the same or at other addresses",
        "all nodes of a real cluster killed and started; a scripted one moved; all connections refused in the soak",
        "typed errors at once while it is down; back within the longest backoff; names are resolved again",
        (
            "faults/test_real_nodes.py::test_the_whole_cluster_down_and_up",
            "faults/test_all_down.py",
            "scripted/test_cluster.py::test_all_down_and_back",
            "scripted/test_cluster.py::test_all_addresses_of_a_hundred_nodes_change_at_once_and_the_name_is_asked_again",
            "faults/test_soak.py",
        ),
    ),
    Row(
        7,
        "slow node, dripping node",
        "proxy that delays, or lets through a few bytes at a time; one of three replicas fifty times slower",
        "its share of the traffic falls; others are not held up; nothing wrong is read",
        (
            "faults/test_slow_node.py",
            "unit/policies/test_load_balancing.py::test_a_replica_that_stopped_answering_goes_behind",
            "unit/policies/test_load_balancing.py::test_a_slow_replica_of_the_own_rack_yields",
            "unit/connection/test_heartbeat.py::test_bytes_that_drip_and_never_become_an_answer_are_no_life",
            "unit/connection/test_heartbeat.py::test_a_large_answer_over_a_slow_line_is_life",
            "faults/test_soak.py",
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
        15,
        "no stream id left",
        "a server that never answers, and more requests than fit",
        "a bounded queue, then BusyConnection that says which limit was met",
        (
            "scripted/pool/test_queue_and_growth.py::test_beyond_the_queue_a_request_is_refused_and_the_error_says_which_limit",
            "scripted/pool/test_queue_and_growth.py::test_a_gather_of_ten_thousand_on_one_host_is_served",
            "unit/protocol/test_streams.py::test_capacity_is_what_the_protocol_has",
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
        "50,000 cancellations at random steps; 10,000 tasks at once that give up after 1 ms",
        "every other answer is right, every id is free again, no connection is closed for it",
        ("faults/test_cancel_storms.py", "faults/test_soak.py"),
    ),
    Row(
        19,
        "slow consumer, large pages",
        "a stream that is read slowly; pages of 16 MiB; an answer at the limit of 64 MiB, and one beyond",
        "one page and one ahead are held, no more are asked for; what is beyond the limit is refused unread",
        (
            "faults/test_large_pages.py",
            "scripted/session/test_streams.py::test_one_page_is_fetched_ahead_and_no_more",
            "scripted/session/test_streams.py::test_stream_left_early_leaves_nothing",
            "scripted/pool/test_backpressure.py::test_memory_stays_bounded_with_a_consumer_that_never_reads",
            "scripted/pool/test_backpressure.py::test_the_read_buffer_grows_for_a_large_answer_and_shrinks_again",
        ),
    ),
    Row(
        25,
        "event loop blocked",
        "a loop that jumps 1 s, 10 s, 30 s and 60 s; a blocked process in the soak",
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
        ("faults/test_wrong_context.py", "scripted/pool/test_places.py"),
    ),
    Row(
        27,
        "system clock jumps",
        "CLOCK_REALTIME of a process moved by hours, both ways; timestamps asked for faster than it goes",
        "timestamps always grow; timeouts are monotonic, none comes early or never",
        ("faults/test_clock_jumps.py", "faults/test_clocks.py"),
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
        30,
        "nodes added, removed, re-addressed under traffic",
        "scripted clusters, and a real one",
        "routing follows, pools of hosts that went are gone",
        (
            "scripted/test_cluster.py::test_nodes_come_and_go",
            "scripted/test_cluster.py::test_a_node_with_another_address_is_the_same_host",
            "scripted/test_cluster.py::test_a_replaced_node_is_another_host_at_the_same_address",
            "cassandra/test_cluster_changes.py::test_nodes_that_die_hang_return_join_and_leave",
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
        34,
        "everything at once, for long",
        "`make soak`: mixed load on a real cluster, one random fault after the other; [an hour of it](soak.md)",
        "the six statements of the design hold",
        ("faults/test_soak.py", "faults/test_verdict.py"),
    ),
    Row(
        35,
        "a thousand sessions come back after a restart",
        "four processes of 250 sessions, a server that stops and starts; 100 in virtual time",
        "all of them are back; their attempts are spread by jitter; one connection of each asks first",
        (
            "faults/test_thousand_sessions.py",
            "scripted/pool/test_reconnection.py::"
            "test_a_server_that_comes_back_is_asked_by_one_connection_of_each_pool_first",
        ),
    ),
)
