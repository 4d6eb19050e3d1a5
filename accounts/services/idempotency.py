"""Forgetting the answers kept for repeated API requests."""

import datetime as dt

from accounts.models import IdempotencyRecord
from core.clock import now


def forget_old_answers() -> None:
    """Drop records older than a day; a tick job."""
    IdempotencyRecord.objects.filter(created_at__lt=now() - dt.timedelta(hours=24)).delete()
