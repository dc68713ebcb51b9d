"""The session of this process: made at the first request; a forked server process connects anew."""

import functools

from django.conf import settings

import aiocql.sync


@functools.cache
def session() -> aiocql.sync.Session:
    return aiocql.sync.connect(*settings.CASSANDRA["contact_points"], **settings.CASSANDRA["options"])
