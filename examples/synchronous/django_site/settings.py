"""Django settings: `CASSANDRA` holds what `aiocql.sync.connect` takes."""

import os

SECRET_KEY = "an example"
ALLOWED_HOSTS = ["*"]
ROOT_URLCONF = "examples.synchronous.django_site.urls"
INSTALLED_APPS = ["examples.synchronous.django_site.versions"]
USE_TZ = True

CASSANDRA = {
    "contact_points": os.environ.get("CASSANDRA_CONTACT_POINTS", "127.0.0.1").split(","),
    "options": {"request_timeout": 2.0, "application_name": "the example"},
}
