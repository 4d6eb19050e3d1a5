"""Forms of senders."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from channels.models import Sender

# Mail from addresses at these providers, sent by anybody else, is refused or filed as spam: their DMARC policies
# say so, and Gmail's and Yahoo's sender guidelines (2024) repeat it.
FREE_MAIL = frozenset(
    {"aol.com", "gmail.com", "googlemail.com", "gmx.de", "gmx.net", "hotmail.com", "icloud.com", "live.com"}
    | {"mail.ru", "me.com", "msn.com", "outlook.com", "proton.me", "web.de", "yahoo.com", "yandex.ru"}
)


def one_line(value: str) -> str:
    """Refuse anything that could end a header line."""
    if not value.isprintable():
        raise ValidationError(_("Use letters, digits and signs on one line."))
    return value.strip()


class SenderForm(forms.ModelForm):
    """Who a message comes from."""

    class Meta:
        model = Sender
        fields = ("name", "email", "reply_to")
        help_texts = {
            "name": _("People see this name first, for example “Aroha of Kea Cabins”."),
            "email": _("We mail a link to it, to be sure that somebody reads it."),
            "reply_to": _("Leave it empty to get answers at the address above."),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("email", "reply_to"):
            self.fields[name].widget.attrs.update(dir="ltr", autocomplete="off")

    def clean_name(self) -> str:
        """A name that fits into a header."""
        return one_line(self.cleaned_data["name"])

    def clean_email(self) -> str:
        """An address at a domain of one's own."""
        email = one_line(self.cleaned_data["email"]).lower()
        domain = email.rpartition("@")[2]
        if domain in FREE_MAIL:
            message = _("Use an address at your own domain: %(domain)s refuses mail that others send in its name.")
            raise ValidationError(message, params={"domain": domain})
        return email

    def values(self) -> dict[str, str]:
        """Return what the services take; only of a valid form."""
        return {name: self.cleaned_data[name] for name in self.Meta.fields}
