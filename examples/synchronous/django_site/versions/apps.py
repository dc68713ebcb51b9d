"""The application: checks that the cluster answers before Django serves (`manage.py check --database default`)."""

from django.apps import AppConfig
from django.core import checks

import aiocql


class VersionsConfig(AppConfig):
    name = "examples.synchronous.django_site.versions"

    def ready(self):
        checks.register(cluster_answers, checks.Tags.database)


def cluster_answers(**_):
    from .database import session

    try:
        unhealthy = session().check_health(timeout=2).unhealthy
    except aiocql.Error as error:
        return [checks.Error(f"Cassandra cannot be reached: {error}", id="cassandra.E001")]
    return [
        checks.Warning(f"{each.host.endpoint} does not answer", id="cassandra.W001") for each in unhealthy
    ]
