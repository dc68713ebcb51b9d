import asyncio
from collections.abc import Sequence
from typing import Any

from aiocql.statements import PreparedStatement
from aiocql.wire.core import Core
from aiocql.wire.requests import QueryParameters
from aiocql.wire.streams import StreamTable

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
