"""Taking a batch as a sender process does, without asking anybody about it."""

import uuid

from django.db import transaction

from delivery import claims
from delivery.claims import Claimed


def take(dispatch: int | None, *, owner: uuid.UUID | None = None, limit: int = 100) -> Claimed:
    """Claim what is due and hold all of it, in one transaction."""
    with transaction.atomic():
        claimed = claims.claim_batch(dispatch=dispatch, limit=limit)
        held = claims.hold(owner=owner or uuid.uuid4(), tracked=dict.fromkeys(claimed.keys, False))
    assert held == set(claimed.keys)
    return claimed
