"""How somebody wants to be greeted and shown things."""

from typing import Any

from django.db import transaction

from accounts.models import User

CHANGEABLE = ("name", "language", "time_zone", "theme")


@transaction.atomic
def change_profile(*, user: User, changes: dict[str, Any]) -> list[str]:
    """Set the given fields (of name, language, time_zone, theme) and return the names of those that changed."""
    changed = [name for name in CHANGEABLE if name in changes and getattr(user, name) != changes[name]]
    for name in changed:
        setattr(user, name, changes[name])
    if changed:
        user.save(update_fields=changed)
    return changed
