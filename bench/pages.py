"""A server of pages for `bench.requests`, in a separate process: ``python -m bench.pages PORT PAGES``.

Each page of `ALL` has 5,000 rows of the same bytes and a unique paging state, so that a table of any size costs the
server nothing but writing it. It prints a line when it listens, and ends when its standard input does.
"""

from __future__ import annotations

import asyncio
import sys

from aiocql.testing import Prepared, RawAnswer, ReceivedRequest, Rows, ScriptedServer
from aiocql.testing.server.notation import write_bytes, write_int
from aiocql.testing.server.result_metadata import metadata_id
from aiocql.testing.server.values import encode_value

NARROW = "SELECT id, name, price, amount FROM bench.pages"
WIDE = "SELECT * FROM bench.wide_pages"
PAGE_ROWS = 5000

COLUMNS = {
    NARROW: [("id", "int"), ("name", "text"), ("price", "double"), ("amount", "int")],
    WIDE: [
        (f"c{i:02}", kind)
        for i, kind in enumerate(["int", "text", "double", "bigint", "text", "boolean"] * 5)
    ],
}
VALUES = {
    "int": 1_000_007,
    "text": "a text of thirty-two characters.",
    "double": 2.5,
    "bigint": 2**40,
    "boolean": True,
}


def prime(server: ScriptedServer, query: str, pages: int) -> None:
    """All pages of a statement."""
    columns = COLUMNS[query]
    row = b"".join(write_bytes(encode_value(kind, VALUES[kind])) for _, kind in columns)
    rows = write_int(PAGE_ROWS) + row * PAGE_ROWS

    def answer(request: ReceivedRequest) -> RawAnswer:
        number = int(request.options.paging_state or b"0") + 1
        state = b"%d" % number if number < pages else None
        head = Rows(columns, paging_state=state, no_metadata=request.options.skip_metadata)
        return RawAnswer(head.message(request.version)[:-4] + rows)

    prepared = Prepared(metadata_id(columns), (), (), columns, metadata_id(columns))
    server.prime(query, answer, columns=columns, prepare=prepared, keep=False)


async def serve(port: int, pages: int) -> None:
    async with ScriptedServer("127.0.0.1", port) as server:
        for query in COLUMNS:
            prime(server, query, pages)
        print("listening", flush=True)
        await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1]), int(sys.argv[2])))
