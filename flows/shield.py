"""What keeps programs out without bothering people: an empty field, a moment's patience, and a proof of work.

The proof is ALTCHA's first protocol (altcha.org/docs): find the number below `maxnumber` whose SHA-256 with the salt
is the challenge. A browser without JavaScript answers a little sum instead. Each is signed, runs out, and counts once.
"""

import base64
import binascii
import hashlib
import hmac
import json
import secrets
import time
from collections.abc import Mapping
from typing import Any, Protocol

from django.core import signing
from django.core.cache import cache
from redis.exceptions import RedisError

from core.crypto import derived_key
from core.limits import is_over_limit

SECONDS = 1_800
LARGEST = 60_000
SUM_SALT = "flows.sum"
# With `adaptive` the first visitors of an hour from one address are not asked.
UNASKED_AN_HOUR = 10


class Sent(Protocol):
    """A form as it was sent."""

    def get(self, key: str, /) -> Any:
        """The last value of a field, None without one."""


def challenge() -> dict[str, Any]:
    """A new puzzle in ALTCHA's form."""
    salt = f"{secrets.token_hex(12)}?expires={int(time.time()) + SECONDS}"
    wanted = hashlib.sha256(f"{salt}{secrets.randbelow(LARGEST)}".encode()).hexdigest()
    signed = _signed(wanted)
    return {"algorithm": "SHA-256", "challenge": wanted, "maxnumber": str(LARGEST), "salt": salt, "signature": signed}


def is_solved(payload: str) -> bool:
    """Whether the text is the solution of a puzzle of ours that has not run out and was not used before."""
    try:
        given = json.loads(base64.b64decode(payload[:2_000], validate=True))
        salt, number = str(given["salt"]), int(given["number"])
        wanted, signed = str(given["challenge"]), str(given["signature"])
        expires = int(salt.rpartition("?expires=")[2])
    except (binascii.Error, ValueError, KeyError, TypeError, RecursionError):
        return False
    is_right = hmac.compare_digest(hashlib.sha256(f"{salt}{number}".encode()).hexdigest().encode(), wanted.encode())
    is_ours = hmac.compare_digest(_signed(wanted).encode(), signed.encode())
    return is_right and is_ours and expires > time.time() and _is_first_use(wanted)


def _signed(wanted: str) -> str:
    return hmac.new(derived_key("flow puzzle"), wanted.encode(), "sha256").hexdigest()


def _is_first_use(mark: str) -> bool:
    """Without a cache a solution can be used again until it runs out, which is better than nobody getting through."""
    try:
        return bool(cache.add(f"flow-puzzle:{mark}", 1, SECONDS))
    except (RedisError, OSError):
        return True


def little_sum() -> dict[str, Any]:
    """A sum for who has no JavaScript: two numbers to add, and the signed answer."""
    one, two = secrets.randbelow(8) + 2, secrets.randbelow(8) + 2
    token = signing.dumps([one + two, secrets.token_hex(8)], salt=SUM_SALT)
    return {"one": one, "two": two, "token": token}


def is_summed(answer: str, token: str) -> bool:
    """Whether the sum was added up rightly, in time, and for the first time."""
    try:
        right, mark = signing.loads(token[:500], salt=SUM_SALT, max_age=SECONDS)
    except (signing.BadSignature, ValueError, TypeError):
        return False
    return answer.strip() == str(right) and _is_first_use(str(mark))


def is_person(sent: Sent) -> bool:
    """Whether a form carries a solved puzzle or sum."""
    puzzle = str(sent.get("altcha") or "")
    if puzzle:
        return is_solved(puzzle)
    return is_summed(str(sent.get("sum") or ""), str(sent.get("sum_token") or ""))


def asks_for_proof(settings: Mapping[str, Any], address: str, flow: str) -> bool:
    """Whether who begins from this address has to prove that they are a person. Counts one beginning."""
    power = (settings.get("spam") or {}).get("pow", "adaptive")
    if power == "altcha":
        return True
    if power == "off":
        return False
    return is_over_limit("flow_unasked", f"{flow}:{address}", limit=UNASKED_AN_HOUR, seconds=3_600)


def is_too_many(settings: Mapping[str, Any], address: str, flow: str) -> bool:
    """Whether this address has begun the flow more often in this hour than it allows."""
    most = int((settings.get("spam") or {}).get("rate_per_ip_hour") or 0)
    return bool(most) and is_over_limit("flow_begun", f"{flow}:{address}", limit=most, seconds=3_600)


def is_program(settings: Mapping[str, Any], sent: Sent) -> bool:
    """Whether the field that people do not see was filled in."""
    return (settings.get("spam") or {}).get("honeypot", True) is not False and bool(sent.get("website"))


def is_too_quick(settings: Mapping[str, Any], seconds: float) -> bool:
    """Whether nobody can have read the first screen in this time."""
    return seconds < int((settings.get("spam") or {}).get("min_seconds") or 0)
