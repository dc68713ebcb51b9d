"""Public methods of asynchronous classes that serve the driver itself and have no synchronous face."""

__all__ = ["internals_of"]

_INTERNALS = {"EventStream": frozenset({"end", "put"})}


def internals_of(name: str) -> frozenset[str]:
    """Return the internal methods of the asynchronous class with this name."""
    return _INTERNALS.get(name, frozenset())
