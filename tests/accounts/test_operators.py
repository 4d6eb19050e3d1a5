"""`manage.py operators`: who runs the installation."""

import pytest
from allauth.account.models import EmailAddress
from django.core.management import CommandError, call_command

from accounts.models import User
from tests.cast import make_user

pytestmark = pytest.mark.django_db


def said(capsys, *words: str) -> str:
    call_command("operators", *words)
    return capsys.readouterr().out


def test_nobody_is_one_from_the_start():
    assert make_user("Alice").is_operator is False


def test_account_becomes_one_and_stops_being_one(capsys):
    user = make_user("Alice")
    assert said(capsys, "add", "Alice@example.com") == "alice@example.com runs this installation now.\n"
    assert said(capsys, "list") == "alice@example.com\n"
    assert said(capsys, "remove", user.email) == "alice@example.com does not run this installation any more.\n"
    assert said(capsys, "list") == ""


def test_unknown_and_unconfirmed_addresses_are_refused():
    EmailAddress.objects.filter(user=make_user("Mallory")).update(verified=False)
    with pytest.raises(CommandError, match="Nobody has an account"):
        call_command("operators", "add", "nobody@example.com")
    with pytest.raises(CommandError, match="never confirmed"):
        call_command("operators", "add", "mallory@example.com")
    assert not User.objects.filter(is_operator=True).exists()


def test_no_page_makes_somebody_an_operator(client):
    user = make_user("Alice")
    client.force_login(user)
    client.post("/account/profile/", {"name": "Alice", "is_operator": "on", "theme": "system"})
    user.refresh_from_db()
    assert user.is_operator is False
