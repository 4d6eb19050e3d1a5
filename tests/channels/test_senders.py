"""Senders: who may add them, and how an address is verified."""

import datetime as dt

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from channels import verification_mail
from channels.models import Sender
from channels.services import SenderExists, add_sender, change_sender, confirm_sender, remove_sender
from channels.verification import find_by_token, verification_url
from events.models import Event
from tests.cast import client_of


@pytest.fixture
def sender(workspace, owner):
    return add_sender(workspace=workspace, actor=owner, name="Aroha", email="Aroha@Kea.example")


def token_of(sender):
    return verification_url(sender).rstrip("/").rpartition("/")[2]


def page(name, workspace, *args):
    return reverse(f"channels:{name}", args=[workspace.slug, *args])


def test_adding_asks_for_a_verification_mail(sender):
    event = Event.objects.get(kind="sender.verification_requested")
    assert event.properties == {"sender": str(sender.public_id), "email": "aroha@kea.example"}
    assert not sender.is_verified


def test_same_address_twice_is_refused(sender, workspace, owner):
    with pytest.raises(SenderExists):
        add_sender(workspace=workspace, actor=owner, name="Other", email="aroha@kea.example")
    assert Sender.objects.get().name == "Aroha"


def test_removed_sender_comes_back_unverified(sender, workspace, owner):
    confirm_sender(sender=sender)
    sender.refresh_from_db()
    remove_sender(sender=sender, actor=owner)
    assert not Sender.objects.in_workspace(workspace).exists()
    back = add_sender(workspace=workspace, actor=owner, name="Aroha N", email="aroha@kea.example")
    assert (back.pk, back.is_verified, back.name) == (sender.pk, False, "Aroha N")


def test_new_address_must_be_verified_again_and_old_link_dies(sender, owner):
    confirm_sender(sender=sender)
    sender.refresh_from_db()
    token = token_of(sender)
    changed = change_sender(sender=sender, actor=owner, name="Aroha", email="hi@kea.example")
    assert not changed.is_verified
    assert find_by_token(token) is None


def test_new_name_keeps_the_verification(sender, owner):
    confirm_sender(sender=sender)
    sender.refresh_from_db()
    assert change_sender(sender=sender, actor=owner, name="Kea", email=sender.email).is_verified


def test_mail_names_workspace_address_and_link(sender):
    mail = verification_mail.build(sender)
    assert mail.to_email == "aroha@kea.example"
    assert "Kea Cabins" in mail.subject
    assert mail.url in mail.text
    assert mail.url in mail.html
    assert "<" not in mail.text


def test_looking_at_the_link_changes_nothing(sender):
    answer = Client().get(reverse("senders:confirm", args=[token_of(sender)]))
    assert answer.status_code == 200
    # The token stays out of other sites' logs; "no-referrer" would make browsers send Origin: null with the form.
    assert answer.headers["Referrer-Policy"] == "same-origin"
    sender.refresh_from_db()
    assert not sender.is_verified


def test_pressing_the_button_verifies_once(sender):
    url = reverse("senders:confirm", args=[token_of(sender)])
    assert Client().post(url).status_code == 200
    sender.refresh_from_db()
    first = sender.verified_at
    assert first is not None
    Client().post(url)
    sender.refresh_from_db()
    assert sender.verified_at == first


@pytest.mark.parametrize("spoil", [lambda token: token[:-2] + "AA", lambda token: "x" * 40, lambda token: "é"])
def test_forged_link_is_not_found(sender, spoil):
    assert Client().post(reverse("senders:confirm", args=[spoil(token_of(sender))])).status_code == 404
    sender.refresh_from_db()
    assert not sender.is_verified


def test_link_dies_after_seven_days(sender):
    token = token_of(sender)
    with time_machine.travel(dt.datetime.now(dt.UTC) + dt.timedelta(days=7, minutes=1), tick=False):
        assert find_by_token(token) is None


def test_editor_adds_a_sender(workspace, teammate):
    data = {"name": "Kea", "email": "hello@kea.example", "reply_to": "desk@kea.example"}
    answer = client_of(teammate).post(page("senders", workspace), data)
    assert answer.status_code == 302
    stored = Sender.objects.get()
    assert (stored.email, stored.reply_to, stored.is_verified) == ("hello@kea.example", "desk@kea.example", False)


@pytest.mark.parametrize(
    ("name", "email", "words"),
    [
        ("Kea", "someone@gmail.com", "your own domain"),
        ("Kea\r\nBcc: x@evil.example", "hello@kea.example", "one line"),
        ("", "hello@kea.example", "required"),
        ("Kea", "nonsense", "valid"),
        ("Kea", "a@kea.example\r\nBcc: x@evil.example", "valid"),
    ],
)
def test_bad_input_is_refused_with_a_reason(workspace, owner, name, email, words):
    answer = client_of(owner).post(page("senders", workspace), {"name": name, "email": email})
    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert not Sender.objects.exists()


def test_viewer_looks_but_does_not_add(workspace, viewer, sender):
    client = client_of(viewer)
    assert "aroha@kea.example" in client.get(page("senders", workspace)).content.decode()
    answer = client.post(page("senders", workspace), {"name": "Kea", "email": "hello@kea.example"})
    assert answer.status_code == 403
    assert Sender.objects.count() == 1


def test_stranger_finds_nothing(workspace, stranger, sender):
    client = client_of(stranger)
    assert client.get(page("senders", workspace)).status_code == 404
    for name in ("resend", "remove"):
        assert client.post(page(name, workspace, sender.public_id)).status_code == 404
    own = stranger.memberships.get().workspace
    assert client.post(page("remove", own, sender.public_id)).status_code == 404
    sender.refresh_from_db()
    assert sender.is_active


def test_sender_is_changed_resent_and_removed_by_pages(workspace, owner, sender):
    client = client_of(owner)
    assert client.get(page("sender", workspace, sender.public_id)).status_code == 200
    client.post(page("sender", workspace, sender.public_id), {"name": "Kea", "email": sender.email})
    sender.refresh_from_db()
    assert sender.name == "Kea"
    client.post(page("resend", workspace, sender.public_id))
    assert Event.objects.filter(kind="sender.verification_requested").count() == 2
    client.post(page("remove", workspace, sender.public_id))
    sender.refresh_from_db()
    assert not sender.is_active


def test_many_mails_in_an_hour_are_stopped(workspace, owner, sender):
    client = client_of(owner)
    for _attempt in range(21):
        client.post(page("resend", workspace, sender.public_id))
    assert Event.objects.filter(kind="sender.verification_requested").count() <= 21
