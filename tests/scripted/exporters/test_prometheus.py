"""Scrapes are read back with the Prometheus client's own parser; dashboard and alerts name only what is exported."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable

import pytest
import yaml
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.openmetrics.exposition import generate_latest as generate_openmetrics
from prometheus_client.openmetrics.parser import text_string_to_metric_families as openmetrics_families
from prometheus_client.parser import text_string_to_metric_families
from tests.scripted.in_memory import in_memory
from tests.scripted.scripted_sessions import SELECT, three_nodes

import aiocql
from aiocql.exporters import grafana
from aiocql.exporters.prometheus import SessionCollector


@in_memory
async def test_a_scrape_has_what_happened() -> None:
    async with three_nodes() as (_, session):
        limited = session.rate_limited(max_concurrent=10)
        for i in range(29):
            await limited.execute(SELECT, [i])
        with pytest.raises(aiocql.Error):
            await session.execute("NO SUCH STATEMENT")
        registry = CollectorRegistry()
        registry.register(SessionCollector(session, session_name="shop"))
        samples = parsed(generate_latest(registry).decode())
        assert list(openmetrics_families(generate_openmetrics(registry).decode()))
        outcomes = {labels["outcome"]: value for labels, value in samples["cassandra_client_requests_total"]}
        assert outcomes == {"completed": 29, "failed": 1, "cancelled": 0}
        assert all(labels["session"] == "shop" for found in samples.values() for labels, _ in found)
        assert len(samples["cassandra_client_connections"]) == 3
        assert sum(value for _, value in samples["cassandra_client_connections"]) == 3
        responses = sum(host.responses for host in session.stats().hosts)
        assert sum(value for _, value in samples["cassandra_client_responses_total"]) == responses
        assert samples["cassandra_client_throttle_admitted_total"][0][1] == 29
        assert samples["cassandra_client_request_duration_seconds_count"][0][1] == 29
        counts = [value for _, value in samples["cassandra_client_request_duration_seconds_bucket"]]
        assert counts == sorted(counts)
        assert counts[-1] == 29
        assert (
            sum(value for _, value in samples["cassandra_client_attempt_duration_seconds_count"]) == responses
        )


def parsed(text: str) -> dict[str, list[tuple[dict[str, str], float]]]:
    samples: dict[str, list[tuple[dict[str, str], float]]] = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            samples.setdefault(sample.name, []).append((sample.labels, sample.value))
    return samples


@in_memory
async def test_dashboard_and_alerts_name_metrics_and_labels_that_are_exported() -> None:
    async with three_nodes() as (_, session):
        with pytest.raises(aiocql.Error):
            await session.execute("NO SUCH STATEMENT")
        registry = CollectorRegistry()
        registry.register(SessionCollector(session))
        samples = parsed(generate_latest(registry).decode())
    labels = {name: set(found[0][0]) for name, found in samples.items()}
    found = list(expressions())
    assert len(found) > 20
    used = set()
    for expression in found:
        check_expression(expression, labels)
        used |= set(re.findall(r"cassandra_client_\w+", expression))
    exported = {re.sub("_(bucket|sum|count)$", "", name) for name in labels if not name.endswith("_created")}
    assert {re.sub("_bucket$", "", name) for name in used} <= exported


def expressions() -> Iterable[str]:
    dashboard = json.loads(grafana.read("dashboard.json"))
    for panel in dashboard["panels"]:
        for target in panel["targets"]:
            yield target["expr"]
    for variable in dashboard["templating"]["list"]:
        yield variable["definition"]
    for group in yaml.safe_load(grafana.read("alerts.yml"))["groups"]:
        for rule in group["rules"]:
            yield rule["expr"]


def check_expression(expression: str, labels: dict[str, set[str]]) -> None:
    """Metrics exist, selectors and groupings use their labels, counters are rated, histograms keep `le`."""
    assert expression.count("(") == expression.count(")")
    for name, selector in re.findall(r"(cassandra_client_\w+)(\{[^}]*\})?", expression):
        assert name in labels, f"{name} is not exported"
        assert set(re.findall(r"(\w+)\s*=", selector)) <= labels[name], expression
        is_counter = name.endswith(("_total", "_bucket"))
        rated = re.search(rf"rate\({name}(\{{[^}}]*\}})?\[", expression) is not None
        assert is_counter == rated, f"{name} in {expression}"
    if "histogram_quantile" in expression:
        assert re.search(r"by \([^)]*\ble\b", expression), expression
    names = re.findall(r"cassandra_client_\w+", expression)
    for grouping in re.findall(r"by \(([^)]*)\)", expression):
        asked = {label.strip() for label in grouping.split(",")} - {"job", "instance"}
        assert asked <= set.union(*(labels[name] for name in names)), expression


def test_a_wrong_expression_is_found() -> None:
    labels = {"cassandra_client_x_total": {"session"}, "cassandra_client_y_bucket": {"session", "le"}}
    check_expression("sum by (session) (rate(cassandra_client_x_total[5m]))", labels)
    for wrong in (
        "rate(cassandra_client_z_total[5m])",
        "cassandra_client_x_total",
        'rate(cassandra_client_x_total{host="a"}[5m])',
        "histogram_quantile(0.9, sum by (session) (rate(cassandra_client_y_bucket[5m])))",
        "sum by (host) (rate(cassandra_client_x_total[5m]))",
    ):
        with pytest.raises(AssertionError):
            check_expression(wrong, labels)
