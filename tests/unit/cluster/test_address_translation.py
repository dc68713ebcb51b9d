from typing import Any

import pytest

from aiocql.cluster.address_translation import as_translator, translate
from aiocql.errors import ConfigurationError, InterfaceError


class Own:
    def translate(self, address: str, port: int) -> tuple[str, int]:
        return "proxy", port + 1


def test_none_changes_nothing() -> None:
    assert translate(as_translator(None), "10.0.0.1", 9042) == ("10.0.0.1", 9042)


def test_a_function() -> None:
    assert translate(as_translator(lambda address, port: (address, 1)), "a", 2) == ("a", 1)


def test_an_object() -> None:
    assert translate(as_translator(Own()), "a", 2) == ("proxy", 3)


def test_a_table() -> None:
    table: Any = {"a": "b", ("c", 1): ("d", 2), "c": "e"}
    translator = as_translator(table)
    assert translate(translator, "a", 9042) == ("b", 9042)
    assert translate(translator, "c", 1) == ("d", 2)
    assert translate(translator, "c", 5) == ("e", 5)
    assert translate(translator, "x", 5) == ("x", 5)


def test_others_are_refused() -> None:
    with pytest.raises(ConfigurationError):
        as_translator(3)  # type: ignore[arg-type]


@pytest.mark.parametrize("wrong", [None, "host", ("a",), ("a", "9042"), ("a", 0), (1, 2), ("a", 2, 3)])
def test_what_it_gives_is_checked(wrong: Any) -> None:
    with pytest.raises(InterfaceError, match=r"10\.0\.0\.1"):
        translate(as_translator(lambda address, port: wrong), "10.0.0.1", 9042)


def test_its_own_errors_are_told() -> None:
    def failing(address: str, port: int) -> tuple[str, int]:
        raise KeyError("no such")

    with pytest.raises(InterfaceError, match="KeyError"):
        translate(as_translator(failing), "10.0.0.1", 9042)
