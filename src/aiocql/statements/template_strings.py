"""Template strings (PEP 750) as statements: ``t"SELECT v FROM t WHERE k = {key}"`` binds `key`, it never writes it.

Known by their shape, `strings` and `interpolations`, so that what stands for them serves before Python 3.14 too.
"""

from __future__ import annotations

from typing import Any, Protocol

from aiocql.errors import InterfaceError

__all__ = ["Template", "from_template", "is_template"]


class Template(Protocol):
    """What a template string is to a type checker: `string.templatelib.Template`, or what stands for it."""

    @property
    def strings(self) -> tuple[str, ...]:
        """The text between the interpolations: one more than these."""

    @property
    def interpolations(self) -> tuple[Any, ...]:
        """Each with its `value`, `expression`, `conversion` and `format_spec`."""


def is_template(query: object) -> bool:
    """Whether it is a template string."""
    return hasattr(query, "strings") and hasattr(query, "interpolations")


def from_template(template: Any, parameters: Any) -> tuple[str, tuple[Any, ...]]:
    """The text with a marker in place of each interpolation, and the values.

    Raises InterfaceError for formats and conversions, which would make text of a value, and for values given besides.
    """
    if parameters is not None:
        raise InterfaceError("a template string has its values in it: none are given besides")
    strings, interpolations = tuple(template.strings), tuple(template.interpolations)
    if len(strings) != len(interpolations) + 1 or not all(isinstance(part, str) for part in strings):
        raise InterfaceError(f"a {type(template).__name__} that is not a template string")
    for interpolation in interpolations:
        if getattr(interpolation, "conversion", None) or getattr(interpolation, "format_spec", ""):
            raise InterfaceError(
                f"{{{interpolation.expression}}} has a conversion or format: values are bound as they are",
                hint="leave out what stands behind ! or : in the braces",
            )
    return "?".join(strings), tuple(interpolation.value for interpolation in interpolations)
