"""Adding and changing a contact."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import Workspace
from contacts.details import ContactValues
from contacts.forms.fields import NOTHING, PREFIX, ServiceErrorsMixin, attribute_field, offer_choices
from contacts.forms.suggesting import SuggestingMixin
from contacts.models import Attribute, Contact
from contacts.places import country_choices, language_choices
from core.clock import available_zones


class ContactForm(SuggestingMixin, ServiceErrorsMixin):
    """Everything a contact has. Values are checked by the service, which knows the rules."""

    first_name = forms.CharField(label=_("First name"), required=False, max_length=120)
    last_name = forms.CharField(label=_("Last name"), required=False, max_length=120)
    email = forms.CharField(label=_("E-mail address"), required=False, max_length=300)
    phone = forms.CharField(
        label=_("Phone"), required=False, max_length=40, help_text=_("With the country code, such as +64 21 555 0142.")
    )
    language = forms.ChoiceField(label=_("Language"), required=False)
    country = forms.ChoiceField(label=_("Country"), required=False)
    time_zone = forms.CharField(
        label=_("Time zone"), required=False, max_length=64, help_text=_("Such as Pacific/Auckland.")
    )
    tags = forms.CharField(label=_("Tags"), required=False, max_length=3000, help_text=_("With commas between them."))
    external_id = forms.CharField(
        label=_("External id"), required=False, max_length=120, help_text=_("How another system calls this person.")
    )

    def __init__(self, data: Any = None, *, workspace: Workspace, contact: Contact | None = None) -> None:
        super().__init__(data, initial=_initial(contact) if contact else None)
        self.attributes = list(Attribute.objects.in_workspace(workspace).by_label())
        self._offer("language", language_choices(), contact.language if contact else "")
        self._offer("country", country_choices(), contact.country if contact else "")
        self.fields["time_zone"].widget.attrs["list"] = "zones"
        for name in ("email", "phone", "external_id", "time_zone"):
            self.fields[name].widget.attrs["dir"] = "ltr"
        self.fields["email"].widget.attrs |= {"autocomplete": "off", "inputmode": "email"}
        self.fields["phone"].widget.attrs |= {"autocomplete": "off", "inputmode": "tel"}
        for attribute in self.attributes:
            value = contact.attributes.get(attribute.key) if contact else attribute.default
            self.fields[f"{PREFIX}{attribute.key}"] = attribute_field(attribute, value)

    def _offer(self, name: str, choices: list[tuple[str, str]], present: str) -> None:
        known = dict(choices)
        extra = [(present, present)] if present and present not in known else []
        offer_choices(self.fields[name], [NOTHING, *extra, *choices])

    @property
    def zones(self) -> list[str]:
        """Names to complete a time zone from."""
        return sorted(name for name in available_zones() if "/" in name and not name.startswith(("Etc/", "posix/")))

    def values(self) -> ContactValues:
        """What the service gets; an emptied field empties the value.

        Of details only those that were touched: an old value that a newer rule would refuse is no reason to lose
        it, nor to stop somebody from changing something else.
        """
        data = self.cleaned_data
        keys = [attribute.key for attribute in self.attributes if f"{PREFIX}{attribute.key}" in self.changed_data]
        attributes = {key: data[f"{PREFIX}{key}"] or None for key in keys}
        return ContactValues(
            **{name: data[name] for name in ("first_name", "last_name", "email", "phone", "external_id")},
            **{name: data[name] for name in ("language", "country", "time_zone")},
            tags=data["tags"].split(","),
            attributes=attributes,
        )


def _initial(contact: Contact) -> dict[str, Any]:
    names = ("first_name", "last_name", "email", "phone", "language", "country", "time_zone", "external_id")
    return {name: getattr(contact, name) for name in names} | {"tags": ", ".join(contact.tags)}
