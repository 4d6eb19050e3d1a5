"""What a provider tells us by itself: its webhooks, checked, and put into the words every receipt has.

The address of a hook is known to the account's owner and the provider alone: it carries a token that we signed.
Mailgun and SendGrid sign each call besides, and Amazon's SNS does for SES; from these nothing unsigned is believed.
"""

import warnings
from typing import Any

from anymail.exceptions import AnymailError, AnymailInsecureWebhookWarning
from django.conf import settings
from django.core.exceptions import SuspiciousOperation
from django.http import HttpRequest
from django.utils.module_loading import import_string

from channels.hooks import SERVER, read_hook_token
from channels.models import Sender
from channels.providers import PROVIDERS, ProviderSettings, is_provider_url
from delivery.esp.events import report_of
from delivery.esp.sns import NoticeRefused, NoticeUnproved, check_notice
from delivery.receipts.reading import Report


class HookRefused(Exception):
    """The call did not come from the provider, or cannot be read."""


class HookUnproved(Exception):
    """The call cannot be checked just now; it shall come again."""


def find_account(kind: str, token: str) -> tuple[ProviderSettings, Sender | None] | None:
    """The account a hook belongs to and its sender; None for a made-up or replaced token or an account that is gone."""
    named = read_hook_token(token)
    if kind not in PROVIDERS or named is None:
        return None
    public_id, number = named
    senders = Sender.objects.filter(public_id=public_id, hook_number=number, is_active=True)
    sender = senders.first() if public_id != SERVER else None
    if sender is None and public_id != SERVER:
        return None
    url = (sender.smtp_url if sender else "") or settings.SMTP_URL
    if not is_provider_url(url):
        return None
    try:
        account = ProviderSettings.from_url(url)
    except ValueError:
        return None
    return (account, sender) if account.kind == kind else None


def read_call(account: ProviderSettings, request: HttpRequest) -> list[Report]:
    """The receipts in a webhook call; those about nothing of ours name no message. Raises HookRefused, HookUnproved."""
    if account.lacks_proof:
        raise HookRefused("What the provider signs with is not set.")
    if account.kind == "ses":
        _check_topic(account, request)
    try:
        view = _view(account)
        view.run_validators(request)
        return [report_of(event) for event in view.parse_events(request)]
    except (AnymailError, SuspiciousOperation, ValueError, KeyError, TypeError, AttributeError, IndexError) as error:
        raise HookRefused(type(error).__name__) from error


def _view(account: ProviderSettings) -> Any:
    """anymail's own view of the provider, which checks signatures and reads events."""
    options: dict[str, Any] = {}
    if account.provider.signs_with:
        options[account.provider.signs_with] = account.hook_key
    if account.kind == "ses":
        options["auto_confirm_sns_subscriptions"] = False  # the topic was answered already
    with warnings.catch_warnings():
        # It asks for a password in the address; ours has a token there.
        warnings.simplefilter("ignore", AnymailInsecureWebhookWarning)
        return import_string(account.provider.webhook)(**options)


def _check_topic(account: ProviderSettings, request: HttpRequest) -> None:
    try:
        check_notice(request.body, topic=account.topic)
    except NoticeRefused as refusal:
        raise HookRefused(str(refusal)) from refusal
    except NoticeUnproved as trouble:
        raise HookUnproved(str(trouble)) from trouble
