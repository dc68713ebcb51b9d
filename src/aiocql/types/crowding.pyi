from collections.abc import Iterable
from typing import Any

def is_crowded(values: Iterable[Any]) -> bool: ...
