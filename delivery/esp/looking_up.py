"""Asking a provider whether it knows a message. Only a yes says something: a message may not be in its lists yet.

How each of them finds a message by an id of ours, and what it says (their published references):
Mailgun: GET /v3/{domain}/events?message-id=…, Postmark: GET /messages/outbound?metadata_…=…,
Mailjet: GET /v3/REST/message?CustomID=…, SendGrid: GET /v3/messages?query=… on unique_args (Email Activity, an extra
that is bought; without data for the EU region; six questions a minute). Brevo finds messages by an id of its own, which
the lost answer would have told, or by tags, of which each message would need one; Amazon SES by its own id alone.
"""

import uuid
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urljoin

import requests

from channels.providers import ProviderSettings
from delivery.esp.letters import METADATA

TIMEOUTS = (5, 10)
# Questions a minute that a provider answers, one less than it says.
A_MINUTE: Mapping[str, int] = {"sendgrid": 5}
_REFUSED = frozenset({401, 402, 403})


class LookUpRefused(Exception):
    """The account may not ask: its key is for sending only, or what it asks for was not bought."""


def can_look_up(account: ProviderSettings) -> bool:
    """Whether the provider can be asked about a single message."""
    return account.region in account.provider.answers_in


def is_known(account: ProviderSettings, *, public_id: uuid.UUID, message_id: str, recipient: str) -> bool:
    """True when the provider has the message. Silence and odd answers are no yes.

    Raises LookUpRefused when the account may not ask.
    """
    try:
        return _ASK[account.kind](account, str(public_id), message_id.strip("<>"), recipient)
    except requests.HTTPError as error:
        status = error.response.status_code if error.response is not None else 0
        if status in _REFUSED:
            raise LookUpRefused(str(status)) from error
        return False
    except (requests.RequestException, ValueError, KeyError, TypeError, AttributeError):
        return False


# What was asked for is looked for again in what came back, in case the question is not understood.
def _postmark(account: ProviderSettings, public_id: str, _message_id: str, _recipient: str) -> bool:
    found = _get(
        f"{account.api}messages/outbound",
        {"count": "1", "offset": "0", f"metadata_{METADATA}": public_id},
        headers={"X-Postmark-Server-Token": account.credentials[0], "Accept": "application/json"},
    )
    return any((one.get("Metadata") or {}).get(METADATA) == public_id for one in found["Messages"])


def _mailgun(account: ProviderSettings, _public_id: str, message_id: str, _recipient: str) -> bool:
    found = _get(
        f"{account.api}{account.domain}/events",
        {"message-id": message_id, "limit": "1"},
        auth=("api", account.credentials[0]),
    )
    return any(one["message"]["headers"]["message-id"] == message_id for one in found["items"])


def _mailjet(account: ProviderSettings, public_id: str, _message_id: str, _recipient: str) -> bool:
    # Messages are sent through version 3.1 of the API and listed by version 3.
    found = _get(
        urljoin(account.api, "../v3/REST/message"),
        {"CustomID": public_id, "ShowCustomID": "true", "Limit": "1"},
        auth=(account.credentials[0], account.credentials[1]),
    )
    return any(one["CustomID"] == public_id for one in found["Data"])


def _sendgrid(account: ProviderSettings, public_id: str, _message_id: str, recipient: str) -> bool:
    found = _get(
        f"{account.api}messages",
        {"query": f"(unique_args['{METADATA}']=\"{public_id}\")", "limit": "1"},
        headers={"Authorization": f"Bearer {account.credentials[0]}"},
    )
    # It does not repeat the argument, but says to whom the message went.
    return any(one["to_email"].lower() == recipient.lower() for one in found["messages"])


_ASK: Mapping[str, Callable[[ProviderSettings, str, str, str], bool]] = {
    "mailgun": _mailgun,
    "postmark": _postmark,
    "mailjet": _mailjet,
    "sendgrid": _sendgrid,
}


def _get(url: str, params: dict[str, str], **options: Any) -> Any:
    answer = requests.get(url, params=params, timeout=TIMEOUTS, allow_redirects=False, **options)
    answer.raise_for_status()
    return answer.json()
