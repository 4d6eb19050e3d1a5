"""Pages for machines."""

import datetime as dt

import pytest
from django.core.cache import cache

from core.clock import now
from core.models import Heartbeat
from dashboard import health


def test_alive_looks_at_nothing(client, db, django_assert_num_queries):
    with django_assert_num_queries(0):
        response = client.get("/healthz")
    assert (response.status_code, response.content) == (200, b"ok\n")


def test_ready_when_database_and_cache_answer(client, db):
    response = client.get("/readyz")
    assert (response.status_code, response.content) == (200, b"ready\n")


def test_not_ready_without_the_cache(client, db, monkeypatch):
    monkeypatch.setattr(cache, "set", lambda *args: (_ for _ in ()).throw(OSError("gone")))
    response = client.get("/readyz")
    assert (response.status_code, response.content) == (503, b"cache: no answer\n")


def test_not_ready_before_migrations(client, db, monkeypatch):
    monkeypatch.setattr(health, "_migrated", set())
    monkeypatch.setattr(health.MigrationExecutor, "migration_plan", lambda self, targets: ["one"])
    response = client.get("/readyz")
    assert response.status_code == 503
    assert b"migrations are missing" in response.content


def test_metrics_tell_the_age_of_the_heartbeat(client, db):
    Heartbeat.objects.create(name="worker", seen_at=now() - dt.timedelta(seconds=30))
    lines = client.get("/metrics").content.decode().splitlines()
    (line,) = [line for line in lines if line.startswith("rapport_heartbeat_age_seconds{")]
    assert 29 < float(line.rpartition(" ")[2]) < 35
    assert 'process="worker"' in line


@pytest.mark.parametrize(
    "extra", [{"REMOTE_ADDR": "8.8.8.8"}, {"HTTP_X_FORWARDED_FOR": "10.0.0.1"}, {"REMOTE_ADDR": "nonsense"}]
)
def test_metrics_are_not_for_the_outside(client, db, extra):
    assert client.get("/metrics", **extra).status_code == 404


@pytest.mark.parametrize("address", ["/healthz", "/readyz", "/metrics"])
def test_machines_only_read(client, db, address):
    assert client.post(address).status_code == 405
