"""How allauth behaves here."""

import secrets
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.models import EmailAddress
from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.http import HttpRequest
from django.urls import reverse

from accounts.models import User


class AccountAdapter(DefaultAccountAdapter):
    """allauth's own behaviour; mail goes through delivery by EMAIL_BACKEND.

    Links in mail start with BASE_URL: a forged Host header must not decide where a reset link leads.
    """

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """True for the first person of an installation, for the invited, and for everybody with OPEN_SIGNUP.

        Whoever has an account can make a workspace and send through this server's mail account.
        """
        is_invited = bool(request.session.get("account_verified_email"))
        return settings.OPEN_SIGNUP or is_invited or not User.objects.exists()

    def save_user(self, request: HttpRequest, user: User, form: Any, commit: bool = True) -> User:
        """Keep a new account. The first one, of whoever has just installed all this, runs the installation.

        Where everybody may sign up the first is just anybody, and `manage.py operators` says who it is.
        """
        if not settings.OPEN_SIGNUP and not User.objects.exists():
            user.is_operator = True
        saved: User = super().save_user(request, user, form, commit)
        return saved

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Send one of the mails in `templates/account/email`, which need neither a site nor a request."""
        self.render_mail(template_prefix, email, {"email": email, "base_url": settings.BASE_URL, **context}).send()

    def send_account_already_exists_mail(self, email: str) -> None:
        """Tell the owner of an address that somebody tried to sign up with it again.

        A new account's password takes a while to hash. Without that while here, the time of an answer that says
        the same to everybody would still tell whose address is known.
        """
        make_password(secrets.token_hex())
        super().send_account_already_exists_mail(email)

    def get_email_confirmation_url(self, request: HttpRequest, emailconfirmation: Any) -> str:
        """Where the link that confirms an address leads."""
        return settings.BASE_URL + reverse("account_confirm_email", args=[emailconfirmation.key])

    def get_reset_password_from_key_url(self, key: str) -> str:
        """Where the link that resets a password leads; `key` is user and secret, joined by a hyphen."""
        user, _, secret = key.partition("-")
        path = reverse("account_reset_password_from_key", kwargs={"uidb36": user, "key": secret})
        return settings.BASE_URL + path

    def get_email_verification_redirect_url(self, email_address: EmailAddress) -> str:
        """After confirming an address: home, which shows a newcomer what to do first."""
        return "/"
