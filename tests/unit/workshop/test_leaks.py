"""The plugin `leaks` sees a secret wherever a test lets it be seen, names the place, and does not show it itself."""

from __future__ import annotations

import base64
import random
from pathlib import Path

import pytest
from lab.ledger import Ledger
from tests.plugins.canary import MARK, PASSPHRASE, PASSWORD, VALUE, WRONG_PASSWORD, find, mask, value_of

ROOT = Path(__file__).parents[3]

TESTS = """
import asyncio, logging, os, sys, warnings
import pytest
from tests.plugins.canary import PASSWORD, VALUE
import aiocql
from aiocql.testing import MemoryLoop, ScriptedServer, run_virtual

LOG = logging.getLogger("aiocql.somewhere")

def test_logged():
    LOG.debug("authenticating with %s", PASSWORD)

def test_logged_in_a_traceback():
    try:
        raise LookupError(VALUE)
    except LookupError:
        LOG.exception("no value in this text")

def test_logged_beside_the_text():
    LOG.warning("no value in this text", extra={"bound": [VALUE]})

def test_logged_while_the_log_is_read(caplog):
    LOG.debug(PASSWORD)
    assert caplog.records == []

def test_logged_by_somebody_else():
    logging.getLogger("elsewhere").info(PASSWORD)

def test_printed():
    print(VALUE)

def test_printed_to_stderr():
    print(PASSWORD.encode().hex(), file=sys.stderr)

def test_printed_and_taken(capsys):
    print(VALUE)
    assert capsys.readouterr().out

def test_printed_by_a_child():
    child = os.fork()
    if child == 0:
        LOG.warning(PASSWORD)
        os._exit(0)
    os.waitpid(child, 0)

def test_warned():
    with pytest.warns(UserWarning):
        warnings.warn(VALUE)

def test_raised():
    with pytest.raises(LookupError):
        raise LookupError(VALUE)

def test_raised_as_the_cause():
    with pytest.raises(aiocql.Error):
        try:
            raise LookupError(PASSWORD)
        except LookupError as error:
            raise aiocql.InterfaceError("no secret in this text") from error

def test_written(tmp_path):
    (tmp_path / "report.html").write_text(f"<td>{VALUE}</td>")

def test_shown_by_a_session():
    async def main():
        async with ScriptedServer() as server, aiocql.connect(server.address, port=server.port) as session:
            session.set_profile(VALUE, {})
    run_virtual(main, loop_factory=MemoryLoop)

def test_said(record_property):
    record_property("seen", VALUE)

@pytest.fixture
def careless():
    yield
    LOG.info(PASSWORD)

def test_logged_by_a_fixture(careless):
    pass

def test_fails_by_itself():
    assert VALUE == "another"

@pytest.mark.shows_canary("print", "value")
def test_good_prints_what_it_wrote():
    print(VALUE)

@pytest.mark.shows_canary("print", "value")
def test_printed_another_than_it_may():
    print(PASSWORD)

def test_good_innocent_neighbour(tmp_path, capsys, caplog):
    print("nothing")
    (tmp_path / "file").write_bytes(bytes(range(256)))
    LOG.warning("nothing")
    with pytest.raises(LookupError):
        raise LookupError("nothing")
    assert len(caplog.records) == 1
"""

SAYS = {
    "logged": "a secret (password) can be seen in log: aiocql.somewhere",
    "logged_in_a_traceback": "a secret (value) can be seen in log",
    "logged_beside_the_text": "a secret (value) can be seen in log",
    "logged_while_the_log_is_read": "a secret (password) can be seen in log",
    "logged_by_somebody_else": "a secret (password) can be seen in log: elsewhere",
    "printed": "a secret (value) was printed",
    "printed_to_stderr": "a secret (part of a secret) was printed",
    "printed_and_taken": "a secret (value) can be seen in print",
    "printed_by_a_child": "a secret (password) was printed",
    "warned": "a secret (value) can be seen in warning: UserWarning",
    "raised": "a secret (value) can be seen in error: text of LookupError",
    "raised_as_the_cause": "a secret (password) can be seen in error: traceback of InterfaceError",
    "written": "a secret (value) can be seen in file: report.html",
    "shown_by_a_session": "a secret (value) can be seen in session: profiles",
    "said": "a secret (value) was printed",
    "logged_by_a_fixture": "a secret (password) can be seen in log",
    "fails_by_itself": "assert '<value>' == 'another'",
    "printed_another_than_it_may": "a secret (password) was printed",
}


def test_a_secret_is_seen_wherever_it_stands(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    path = pytester.makepyfile(TESTS)
    plugins = [
        word for name in ("async_tests", "guards", "leaks") for word in ("-p", f"tests.plugins.{name}")
    ]
    result = pytester.runpytest_subprocess(*plugins, "-p", "no:cacheprovider", "-q", path)
    text = result.stdout.str()
    sections = text.split("\n____")
    for name, says in SAYS.items():
        said = [part for part in sections if f" test_{name} ____" in part]
        assert says in "".join(said), f"{name}: {said}"
    assert "test_good" not in text
    assert not find(text), "it shows what it found"


@pytest.mark.parametrize("before", range(6))
def test_a_secret_is_known_in_other_writings(before: int) -> None:
    for after in ("", "?", "~~"):
        text = f"{'.' * before}{MARK}{after}".encode()
        for written in (text.decode(), text.hex(), text.hex().upper(), base64.b64encode(text).decode()):
            assert find(f"token {written} of somebody"), written
            assert MARK not in mask(written)
            assert not find(mask(written)), written


def test_each_secret_has_its_name() -> None:
    assert find(f"{PASSWORD} {WRONG_PASSWORD} {PASSPHRASE} {VALUE[:9]}") == [
        "passphrase",
        "password",
        "va",
        "wrong",
    ]
    assert mask(f"'{value_of(7)}'") == "'<value> of 7'"
    assert find(f"nothing of all {'x' * 100} that: 12:34:56") == []


def test_a_value_of_the_soak_is_known() -> None:
    ledger = Ledger(seed=random.randrange(2**31))
    long = [value for _, value in (ledger.next_value(k) for k in range(100)) if value.count("x") >= 4]
    assert len(long) > 50
    assert all(find(f"wrong: {value}") for value in long)
