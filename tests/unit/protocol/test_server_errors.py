"""Every error code of v3 to v5 becomes its class with its fields; unknown ones stay errors of the server."""

from typing import Any

import pytest

from aiocql import errors
from aiocql.enums import ConsistencyLevel
from aiocql.protocol.responses import ErrorResponse, decode_body
from aiocql.testing.server import error_answers as script
from aiocql.testing.server.notation import write_int, write_short, write_string

VERSIONS = [3, 4, 5]
COUNTS = {"consistency": ConsistencyLevel.QUORUM, "received": 1, "required": 2}


def read(answer: script.ErrorAnswer, version: int = 5) -> errors.ServerError:
    """The exception of an ERROR."""
    response = decode_body(version, 0, 0, answer.body(version))
    assert isinstance(response, ErrorResponse)
    return response.error


@pytest.mark.fault(13)
@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize(
    "kind",
    [
        k
        for k in vars(errors).values()
        if isinstance(k, type) and issubclass(k, errors.ServerError) and "code" in vars(k)
    ],
)
def test_every_class_has_its_code(kind: type[errors.ServerError], version: int) -> None:
    """The tree of classes is the table of codes."""
    if kind is errors.ServerError:
        error = read(script.ErrorAnswer(0x4242, "what"), version)
        assert error.code == 0x4242
    else:
        answer = next(
            (a for a in WITH_FIELDS if a.error_code == kind.code), script.ErrorAnswer(kind.code, "what")
        )
        error = read(answer, version)
        assert error.code == kind.code
    assert type(error) is kind
    assert f"(code 0x{error.code:04X})" in str(error)


WITH_FIELDS = [
    script.UnavailableAnswer(),
    script.WriteTimeoutAnswer(),
    script.ReadTimeoutAnswer(),
    script.ReadFailureAnswer(),
    script.WriteFailureAnswer(),
    script.FunctionFailureAnswer(),
    script.CasWriteUnknownAnswer(),
    script.AlreadyExistsAnswer(),
    script.UnpreparedAnswer(),
]


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize(
    ("answer", "fields"),
    [
        (
            script.UnavailableAnswer(required=3, alive=0),
            {"consistency": ConsistencyLevel.QUORUM, "required": 3, "alive": 0},
        ),
        (
            script.WriteTimeoutAnswer(write_type="BATCH_LOG"),
            {**COUNTS, "write_type": "BATCH_LOG", "contentions": None},
        ),
        (script.ReadTimeoutAnswer(data_present=True), {**COUNTS, "data_present": True}),
        (script.ReadTimeoutAnswer(), {**COUNTS, "data_present": False}),
        (
            script.FunctionFailureAnswer(arg_types=["a", "b"]),
            {"keyspace": "ks", "function": "f", "arg_types": ("a", "b")},
        ),
        (script.CasWriteUnknownAnswer(), COUNTS),
        (script.AlreadyExistsAnswer(table="t"), {"keyspace": "ks", "table": "t"}),
        (script.UnpreparedAnswer(id=b"\x00\xff"), {"statement_id": b"\x00\xff"}),
    ],
)
def test_fields(answer: script.ErrorAnswer, fields: dict[str, Any], version: int) -> None:
    """Those that all versions have."""
    error = read(answer, version)
    assert {name: getattr(error, name) for name in fields} == fields


@pytest.mark.parametrize(
    ("kind", "more"),
    [
        (script.ReadFailureAnswer, {"data_present": True}),
        (script.WriteFailureAnswer, {"write_type": "COUNTER"}),
    ],
)
def test_failures_have_reasons_on_v5(kind: type[Any], more: dict[str, Any]) -> None:
    """A number before."""
    reasons = {"10.0.0.1": 0, "::1": 0x0103}
    for version in VERSIONS:
        error: Any = read(kind(reasons=reasons, **more), version)
        assert error.failures == 2
        assert error.reasons == (reasons if version >= 5 else {})
        assert {name: getattr(error, name) for name in (*COUNTS, *more)} == {**COUNTS, **more}


@pytest.mark.parametrize(("version", "contentions"), [(3, None), (4, None), (5, 9)])
def test_contentions_of_a_light_weight_transaction(version: int, contentions: int | None) -> None:
    """v5, and only where the write was one."""
    error: Any = read(script.WriteTimeoutAnswer(write_type="CAS", contentions=9), version)
    assert error.contentions == contentions


def test_a_consistency_level_that_is_not_known() -> None:
    """A newer server's number is kept as it is."""
    error: Any = read(script.UnavailableAnswer(consistency=0x77))
    assert error.consistency == 0x77


@pytest.mark.parametrize("count", [-1, 3, 1 << 30])
def test_reasons_are_believed_as_far_as_there_are_bytes(count: int) -> None:
    """A count bomb makes nothing."""
    body = (
        write_int(0x1300)
        + write_string("x")
        + write_short(1)
        + write_int(1)
        + write_int(1)
        + write_int(count)
    )
    with pytest.raises(errors.TruncatedError):
        decode_body(5, 0, 0, body + b"\x04\x7f\0\0\1\0\0")
