"""A headless Chromium, driven over the DevTools protocol through a pipe: no port, no other library."""

from __future__ import annotations

import asyncio
import base64
import itertools
import json
import os
import sys
import tempfile
from pathlib import Path
from typing import Any, Self

from tests.browser.install import installed

__all__ = ["Chromium", "Page"]

ARGUMENTS = [
    "--headless=shell",
    "--no-sandbox",
    "--no-zygote",
    "--disable-setuid-sandbox",
    "--in-process-gpu",
    "--use-gl=angle",
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--hide-scrollbars",
    "--no-first-run",
    "--remote-debugging-pipe",
]

_EXEC = """
import fcntl, os, sys
to_read, to_write = (fcntl.fcntl(int(fd), fcntl.F_DUPFD, 10) for fd in sys.argv[1:3])
os.dup2(to_read, 3)
os.dup2(to_write, 4)
os.execv(sys.argv[3], sys.argv[3:])
"""
"""Chromium reads commands from descriptor 3 and writes answers to 4."""


class Chromium:
    """``async with Chromium() as browser: page = await browser.open(url)``."""

    async def __aenter__(self) -> Self:
        place = await asyncio.to_thread(installed)
        self._folder = tempfile.TemporaryDirectory(prefix="aiocql-browser-", ignore_cleanup_errors=True)
        to_read, self._to = os.pipe()
        self._from, to_write = os.pipe()
        environment = os.environ | {
            "LD_LIBRARY_PATH": str(place / "lib"),
            "FONTCONFIG_PATH": str(place),
            "HOME": self._folder.name,
        }
        self._process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-c",
            _EXEC,
            str(to_read),
            str(to_write),
            str(place / "chromium"),
            *ARGUMENTS,
            f"--user-data-dir={self._folder.name}",
            "about:blank",
            env=environment,
            pass_fds=(to_read, to_write),
            stderr=asyncio.subprocess.DEVNULL,
        )
        os.close(to_read)
        os.close(to_write)
        self._numbers = itertools.count(1)
        self._waiting: dict[int, asyncio.Future[Any]] = {}
        self._reader = asyncio.StreamReader(limit=2**26)
        loop = asyncio.get_running_loop()
        self._transport, _ = await loop.connect_read_pipe(
            lambda: asyncio.StreamReaderProtocol(self._reader), os.fdopen(self._from, "rb", buffering=0)
        )
        self._reading = asyncio.create_task(self._read())
        return self

    async def _read(self) -> None:
        while True:
            message = json.loads((await self._reader.readuntil(b"\0"))[:-1])
            waiter = self._waiting.pop(message.get("id"), None)
            if waiter is not None and not waiter.done():
                if "error" in message:
                    waiter.set_exception(RuntimeError(message["error"]["message"]))
                else:
                    waiter.set_result(message["result"])

    async def call(self, method: str, session: str | None = None, **parameters: Any) -> Any:
        """One command of the protocol."""
        number = next(self._numbers)
        message: dict[str, Any] = {"id": number, "method": method, "params": parameters}
        if session is not None:
            message["sessionId"] = session
        self._waiting[number] = asyncio.get_running_loop().create_future()
        os.write(self._to, json.dumps(message).encode() + b"\0")
        async with asyncio.timeout(120):
            return await self._waiting[number]

    async def open(self, url: str, width: int = 1280, height: int = 900) -> Page:
        """A page that shows `url`."""
        target = await self.call("Target.createTarget", url=url, width=width, height=height)
        attached = await self.call("Target.attachToTarget", targetId=target["targetId"], flatten=True)
        return Page(self, attached["sessionId"])

    async def __aexit__(self, *_: object) -> None:
        self._reading.cancel()
        await asyncio.gather(self._reading, return_exceptions=True)
        if self._process.returncode is None:
            self._process.kill()
        await self._process.wait()
        self._transport.close()
        os.close(self._to)
        self._folder.cleanup()
        await asyncio.sleep(0)


class Page:
    """A page that is open."""

    def __init__(self, browser: Chromium, session: str) -> None:
        self._browser = browser
        self._session = session

    async def evaluate(self, script: str) -> Any:
        """What a JavaScript expression gives; raises what it throws."""
        answer = await self._browser.call(
            "Runtime.evaluate", self._session, expression=script, returnByValue=True, awaitPromise=True
        )
        if "exceptionDetails" in answer:
            raise RuntimeError(answer["exceptionDetails"]["exception"].get("description", "an exception"))
        return answer["result"].get("value")

    async def until(self, script: str, timeout: float = 30.0) -> None:
        """Waits until a JavaScript expression is true."""
        # A page that is still being loaded has no body.
        async with asyncio.timeout(timeout):
            while not await self.evaluate(f"!!document.body && ({script})"):  # noqa: ASYNC110
                await asyncio.sleep(0.05)

    async def text(self, selector: str) -> str:
        """The text of an element."""
        found: str = await self.evaluate(f"document.querySelector({json.dumps(selector)}).textContent")
        return found

    async def screenshot(self, path: Path) -> None:
        """A picture of the whole page, as PNG."""
        answer = await self._browser.call(
            "Page.captureScreenshot", self._session, format="png", captureBeyondViewport=True
        )
        await asyncio.to_thread(path.write_bytes, base64.b64decode(answer["data"]))
