from typing import Any

from aiocql.execution.dispatcher import Execution
from aiocql.protocol.responses import Response
from aiocql.results.source import ResultSource

class ResultBase:
    rows: list[Any]
    @property
    def _source(self) -> ResultSource: ...
    @property
    def _execution(self) -> Execution: ...
    @property
    def _response(self) -> Response: ...
    @property
    def _parameters(self) -> Any: ...
    @property
    def _state(self) -> bytes | None: ...

class ResultFactory:
    def __init__(self, source: ResultSource, kind: type[ResultBase]) -> None: ...
    def make(
        self, execution: Execution, response: Response, parameters: Any, state: bytes | None = None
    ) -> Any: ...
