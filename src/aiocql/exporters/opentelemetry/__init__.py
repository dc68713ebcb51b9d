"""OpenTelemetry: spans with true durations, and metrics, by the stable conventions for database clients.

::

    tracing = aiocql.exporters.opentelemetry.trace_session(session, sample=0.01)
    metering = aiocql.exporters.opentelemetry.meter_session(session)
    reader = PeriodicExportingMetricReader(DurationExporter(OTLPMetricExporter(), session))

Needs ``pip install 'aiocql[opentelemetry]'``. Statements are recorded without their literals, and values never.
"""

from aiocql.exporters.opentelemetry.durations import DurationExporter
from aiocql.exporters.opentelemetry.metrics import SessionMeter, meter_session
from aiocql.exporters.opentelemetry.spans import SpanMaker, trace_session

__all__ = ["DurationExporter", "SessionMeter", "SpanMaker", "meter_session", "trace_session"]
