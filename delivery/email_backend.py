"""Django's own mail (password resets and such) takes the same way as every other message."""

from collections.abc import Sequence
from typing import Any

from django.core.mail.backends.base import BaseEmailBackend


class DeliveryBackend(BaseEmailBackend):
    """Submits each message to delivery."""

    def send_messages(self, email_messages: Sequence[Any]) -> int:
        """Submit every message; returns how many were accepted."""
        from delivery.services import submit_django_mail

        return sum(submit_django_mail(message) for message in email_messages)
