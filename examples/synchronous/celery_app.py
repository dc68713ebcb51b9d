"""Celery with prefork: the parent may connect before it forks, since each worker process connects anew.

CASSANDRA_CONTACT_POINTS=127.0.0.1 celery --app examples.synchronous.celery_app worker --pool prefork
"""

import os

from celery import Celery
from celery.signals import worker_process_init, worker_process_shutdown

import aiocql.sync

app = Celery("examples", broker=os.environ.get("BROKER", "memory://"), backend=os.environ.get("BACKEND"))
session = None


@worker_process_init.connect
def connect(**_):
    """Connect when the worker process starts, so that its first task does not wait for it."""
    global session
    if session is None:
        session = aiocql.sync.connect()
        session.warm_up()


@worker_process_shutdown.connect
def disconnect(**_):
    global session
    if session is not None:
        session.close()
        session = None


@app.task
def version() -> str:
    return session.execute("SELECT release_version FROM system.local").one().release_version
