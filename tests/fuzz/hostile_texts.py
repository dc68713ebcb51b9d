"""Hostile texts: fragments that make expressions spin, logs forge and terminals obey, repeated and mixed.

Every text is read in linear work, ends in a value or in an error of the driver, and is shown on one printable line.
"""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from tests.fuzz.oddity import Oddity
from tests.plugins.work import LIMIT, work_of

from aiocql.compat.cassandra.placeholders import with_markers
from aiocql.errors import Error, SyntaxException
from aiocql.options.dsn import parse_contact_points, parse_dsn
from aiocql.printable import printable
from aiocql.protocol.handshake import _stable_versions
from aiocql.statements.prepared import is_lwt, is_select, is_use
from aiocql.statements.redaction import sanitized, sanitized_message, summary
from aiocql.types.names import parse_class_name, parse_cql_type

__all__ = ["hostile_texts"]

FRAGMENTS = (
    *(
        " ",
        "\t",
        "\n",
        "'",
        '"',
        "''",
        "$$",
        "/*",
        "*/",
        "--",
        "//",
        "%s",
        "%(",
        ")s",
        "(",
        ")",
        "<",
        ">",
        ",",
    ),
    *(
        ".",
        ":",
        "@",
        "/",
        "?",
        "=",
        "[",
        "]",
        "\x1b[2J",
        "\x07",
        "\r",
        "\x9b",
        "\u2028",
        "\u202e",
        "\ud800",
        "\0",
    ),
    *(
        "password",
        "PASSWORD = ",
        "create role ",
        "with ",
        "INSERT ",
        "SELECT ",
        "IF ",
        "query ",
        "FROM ",
        "a",
        "_",
    ),
    *(
        "P1Y",
        "0x",
        "1",
        "-",
        "5/v5",
        "cassandra://",
        "frozen<",
        "list<",
        "UserType(",
        "6ab09bec-e68e-48d9-a5f8-",
    ),
)
READERS: tuple[Callable[[str], object], ...] = (
    *(
        is_lwt,
        is_select,
        is_use,
        sanitized,
        sanitized_message,
        summary,
        printable,
        SyntaxException,
        parse_dsn,
    ),
    *(with_markers.__wrapped__, parse_cql_type, parse_class_name),
    lambda text: parse_contact_points([text]),
    lambda text: _stable_versions([text]),
)
SECRET = "s3cr3t"
LONG = 20_000


def hostile_texts(rng: Random) -> None:
    """One text, given to one reader; a long one every hundredth time, with a limit to the work."""
    text = _text(rng, LONG if rng.random() < 0.01 else rng.randint(0, 200))
    read = rng.choice(READERS)
    if len(text) >= LONG:
        if (work := work_of(lambda: _read(read, text), text)) > LIMIT:
            raise Oddity(f"{work:.0f} units of work for {text[:60]!r}")
    else:
        _read(read, text)
    _show(rng, text)


def _text(rng: Random, length: int) -> str:
    parts = rng.choices(FRAGMENTS, k=rng.randint(1, 4))
    middle = "".join(parts)
    return (
        rng.choice(FRAGMENTS) + middle * (length // len(middle)) + rng.choice(FRAGMENTS) + " " * (length % 7)
    )


def _read(read: Callable[[str], object], text: str) -> None:
    try:
        read(text)
    except Error:
        return
    except Exception as error:
        raise Oddity(f"{text[:200]!r}: {type(error).__name__}: {error}") from error


def _show(rng: Random, text: str) -> None:
    """A server's error about a statement with a password: one line a part, and nowhere the password."""
    error = SyntaxException(f"{text[:100]}{SECRET}{text[:100]}", code=0x2000)
    literal = rng.choice((f"'{SECRET}'", f"$${SECRET}$$"))
    error.query = f"CREATE ROLE a WITH PASSWORD = {literal} AND {text[:200]}"
    shown = str(error)
    if SECRET in shown or not all(line.isprintable() for line in shown.split("\n")):
        raise Oddity(f"{text[:200]!r} is shown as {shown!r}")
