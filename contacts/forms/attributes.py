"""Adding and changing an attribute."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from contacts.forms.fields import ServiceErrorsMixin
from contacts.models import Attribute
from contacts.services.attributes import AttributeValues


class AttributeForm(ServiceErrorsMixin):
    """A detail that a workspace keeps about people."""

    label = forms.CharField(label=_("Name"), max_length=80)
    type = forms.ChoiceField(label=_("Type"), choices=Attribute.Type.choices)
    choices = forms.CharField(
        label=_("Choices"),
        required=False,
        max_length=60_000,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text=_("One on each line; only for types with choices."),
    )
    description = forms.CharField(
        label=_("What it means"), required=False, max_length=300, help_text=_("Shown where people fill it in.")
    )
    key = forms.CharField(
        label=_("Key"),
        required=False,
        max_length=60,
        help_text=_("How templates and programs call it. Left empty, it is made from the name."),
        widget=forms.TextInput(attrs={"dir": "ltr"}),
    )

    def __init__(self, data: Any = None, *, attribute: Attribute | None = None) -> None:
        initial = {}
        if attribute is not None:
            choices = "\n".join(attribute.choices)
            initial = {"label": attribute.label, "choices": choices, "description": attribute.description}
        super().__init__(data, initial=initial)
        self._attribute = attribute
        if attribute is not None:
            # Rules and messages are written with them, so both stay as they are.
            del self.fields["key"], self.fields["type"]
            if attribute.type not in {Attribute.Type.CHOICE, Attribute.Type.MULTI_CHOICE}:
                del self.fields["choices"]

    def values(self) -> AttributeValues:
        """What the service gets."""
        data = self.cleaned_data
        return AttributeValues(
            label=data["label"],
            type=self._attribute.type if self._attribute else data["type"],
            key=data.get("key", ""),
            description=data["description"],
            choices=tuple(data.get("choices", "").splitlines()),
        )
