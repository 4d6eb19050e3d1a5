"""Words of Rapport's own mail that nobody may read in the queue: codes, links that open something."""

import json
from collections.abc import Mapping
from typing import Any

from core.crypto import seal, unseal

SEALED = "sealed"


def seal_words(data: Mapping[str, Any]) -> dict[str, str]:
    """The words of a mail as they are kept: encrypted, so that neither the database nor a copy of it tells them."""
    return {SEALED: seal(json.dumps(dict(data)))}


def open_words(data: Mapping[str, Any] | None) -> dict[str, Any]:
    """The words of a mail, sealed or not; none where another SECRET_KEY sealed them."""
    kept = dict(data or {})
    if SEALED not in kept:
        return kept
    found: dict[str, Any] = json.loads(unseal(str(kept[SEALED])) or "{}")
    return found
