"""``--screens FOLDER``: keeps pictures of what the monitoring test sees, for the documentation (`make screens`)."""

from __future__ import annotations

from pathlib import Path

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--screens", type=Path, metavar="FOLDER", help="keep pictures of the page and of `aiocql top` there"
    )


@pytest.fixture
def screens(request: pytest.FixtureRequest) -> Path | None:
    """Where pictures are kept, if they are."""
    folder: Path | None = request.config.getoption("--screens")
    return folder
