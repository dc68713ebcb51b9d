"""Passwords and values that must never be seen: whatever shows one of these words has leaked a secret.

Tests that need a password or a value to bind take them from here; `leaks` looks for them in all that the suite lets be
seen. They have one short mark in common, so that the beginning of a secret is found too, and so is one that was
written in hexadecimal digits or in base64. The values of the soak, which name their key and version, are known by
their form.
"""

from __future__ import annotations

import base64
import re

__all__ = ["MARK", "PASSPHRASE", "PASSWORD", "VALUE", "WRONG_PASSWORD", "find", "mask", "value_of"]

MARK = "c4n4ry"

PASSWORD = f"{MARK}-password"
WRONG_PASSWORD = f"{MARK}-wrong"
PASSPHRASE = f"{MARK}-passphrase"
"""Of a private key."""
VALUE = f"{MARK}-value"


def value_of(key: object) -> str:
    """A value that names its own key."""
    return f"{VALUE} of {key}"


def _in_base64() -> list[str]:
    """The characters that the mark becomes, at each of the three places where it may begin in a group."""
    found = []
    for before in range(3):
        text = base64.b64encode(b"\0" * before + MARK.encode()).decode().rstrip("=")
        whole = (before + len(MARK)) * 8 // 6  # what comes after the mark has a say in the last character
        found.append(text[-(-before * 8 // 6) : whole])
    return found


_ENCODED = (MARK.encode().hex(), MARK.encode().hex().upper(), *_in_base64())
_OF_THE_SOAK = ":xxxx"  # key:version:xxxx..., as long as the value is to be
_SHAPE = re.compile(
    rf"{MARK}-?(?P<which>[a-z]*)|{'|'.join(map(re.escape, _ENCODED))}|\d+:\d+(?={_OF_THE_SOAK})"
)


def find(text: str) -> list[str]:
    """Which secrets stand in a text, each named once; never the secret itself."""
    if not any(
        shape in text for shape in (MARK, *_ENCODED, _OF_THE_SOAK)
    ):  # nearly always, and the sooner said the better
        return []
    return sorted({match["which"] or "part of a secret" for match in _SHAPE.finditer(text)})


def mask(text: str) -> str:
    """A text with the secrets' names in their place."""
    return _SHAPE.sub(lambda match: f"<{match['which'] or 'part of a secret'}>", text)
