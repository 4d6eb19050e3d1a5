"""Mail that was caught on this machine goes with the person it was for."""

from collections.abc import Mapping

from catcher.models import CaughtMessage
from contacts.rights import Leaving


def forget(leaving: Leaving) -> Mapping[str, int]:
    """Remove caught mail to their addresses."""
    values = [value for channel, value in leaving.addresses if channel == "email"]
    count, _by_model = CaughtMessage.objects.filter(recipients__overlap=values).delete()
    return {"caught_mail": count}
