import asyncio
from collections.abc import Sequence
from typing import Any

from aiocql.statements import PreparedStatement
from aiocql.wire.core import Core
from aiocql.wire.requests import QueryParameters

class Caller:
    def __init__(
        self,
        core: Core,
        statement: PreparedStatement,
        parameters: QueryParameters,
        loop: asyncio.AbstractEventLoop,
    ) -> None: ...
    def execute(self, values: Sequence[object]) -> asyncio.Future[Any]: ...
