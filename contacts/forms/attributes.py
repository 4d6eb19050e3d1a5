"""Adding and changing an attribute, its rules, its type and its choices."""

from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from contacts.forms.fields import ServiceErrorsMixin, attribute_field, offer_choices
from contacts.models import Attribute
from contacts.services.attributes import CHOICE_TYPES, AttributeValues
from contacts.value_rules import RULES

RULE = "rule-"


class AttributeForm(ServiceErrorsMixin):
    """A detail that a workspace keeps about people. What a new one allows is said once its type is known."""

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
        if attribute is None:
            return
        # Rules and messages are written with the key; the type changes with everybody's values, on a page of its own.
        del self.fields["key"], self.fields["type"]
        if attribute.type in CHOICE_TYPES:
            self.fields["choices"].help_text = _("One on each line.")
        else:
            del self.fields["choices"]
        for name in RULES.get(attribute.type, ()):
            self.fields[f"{RULE}{name}"] = _rule_field(name, attribute.rules.get(name))
        self.fields["default"] = attribute_field(
            attribute,
            attribute.default,
            label=gettext("Value for new people"),
            help_text=gettext("They get it where nothing else is said. People you know keep what they have."),
        )

    def values(self) -> AttributeValues:
        """What the service gets."""
        data = self.cleaned_data
        return AttributeValues(
            label=data["label"],
            type=self._attribute.type if self._attribute else data["type"],
            key=data.get("key", ""),
            description=data["description"],
            choices=tuple(data.get("choices", "").splitlines()),
            rules={name.removeprefix(RULE): value for name, value in data.items() if name.startswith(RULE)},
            default=data.get("default") or None,
        )


def _rule_field(name: str, value: Any) -> forms.Field:
    """The field of one rule (contacts.value_rules), which the service reads."""
    labels: dict[str, tuple[Any, Any]] = {
        "max_length": (_("Letters at most"), ""),
        "pattern": (
            _("Pattern"),
            _("Such as [A-Z]{2}-\\d+ for NZ-17. Letters stand for themselves; there are no brackets ( )."),
        ),
        "min": (_("At least"), ""),
        "max": (_("At most"), ""),
        "decimals": (_("Digits after the point, at most"), ""),
        "currency": (_("Only this currency"), _("Such as EUR. Amounts without a currency are read as this one.")),
        "not_future": (_("Only days that have come"), ""),
        "not_past": (_("Only days to come"), ""),
    }
    label, help_text = labels[name]
    if name in {"not_future", "not_past"}:
        return forms.BooleanField(label=label, required=False, initial=bool(value))
    widget = forms.TextInput(attrs={"dir": "ltr", "autocomplete": "off"})
    initial = "" if value is None else str(value)
    return forms.CharField(
        label=label, help_text=help_text, required=False, max_length=200, widget=widget, initial=initial
    )


class TypeForm(ServiceErrorsMixin):
    """Another type for an attribute, and its choices where it has some."""

    type = forms.ChoiceField(label=_("New type"))
    choices = forms.CharField(
        label=_("Choices"),
        required=False,
        max_length=60_000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("One on each line, for types with choices. Left empty, they are made from the values there are."),
    )

    def __init__(self, data: Any = None, *, attribute: Attribute) -> None:
        super().__init__(data)
        others = [(value, str(label)) for value, label in Attribute.Type.choices if value != attribute.type]
        offer_choices(self.fields["type"], others)

    @property
    def chosen(self) -> tuple[str, ...]:
        """The choices as lines."""
        return tuple(self.cleaned_data.get("choices", "").splitlines())


class RenameForm(ServiceErrorsMixin):
    """Another name for a choice."""

    old = forms.ChoiceField(label=_("Choice"))
    new = forms.CharField(
        label=_("New name"),
        required=False,
        max_length=120,
        help_text=_("The name of another choice makes them one. Left empty, nobody has it any more."),
    )

    def __init__(self, data: Any = None, *, attribute: Attribute) -> None:
        super().__init__(data)
        offer_choices(self.fields["old"], [(choice, choice) for choice in attribute.choices])
