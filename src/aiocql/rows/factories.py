"""What rows are made into: `into=` of a call, a statement or the session."""

from __future__ import annotations

from types import GenericAlias
from typing import TYPE_CHECKING, Any

from aiocql.errors import Error, InterfaceError
from aiocql.rows.row import Row, has_own_decoder, row_decoder

if TYPE_CHECKING:
    from aiocql.protocol.metadata import ResultMetadata
    from aiocql.protocol.row_decoder import RowDecoder
    from aiocql.types.registry import CodecRegistry

__all__ = ["RowFactories", "RowFactory"]

MAX_SHAPES = 256
APPLIED = "[applied]"


class RowFactory:
    """Create the decoders of results whose rows become `into`. The last one is kept, for responses with metadata.

    The columns of a light-weight transaction's response depend on whether it was applied. If `into` is a class of the
    application, such a response contains `Row` objects.
    """

    __slots__ = ("_decoder", "_generation", "_into", "_metadata", "_registry")

    def __init__(self, registry: CodecRegistry, into: Any) -> None:
        self._registry = registry
        self._into = into
        self._metadata: ResultMetadata | None = None
        self._decoder: RowDecoder | None = None
        self._generation = registry.generation

    def __call__(self, metadata: ResultMetadata) -> RowDecoder:
        """The decoder for these columns. Raises InterfaceError where they and the shape do not meet."""
        generation = self._registry.generation
        if self._decoder is not None and generation == self._generation and metadata == self._metadata:
            return self._decoder
        into = self._into
        columns = metadata.columns
        is_conditional = bool(columns) and columns[0].name == APPLIED
        if is_conditional and into not in (tuple, dict) and not has_own_decoder(into):
            into = Row
        try:
            decoder = row_decoder(metadata, self._registry, into)
        except Error:
            raise
        except Exception as error:
            raise InterfaceError(f"rows cannot be made into {into!r}: {type(error).__name__}") from error
        self._metadata, self._decoder, self._generation = metadata, decoder, generation
        return decoder

    def of_statement(self, metadata: ResultMetadata) -> RowDecoder | None:
        """The decoder for a prepared statement's rows; None where it has none, or none that fit the shape."""
        if not len(metadata):
            return None
        try:
            return self(metadata)
        except InterfaceError:
            # It may be executed with another `into`; if it is not, its answer says what does not fit.
            return None


class RowFactories:
    """One `RowFactory` for each `into` in use."""

    def __init__(self, registry: CodecRegistry) -> None:
        self._registry = registry
        self._factories: dict[Any, RowFactory] = {}

    def __call__(self, into: Any) -> RowFactory:
        """The shape; raises InterfaceError for what can be none."""
        # ``tuple[int, str]``, ``dict[str, Any]`` and a TypedDict serve type checkers; the rows are tuples and dicts.
        if isinstance(into, GenericAlias) and into.__origin__ in (tuple, dict):
            into = into.__origin__
        elif hasattr(into, "__required_keys__") and isinstance(into, type):
            into = dict
        if into is not None and not callable(into) and into != "scalar":
            raise InterfaceError(
                f"into={into!r}: rows cannot be made into a {type(into).__name__}",
                hint='give a class, a function of the columns, tuple, dict or "scalar"',
            )
        try:
            shape = self._factories.get(into)
        except TypeError:  # not hashable
            return RowFactory(self._registry, into)
        if shape is None:
            if len(self._factories) >= MAX_SHAPES:
                # Functions that are made anew for each call do not pile up.
                self._factories.clear()
            shape = self._factories[into] = RowFactory(self._registry, into)
        return shape
