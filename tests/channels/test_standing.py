"""What a campaign's review may say of a sender's domain without asking DNS."""

import pytest
from django.utils import timezone

from accounts.models import Workspace
from channels.models import Sender, SendingDomain
from channels.services import domain_standing

pytestmark = pytest.mark.django_db


def make_sender(workspace: Workspace, email: str = "aroha@news.kea.nz") -> Sender:
    return Sender.objects.create(workspace=workspace, name="Aroha", email=email, verified_at=timezone.now())


def make_domain(workspace: Workspace, **fields: object) -> SendingDomain:
    return SendingDomain.objects.create(workspace=workspace, **{"domain": "kea.nz", **fields})


def test_standing_of_a_domain_nobody_set_up_is_unknown(workspace: Workspace) -> None:
    standing = domain_standing(make_sender(workspace))

    assert (standing.domain, standing.spf, standing.dkim, standing.dmarc) == ("news.kea.nz",) + ("unknown",) * 3
    assert (standing.is_aligned, standing.checked_at, standing.is_ready) == (None, None, False)


def test_standing_comes_from_the_nearest_domain_above_the_senders(workspace: Workspace) -> None:
    make_domain(workspace, domain="nz")
    near = make_domain(workspace, spf="ok", dkim="ok", dmarc="ok", checked_at=timezone.now())
    make_domain(workspace, domain="other.nz", spf="wrong")

    standing = domain_standing(make_sender(workspace))

    assert (standing.sending_domain, standing.is_aligned, standing.is_ready) == (near, True, True)


@pytest.mark.parametrize(
    ("fields", "bounce_address", "aligned"),
    [
        ({"spf": "ok"}, "", True),
        ({"spf": "ok"}, "b@bounce.example.net", False),
        ({"spf": "ok", "bounces": "ok"}, "b@bounce.example.net", True),
        ({"dkim": "ok"}, "b@bounce.example.net", True),
        # A mail server that signs by itself has a key that nobody here knows.
        ({"dkim": "ok", "is_signing": False}, "", None),
        ({"spf": "ok", "is_signing": False}, "", True),
        ({}, "", False),
        ({"dkim": "ok", "findings": {"dmarc": {"found": ["v=DMARC1; p=none; adkim=s"]}}}, "", False),
        (
            {"dkim": "ok", "spf": "ok", "findings": {"dmarc": {"found": ["v=DMARC1; p=none; adkim=s; aspf=s"]}}},
            "",
            True,
        ),
        (
            {"spf": "ok", "bounces": "ok", "findings": {"dmarc": {"found": ["v=DMARC1; p=none; aspf=s"]}}},
            "b@bounce.example.net",
            False,
        ),
    ],
)
def test_either_dkim_or_spf_for_the_visible_domain_aligns(
    workspace: Workspace, settings: object, fields: dict[str, object], bounce_address: str, aligned: bool | None
) -> None:
    settings.BOUNCE_ADDRESS = bounce_address
    make_domain(workspace, checked_at=timezone.now(), **fields)

    assert domain_standing(make_sender(workspace)).is_aligned is aligned


@pytest.mark.parametrize(
    ("fields", "bounce_address", "lacking"),
    [
        ({"spf": "ok", "dkim": "ok", "dmarc": "ok"}, "", []),
        ({"spf": "missing", "dkim": "ok", "dmarc": "ok"}, "", ["SPF"]),
        # Bounces go to the installation's own host: its SPF counts, and ours nobody asks for.
        ({"spf": "missing", "dkim": "ok", "dmarc": "ok"}, "b@bounce.example.net", []),
        ({"spf": "missing", "dkim": "ok", "dmarc": "ok", "return_path": "b.kea.nz"}, "b@bounce.example.net", ["SPF"]),
        ({"spf": "ok", "dkim": "missing", "dmarc": "ok"}, "", ["DKIM"]),
        ({"spf": "ok", "dkim": "missing", "dmarc": "ok", "is_signing": False}, "", []),
        ({"spf": "ok", "dkim": "ok", "dmarc": "wrong"}, "", ["DMARC"]),
    ],
)
def test_only_what_receivers_ask_for_is_lacking(
    workspace: Workspace, settings: object, fields: dict[str, object], bounce_address: str, lacking: list[str]
) -> None:
    settings.BOUNCE_ADDRESS = bounce_address
    make_domain(workspace, checked_at=timezone.now(), **fields)

    standing = domain_standing(make_sender(workspace))

    assert (standing.lacking, standing.is_ready) == (lacking, not lacking)


def test_a_strangers_domain_vouches_for_nobody_here(workspace: Workspace, other_workspace: Workspace) -> None:
    make_domain(other_workspace, spf="ok")

    assert domain_standing(make_sender(workspace)).sending_domain is None
