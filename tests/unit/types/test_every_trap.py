"""Every known trap of the encodings, and every threat of hostile bytes, with the tests that stand against it."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[2]
NUMBERS, TEMPORAL, TEXT = "unit/types/test_numbers", "unit/types/test_temporal", "unit/types/test_text"
VECTOR, COMPOSITE, USER = "unit/types/test_vector", "unit/types/test_composite", "unit/types/test_user_types"
IDS, NAMES, TRAPS = "unit/types/test_identifiers", "unit/types/test_names", "unit/types/test_value_traps"
HOSTILE, REQUESTS, BODIES = (
    "unit/types/test_hostile_bytes",
    "unit/protocol/test_requests",
    "unit/protocol/test_body_traps",
)
BINDING, RESPONSES, ERRORS = (
    "unit/statements/test_binding",
    "unit/protocol/test_responses",
    "unit/protocol/test_server_errors",
)
BYTES, OPTIONS, PAGES = (
    "unit/protocol/test_received_bytes",
    "unit/protocol/test_type_reader",
    "unit/protocol/test_row_decoder",
)

SECTION_5: dict[str, list[str]] = {
    "a negative length is null in answers": [f"{BODIES}::any_negative_length_in_an_answer_is_a_null"],
    "length 0 is empty, which is not null": [
        f"{BODIES}::a_length_of_zero_is_empty_not_null",
        f"{TEXT}::empty_is_not_null",
    ],
    "unset needs v4": [f"{REQUESTS}::unset_on_v3", f"{REQUESTS}::unset_values"],
    "unset in a partition key": [f"{BINDING}::a_component_cannot_be_left_unset"],
    "unset in collections, tuples, user types, vectors": [
        f"{COMPOSITE}::collections_hold_no_nulls",
        f"{COMPOSITE}::a_tuple_has_null_components",
        f"{USER}::what_is_no_field_is_an_error",
        f"{VECTOR}::a_vector_holds_no_nulls",
    ],
    "a missing parameter is no null": [f"{BINDING}::a_missing_value_is_an_error_not_a_null"],
    "boolean: any byte but zero": [f"{NUMBERS}::any_byte_but_zero_is_true"],
    "integers: range, no bool": [
        f"{NUMBERS}::integers_are_checked_against_their_range",
        f"{NUMBERS}::no_bool_float_or_str_is_taken_for_an_int",
    ],
    "counter: eight bytes, null": [f"{BODIES}::a_counter_has_eight_bytes_and_may_be_null"],
    "varint: shortest form out, any in": [
        f"{NUMBERS}::a_varint_is_as_short_as_it_can_be",
        f"{NUMBERS}::a_longer_varint_than_needed_is_read",
    ],
    "decimal: scale kept, also negative": [f"{NUMBERS}::a_decimal_keeps_its_scale"],
    "decimal: -0": [f"{NUMBERS}::a_negative_zero_decimal_loses_its_sign"],
    "decimal: NaN and infinity": [f"{NUMBERS}::a_decimal_holds_neither_nan_nor_infinity"],
    "decimal: scale of 32 bits": [f"{NUMBERS}::the_scale_of_a_decimal_has_32_bits"],
    "decimal: no context rounds": [f"{NUMBERS}::no_context_rounds_a_decimal"],
    "decimal: long ones (T16)": [
        f"{HOSTILE}::a_long_decimal_costs_less_than_quadratic_time",
        f"{HOSTILE}::a_decimal_of_extreme_scale_is_only_its_digits_and_exponent",
    ],
    "float and double: NaN, -0.0, infinity": [f"{NUMBERS}::floats_keep_nan_infinity_and_the_sign_of_zero"],
    "float: beyond 32 bits": [f"{NUMBERS}::a_float_beyond_32_bits_is_an_error_not_infinity"],
    "ascii": [f"{TEXT}::ascii_is_of_seven_bits"],
    "text: strict UTF-8, surrogates, NUL": [
        f"{TEXT}::text_is_utf8",
        f"{TEXT}::a_lone_surrogate_is_refused_without_showing_the_text",
    ],
    "blob: buffers in, a copy out": [
        f"{TEXT}::a_blob_takes_any_contiguous_buffer",
        f"{TEXT}::a_blob_is_a_copy",
        f"{TRAPS}::a_blob_outlives_what_it_was_read_from",
    ],
    "inet: 4 or 16 bytes, mapped addresses, scopes": [
        f"{IDS}::an_inet_is_an_address_of_4_or_16_bytes",
        f"{TRAPS}::a_mapped_address_stays_one_of_sixteen_bytes",
        f"{IDS}::a_scope_id_has_no_place_in_an_inet",
    ],
    "timeuuid: version 1": [
        f"{IDS}::a_timeuuid_is_of_version_1",
        f"{TRAPS}::a_uuid_of_any_version_is_a_uuid_but_no_timeuuid",
    ],
    "timeuuid: the server's order": [
        "unit/types/test_timeuuid::bounds_include_every_time_uuid_of_the_moment",
        "cassandra/test_types::bounds_of_time_uuids_are_the_servers",
    ],
    "date: unsigned around 1970, years beyond Python": [
        f"{TEMPORAL}::a_date_is_unsigned_around_1970",
        "unit/types/test_values::the_ends_of_date",
    ],
    "time: nanoseconds, out of range": [
        f"{TEMPORAL}::a_time_is_pythons_where_microseconds_are_enough",
        f"{TEMPORAL}::a_time_out_of_range_is_read_but_not_bound",
    ],
    "timestamp: beyond datetime": [f"{TEMPORAL}::a_timestamp_outside_datetime_is_a_value_not_an_error"],
    "timestamp: integers and floor": [f"{TEMPORAL}::what_is_below_a_millisecond_is_cut_off_towards_the_past"],
    "timestamp: naive and aware": [f"{TEMPORAL}::a_naive_datetime_is_utc_and_an_aware_one_is_converted"],
    "duration: three vints, one sign": [
        f"{TEMPORAL}::a_duration_is_three_vints",
        f"{TRAPS}::a_duration_has_exactly_three_vints",
        f"{TEMPORAL}::a_longer_vint_than_needed_is_read",
        f"{TRAPS}::the_longest_vint_has_nine_bytes",
        "unit/types/test_values::the_parts_of_a_duration_have_one_sign",
    ],
    "duration: no timedelta, no order": [
        "unit/types/test_values::a_duration_has_no_order_and_months_no_days"
    ],
    "unsigned vint": [f"{TRAPS}::lengths_of_vector_elements_are_unsigned_vints"],
    "collections: counts": [
        f"{TRAPS}::a_negative_count_of_elements_is_an_error_not_nothing",
        f"{HOSTILE}::a_count_beyond_the_bytes_allocates_nothing",
    ],
    "collections: nulls": [
        f"{COMPOSITE}::collections_hold_no_nulls",
        f"{TRAPS}::a_null_among_elements_is_read_as_none",
    ],
    "collections: unhashable and equal elements": [
        f"{COMPOSITE}::lists_sets_and_maps_are_elements_and_keys",
        f"{COMPOSITE}::zeros_and_nans_stay_apart",
        f"{TRAPS}::equal_in_python_is_not_merged",
    ],
    "tuple: fewer and more components, nulls": [
        f"{COMPOSITE}::a_tuple_of_fewer_components_is_padded",
        f"{COMPOSITE}::a_tuple_takes_as_many_components_as_it_has",
        f"{COMPOSITE}::a_tuple_has_null_components",
    ],
    "user type: fields added since, fields unknown": [
        f"{USER}::fields_added_since_are_none_and_unknown_ones_are_ignored"
    ],
    "user type: names": [f"{USER}::any_field_name_is_safe"],
    "vector: fixed and variable elements": [
        f"{VECTOR}::which_elements_have_a_fixed_size",
        f"{VECTOR}::a_vector_of_fixed_vectors_is_fixed",
        f"{TRAPS}::types_of_a_fixed_size_elsewhere_have_lengths_in_vectors",
    ],
    "vector: exactly its dimensions, no nulls, not empty": [
        f"{VECTOR}::a_vector_has_exactly_its_dimensions",
        f"{VECTOR}::a_vector_holds_no_nulls",
    ],
    "vector and duration come as classes": [
        f"{NAMES}::class_names",
        f"{TRAPS}::a_class_of_one_name_in_a_vector_is_the_type_of_that_name",
    ],
    "unknown classes are bytes": [
        f"{OPTIONS}::classes_that_are_not_known",
        f"{TEXT}::an_unknown_class_is_bytes",
    ],
    "rows: no metadata, one table, pages, new metadata": [
        f"{RESPONSES}::rows_without_metadata",
        f"{RESPONSES}::rows",
        f"{RESPONSES}::changed_metadata",
        f"{BODIES}::the_paging_state_stands_before_the_id_of_new_metadata",
    ],
    "prepared: partition key from v4, ids from v5": [
        f"{RESPONSES}::prepared",
        f"{BODIES}::v3_says_nothing_of_the_partition_key",
    ],
    "order of what flags announce": [
        f"{RESPONSES}::what_flags_announce",
        f"{BODIES}::tracing_id_warnings_and_payload_stand_in_this_order",
    ],
    "errors of v5: reasons, contentions, unknown codes": [
        f"{ERRORS}::failures_have_reasons_on_v5",
        f"{ERRORS}::contentions_of_a_light_weight_transaction",
        f"{ERRORS}::every_class_has_its_code",
        f"{ERRORS}::fields",
    ],
    "flags of requests: a byte or an int; now_in_seconds": [
        f"{REQUESTS}::query",
        f"{REQUESTS}::now_in_seconds_is_the_last",
    ],
    "at most 65,535 values, statements, bytes of a string": [f"{REQUESTS}::what_does_not_fit"],
    "timestamps: not negative, always growing": [
        f"{REQUESTS}::what_does_not_fit",
        "scripted/session/test_results::timestamps_of_the_client_always_grow",
    ],
    "routing key: one and several components": [
        f"{BINDING}::one_component_is_the_key_as_it_is",
        f"{BINDING}::each_of_several_components_has_its_length_before_and_a_zero_behind",
        f"{BINDING}::a_component_has_at_most_65535_bytes",
        f"{BINDING}::a_null_component_and_an_empty_key_give_no_token",
    ],
    "token: signed bytes, the smallest number": [
        "unit/binary/test_murmur3::every_length_and_sign_of_tail",
        f"{BINDING}::the_smallest_number_is_no_token",
    ],
}

THREATS: dict[str, list[str]] = {
    "T2 lengths": [
        f"{BYTES}::hostile_envelopes",
        f"{BYTES}::the_limit_on_messages",
        f"{BODIES}::a_message_of_256_mib_that_never_comes_takes_no_memory",
        f"{BODIES}::the_limit_on_messages_is_the_users",
        f"{OPTIONS}::counts_of_columns",
        f"{OPTIONS}::partition_keys_that_are_not_there",
        f"{HOSTILE}::a_vector_of_two_billion_dimensions_allocates_nothing",
        "scripted/test_versions::a_server_that_has_not_authenticated_us_may_say_128_kib_at_once",
    ],
    "T3 decompression": [
        f"{BYTES}::decompression_bombs",
        f"{BYTES}::compression_nobody_agreed_on",
        "unit/protocol/test_compression::the_limit_holds_before_anything_is_allocated",
        "unit/protocol/test_segments::right_checksums_do_not_make_a_block",
        "unit/binary/test_lz4::damaged_blocks_never_reach_outside",
    ],
    "T4 nesting": [
        f"{OPTIONS}::depth_is_limited",
        f"{OPTIONS}::depth_of_class_names_is_limited",
        f"{NAMES}::names_are_nested_to_a_limit_only",
        f"{NAMES}::names_hold_a_limited_number_of_types",
        f"{HOSTILE}::types_are_nested_to_a_limit_only",
    ],
    "T5 rows": [
        f"{PAGES}::more_rows_than_bytes",
        f"{PAGES}::rows_without_columns",
        f"{PAGES}::negative_counts",
        f"{BODIES}::rows_that_are_not_there_are_not_allocated",
    ],
    "T12 text": [
        f"{BODIES}::a_name_that_is_not_utf8_is_a_typed_error",
        f"{BODIES}::a_name_of_any_characters_is_reached_as_an_item",
        f"{TEXT}::text_is_utf8",
    ],
    "T14 memory": ["fuzz/test_fuzz::every_input_ends_as_it_may", "golden/test_golden::split_at_every_offset"],
}


@cache
def names_in(path: str) -> frozenset[str]:
    tree = ast.parse((TESTS / f"{path}.py").read_text(encoding="utf-8"))
    functions = (ast.FunctionDef, ast.AsyncFunctionDef)
    return frozenset(
        node.name.removeprefix("test_") for node in ast.walk(tree) if isinstance(node, functions)
    )


@pytest.mark.parametrize("trap", [*SECTION_5, *THREATS])
def test_it_has_a_named_test(trap: str) -> None:
    for where in {**SECTION_5, **THREATS}[trap]:
        path, name = where.split("::")
        assert name in names_in(path), where
