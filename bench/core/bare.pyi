import asyncio
from collections.abc import Sequence
from typing import Any

from aiocql.protocol.core import Core
from aiocql.protocol.requests import QueryParameters
from aiocql.protocol.streams import StreamTable
from aiocql.statements.prepared import PreparedStatement

class Caller:
    def __init__(
        self,
        core: Core,
        statement: PreparedStatement,
        parameters: QueryParameters,
        loop: asyncio.AbstractEventLoop,
    ) -> None: ...
    def execute(self, values: Sequence[object]) -> asyncio.Future[Any]: ...

def stream_rounds(table: StreamTable, holder: object, rounds: int) -> None: ...
