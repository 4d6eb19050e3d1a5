"""The form of an account at a mail provider."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from channels.forms import domain_name, one_line
from channels.providers import PROVIDERS, ProviderSettings

# Which further fields each provider has.
_EXTRA = {"mailgun": ("region", "domain", "hook_key"), "postmark": ("stream",), "mailjet": ("secret",), "brevo": ()}


class WayForm(forms.Form):
    """One account. Keys are never shown again: an empty field keeps the one that is stored."""

    key = forms.CharField(label=_("Key"), max_length=300, required=False, widget=forms.PasswordInput())
    secret = forms.CharField(label=_("Secret key"), max_length=300, required=False, widget=forms.PasswordInput())
    region = forms.ChoiceField(
        label=_("Region"), choices=[("us", _("United States")), ("eu", _("European Union"))], required=False
    )
    domain = forms.CharField(
        label=_("Domain at Mailgun"),
        max_length=253,
        required=False,
        help_text=_("Leave it empty when it is the one behind the @."),
    )
    hook_key = forms.CharField(
        label=_("Key for webhooks"),
        max_length=300,
        required=False,
        widget=forms.PasswordInput(),
        help_text=_("Mailgun signs what it tells us. Without this key we cannot believe it."),
    )
    stream = forms.CharField(
        label=_("Message stream"),
        max_length=100,
        required=False,
        help_text=_("For newsletters Postmark wants a stream of its own, such as “broadcast”."),
    )

    def __init__(self, *args: Any, kind: str, stored: ProviderSettings | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.kind = kind
        self.stored = stored if stored is not None and stored.kind == kind else None
        for name in set(self.fields) - {"key", *_EXTRA[kind]}:
            del self.fields[name]
        for field in self.fields.values():
            field.widget.attrs.update(autocomplete="off", dir="ltr")
        if self.stored is not None:
            self.initial.update(domain=self.stored.domain, stream=self.stored.stream, region=self._region())
            self.fields["key"].help_text = _("A key is stored. Leave this empty to keep it.")

    def clean(self) -> dict[str, Any]:
        """Everything on one line, and a key where none is stored yet."""
        values = super().clean() or {}
        for name in ("key", "secret", "hook_key", "stream"):
            if values.get(name):
                values[name] = one_line(values[name])
        if values.get("domain"):
            values["domain"] = domain_name(values["domain"])
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
        account = ProviderSettings(
            kind=self.kind,
            credentials=credentials,
            domain=values.get("domain", ""),
            api=regions.get(values.get("region", ""), next(iter(regions.values()))),
            connections=4,
            hook_key=values.get("hook_key") or (stored.hook_key if stored else ""),
            stream=values.get("stream", ""),
        )
        return account.as_url()

    def _region(self) -> str:
        stored = self.stored
        if stored is None:
            return ""
        return next((name for name, api in stored.provider.regions.items() if api == stored.api), "")


def stored_account(url: str) -> ProviderSettings | None:
    """The account a sender has, None for none and for one that cannot be read any more."""
    try:
        return ProviderSettings.from_url(url)
    except ValueError:
        return None
