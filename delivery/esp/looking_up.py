"""Asking a provider whether it knows a message. Only a yes says something: a message may not be in its lists yet."""

import uuid
from typing import Any

import requests

from channels.providers import ProviderSettings
from delivery.esp.letters import METADATA

TIMEOUTS = (5, 10)


def can_look_up(account: ProviderSettings) -> bool:
    """Whether the provider can be asked about a single message."""
    return account.kind in {"mailgun", "postmark"}


def is_known(account: ProviderSettings, *, public_id: uuid.UUID, message_id: str) -> bool:
    """True when the provider has the message. Silence, refusals and odd answers are no yes, and nothing is raised."""
    try:
        if account.kind == "postmark":
            found = _get(
                f"{account.api}messages/outbound",
                {"count": "1", "offset": "0", f"metadata_{METADATA}": str(public_id)},
                headers={"X-Postmark-Server-Token": account.credentials[0], "Accept": "application/json"},
            )
            # Said again of what came back, in case the filter is not understood.
            return any((one.get("Metadata") or {}).get(METADATA) == str(public_id) for one in found["Messages"])
        wanted = message_id.strip("<>")
        found = _get(
            f"{account.api}{account.domain}/events",
            {"message-id": wanted, "limit": "1"},
            auth=("api", account.credentials[0]),
        )
        return any(one["message"]["headers"]["message-id"] == wanted for one in found["items"])
    except (requests.RequestException, ValueError, KeyError, TypeError, AttributeError):
        return False


def _get(url: str, params: dict[str, str], **options: Any) -> Any:
    answer = requests.get(url, params=params, timeout=TIMEOUTS, allow_redirects=False, **options)
    answer.raise_for_status()
    return answer.json()
