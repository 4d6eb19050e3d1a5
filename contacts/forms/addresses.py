"""Adding an address to a person, and saying what is known of one."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from contacts.forms.fields import ServiceErrorsMixin
from contacts.forms.suggesting import SuggestingMixin
from contacts.models import Address, Channel


class AddressForm(SuggestingMixin, ServiceErrorsMixin):
    """One more way to reach somebody. The value is checked by the service, which knows the rules."""

    channel = forms.ChoiceField(label=_("What it is for"), choices=Channel.choices)
    email = forms.CharField(
        label=_("Address"),
        max_length=300,
        help_text=_("An e-mail address, a phone number with its country code, or the id that a chat service uses."),
        widget=forms.TextInput(attrs={"dir": "ltr", "autocomplete": "off"}),
    )
    is_primary = forms.BooleanField(
        label=_("Make it the main one"), required=False, help_text=_("Messages of its kind go to the main one.")
    )

    def clean(self) -> dict[str, Any]:
        """Only e-mail addresses can have a mistyped domain."""
        if self.data.get("channel") != Channel.EMAIL:
            return forms.Form.clean(self) or self.cleaned_data
        return super().clean()

    def show_refusal(self, fields: dict[str, list[str]]) -> None:
        """Put a refusal of the service beside the address."""
        for name, sentences in fields.items():
            self.add_error("channel" if name == "channel" else "email", sentences)


class AddressStateForm(ServiceErrorsMixin):
    """What a teammate knows of an address, and how."""

    status = forms.ChoiceField(label=_("State"), choices=Address.Status.choices)
    note = forms.CharField(label=_("Why"), max_length=120, help_text=_("Such as: told us on the phone."))
