from typing import Any

# Typed in `session.pyi`, with the classes that return it.
Result: Any
