"""Rate limits for public endpoints: a counter per window in the shared cache."""

import functools
import hashlib
import ipaddress
import logging
from collections.abc import Callable
from typing import Any, Concatenate, ParamSpec

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import render
from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import NoScriptError, RedisError
from redis.retry import Retry

logger = logging.getLogger(__name__)

# Counts one more and begins the window with the first, in one command where Django's cache takes three.
COUNT = """
local count = redis.call('INCR', KEYS[1])
if count == 1 then redis.call('EXPIRE', KEYS[1], ARGV[1]) end
return count
"""
COUNT_DIGEST = hashlib.sha1(COUNT.encode(), usedforsecurity=False).hexdigest()
# A page that waits longer for its limit is worse than a page without one.
PATIENCE_SECONDS = 2.0

P = ParamSpec("P")


def client_address(request: HttpRequest) -> str:
    """The caller's IP address: the peer, or the hop in X-Forwarded-For that our own proxies vouch for."""
    peer = request.META.get("REMOTE_ADDR", "") or "0.0.0.0"  # noqa: S104 - a placeholder, nothing binds to it
    hops = [hop.strip() for hop in request.headers.get("X-Forwarded-For", "").split(",") if hop.strip()]
    count = settings.TRUSTED_PROXY_COUNT
    candidate = hops[-count] if count and len(hops) >= count else peer
    try:
        return str(ipaddress.ip_address(candidate))
    except ValueError:
        return "0.0.0.0"  # noqa: S104 - as above: a malformed hop shares one bucket


def is_over_limit(name: str, key: str, *, limit: int, seconds: int) -> bool:
    """Count one use of (name, key); True when this window of `seconds` has seen more than `limit`.

    Without a cache nothing is counted and nobody is stopped: a link in a mail must lead on all the same.
    """
    try:
        return _count(f"limit:{name}:{key}", seconds) > limit
    except (RedisError, OSError) as error:
        logger.warning("limits_not_counted name=%s error=%s", name, type(error).__name__)
    return False


def _count(bucket: str, seconds: int) -> int:
    """One use more of a bucket; how many that makes in its window. Raises RedisError and OSError."""
    store, name = _store(), cache.make_key(bucket)
    if store is None:
        cache.add(bucket, 0, seconds)
        return int(cache.incr(bucket))
    try:
        return int(store.evalsha(COUNT_DIGEST, 1, name, seconds))
    except NoScriptError:  # the server has begun anew, or was never asked
        return int(store.eval(COUNT, 1, name, seconds))


@functools.cache
def _store() -> Any:
    """The server behind the cache, for all threads of this process: tried again once, and not waited for.

    None where development goes without one and each process counts for itself.
    """
    address = settings.CACHES["default"].get("LOCATION")
    wait = {"socket_timeout": PATIENCE_SECONDS, "socket_connect_timeout": PATIENCE_SECONDS}
    return Redis.from_url(str(address), retry=Retry(NoBackoff(), 1), **wait) if address else None


def limited(
    name: str, *, limit: int, seconds: int, methods: tuple[str, ...] = ("POST",)
) -> Callable[
    [Callable[Concatenate[HttpRequest, P], HttpResponseBase]], Callable[Concatenate[HttpRequest, P], HttpResponseBase]
]:
    """Answer 429 with a friendly page when one address calls a view more often than that."""

    def decorate(
        view: Callable[Concatenate[HttpRequest, P], HttpResponseBase],
    ) -> Callable[Concatenate[HttpRequest, P], HttpResponseBase]:
        @functools.wraps(view)
        def wrapper(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            if request.method in methods and is_over_limit(name, client_address(request), limit=limit, seconds=seconds):
                context: dict[str, Any] = {"seconds": seconds}
                response = render(request, "429.html", context, status=429)
                response.headers["Retry-After"] = str(seconds)
                return response
            return view(request, *args, **kwargs)

        return wrapper

    return decorate
