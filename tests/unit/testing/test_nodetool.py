"""Reading ``nodetool status``."""

from __future__ import annotations

from aiocql.testing.cassandra.nodetool import StatusLine, parse_status

STATUS = """Datacenter: dc1
===============
Status=Up/Down
|/ State=Normal/Leaving/Joining/Moving
--  Address          Load        Tokens  Owns (effective)  Host ID                               Rack
UN  127.0.0.1:10001  98.52 KiB   16      68.1%             4d0d6cd1-0f65-4513-ba28-21581c2aeaa3  rack1

Datacenter: dc2
===============
Status=Up/Down
|/ State=Normal/Leaving/Joining/Moving
--  Address          Load        Tokens  Owns (effective)  Host ID                               Rack
DL  127.0.0.1:10004  ?           16      ?                 bccc3129-96a4-4e64-acc0-8c025b529490  r 2
"""


def test_every_node_with_its_state_and_place() -> None:
    assert parse_status(STATUS) == [
        StatusLine("UN", "127.0.0.1:10001", "4d0d6cd1-0f65-4513-ba28-21581c2aeaa3", "dc1", "rack1"),
        StatusLine("DL", "127.0.0.1:10004", "bccc3129-96a4-4e64-acc0-8c025b529490", "dc2", "r 2"),
    ]
    assert parse_status("") == []


def test_a_node_with_one_token_shows_it_before_its_rack() -> None:
    line = (
        "UN  127.0.0.1  98.52 KiB  68.1%  4d0d6cd1-0f65-4513-ba28-21581c2aeaa3  -9223372036854775807  rack1"
    )
    (node,) = parse_status(line)
    assert node.rack == "rack1"
