"""`manage.py after_restore`: hold everything that a restored database would send once more."""

from typing import Any

from django.core.management.base import BaseCommand

from campaigns.services import stand_still


class Command(BaseCommand):
    """To be run after a restore and before the workers start."""

    help = "After restoring a backup, before the workers start: hold whatever would reach people a second time."

    def handle(self, *_args: Any, **_options: Any) -> None:
        """Hold it, and say what was held."""
        held = stand_still()
        self.stdout.write(
            f"Campaigns paused: {held.paused}. Taken off the schedule: {held.unscheduled}. "
            f"Single messages that may have been sent: {held.unknown}. "
            "Workers may start now; somebody should look at the Campaigns page."
        )
