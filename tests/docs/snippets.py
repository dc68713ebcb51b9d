"""Takes the Python out of a Markdown page, with the output that it promises."""

from __future__ import annotations

import re
from typing import NamedTuple

__all__ = ["Snippet", "snippets"]

FENCE = re.compile(r"^```(?P<language>[\w{}-]*)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)


class Snippet(NamedTuple):
    """One ```python block: its text, its line in the page, and the ```text block right after it, if there is one."""

    text: str
    line: int
    output: str | None


def snippets(page: str) -> list[Snippet]:
    """All Python blocks of a page, in their order."""
    found: list[Snippet] = []
    end_of_last = -1
    for match in FENCE.finditer(page):
        follows = bool(found) and page[end_of_last : match.start()].strip() == ""
        if match["language"] == "python":
            found.append(Snippet(match["text"], page.count("\n", 0, match.start()) + 2, None))
            end_of_last = match.end()
        elif match["language"] == "text" and follows and end_of_last >= 0:
            found[-1] = found[-1]._replace(output=match["text"])
            end_of_last = -1
    return found
