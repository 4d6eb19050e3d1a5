"""Counting who calls how often."""

from django.core.cache import cache
from redis.exceptions import ConnectionError as NoCache

from core.limits import is_over_limit


def test_uses_beyond_the_limit_are_over_it():
    cache.clear()

    assert [is_over_limit("try", "anna", limit=2, seconds=60) for _use in range(3)] == [False, False, True]
    assert not is_over_limit("try", "bill", limit=2, seconds=60)


def test_without_a_cache_nobody_is_stopped(monkeypatch, caplog):
    def gone(*_values):
        raise NoCache("connection refused")

    monkeypatch.setattr("core.limits.cache.add", gone)

    assert not is_over_limit("click", "203.0.113.7", limit=0, seconds=60)
    assert "limits_not_counted name=click" in caplog.text
