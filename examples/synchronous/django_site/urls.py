"""One page, and the address that a load balancer asks."""

from django.http import JsonResponse
from django.urls import path

from .versions.database import session


def version(request):
    row = session().execute("SELECT release_version FROM system.local").one()
    return JsonResponse({"version": row.release_version})


def health(request):
    status = session().health().status
    return JsonResponse({"status": status}, status=503 if status == "fail" else 200)


urlpatterns = [path("version", version), path("health", health)]
