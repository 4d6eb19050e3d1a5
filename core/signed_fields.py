"""Values in an address that nobody but who has the key can have written: `?signed=…`.

The token is `BODY.MAC`: BODY the base64url of the JSON object of texts without padding, MAC the HMAC-SHA256 of BODY
with the key's own text, in lower-case hex, so that other systems can make such addresses as well (docs/flows.md).
Whatever else stands in the address may be added or left out without touching it.
"""

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from urllib.parse import quote

from core.crypto import signature

PARAMETER = "signed"
LONGEST = 4_000


def fields_key(of: bytes) -> str:
    """The key of one thing, 32 hex digits: it signs for that thing only."""
    return signature("signed fields", of, 16).hex()


def sign_fields(key: str, fields: Mapping[str, str]) -> str:
    """The token of these values."""
    text = json.dumps(dict(fields), ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    body = base64.urlsafe_b64encode(text.encode()).rstrip(b"=").decode()
    return f"{body}.{_mac(key, body)}"


def read_fields(key: str, token: str) -> dict[str, str]:
    """The values of a token that was made with this key; none of any other."""
    body, _point, given = token.partition(".")
    if len(token) > LONGEST or not token.isascii() or not hmac.compare_digest(given, _mac(key, body)):
        return {}
    try:
        found = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    except ValueError:
        return {}
    return {name: text for name, text in found.items() if isinstance(text, str)} if isinstance(found, dict) else {}


def with_fields(address: str, key: str, fields: Mapping[str, str]) -> str:
    """The address with the token in its query, before a fragment."""
    front, mark, fragment = address.partition("#")
    joint = "&" if "?" in front else "?"
    return f"{front}{joint}{PARAMETER}={quote(sign_fields(key, fields), safe='')}{mark}{fragment}"


def _mac(key: str, body: str) -> str:
    return hmac.new(key.encode(), body.encode(), hashlib.sha256).hexdigest()
