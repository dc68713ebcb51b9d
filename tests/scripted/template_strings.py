"""Template strings (PEP 750) from source text: the interpreter's own from Python 3.14 on, before it a stand-in.

A module with a literal of the syntax would not even load on 3.11. The stand-in is made of what the same text is as an
f-string, whose grammar t-strings share.
"""

from __future__ import annotations

import ast
import sys
from typing import Any, NamedTuple

__all__ = ["ARE_REAL", "Interpolation", "Template", "stand_in", "template"]

ARE_REAL = sys.version_info >= (3, 14)


class Interpolation(NamedTuple):
    """What stands for `string.templatelib.Interpolation`."""

    value: Any
    expression: str
    conversion: str | None
    format_spec: str


class Template:
    """What stands for `string.templatelib.Template`."""

    def __init__(self, strings: tuple[str, ...], interpolations: tuple[Interpolation, ...]) -> None:
        self.strings = strings
        self.interpolations = interpolations


def template(source: str, **names: Any) -> Any:
    """The template string that the literal `source` is, with these names in scope."""
    if not ARE_REAL:
        return stand_in(source, **names)
    return eval(compile(source, "<template string>", "eval"), dict(names))


def stand_in(source: str, **names: Any) -> Template:
    """What stands for it."""
    strings, interpolations = [""], []
    for part in _parts(source):
        if isinstance(part, ast.FormattedValue):
            interpolations.append(_interpolation(part, names))
            strings.append("")
        else:
            strings[-1] += ast.literal_eval(part)
    return Template(tuple(strings), tuple(interpolations))


def _parts(source: str) -> list[ast.expr]:
    assert source.startswith("t")
    literal = ast.parse("f" + source[1:], mode="eval").body
    assert isinstance(literal, ast.JoinedStr)
    return literal.values


def _interpolation(part: ast.FormattedValue, names: dict[str, Any]) -> Interpolation:
    text = ast.unparse(part.value)
    spec = "" if part.format_spec is None else _evaluated(part.format_spec, names)
    conversion = None if part.conversion == -1 else chr(part.conversion)
    return Interpolation(_evaluated(part.value, names), text, conversion, spec)


def _evaluated(node: ast.expr, names: dict[str, Any]) -> Any:
    return eval(compile(ast.Expression(node), "<stand-in>", "eval"), dict(names))
