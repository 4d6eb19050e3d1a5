"""What the forms of contacts share."""

from typing import Any, cast

from django import forms
from django.utils.translation import gettext

from contacts import values
from contacts.models import Attribute
from contacts.services.errors import ContactError

PREFIX = "attribute-"
NOTHING = ("", "–")
MAX_CODED = 40


def offer_choices(field: forms.Field, choices: list[tuple[str, str]]) -> None:
    """Give a choice field its choices."""
    cast(forms.ChoiceField, field).choices = choices


class ServiceErrorsMixin(forms.Form):
    """Shows what a service refused beside the field it is about."""

    def show(self, error: ContactError) -> None:
        """Put the sentences of a service's refusal where they belong."""
        for name, sentences in error.fields.items():
            field = name.replace("attributes.", PREFIX, 1).replace("rules.", "rule-", 1)
            self.add_error(field if field in self.fields else None, sentences)


def attribute_field(attribute: Attribute, value: Any, *, label: str = "", help_text: str = "") -> forms.Field:
    """The field of one attribute, filled with `value` in stored form.

    A choice that is none any more stays on offer where somebody has it, so that saving does not take it away.
    """
    common: dict[str, Any] = {
        "label": label or attribute.label,
        "required": False,
        "help_text": help_text or attribute.description,
    }
    makers = {
        Attribute.Type.BOOLEAN: _truth_field,
        Attribute.Type.CHOICE: _choice_field,
        Attribute.Type.MULTI_CHOICE: _choices_field,
        Attribute.Type.DATE: _date_field,
    }
    maker = makers.get(Attribute.Type(attribute.type), _text_field)
    return maker(attribute, value, common)


def _truth_field(_attribute: Attribute, value: Any, common: dict[str, Any]) -> forms.Field:
    choices = [NOTHING, ("yes", gettext("Yes")), ("no", gettext("No"))]
    initial = ("yes" if value else "no") if isinstance(value, bool) else ""
    return forms.ChoiceField(choices=choices, initial=initial, **common)


def _choice_field(attribute: Attribute, value: Any, common: dict[str, Any]) -> forms.Field:
    present = [value] if isinstance(value, str) and value not in attribute.choices else []
    choices = [NOTHING, *((choice, choice) for choice in [*present, *attribute.choices])]
    return forms.ChoiceField(choices=choices, initial=value, **common)


def _choices_field(attribute: Attribute, value: Any, common: dict[str, Any]) -> forms.Field:
    present = [item for item in value if item not in attribute.choices] if isinstance(value, list) else []
    return forms.MultipleChoiceField(
        choices=[(choice, choice) for choice in [*present, *attribute.choices]],
        initial=value,
        widget=forms.CheckboxSelectMultiple,
        **common,
    )


def _date_field(_attribute: Attribute, value: Any, common: dict[str, Any]) -> forms.Field:
    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    return forms.CharField(initial=value, widget=widget, max_length=MAX_CODED, **common)


def _text_field(attribute: Attribute, value: Any, common: dict[str, Any]) -> forms.Field:
    if attribute.type == Attribute.Type.MONEY:
        common["help_text"] = common["help_text"] or gettext("Such as 12.50 EUR.")
    if attribute.type == Attribute.Type.DATETIME:
        common["help_text"] = common["help_text"] or gettext("Such as 2026-03-31 09:00, in the workspace’s time zone.")
    initial = values.edit_text(attribute.type, value)
    return forms.CharField(initial=initial, max_length=values.MAX_TEXT + 100, **common)
