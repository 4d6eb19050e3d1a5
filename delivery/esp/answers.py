"""What a provider's answer means. Only an answer that says no is a no; silence after the request is Ambiguous."""

import json
import math
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from typing import Any

import requests
from anymail.exceptions import AnymailAPIError, AnymailError, AnymailRecipientsRefused
from urllib3.exceptions import MaxRetryError, NameResolutionError, NewConnectionError

from channels.transports.outcomes import (
    Accepted,
    Ambiguous,
    NotAttempted,
    RefusalKind,
    Rejected,
    RetryAfter,
    TransportUnavailable,
)
from core.clock import now
from delivery.esp.amazon import answered_by_amazon, unanswered_by_amazon
from delivery.esp.blame import Told, blamed, line

# Keys, plans and addresses of the API: waiting does not help, a person has to mend them.
_SETTINGS = frozenset({401, 402, 403, 404, 405, 410})
_LATER = frozenset({425, 429, 503})
_LONGEST_SECONDS = 3600


def outcome_of_status(status: Any) -> Told:
    """What anymail read from an answer it did not stumble over; only "sent" and "queued" are a yes."""
    told = {recipient.status for recipient in status.recipients.values()}
    response = status.esp_response if isinstance(status.esp_response, requests.Response) else None
    if response is not None and (response.status_code >= 300 or response.history):
        return _answered(None, response)
    if told and told <= {"failed", "rejected", "invalid"}:
        return Rejected(0, "", _words(response) if response is not None else "", RefusalKind.OTHER), None
    identifier = status.message_id
    chosen = next(iter(sorted(map(str, identifier))), "") if isinstance(identifier, set) else str(identifier or "")
    if not chosen and response is not None:
        # SendGrid says its own id beside an empty answer. Whoever says none has not understood what we want.
        chosen = response.headers.get("X-Message-Id", "")
        return (Accepted(chosen, ""), None) if chosen else _answered(None, response)
    return Accepted(chosen, ""), None


def outcome_of(error: AnymailError) -> Told:
    """The outcome, and the trouble where the provider as a whole cannot be used."""
    response = getattr(error, "response", None)
    if isinstance(response, Mapping):
        return answered_by_amazon(response)
    if response is not None:
        return _answered(error, response)
    if isinstance(error, requests.RequestException):
        return _unanswered(error)
    if isinstance(error, AnymailAPIError):
        return unanswered_by_amazon(error.__cause__)
    # What anymail finds out by itself: nothing was sent yet.
    return Rejected(0, "", line(str(error)), RefusalKind.CONTENT), None


def _unanswered(error: Any) -> Told:
    words = "The provider cannot be reached."
    if _was_never_written(error.__cause__ or error):
        return NotAttempted(words), TransportUnavailable(words, is_configuration=False)
    words = "The provider did not answer."
    return Ambiguous(words), TransportUnavailable(words, is_configuration=False)


def _was_never_written(error: BaseException) -> bool:
    """True when there was no connection to write the request to."""
    if isinstance(error, requests.exceptions.ConnectTimeout | requests.exceptions.SSLError):
        return True
    inner = error.args[0] if error.args else None
    reason = inner.reason if isinstance(inner, MaxRetryError) else inner
    return isinstance(reason, NewConnectionError | NameResolutionError)


def _answered(error: AnymailError | None, response: requests.Response) -> Told:
    code, words = response.status_code, _words(response)
    if isinstance(error, AnymailRecipientsRefused):
        # Their own list of dead addresses: why it is on it is theirs to tell, so nobody is blocked here.
        return Rejected(code, "", words, RefusalKind.OTHER), None
    if code < 300 or response.history:
        # Not the API we meant: a page for people, or another address after a redirect. Perhaps it was taken.
        words = f"The address of the API answers with something else: {words}"[:300]
        return Ambiguous(words), TransportUnavailable(words, is_configuration=True)
    if code in _SETTINGS:
        return NotAttempted(words), TransportUnavailable(f"{code} {words}", is_configuration=True)
    if code in _LATER:
        return RetryAfter(_seconds(response), code, "", words, RefusalKind.THROTTLED), None
    if code == 413:
        return Rejected(code, "", words, RefusalKind.CONTENT), None
    if 400 <= code < 500 and code != 408:
        return Rejected(code, "", words, blamed(words)), None
    # A gateway that gave up may have handed the message on before.
    return Ambiguous(f"{code} {words}"), TransportUnavailable(f"{code} {words}", is_configuration=False)


def _words(response: requests.Response) -> str:
    """The sentence in a provider's answer; they all call it a little differently."""
    try:
        body = response.json()
    except (ValueError, json.JSONDecodeError):
        return line(response.text)
    found = _first(body, ("Message", "message", "ErrorMessage", "error"))
    return line(found or response.text)


def _first(body: Any, names: tuple[str, ...]) -> str:
    if isinstance(body, list):
        return next((text for item in body if (text := _first(item, names))), "")
    if not isinstance(body, dict):
        return ""
    own = next((str(body[name]) for name in names if isinstance(body.get(name), str)), "")
    return own or next((text for item in body.values() if (text := _first(item, names))), "")


def _seconds(response: requests.Response) -> int:
    """How long the provider asks us to wait, as seconds or as a time (RFC 9110 §10.2.3); 0 where it says nothing."""
    asked = response.headers.get("Retry-After", "").strip()
    if asked.isascii() and asked.isdecimal():
        return min(int(asked), _LONGEST_SECONDS)
    try:
        left = (parsedate_to_datetime(asked) - now()).total_seconds()
    except (TypeError, ValueError):
        return 0
    return min(max(0, math.ceil(left)), _LONGEST_SECONDS)
