"""For machines: is the process alive, can it serve, and a few figures in Prometheus' text format."""

import ipaddress
import logging
import secrets

from django.core.cache import cache
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

logger = logging.getLogger(__name__)

_migrated: set[str] = set()

FIGURES = """
SELECT 'rapport_messages', 'status="' || status || '"', count(*)::float
FROM delivery_message WHERE status IN ('pending', 'claimed', 'sending') GROUP BY status
UNION ALL
SELECT 'rapport_dispatches', 'status="' || status || '"', count(*) FROM delivery_dispatch
WHERE status IN ('running', 'paused') GROUP BY status
UNION ALL
SELECT 'rapport_event_handlers', 'status="' || status || '"', count(*) FROM events_handlerrun
WHERE status = 'pending' GROUP BY status
UNION ALL
SELECT 'rapport_heartbeat_age_seconds', 'process="' || name || '"', extract(epoch FROM now() - seen_at)
FROM core_heartbeat
"""
MEANINGS = {
    "rapport_messages": "Messages that are not settled yet.",
    "rapport_dispatches": "Campaigns on their way, running or paused.",
    "rapport_event_handlers": "Events that a handler has still to see.",
    "rapport_heartbeat_age_seconds": "Seconds since a background process was last seen working.",
}


@never_cache
@require_safe
def alive(request: HttpRequest) -> HttpResponse:
    """`/healthz`: 200 as long as the process answers; looks at nothing else."""
    return _words("ok\n")


@never_cache
@require_safe
def ready(request: HttpRequest) -> HttpResponse:
    """`/readyz`: 200 when database, its migrations and cache are there; else 503 with one line each."""
    missing = [line for line in (_database_trouble(), _cache_trouble()) if line]
    return _words("".join(f"{line}\n" for line in missing), 503) if missing else _words("ready\n")


@never_cache
@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """`/metrics`: for direct callers from private networks only; through a proxy, or from outside, 404."""
    if not _is_close(request):
        raise Http404
    with connection.cursor() as cursor:
        cursor.execute(FIGURES)
        rows = cursor.fetchall()
    lines = []
    for name, meaning in MEANINGS.items():
        lines += [f"# HELP {name} {meaning}", f"# TYPE {name} gauge"]
        lines += [f"{name}{{{labels}}} {value:g}" for row_name, labels, value in rows if row_name == name]
    response = _words("\n".join(lines) + "\n")
    response.headers["Content-Type"] = "text/plain; version=0.0.4; charset=utf-8"
    return response


def _is_close(request: HttpRequest) -> bool:
    if "X-Forwarded-For" in request.headers or "Forwarded" in request.headers:
        return False
    try:
        return ipaddress.ip_address(request.META.get("REMOTE_ADDR", "")).is_private
    except ValueError:
        return False


def _database_trouble() -> str:
    try:
        connection.ensure_connection()
        if "yes" not in _migrated:
            executor = MigrationExecutor(connection)
            if executor.migration_plan(executor.loader.graph.leaf_nodes()):
                return "database: migrations are missing, run manage.py migrate"
            _migrated.add("yes")
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError as error:
        logger.warning("readiness_database_failed error=%s", type(error).__name__)
        return "database: no answer"
    return ""


def _cache_trouble() -> str:
    word = secrets.token_hex(8)
    try:
        cache.set("readyz", word, 10)
        cache.get("readyz")
    except Exception as error:
        # Each cache backend has its own exceptions; whatever it is, the cache cannot be used.
        logger.warning("readiness_cache_failed error=%s", type(error).__name__)
        return "cache: no answer"
    return ""


def _words(text: str, status: int = 200) -> HttpResponse:
    return HttpResponse(text, status=status, content_type="text/plain; charset=utf-8")
