from typing import Any

from aiocql.execution.dispatcher import Execution
from aiocql.protocol.responses import Response
from aiocql.session.methods import Requesting

class Answer:
    rows: list[Any]
    @property
    def _session(self) -> Requesting[Any]: ...
    @property
    def _execution(self) -> Execution: ...
    @property
    def _response(self) -> Response: ...
    @property
    def _parameters(self) -> Any: ...
    @property
    def _state(self) -> bytes | None: ...

class Answers:
    def __init__(self, session: Requesting[Any], kind: type[Answer]) -> None: ...
    def make(
        self, execution: Execution, response: Response, parameters: Any, state: bytes | None = None
    ) -> Any: ...
