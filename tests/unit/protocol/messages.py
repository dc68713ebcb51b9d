"""Every kind of answer, as the scripted server writes it: what other tests cut, damage and compare."""

from aiocql.testing.server import answers, error_answers
from aiocql.testing.server.answers import Answer
from aiocql.testing.server.cql_types import udt

COLUMNS = [("id", "int"), ("name", "text"), ("tags", "map<text, list<int>>")]
WIDE = [
    *(
        (f"c{i}", name)
        for i, name in enumerate("ascii bigint blob boolean decimal double float inet".split())
    ),
    ("when", "timestamp"),
    ("day", "date"),
    ("at", "time"),
    ("who", "uuid"),
    ("long", "duration"),
    ("vector", "vector<float, 3>"),
    ("pair", "tuple<int, text>"),
    ("home", udt("ks", "address", {"street": "text", "numbers": "list<int>"})),
]

ERRORS: list[Answer] = [
    *(
        error_answers.ErrorAnswer(code, "text")
        for code in (0x0000, 0x000A, 0x0100, 0x1001, 0x1002, 0x1003, 0x1600)
    ),
    *(error_answers.ErrorAnswer(code, "text") for code in (0x2000, 0x2100, 0x2200, 0x2300, 0x7777)),
    error_answers.UnavailableAnswer(),
    error_answers.WriteTimeoutAnswer(),
    error_answers.WriteTimeoutAnswer(write_type="CAS", contentions=7),
    error_answers.ReadTimeoutAnswer(data_present=True),
    error_answers.ReadFailureAnswer(reasons={"127.0.0.1": 0, "::1": 3}),
    error_answers.FunctionFailureAnswer(arg_types=["int", "text"]),
    error_answers.WriteFailureAnswer(reasons={"10.0.0.1": 1}),
    error_answers.CasWriteUnknownAnswer(),
    error_answers.AlreadyExistsAnswer(table="t"),
    error_answers.UnpreparedAnswer(id=b"\x01\x02"),
]

MESSAGES: list[Answer] = [
    answers.Supported(options={"COMPRESSION": ["lz4", "snappy"], "CQL_VERSION": ["3.4.7"]}),
    answers.Authenticate(),
    answers.AuthChallenge(token=b"more"),
    answers.AuthChallenge(),
    answers.AuthSuccess(token=b"ok"),
    answers.AuthSuccess(),
    answers.Void(),
    answers.SetKeyspace("ks"),
    answers.Rows(COLUMNS, [(1, "one", {"a": [1, 2]}), (2, None, None)]),
    answers.Rows(COLUMNS, [(1, "one", {})], paging_state=b"state", global_spec=False),
    answers.Rows(COLUMNS, [], new_metadata_id=b"new"),
    answers.Rows(WIDE, []),
    answers.Prepared(
        b"id" * 8,
        [("id", "int"), ("name", "text")],
        [0],
        COLUMNS,
        result_metadata_id=b"meta",
        global_spec=False,
    ),
    answers.Prepared(b"id" * 8, result_metadata_id=b"meta"),
    answers.SchemaChange(),
    answers.SchemaChange("UPDATED", "TABLE", "ks", "t"),
    answers.SchemaChange("DROPPED", "TYPE", "ks", "address"),
    answers.SchemaChange("CREATED", "FUNCTION", "ks", "f", ["int", "list<text>"]),
    answers.SchemaChange("CREATED", "AGGREGATE", "ks", "a", []),
    answers.SchemaChangeEvent("CREATED", "FUNCTION", "ks", "f", ["int"]),
    answers.SchemaChangeEvent("UPDATED", "KEYSPACE", "ks"),
    answers.StatusChange("DOWN", "127.0.0.2"),
    answers.TopologyChange("NEW_NODE", "::1", 9999),
    *ERRORS,
]


def label(answer: Answer) -> str:
    """For test ids."""
    return type(answer).__name__
