"""What an orchestrator and a monitoring system ask."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from aiocql.monitoring.health import HostHealth

from .database import Session

router = APIRouter(tags=["operations"])


@router.get("/health/live")
async def live(session: Session, response: Response) -> dict[str, Any]:
    """Whether the application can do anything at all, by what the driver knows: nothing is sent."""
    health = session.health()
    response.status_code = 200 if health else 503
    return health.as_dict()


@router.get("/health/ready")
async def ready(session: Session, response: Response) -> dict[str, Any]:
    """Asks every host, each by itself."""
    check = await session.check_health(timeout=2)
    response.status_code = 200 if check else 503
    return {
        "healthy": len(check.healthy),
        "unhealthy": len(check.unhealthy),
        "hosts": [told(each) for each in check.hosts],
    }


def told(health: HostHealth) -> dict[str, Any]:
    host = health.host
    said: dict[str, Any] = {"address": host.address, "datacenter": host.datacenter, "rack": host.rack}
    if health.latency is not None:
        said["latency_ms"] = round(health.latency * 1000, 3)
    if health.reason is not None:
        said["error"] = f"{type(health.reason).__name__}: {health.reason.message}"
    return said


@router.get("/metrics")
async def metrics() -> Response:
    """For Prometheus: whatever the process counts; the lifespan has registered the session."""
    return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)
