"""`manage.py hook_address`: where the provider of SMTP_URL has to report to."""

from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from channels.hooks import hook_url
from channels.providers import is_provider_url


class Command(BaseCommand):
    """Shows the address of the webhook of the whole installation's account."""

    help = "The address to enter at the mail provider that SMTP_URL names, for deliveries, bounces and complaints."
    requires_system_checks: list[str] = []

    def handle(self, *_args: Any, **_options: Any) -> None:
        """Print it; an SMTP server has none."""
        if not is_provider_url(settings.SMTP_URL):
            raise CommandError("SMTP_URL names an SMTP server, which reports nothing. See docs/domains.md for bounces.")
        self.stdout.write(hook_url(urlsplit(settings.SMTP_URL).scheme, None))
