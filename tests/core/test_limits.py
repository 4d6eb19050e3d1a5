"""Counting who calls how often."""

from django.core.cache import cache
from redis.exceptions import ConnectionError as NoCache

from core.limits import is_over_limit


def test_uses_beyond_the_limit_are_over_it():
    cache.clear()

    assert [is_over_limit("try", "anna", limit=2, seconds=60) for _use in range(3)] == [False, False, True]
    assert not is_over_limit("try", "bill", limit=2, seconds=60)


def test_without_a_cache_nobody_is_stopped(monkeypatch, caplog):
    class Gone:
        def evalsha(self, *_values):
            raise NoCache("connection refused")

    monkeypatch.setattr("core.limits._store", Gone)

    assert not is_over_limit("click", "203.0.113.7", limit=0, seconds=60)
    assert "limits_not_counted name=click" in caplog.text


def test_window_begins_with_the_first_use_and_ends():
    is_over_limit("try", "cleo", limit=1, seconds=60)
    is_over_limit("try", "cleo", limit=1, seconds=900)

    assert 0 < cache._cache.get_client().ttl(cache.make_key("limit:try:cleo")) <= 60


def test_cache_that_forgot_how_to_count_is_told_again():
    is_over_limit("try", "dora", limit=1, seconds=60)
    cache._cache.get_client().script_flush()

    assert is_over_limit("try", "dora", limit=1, seconds=60)


def test_without_a_server_the_process_counts_for_itself(monkeypatch):
    monkeypatch.setattr("core.limits._store", lambda: None)

    assert [is_over_limit("try", "emil", limit=1, seconds=60) for _use in range(2)] == [False, True]
