"""Which way a sender's mail leaves: chosen on a page, kept encrypted, never shown again."""

from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import AuditEntry, User, Workspace
from channels.models import Sender, SendingDomain
from channels.providers import ProviderSettings
from channels.services import domain_standing
from channels.services.domains import spf_terms
from tests.cast import client_of


@pytest.fixture
def sender(workspace: Workspace) -> Sender:
    return Sender.objects.create(workspace=workspace, name="Aroha", email="a@kea.nz", verified_at=timezone.now())


def page(sender: Sender, by: str) -> str:
    return reverse("channels:way", args=[sender.workspace.slug, sender.public_id]) + f"?by={by}"


def choose(user: User, sender: Sender, by: str, **values: str) -> int:
    status = client_of(user).post(page(sender, by), values).status_code
    sender.refresh_from_db()
    return status


TOPIC = "arn:aws:sns:eu-west-1:123456789012:rapport"
# A key on P-256 as SendGrid shows it.
VERIFICATION_KEY = (
    "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEaxfR8uEsQkf4vOblY6RA8ncDfYEt6zOg9KE5RdiYwpZP40Li/hp/m47n60p8D54W"
    "K84zV2sxXs7LtkBoN79R9Q=="
)

CHOICES = [
    ("mailgun", {"key": "K:@/?#1", "region": "eu", "domain": "MG.kea.nz", "hook_key": "H"},
     {"credentials": ("K:@/?#1",), "domain": "mg.kea.nz", "api": "https://api.eu.mailgun.net/v3/", "hook_key": "H"}),
    ("postmark", {"key": "T", "stream": "broadcast"}, {"credentials": ("T",), "stream": "broadcast"}),
    ("mailjet", {"key": "K", "secret": "S"}, {"credentials": ("K", "S")}),
    ("brevo", {"key": "K"}, {"credentials": ("K",), "api": "https://api.brevo.com/v3/"}),
    ("ses", {"key": "AKID", "secret": "a/b+c=", "region": "eu-west-1", "configuration_set": "news", "topic": TOPIC},
     {"credentials": ("AKID", "a/b+c="), "api": "https://email.eu-west-1.amazonaws.com/", "configuration_set": "news",
      "topic": TOPIC}),
    ("sendgrid", {"key": "SG.K", "region": "eu", "hook_key": VERIFICATION_KEY},
     {"credentials": ("SG.K",), "api": "https://api.eu.sendgrid.com/v3/", "hook_key": VERIFICATION_KEY}),
]  # fmt: skip


@pytest.mark.parametrize(("by", "typed", "kept"), CHOICES)
def test_account_is_kept(teammate: User, sender: Sender, by: str, typed: dict[str, str], kept: dict[str, Any]) -> None:
    assert choose(teammate, sender, by, **typed) == 302

    account = ProviderSettings.from_url(sender.smtp_url)
    assert {name: getattr(account, name) for name in kept} == kept
    assert ProviderSettings.from_url(account.as_url()) == account
    shown = client_of(teammate).get(page(sender, by)).content.decode()
    assert f"/hooks/{by}/" in shown
    assert typed["key"] not in shown or len(typed["key"]) < 3
    assert AuditEntry.objects.filter(action="sender.routed").count() == 1


@pytest.mark.parametrize(
    ("by", "typed", "lacks"),
    [
        ("ses", {"key": "AKID", "secret": "S"}, "The SNS topic is missing."),
        ("ses", {"key": "AKID", "secret": "S", "topic": TOPIC}, ""),
        ("sendgrid", {"key": "K"}, "The key for webhooks is missing."),
        ("mailgun", {"key": "K", "hook_key": "H"}, ""),
        ("postmark", {"key": "T"}, ""),
    ],
)
def test_page_says_what_a_webhook_cannot_be_believed_without(
    teammate: User, sender: Sender, by: str, typed: dict[str, str], lacks: str
) -> None:
    choose(teammate, sender, by, **typed)

    shown = client_of(teammate).get(page(sender, by)).content.decode()
    assert ("is missing. Until it is saved here" in shown, lacks in shown) == (bool(lacks), True)


def test_empty_key_keeps_the_stored_one(teammate: User, sender: Sender) -> None:
    choose(teammate, sender, "postmark", key="T")

    assert choose(teammate, sender, "postmark", stream="news") == 302

    account = ProviderSettings.from_url(sender.smtp_url)
    assert (account.credentials, account.stream) == (("T",), "news")


@pytest.mark.parametrize(("by", "typed"), [("postmark", {}), ("mailjet", {"key": "K"}), ("brevo", {"key": "a\nb"}),
                                           ("mailgun", {"key": "K", "domain": "no domain"}),
                                           ("mailgun", {"key": "K", "region": "moon"}),
                                           ("ses", {"key": "K"}),
                                           ("ses", {"key": "K", "secret": "S", "region": "eu"}),
                                           ("ses", {"key": "K", "secret": "S", "topic": "rapport"}),
                                           ("ses", {"key": "K", "secret": "S", "topic": TOPIC + "\nx"}),
                                           ("ses", {"key": "K", "secret": "S", "configuration_set": "a b"}),
                                           ("sendgrid", {"key": "K", "hook_key": "nonsense"}),
                                           ("sendgrid", {"key": "K", "hook_key": "bm9uc2Vuc2U="})])  # fmt: skip
def test_what_is_missing_or_odd_is_refused(teammate: User, sender: Sender, by: str, typed: dict[str, str]) -> None:
    assert choose(teammate, sender, by, **typed) == 422
    assert sender.smtp_url == ""


def test_nobody_chooses_where_requests_go(teammate: User, sender: Sender) -> None:
    choose(teammate, sender, "postmark", key="T", api="http://127.0.0.1/", stream="x&api=http://127.0.0.1/")

    assert ProviderSettings.from_url(sender.smtp_url).api == "https://api.postmarkapp.com/"
    assert client_of(teammate).get(page(sender, "elsewhere")).status_code == 404


def test_way_back_to_this_server(teammate: User, sender: Sender) -> None:
    choose(teammate, sender, "brevo", key="K")

    assert choose(teammate, sender, "own") == 302
    assert sender.smtp_url == ""


def test_spf_and_standing_follow_the_way(teammate: User, sender: Sender, settings: Any) -> None:
    settings.SPF_TERMS = ["ip4:192.0.2.1"]
    domain = SendingDomain.objects.create(
        workspace=sender.workspace, domain="kea.nz", spf="ok", dkim="ok", dmarc="ok", checked_at=timezone.now()
    )
    assert (spf_terms(domain), domain_standing(sender).is_aligned) == (["ip4:192.0.2.1"], True)

    choose(teammate, sender, "postmark", key="T")

    standing = domain_standing(sender)
    assert spf_terms(domain) == []
    assert (standing.spf, standing.dkim, standing.is_aligned) == ("ok", "unknown", None)
    assert standing.is_ready
