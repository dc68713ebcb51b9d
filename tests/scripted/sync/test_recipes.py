"""The examples of synchronous programs run, each in a process of its own where its framework wants one."""

from __future__ import annotations

import importlib
import json
import os
import subprocess
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

ROOT = Path(__file__).parents[3]
EXAMPLES = ROOT / "examples" / "synchronous"


def run(node: Any, *command: str, **environment: str) -> str:
    done = subprocess.run(
        [sys.executable, *command],
        env={**os.environ, "CASSANDRA_CONTACT_POINTS": node.where, **environment},
        cwd=ROOT, capture_output=True, text=True, timeout=90, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_script(node: Any) -> None:
    assert "runs Cassandra" in run(node, str(EXAMPLES / "script.py"), node.where)


@pytest.mark.parametrize("method", ["spawn", "fork"])
def test_pool_of_processes(node: Any, method: str) -> None:
    printed = run(node, str(EXAMPLES / "pool_of_processes.py"), node.where, method)
    assert printed == "10 reads, 1 version\n"


def test_notebook(node: Any, tmp_path: Path) -> None:
    script = (
        "import sys, nbclient, nbformat; book = nbformat.read(sys.argv[1], 4);"
        "nbclient.NotebookClient(book, timeout=60, kernel_name='python3').execute();"
        "print(*(o['text'].strip() for c in book.cells for o in c.get('outputs', ())), sep='; ')"
    )
    printed = run(node, "-c", script, str(EXAMPLES / "notebook.ipynb"), HOME=str(tmp_path))
    assert printed.strip() == "synchronous True; asynchronous True; in a cell that awaits 1"


FLASK = """
import json, sys
from examples.synchronous.flask_app import create_app
client = create_app(sys.argv[1]).test_client()
print(json.dumps([client.get(p).status_code for p in ("/version", "/health")] + [client.get("/health").json]))
"""


def test_flask(node: Any) -> None:
    assert json.loads(run(node, "-c", FLASK, node.where)) == [200, 200, {"status": "pass"}]


DJANGO = """
import json, os
os.environ["DJANGO_SETTINGS_MODULE"] = "examples.synchronous.django_site.settings"
import django
django.setup()
from django.core.management import call_command
from django.test import Client
call_command("check", databases=["default"])
client = Client()
print(json.dumps([client.get(p).status_code for p in ("/version", "/health")] + [client.get("/health").json()]))
"""


def test_django(node: Any) -> None:
    *_, last = run(node, "-c", DJANGO).splitlines()
    assert json.loads(last) == [200, 200, {"status": "pass"}]


CELERY = """
import json, sys, subprocess, time
from examples.synchronous.celery_app import app, version
folder = sys.argv[1]
settings = {
    "broker_url": "filesystem://", "result_backend": "file://" + folder + "/results",
    "broker_transport_options": {"data_folder_in": folder + "/q", "data_folder_out": folder + "/q",
                                 "control_folder": folder + "/control"},
}
app.conf.update(settings)
if len(sys.argv) > 2:
    app.worker_main(["worker", "--pool", "prefork", "--concurrency", "2", "--without-mingle", "--without-gossip"])
else:
    command = [sys.executable, "-c", open(folder + "/script").read(), folder, "worker"]
    worker = subprocess.Popen(command, stdout=sys.stderr)
    try:
        results = [version.delay() for _ in range(6)]
        print(json.dumps(len([result.get(timeout=60) for result in results])))
    finally:
        worker.terminate()
        assert worker.wait(30) == 0
"""


def test_celery(node: Any, tmp_path: Path) -> None:
    for name in ("q", "results", "control"):
        (tmp_path / name).mkdir()
    (tmp_path / "script").write_text(CELERY)
    assert run(node, "-c", CELERY, str(tmp_path)).splitlines()[-1] == "6"


def test_airflow_hook(node: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """With a stand-in for Airflow's base class, which itself needs an installation of Airflow."""
    connection = SimpleNamespace(
        host="127.0.0.1", port=node.server.port, login=None, schema=None, extra_dejson={"request_timeout": 3.0}
    )  # fmt: skip
    bases = ModuleType("airflow.sdk.bases.hook")
    bases.BaseHook = type("BaseHook", (), {"get_connection": lambda self, name: connection})  # type: ignore[attr-defined]
    for name in ("airflow", "airflow.sdk", "airflow.sdk.bases"):
        monkeypatch.setitem(sys.modules, name, ModuleType(name))
    monkeypatch.setitem(sys.modules, "airflow.sdk.bases.hook", bases)
    hooks = importlib.import_module("examples.synchronous.airflow_hook")
    hook = hooks.AiocqlHook("my_cluster")
    assert hook.test_connection() == (True, "connected to Scripted Cluster")
    with hook.get_conn() as session:
        assert session.execute("SELECT key FROM system.local").one() is not None
    connection.port = 1
    assert hook.test_connection()[0] is False
