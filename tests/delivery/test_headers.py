"""What a receiver reads: header fields by the letter of RFC 5322, signatures, and an address for each bounce."""

import email
from collections.abc import Callable
from datetime import UTC, datetime
from email import policy
from typing import Any
from uuid import UUID

import dkim
import pytest
from django.utils import timezone
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from accounts.models import Workspace
from channels.dkim import KeyPair, make_key
from channels.models import DomainKey, SendingDomain
from contacts.models import Contact
from delivery.assembly import Letter, assemble
from delivery.headers import AUTOMATIC, read_message_id, read_return_path, return_path
from delivery.models import Dispatch, Message
from delivery.sender_process import SenderProcess
from tests.smtp_server import running_smtp_server

Make = Callable[..., Contact]
Launch = Callable[[], Dispatch]

STRICT = policy.SMTP.clone(raise_on_defect=True)
ONE = UUID("0190a2b4-7c1d-7e3f-8a5b-123456789abc")
AT = datetime(2026, 11, 21, 10, tzinfo=UTC)
LISTED = (
    ("List-Unsubscribe", "<https://kea.nz/u/" + "t" * 90 + "/>"),
    ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"),
    ("List-Id", "<all.kea.kea.nz>"),
    ("Feedback-ID", "d1:all:kea:rapport"),
)
SAYINGS = st.one_of(
    st.sampled_from(
        [
            "Озеро тёплое, приезжайте", "البحيرة دافئة", "湖水很暖和", "Η λίμνη είναι ζεστή", "האגם חם", "झील गर्म है",
            "🏔️🛶👨‍👩‍👧‍👦 now!", "=?utf-8?q?not_a_word?=",
            "Re: \"quoted\" <a@b.c>, (and) [more]; \\", "a" * 400, "ü" * 400,
            "Tab\tand\r\nBcc: all@kea.nz", "", " ", ".", "\x00\x07",
        ]
    ),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=200),
)  # fmt: skip


@given(name=SAYINGS, subject=SAYINGS, body=SAYINGS, eight_bit=st.booleans())
@hypothesis_settings(max_examples=80, deadline=None)
def test_every_message_passes_a_strict_reader(name: str, subject: str, body: str, eight_bit: bool) -> None:
    letter = Letter(ONE, name, "a@kea.nz", name, "b@lake.nz", subject, body, f"<p>{body}</p>", "c@kea.nz", LISTED)

    data = assemble(letter, at=AT, eight_bit=eight_bit)

    message = email.message_from_bytes(data, policy=STRICT)
    once = ("From", "To", "Subject", "Date", "Message-ID", "Reply-To", "MIME-Version", *(key for key, _ in LISTED))
    assert {key: len(message.get_all(key, [])) for key in once} == dict.fromkeys(once, 1)
    assert [field for field in once if message[field].defects] == []
    assert message["From"].addresses[0].addr_spec == "a@kea.nz"
    assert message["Date"].datetime == AT
    parts = [part.get_content_type() for part in message.iter_parts()]
    assert parts == ["text/plain", "text/html"]
    assert max(map(len, data.split(b"\r\n"))) <= 998
    assert eight_bit or data.isascii()


def test_automatic_mail_says_so() -> None:
    letter = Letter(ONE, "Kea", "a@kea.nz", "", "b@lake.nz", "Code", "1", "", headers=AUTOMATIC)

    assert b"\r\nAuto-Submitted: auto-generated\r\n" in assemble(letter, at=AT, eight_bit=True)


def test_return_path_names_the_message_and_cannot_be_made_up(settings: Any) -> None:
    settings.BOUNCE_ADDRESS = "bounces@bounce.kea.nz"

    path = return_path(ONE, "")

    local, _at, host = path.partition("@")
    assert (host, len(local) <= 64) == ("bounce.kea.nz", True)
    assert return_path(ONE, "post.lake.nz").endswith("@post.lake.nz")
    assert read_return_path(f"<{path.upper()}>") == ONE
    changed = path.replace("+" + path[8], "+" + ("a" if path[8] != "a" else "b"))
    assert read_return_path(changed) is None
    assert read_return_path("bounces@bounce.kea.nz") is None


def test_no_return_path_without_a_mailbox_for_it(settings: Any) -> None:
    settings.BOUNCE_ADDRESS = ""

    assert return_path(ONE, "bounce.kea.nz") == ""


def test_message_id_is_read_back_only_when_ours() -> None:
    data = assemble(Letter(ONE, "K", "a@kea.nz", "", "b@lake.nz", "S", "t", ""), at=AT, eight_bit=True).decode()

    assert read_message_id(data) == ONE
    assert read_message_id(data.replace("123456789abc.", "123456789abd.")) is None
    assert read_message_id("") is None


@pytest.fixture
def pairs() -> dict[str, KeyPair]:
    return {"rsa": make_key("rsa"), "ed25519": make_key("ed25519")}


@pytest.fixture
def domain(workspace: Workspace, pairs: dict[str, KeyPair]) -> SendingDomain:
    """The sender's domain with both keys seen in DNS, and a newer one that was not."""
    domain = SendingDomain.objects.create(
        workspace=workspace, domain="kea.example", return_path="post.kea.example", bounces="ok"
    )
    for algorithm, pair in pairs.items():
        for selector, seen_at in ((f"old-{algorithm}", timezone.now()), (f"new-{algorithm}", None)):
            DomainKey.objects.create(
                domain=domain, selector=selector, algorithm=algorithm, private_key=pair.private_key,
                public_key=pair.public_key, seen_at=seen_at,
            )  # fmt: skip
    return domain


@pytest.mark.usefixtures("domain")
def test_message_leaves_signed_and_with_its_own_return_path(
    agreed: Make, launch: Launch, process: SenderProcess, pairs: dict[str, KeyPair], settings: Any
) -> None:
    settings.BOUNCE_ADDRESS = "bounces@bounce.example.net"
    agreed("lina@lake.example", first_name="Лина")
    launch()
    with running_smtp_server() as server:
        settings.SMTP_URL = server.url
        process.run("bulk", 5)

    [accepted] = server.acceptances
    message = Message.objects.get()
    asked: list[str] = []

    def record(name: bytes, **_options: object) -> bytes:
        asked.append(name.decode())
        kind = name.decode().partition(".")[0].removeprefix("old-")
        return f"v=DKIM1; k={kind}; p={pairs[kind].public_key}".encode()

    assert accepted.sender == return_path(message.public_id, "post.kea.example")
    assert [dkim.DKIM(accepted.data).verify(number, dnsfunc=record) for number in (0, 1)] == [True, True]
    assert asked == ["old-rsa._domainkey.kea.example.", "old-ed25519._domainkey.kea.example."]


def test_nothing_is_signed_when_signing_is_off(
    agreed: Make, launch: Launch, process: SenderProcess, domain: SendingDomain, settings: Any
) -> None:
    SendingDomain.objects.filter(pk=domain.pk).update(is_signing=False)
    agreed("lina@lake.example")
    launch()
    with running_smtp_server() as server:
        settings.SMTP_URL = server.url
        process.run("bulk", 5)

    [accepted] = server.acceptances
    assert b"DKIM-Signature" not in accepted.data
    assert accepted.sender == "aroha@kea.example"
