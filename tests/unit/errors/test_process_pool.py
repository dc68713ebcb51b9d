"""Errors of sessions in a process pool reach the process that waits for them."""

from __future__ import annotations

import subprocess
import sys

PROGRAM = """
import asyncio, multiprocessing, socket
from concurrent.futures import ProcessPoolExecutor

import aiocql


async def ask(port):
    async with aiocql.connect("127.0.0.1", port=port):
        print("somebody listens")


def work(port):
    asyncio.run(ask(port))


with socket.socket() as bound:
    bound.bind(("127.0.0.1", 0))  # does not listen: connections are refused
    port = bound.getsockname()[1]
    with ProcessPoolExecutor(1, multiprocessing.get_context("fork")) as pool:
        error = pool.submit(work, port).exception()
    print(type(error).__name__, list(error.errors) == [f"127.0.0.1:{port}"], "refused" in str(error))
"""


def test_error_leaves_a_process_pool_with_its_hosts() -> None:
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "NoHostAvailable True True"
