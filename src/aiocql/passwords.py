"""Passwords that statements hold as literals: removed from what is shown of a statement and of a response to it.

A password of a role cannot be bound to a marker. Servers quote pieces of a statement in their errors, and a piece may
begin after the word PASSWORD: the secrets are therefore read from the statement that was sent. Every expression here
takes time linear in its text, and no text is longer than `MAX_TEXT`.
"""

from __future__ import annotations

import re
from itertools import islice

__all__ = ["MAX_TEXT", "without_passwords"]

MAX_TEXT = 65536
"""Characters that are searched and kept; a server's message is never longer."""

MAX_SECRETS = 64
"""Literals and words of one statement that are looked for."""

MIN_ANYWHERE = 4
"""Characters from which a secret is removed inside words too."""

_STRING = r"""'(?:[^']|'')*+'?|\$\$.*?(?:\$\$|\Z)"""
_LITERAL = rf"""{_STRING}|"(?:[^"]|"")*+"?"""
# A bracket is where a server's syntax error points at; a literal without an end extends to the end of the text.
_PASSWORD = rf"(?is)(password['\"]?\s*+[=:]?\s*+\[?)({_LITERAL})"
_ROLE = r"(?is)\b(?:create|alter)\s++(?:role|user)\b"
# A password without quotes: behind the sign, or in `WITH PASSWORD secret`.
_BARE = r"""(?i)(?:password['"]?\s*+[=:]|with\s++(?:hashed\s++)?password)\s*+([^\s,;'"$?:=\[{(][^\s,;'"]*+)"""
# A quote inside a literal was not doubled: everything behind it may belong to the password.
_BROKEN = r"(?is)password['\"]?\s*+[=:]?\s*+'(?:[^']|'')*+'(?=[^\s,;)}'])(.*)"
_WORDS = frozenset("and with login superuser options access to all datacenters true false null".split())


def without_passwords(text: str, query: str | None = None) -> str:
    """Return a text with ``?`` for the passwords in it: a server's message about `query`, or a statement itself."""
    text = text if len(text) <= MAX_TEXT else text[: MAX_TEXT - 1] + "…"
    if _may_hold_one(text):
        query = text if query is None else query
        text = re.sub(_PASSWORD, r"\1?", text)
    if query is None or not _may_hold_one(query := query[:MAX_TEXT]):
        return text
    for secret in _secrets(query):
        if len(secret) >= MIN_ANYWHERE:
            text = text.replace(secret, "?")
        else:
            text = re.sub(rf"(?<!\w){re.escape(secret)}(?!\w)", "?", text)
    return text


def _may_hold_one(text: str) -> bool:
    lower = text.lower()
    return "password" in lower or "role" in lower or "user" in lower


def _secrets(query: str) -> list[str]:
    """Everything in a statement that may be a password, the longest first."""
    found: set[str] = set()
    if (role := re.search(_ROLE, query)) is not None:
        for literal in _first(rf"(?s){_STRING}", query[role.end() :]):
            found |= _spellings(literal[0])
    for given in _first(_PASSWORD, query):
        found |= _spellings(given[2])
    found |= {bare[1] for bare in _first(_BARE, query)}
    if (broken := re.search(_BROKEN, query)) is not None:
        found |= {word[0] for word in _first(r"[^\s'\"]+", broken[1])}
    return sorted((each for each in found if each.lower() not in _WORDS), key=len, reverse=True)


def _first(expression: str, text: str) -> list[re.Match[str]]:
    return list(islice(re.finditer(expression, text), MAX_SECRETS))


def _spellings(literal: str) -> set[str]:
    """Return how a literal may be quoted: with and without its quotes, doubled ones as single ones, its words."""
    quote = "$$" if literal.startswith("$$") else literal[0]
    inner = literal[len(quote) :].removesuffix(quote)
    plain = inner.replace(2 * quote, quote)
    words = [word for word in plain.split()[:MAX_SECRETS] if len(word) >= MIN_ANYWHERE]
    return {each for each in (literal, inner, plain, *words) if each.strip("'\"$ \n\t=[]?")}
