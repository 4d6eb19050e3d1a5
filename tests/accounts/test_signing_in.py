"""Sign up, sign in, second step, password reset: every page in our look, every link to BASE_URL."""

import re

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal import auth as totp
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from accounts.models import User
from tests.cast import client_of, make_user

PASSWORD = "correct horse battery"


@pytest.fixture(autouse=True)
def _mail_and_limits(settings):
    """Mail is kept in memory, and earlier tests do not count towards a limit."""
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    cache.clear()


def link_in(message, part):
    return re.search(rf"http://\S*{part}\S*", message.body)[0]


def path_of(url, settings):
    assert url.startswith(settings.BASE_URL)
    return url.removeprefix(settings.BASE_URL)


def surely_signed_in(user):
    """A browser whose user signed in and has just shown the password again."""
    client = client_of(user)
    client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    return client


def test_signing_up_asks_to_confirm_the_address_and_then_opens_the_door(db, mailoutbox, settings):
    client = Client(headers={"host": "evil.example"})

    answer = client.post(
        reverse("account_signup"), {"name": "Dora", "email": "dora@example.com", "password1": PASSWORD}
    )

    assert answer.url == reverse("account_email_verification_sent")
    assert User.objects.get().name == "Dora"
    confirm = path_of(link_in(mailoutbox[0], "confirm-email"), settings)
    assert b"Is this your address?" in client.get(confirm).content
    assert not EmailAddress.objects.get().verified
    client.post(confirm)
    assert EmailAddress.objects.get().verified
    assert "_auth_user_id" in client.session


def test_wrong_password_says_so_and_keeps_the_address(db):
    make_user("Alice")

    page = Client().post(reverse("account_login"), {"login": "alice@example.com", "password": "wrong wrong wrong"})

    assert page.status_code == 200
    assert b'value="alice@example.com"' in page.content
    assert b'class="callout" data-tone="bad" role="alert"' in page.content


def test_signing_in_and_out(db):
    make_user("Alice")
    client = Client()

    client.post(reverse("account_login"), {"login": "ALICE@example.com", "password": PASSWORD})
    assert "_auth_user_id" in client.session
    assert client.get(reverse("account_logout")).status_code == 200
    assert "_auth_user_id" in client.session
    client.post(reverse("account_logout"))
    assert "_auth_user_id" not in client.session


def test_guessing_is_slowed_down(db):
    make_user("Alice")
    client = Client()
    tries = [
        client.post(reverse("account_login"), {"login": "alice@example.com", "password": f"wrong guess {number}"})
        for number in range(12)
    ]

    answer = client.post(reverse("account_login"), {"login": "alice@example.com", "password": PASSWORD})

    assert tries[0].status_code == 200
    assert answer.status_code != 302
    assert "_auth_user_id" not in client.session


def test_forgotten_password_is_replaced_by_the_link_in_the_mail(db, mailoutbox, settings):
    make_user("Alice")
    client = Client(headers={"host": "evil.example"})

    client.post(reverse("account_reset_password"), {"email": "alice@example.com"})
    path = path_of(link_in(mailoutbox[0], "password/reset"), settings)
    form_path = client.get(path).url
    assert b"Choose a new password" in client.get(form_path).content
    client.post(form_path, {"password1": "another horse battery", "password2": "another horse battery"})

    assert User.objects.get().check_password("another horse battery")
    assert b"does not work any more" in Client().get(path).content


def test_reset_for_an_unknown_address_looks_the_same_to_the_asker(db, mailoutbox):
    make_user("Alice")
    known = Client().post(reverse("account_reset_password"), {"email": "alice@example.com"})
    unknown = Client().post(reverse("account_reset_password"), {"email": "nobody@example.com"})

    assert known.url == unknown.url
    assert mailoutbox[1].subject == "You have no account here"


def test_second_step_is_turned_on_and_asked_for(db):
    user = make_user("Alice")
    client = surely_signed_in(user)
    page = client.get(reverse("mfa_activate_totp"))
    secret = page.context["form"].secret
    code = totp.format_hotp_value(totp.hotp_value(secret, next(iter(totp.yield_hotp_counters_from_time()))))

    client.post(reverse("mfa_activate_totp"), {"code": code})
    assert Authenticator.objects.filter(user=user, type="totp").exists()
    codes = client.get(reverse("mfa_view_recovery_codes"))
    assert b'class="codes"' in codes.content

    other = Client()
    answer = other.post(reverse("account_login"), {"login": user.email, "password": PASSWORD})
    assert answer.url == reverse("mfa_authenticate")
    assert "_auth_user_id" not in other.session
    recovery = re.search(r'<li class="secret">([^<]+)</li>', codes.content.decode())[1]
    other.post(reverse("mfa_authenticate"), {"code": recovery})
    assert "_auth_user_id" in other.session


@pytest.mark.parametrize(
    "name",
    [
        "account_login",
        "account_signup",
        "account_reset_password",
        "account_reset_password_done",
        "account_reset_password_from_key_done",
        "account_email_verification_sent",
        "account_inactive",
    ],
)
def test_pages_for_everybody_wear_our_look(db, name):
    html = Client().get(reverse(name)).content.decode()

    assert '<main class="auth"' in html
    assert "<c-" not in html


@pytest.mark.parametrize(
    "name", ["account_email", "account_change_password", "mfa_index", "mfa_activate_totp", "usersessions_list"]
)
def test_pages_of_the_account_wear_our_look(owner, name):
    html = surely_signed_in(owner).get(reverse(name)).content.decode()

    assert '<aside class="rail"' in html
    assert "<c-" not in html


def test_page_worth_protecting_asks_for_the_password_again(owner):
    client = client_of(owner)

    page = client.get(reverse("mfa_activate_totp"), follow=True)

    assert b"Is it you?" in page.content


def test_only_the_first_person_signs_up_where_sign_up_is_not_open(db, settings):
    settings.OPEN_SIGNUP = False
    first = Client().post(
        reverse("account_signup"), {"name": "Dora", "email": "dora@example.com", "password1": PASSWORD}
    )
    second = Client().post(
        reverse("account_signup"), {"name": "Mal", "email": "mal@example.com", "password1": PASSWORD}
    )

    assert first.status_code == 302
    assert b"by invitation only" in second.content
    assert [(user.name, user.is_operator) for user in User.objects.all()] == [("Dora", True)]


def test_first_of_everybody_does_not_run_the_installation(db, settings):
    settings.OPEN_SIGNUP = True
    Client().post(reverse("account_signup"), {"name": "Dora", "email": "dora@example.com", "password1": PASSWORD})

    assert User.objects.get().is_operator is False


def test_signing_up_with_a_known_address_takes_the_time_of_a_new_one(db, mailoutbox, monkeypatch):
    alice, hashed = make_user("Alice"), []
    monkeypatch.setattr("accounts.adapter.make_password", hashed.append)

    Client().post(reverse("account_signup"), {"name": "X", "email": alice.email, "password1": PASSWORD})

    assert len(hashed) == 1
    assert mailoutbox[0].to == [alice.email]
