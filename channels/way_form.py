"""The form of an account at a mail provider."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from cryptography.hazmat.primitives.serialization import load_der_public_key
from django import forms
from django.utils.translation import gettext_lazy as _

from channels.forms import domain_name, one_line
from channels.providers import PROVIDERS, TOPIC, ProviderSettings

# Which further fields each provider has.
_EXTRA: Mapping[str, tuple[str, ...]] = {
    "mailgun": ("region", "domain", "hook_key"),
    "postmark": ("stream",),
    "mailjet": ("secret",),
    "brevo": (),
    "ses": ("secret", "region", "configuration_set", "topic"),
    "sendgrid": ("region", "hook_key"),
}
_HOOK_KEYS = {
    "mailgun": _("Mailgun signs what it tells us. Without this key we cannot believe it."),
    "sendgrid": _("The verification key of its Event Webhook. Without it we cannot believe what SendGrid tells us."),
}
_PLACES = {"us": _("United States"), "eu": _("European Union")}


class WayForm(forms.Form):
    """One account. Keys are never shown again: an empty field keeps the one that is stored."""

    key = forms.CharField(label=_("Key"), max_length=300, required=False, widget=forms.PasswordInput())
    secret = forms.CharField(label=_("Secret key"), max_length=300, required=False, widget=forms.PasswordInput())
    region = forms.ChoiceField(label=_("Region"), required=False)
    domain = forms.CharField(
        label=_("Domain at Mailgun"),
        max_length=253,
        required=False,
        help_text=_("Leave it empty when it is the one behind the @."),
    )
    hook_key = forms.CharField(
        label=_("Key for webhooks"), max_length=300, required=False, widget=forms.PasswordInput()
    )
    stream = forms.CharField(
        label=_("Message stream"),
        max_length=100,
        required=False,
        help_text=_("For newsletters Postmark wants a stream of its own, such as “broadcast”."),
    )
    configuration_set = forms.RegexField(
        r"\A[A-Za-z0-9_-]{1,64}\Z",
        label=_("Configuration set"),
        required=False,
        help_text=_("The one whose events go to the topic below."),
    )
    topic = forms.RegexField(
        TOPIC,
        label=_("SNS topic"),
        max_length=300,
        required=False,
        help_text=_(
            "The name (ARN) of the topic that tells us of deliveries, bounces and complaints. We believe no other."
        ),
        error_messages={"invalid": _("It looks like arn:aws:sns:eu-west-1:123456789012:rapport.")},
    )

    def __init__(self, *args: Any, kind: str, stored: ProviderSettings | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.kind = kind
        self.stored = stored if stored is not None and stored.kind == kind else None
        for name in set(self.fields) - {"key", *_EXTRA[kind]}:
            del self.fields[name]
        for field in self.fields.values():
            field.widget.attrs.update(autocomplete="off", dir="ltr")
        self._fit()
        if self.stored is not None:
            for name in ("domain", "stream", "region", "configuration_set", "topic"):
                self.initial[name] = getattr(self.stored, name)
            self.fields["key"].help_text = _("A key is stored. Leave this empty to keep it.")

    def _fit(self) -> None:
        """Call the fields what the provider calls them."""
        if "region" in self.fields:
            field = self.fields["region"]
            assert isinstance(field, forms.ChoiceField)  # noqa: S101 - made so above
            field.choices = [(name, _PLACES.get(name, name)) for name in PROVIDERS[self.kind].regions]
        if "hook_key" in self.fields:
            self.fields["hook_key"].help_text = _HOOK_KEYS[self.kind]
        if self.kind == "ses":
            # Not a secret by itself, so what was typed comes back with a mistake elsewhere.
            self.fields["key"].widget = forms.TextInput(attrs=self.fields["key"].widget.attrs)
            self.fields["key"].label = _("Access key ID")
            self.fields["secret"].label = _("Secret access key")

    def clean(self) -> dict[str, Any]:
        """Everything on one line, and a key where none is stored yet."""
        values = super().clean() or {}
        for name in ("key", "secret", "hook_key", "stream"):
            if values.get(name):
                values[name] = one_line(values[name])
        if values.get("domain"):
            values["domain"] = domain_name(values["domain"])
        if values.get("hook_key") and self.kind == "sendgrid" and not is_verification_key(values["hook_key"]):
            message = _("This is no verification key. Copy it from the settings of the webhook at SendGrid.")
            self.add_error("hook_key", message)
        for name in {"key", "secret"} & set(self.fields):
            if not values.get(name) and self.stored is None:
                self.add_error(name, _("This is needed."))
        return values

    def url(self) -> str:
        """The settings as the sender keeps them; only of a valid form."""
        values, stored = self.cleaned_data, self.stored
        given = [values.get("key"), *([values["secret"]] if "secret" in self.fields else [])]
        credentials = tuple(new or old for new, old in zip(given, stored.credentials if stored else given, strict=True))
        regions = PROVIDERS[self.kind].regions
        region = values.get("region") or next(iter(regions))
        account = ProviderSettings(
            kind=self.kind,
            credentials=credentials,
            domain=values.get("domain", ""),
            region=region,
            api=regions[region],
            connections=4,
            hook_key=values.get("hook_key") or (stored.hook_key if stored else ""),
            stream=values.get("stream", ""),
            configuration_set=values.get("configuration_set", ""),
            topic=values.get("topic", ""),
        )
        return account.as_url()


def is_verification_key(text: str) -> bool:
    """Whether it is a public key as SendGrid shows it: base64 of a DER key on an elliptic curve."""
    try:
        return isinstance(load_der_public_key(base64.b64decode(text, validate=True)), EllipticCurvePublicKey)
    except (ValueError, UnsupportedAlgorithm):
        return False


def stored_account(url: str) -> ProviderSettings | None:
    """The account a sender has, None for none and for one that cannot be read any more."""
    try:
        return ProviderSettings.from_url(url)
    except ValueError:
        return None
