"""The application, served by uvicorn in a process of its own, on a real Cassandra."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

EXAMPLE = Path(__file__).parents[1]
HOST = "127.0.0.1"


@pytest.fixture(scope="session")
def server(cassandra_cluster: Any) -> Iterator[str]:
    """Its address. It must end by itself when it is told to."""
    port = free_port()
    environment = {
        **os.environ,
        "CASSANDRA_CONTACT_POINTS": ",".join(cassandra_cluster.contact_points),
        "EXAMPLE_KEYSPACE": f"fastapi_example_{os.getpid()}",
    }
    command = [sys.executable, "-m", "uvicorn", "app.main:app", "--host", HOST, "--port", str(port)]
    process = subprocess.Popen(command, cwd=EXAMPLE, env=environment)
    try:
        wait_until_served(f"http://{HOST}:{port}/health/live", process)
        yield f"http://{HOST}:{port}"
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) in (0, -signal.SIGTERM)
    finally:
        process.kill()
        process.wait()


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind((HOST, 0))
        port: int = listener.getsockname()[1]
        return port


def wait_until_served(url: str, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        assert process.poll() is None, "the application ended"
        try:
            if httpx.get(url).status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.1)
    pytest.fail("the application was not there after 60 s")


@pytest.fixture
def client(server: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=server, timeout=30) as client:
        yield client
