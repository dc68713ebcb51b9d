"""Scrapes are read back with the Prometheus client's own parser; dashboard and alerts name only what is exported."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
import yaml
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.openmetrics.exposition import generate_latest as generate_openmetrics
from prometheus_client.openmetrics.parser import text_string_to_metric_families as openmetrics_families
from prometheus_client.parser import text_string_to_metric_families
from tests.scripted.exporters.promql import check, check_labels, check_variable, interpolated, labels_of
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
        admitted = {labels["scope"]: n for labels, n in samples["cassandra_client_throttle_admitted_total"]}
        assert admitted == {"session": 0, "views": 29}
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
    exported = {name: set(found[0][0]) for name, found in samples.items()}
    dashboard = json.loads(grafana.read("dashboard.json"))
    variables = {}
    for variable in dashboard["templating"]["list"]:
        # What Grafana runs; `definition` is what it shows.
        query = variable["query"]["query"]
        assert query == variable["definition"]
        check_variable(interpolated(query, variables), exported)
        variables[variable["name"]] = ".+"
    asked = [
        interpolated(target["expr"], variables)
        for panel in dashboard["panels"]
        for target in panel["targets"]
    ]
    assert len(asked) > 20
    for rule in rules():
        asked.append(rule["expr"])
        for annotation in rule["annotations"].values():
            check_labels(annotation, rule["expr"], exported)
    for expression in asked:
        check(expression, exported)
    for panel in dashboard["panels"]:
        for target in panel["targets"]:
            shown = set(re.findall(r"\{\{\s*(\w+)\s*\}\}", target.get("legendFormat", "")))
            assert shown <= labels_of(interpolated(target["expr"], variables), exported), target


def rules() -> list[dict[str, Any]]:
    groups = yaml.safe_load(grafana.read("alerts.yml"))["groups"]
    return [rule for group in groups for rule in group["rules"]]


EXPORTED = {"x_total": {"session"}, "y_bucket": {"session", "le"}, "z": {"session", "host"}, "w": {"session"}}


@pytest.mark.parametrize(
    "right",
    [
        "sum by (session) (rate(x_total[5m])) > 0.5",
        "histogram_quantile(0.9, sum by (session, le) (rate(y_bucket[5m])))",
        'z{host=~"a|b"} == 0 and on (session) w',
        "sum without (host) (z) / w",
        "rate(x_total[5m]) > 0 or w > 0",
    ],
)
def test_a_right_expression(right: str) -> None:
    check(right, EXPORTED)


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ("sum(rate(x_total[5m])", "unclosed"),
        ("rate(w)", "expected type matrix"),
        ("rated(x_total[5m])", "unknown function"),
        ("rate(no_total[5m])", "not exported"),
        ("x_total", "a counter"),
        ("rate(w[5m])", "no counter"),
        ('rate(x_total{host="a"}[5m])', "no label"),
        ("histogram_quantile(0.9, sum by (session) (rate(y_bucket[5m])))", "no le"),
        ("sum by (host) (rate(x_total[5m]))", "no label"),
        ("sum by (host) (sum by (session) (z))", "no label"),
        ("z == 0 and w == 1", "nothing can match"),
    ],
)
def test_a_wrong_expression_is_found(wrong: str, why: str) -> None:
    with pytest.raises((AssertionError, ValueError), match=why):
        check(wrong, EXPORTED)


def test_what_annotations_and_variables_ask_for() -> None:
    check_labels("{{ $labels.host }} of {{ $labels.job }}", "z > 0", EXPORTED)
    check_variable("label_values(z, host)", EXPORTED)
    with pytest.raises(AssertionError):
        check_labels("{{ $labels.host }}", "sum by (session) (z) > 0", EXPORTED)
    with pytest.raises(AssertionError):
        check_labels("{{ $labels.host }}", "z > 0 or w > 0", EXPORTED)
    with pytest.raises(AssertionError):
        check_variable("label_values(w, host)", EXPORTED)
    with pytest.raises(AssertionError, match="no variable"):
        interpolated('z{host=~"$node"}', {"host": ".+"})
