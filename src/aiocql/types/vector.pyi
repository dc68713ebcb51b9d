from typing import Literal

from aiocql.types.codec import Codec
from aiocql.types.descriptors import CqlType

class VectorCodec(Codec):
    @property
    def element(self) -> Codec: ...
    @property
    def dimensions(self) -> int: ...
    def __init__(self, cql_type: CqlType, element: Codec, dimensions: int) -> None: ...

class FloatVectorCodec(VectorCodec):
    @property
    def shape(self) -> Literal["list", "array", "numpy"]: ...
    def __init__(
        self,
        cql_type: CqlType,
        element: Codec,
        dimensions: int,
        shape: Literal["list", "array", "numpy"] = "list",
    ) -> None: ...
