"""Forms of senders and their domains."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from channels.models import Sender
from contacts.addresses import normalise_email
from contacts.problems import Problem

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


def domain_name(value: str) -> str:
    """A domain as DNS spells it, from whatever people paste; raises ValidationError."""
    text = value.strip().lower().rpartition("@")[2].removeprefix("https://").removeprefix("http://").split("/")[0]
    try:
        return normalise_email(f"post@{text.rstrip('.')}").partition("@")[2]
    except Problem as problem:
        raise ValidationError(_("This is no domain. It looks like example.com.")) from problem


class NewDomainForm(forms.Form):
    """A domain to send from."""

    domain = forms.CharField(
        label=_("Domain"),
        max_length=253,
        help_text=_("What stands behind the @ of your sender’s address."),
        widget=forms.TextInput(attrs={"dir": "ltr", "autocomplete": "off", "placeholder": "example.com"}),
    )

    def clean_domain(self) -> str:
        """A domain of one's own."""
        domain = domain_name(self.cleaned_data["domain"])
        if domain in FREE_MAIL:
            message = _("Use a domain of your own: %(domain)s belongs to a mailbox provider.")
            raise ValidationError(message, params={"domain": domain})
        return domain


class HostForm(forms.Form):
    """A name of one's own for public pages."""

    host = forms.CharField(
        label=_("Your address"),
        max_length=253,
        help_text=_("A name below your domain that nothing else uses yet, such as win.example.com."),
        widget=forms.TextInput(attrs={"dir": "ltr", "autocomplete": "off", "placeholder": "win.example.com"}),
    )

    def clean_host(self) -> str:
        """A name as DNS spells it."""
        return domain_name(self.cleaned_data["host"])


class DomainForm(forms.Form):
    """How mail of a domain is signed, and where it comes back to."""

    is_signing = forms.BooleanField(
        label=_("Sign messages (DKIM)"),
        required=False,
        help_text=_("Leave it on unless your mail server signs them by itself."),
        widget=forms.CheckboxInput(attrs={"role": "switch"}),
    )
    return_path = forms.CharField(
        label=_("Address for bounces"),
        max_length=253,
        required=False,
        help_text=_("A name below your domain, such as bounce.example.com. Mail that comes back goes there."),
        widget=forms.TextInput(attrs={"dir": "ltr", "autocomplete": "off"}),
    )

    def __init__(self, *args: Any, domain: str, takes_bounces: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.domain = domain
        if not takes_bounces:
            # Without a mailbox that Rapport reads there is nowhere for bounces to go.
            del self.fields["return_path"]

    def clean_return_path(self) -> str:
        """Empty, or a name below the domain: only then SPF vouches for what people see."""
        value = self.cleaned_data["return_path"].strip()
        if not value:
            return ""
        host = domain_name(value)
        if not host.endswith(f".{self.domain}"):
            message = _("It has to end with .%(domain)s and have a name before it.")
            raise ValidationError(message, params={"domain": self.domain})
        return host
