"""The application, as a client of it sees it."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

pytestmark = pytest.mark.cassandra

ADA = {"name": "Ada", "email": "ada@example.org", "age": 36}


def create(client: httpx.Client, **fields: object) -> dict[str, object]:
    response = client.post("/users", json={**ADA, **fields})
    assert response.status_code == 201, response.text
    user: dict[str, object] = response.json()
    return user


def test_a_user_is_created_and_read(client: httpx.Client) -> None:
    user = create(client)
    assert {name: user[name] for name in ADA} == ADA
    assert client.get(f"/users/{user['id']}").json() == user


def test_a_user_is_changed(client: httpx.Client) -> None:
    user = create(client)
    changed = client.patch(f"/users/{user['id']}", json={"age": 37})
    assert changed.json() == {**user, "age": 37}
    assert client.get(f"/users/{user['id']}").json() == {**user, "age": 37}


def test_a_user_is_deleted(client: httpx.Client) -> None:
    path = f"/users/{create(client)['id']}"
    assert client.delete(path).status_code == 204
    assert client.get(path).status_code == 404
    assert client.delete(path).status_code == 404
    assert client.patch(path, json={"age": 1}).status_code == 404


def test_who_is_not_there_is_not_found(client: httpx.Client) -> None:
    assert client.get(f"/users/{uuid4()}").status_code == 404
    assert client.get("/users/nobody").status_code == 422


@pytest.mark.parametrize("wrong", [{"name": ""}, {"email": "nobody"}, {"age": -1}, {"age": "old"}])
def test_what_is_no_user_is_refused(client: httpx.Client, wrong: dict[str, object]) -> None:
    assert client.post("/users", json={**ADA, **wrong}).status_code == 422


def test_quotes_and_comments_in_values_are_values(client: httpx.Client) -> None:
    evil = "Robert'); DROP TABLE users; -- %s ?"
    user = create(client, name=evil)
    assert client.get(f"/users/{user['id']}").json()["name"] == evil


def test_users_are_listed_page_by_page(client: httpx.Client) -> None:
    made = {create(client, name=f"user {n}")["id"] for n in range(7)}
    found, cursor, pages = set(), None, 0
    while True:
        page = client.get("/users", params={"limit": 3, **({"cursor": cursor} if cursor else {})}).json()
        assert len(page["users"]) <= 3
        found |= {user["id"] for user in page["users"]}
        cursor, pages = page["next"], pages + 1
        if cursor is None:
            break
    assert made <= found
    assert pages >= 3


def test_a_cursor_that_is_none_is_refused(client: httpx.Client) -> None:
    assert client.get("/users", params={"cursor": "x"}).status_code == 400
    assert client.get("/users", params={"cursor": "bm9uZQ=="}).status_code == 400


def test_all_users_are_streamed(client: httpx.Client) -> None:
    made = {create(client)["id"] for _ in range(5)}
    with client.stream("GET", "/users/stream") as response:
        assert response.headers["content-type"] == "application/x-ndjson"
        found = {json.loads(line)["id"] for line in response.iter_lines()}
    assert made <= found


def test_many_at_once(client: httpx.Client) -> None:
    with ThreadPoolExecutor(20) as pool:
        users = list(pool.map(lambda n: create(client, name=f"user {n}"), range(100)))
    assert len({user["id"] for user in users}) == 100


def test_liveness_is_known_without_asking(client: httpx.Client) -> None:
    said = client.get("/health/live").json()
    assert said["status"] == "pass"
    assert said["connections"] >= said["hosts_up"] == said["hosts_used"] >= 1


def test_readiness_asks_every_host(client: httpx.Client) -> None:
    said = client.get("/health/ready").json()
    assert said["unhealthy"] == 0
    assert said["healthy"] == len(said["hosts"])
    assert all(host["latency_ms"] > 0 for host in said["hosts"])


def test_metrics_are_what_prometheus_reads(client: httpx.Client) -> None:
    def metrics() -> dict[str, float]:
        found: dict[str, float] = {}
        for family in text_string_to_metric_families(client.get("/metrics").text):
            for sample in family.samples:
                found[sample.name] = found.get(sample.name, 0.0) + sample.value
        return found

    before = metrics()
    create(client)
    after = metrics()
    assert after["cassandra_client_requests_sent_total"] > before["cassandra_client_requests_sent_total"]
    assert "python_info" in after
