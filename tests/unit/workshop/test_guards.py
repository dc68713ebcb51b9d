"""The runner of async tests and the guards do catch what they are for."""

from __future__ import annotations

from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]

GOOD = """
import asyncio, contextlib, pytest

@pytest.fixture
async def number():
    await asyncio.sleep(0)
    return 41

@pytest.fixture
async def served(number):
    loop = asyncio.get_running_loop()
    server = await asyncio.start_server(lambda r, w: w.close(), "127.0.0.1", 0)
    yield loop, number + 1, server.sockets[0].getsockname()
    server.close()
    await server.wait_closed()

@pytest.fixture(scope="module")
def shared_file(tmp_path_factory):
    with open(tmp_path_factory.mktemp("m") / "f", "w") as f:
        yield f

async def test_fixtures_share_the_loop_of_the_test(served):
    assert served[0] is asyncio.get_running_loop()
    assert served[1] == 42
    reader, writer = await asyncio.open_connection(*served[2])
    assert await reader.read() == b""
    writer.close()
    await writer.wait_closed()

async def test_child_processes_that_ended():
    for _ in range(5):
        child = await asyncio.create_subprocess_exec("/bin/true")
        assert await child.wait() == 0

@pytest.mark.parametrize("n", [1, 2])
async def test_parameters(n):
    assert n in (1, 2)

def test_what_a_wider_fixture_opens_is_its_own(shared_file):
    assert not shared_file.closed

def test_and_the_next_test_still_sees_it(shared_file):
    assert not shared_file.closed

class TestMethods:
    async def test_in_a_class(self):
        assert self is not None
"""

BAD = """
import asyncio, gc, os, socket, threading, warnings, pytest

KEPT = []

async def test_leaked_task():
    KEPT.append(asyncio.create_task(asyncio.Event().wait(), name="the-leaked-one"))

async def boom():
    raise LookupError("nobody looked")

async def test_task_exception_never_retrieved():
    asyncio.create_task(boom())
    await asyncio.sleep(0)

async def test_callback_raises():
    def callback():
        raise LookupError("in a callback")
    asyncio.get_running_loop().call_soon(callback)
    await asyncio.sleep(0)

async def test_unclosed_transport():
    left, right = socket.socketpair()
    right.close()
    loop = asyncio.get_running_loop()
    transport, _ = await loop.create_connection(asyncio.Protocol, sock=left)
    transport.pause_reading()

def test_socket_left_open():
    KEPT.append(socket.socket())

def test_socket_dropped():
    cycle = [socket.socket()]
    cycle.append(cycle)

def test_descriptor_left_open():
    KEPT.append(os.open("/dev/null", os.O_RDONLY))

def test_thread_left_running():
    event = threading.Event()
    KEPT.append(event)
    threading.Thread(target=event.wait, name="the-thread", daemon=True).start()

def test_exception_in_a_thread():
    thread = threading.Thread(target=lambda: 1 / 0)
    thread.start()
    thread.join()

def test_exception_in_a_finalizer():
    class Bad:
        def __del__(self):
            raise LookupError("in a finalizer")
    Bad()

async def test_coroutine_never_awaited():
    boom()

async def test_warning():
    warnings.warn("old", DeprecationWarning)

@pytest.mark.timeout(1)
async def test_never_ends():
    await asyncio.Event().wait()

async def test_fails_by_itself():
    assert False

def test_innocent_neighbour():
    assert True
"""

CAUGHT = {
    "leaked_task": "the-leaked-one",
    "task_exception_never_retrieved": "never retrieved: LookupError: nobody looked",
    "callback_raises": "LookupError: in a callback",
    "unclosed_transport": "unclosed transport",
    "socket_left_open": "left open:",
    "socket_dropped": "ResourceWarning: unclosed <socket",
    "descriptor_left_open": "/dev/null",
    "thread_left_running": "thread 'the-thread'",
    "exception_in_a_thread": "ZeroDivisionError",
    "exception_in_a_finalizer": "LookupError: in a finalizer",
    "coroutine_never_awaited": "was never awaited",
    "warning": "DeprecationWarning: old",
    "never_ends": "not done after 0.8 s",
    "fails_by_itself": "assert False",
}


def run(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, text: str) -> tuple[dict[str, int], str]:
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    path = pytester.makepyfile(text)
    plugins = ("-p", "tests.plugins.async_tests", "-p", "tests.plugins.guards")
    result = pytester.runpytest_subprocess(*plugins, "-p", "no:cacheprovider", "-W", "error", "-q", path)
    return result.parseoutcomes(), result.stdout.str()


def test_async_tests_and_fixtures(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    outcomes, text = run(pytester, monkeypatch, GOOD)
    assert outcomes == {"passed": 7}, text


def test_everything_left_behind_fails_the_test_that_left_it(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, text = run(pytester, monkeypatch, BAD)
    sections = text.split("\n____")
    for name, sign in CAUGHT.items():
        [section] = [part for part in sections if f" test_{name} ____" in part]
        assert sign in section, f"{name}: {section}"
    assert "test_innocent_neighbour" not in text
