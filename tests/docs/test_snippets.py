"""The Python of README.md and of the documentation runs, on a real Cassandra, and prints what it promises."""

from __future__ import annotations

import ast
import asyncio
import contextlib
import doctest
import inspect
import io
from pathlib import Path
from typing import Any

import pytest
from tests.docs.snippets import snippets

from aiocql.sync import shut_down

ROOT = Path(__file__).parents[2]
PAGES = [
    page
    for page in [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
    if "_build" not in page.parts and snippets(page.read_text(encoding="utf-8"))
]


def test_the_tutorial_is_among_them() -> None:
    names = {page.name for page in PAGES}
    assert {"README.md", "index.md", "tutorial.md", "from-async-cassandra.md"} <= names


def test_blocks_and_their_output() -> None:
    page = "```python\na\n```\n\n```text\nb\n```\n\n```text\nc\n```\n```sh\nd\n```\n\n"
    page += "```python\ne\n```\nand\n```text\nf\n```\n"
    page += "```{eval-rst}\ng\n```\n\n```python\nh\n```\n"
    assert snippets(page) == [("a\n", 2, "b\n"), ("e\n", 17, None), ("h\n", 28, None)]


@pytest.mark.cassandra
@pytest.mark.timeout(300)
@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_snippets(page: Path, cassandra_cluster: Any) -> None:
    """All snippets of a page share names and a loop; `await` stands at the top level, as in `python -m asyncio`."""
    [contact_point, *_] = cassandra_cluster.contact_points
    names: dict[str, Any] = {"__name__": "snippet"}
    with contextlib.ExitStack() as stack, asyncio.Runner() as runner:
        stack.callback(shut_down)
        for snippet in snippets(page.read_text(encoding="utf-8")):
            source = snippet.text.replace('"127.0.0.1"', repr(contact_point))
            printed = run(source, f"{page.name}, line {snippet.line}", names, runner)
            if snippet.output is not None:
                checker = doctest.OutputChecker()
                assert checker.check_output(snippet.output, printed, doctest.ELLIPSIS), (
                    f"{page.name}, line {snippet.line} printed:\n{printed}"
                )


def run(source: str, where: str, names: dict[str, Any], runner: asyncio.Runner) -> str:
    """Runs one snippet and gives what it printed."""
    code = compile(source, where, "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT, dont_inherit=True)
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        if code.co_flags & inspect.CO_COROUTINE:
            runner.run(eval(code, names))
        else:
            exec(code, names)
    return out.getvalue()
