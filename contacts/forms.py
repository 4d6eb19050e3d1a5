"""What people type about contacts, attributes and imports, checked."""

import datetime as dt
from typing import Any, cast

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.models import Workspace
from contacts import import_hooks, values
from contacts.details import ContactValues
from contacts.models import Attribute, Contact, Import
from contacts.places import country_choices, language_choices
from contacts.services.attributes import AttributeValues
from contacts.services.errors import ContactError
from core.clock import available_zones

PREFIX = "attribute-"
_NOTHING = ("", "–")


def offer_choices(field: forms.Field, choices: list[tuple[str, str]]) -> None:
    """Give a choice field its choices."""
    cast(forms.ChoiceField, field).choices = choices


class ServiceErrorsMixin(forms.Form):
    """Shows what a service refused beside the field it is about."""

    def show(self, error: ContactError) -> None:
        """Put the sentences of a service's refusal where they belong."""
        for name, sentences in error.fields.items():
            field = name.replace("attributes.", PREFIX, 1)
            self.add_error(field if field in self.fields else None, sentences)


class ContactForm(ServiceErrorsMixin):
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
            value = contact.attributes.get(attribute.key) if contact else None
            self.fields[f"{PREFIX}{attribute.key}"] = _attribute_field(attribute, value)

    def _offer(self, name: str, choices: list[tuple[str, str]], present: str) -> None:
        known = dict(choices)
        extra = [(present, present)] if present and present not in known else []
        offer_choices(self.fields[name], [_NOTHING, *extra, *choices])

    @property
    def zones(self) -> list[str]:
        """Names to complete a time zone from."""
        return sorted(name for name in available_zones() if "/" in name and not name.startswith(("Etc/", "posix/")))

    def values(self) -> ContactValues:
        """What the service gets; an emptied field empties the value."""
        data = self.cleaned_data
        attributes = {attribute.key: data[f"{PREFIX}{attribute.key}"] or None for attribute in self.attributes}
        return ContactValues(
            **{name: data[name] for name in ("first_name", "last_name", "email", "phone", "external_id")},
            **{name: data[name] for name in ("language", "country", "time_zone")},
            tags=data["tags"].split(","),
            attributes=attributes,
        )


def _initial(contact: Contact) -> dict[str, Any]:
    names = ("first_name", "last_name", "email", "phone", "language", "country", "time_zone", "external_id")
    return {name: getattr(contact, name) for name in names} | {"tags": ", ".join(contact.tags)}


def _attribute_field(attribute: Attribute, value: Any) -> forms.Field:
    """The field of one attribute, filled with what the contact has."""
    common: dict[str, Any] = {"label": attribute.label, "required": False, "help_text": attribute.description}
    kind = attribute.type
    if kind == Attribute.Type.BOOLEAN:
        choices = [_NOTHING, ("yes", gettext("Yes")), ("no", gettext("No"))]
        return forms.ChoiceField(choices=choices, initial={True: "yes", False: "no"}.get(value, ""), **common)
    if kind == Attribute.Type.CHOICE:
        choices = [_NOTHING, *((choice, choice) for choice in attribute.choices)]
        return forms.ChoiceField(choices=choices, initial=value, **common)
    if kind == Attribute.Type.MULTI_CHOICE:
        return forms.MultipleChoiceField(
            choices=[(choice, choice) for choice in attribute.choices],
            initial=value,
            widget=forms.CheckboxSelectMultiple,
            **common,
        )
    if kind == Attribute.Type.DATE:
        widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
        return forms.CharField(initial=value, widget=widget, max_length=40, **common)
    if kind == Attribute.Type.MONEY:
        common["help_text"] = common["help_text"] or gettext("Such as 12.50 EUR.")
    if kind == Attribute.Type.DATETIME:
        common["help_text"] = common["help_text"] or gettext("Such as 2026-03-31 09:00, in the workspace’s time zone.")
    return forms.CharField(initial=values.edit_text(kind, value), max_length=values.MAX_TEXT + 100, **common)


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


class UploadForm(forms.Form):
    """The file of an import."""

    file = forms.FileField(
        label=_("File"),
        allow_empty_file=True,
        help_text=_("CSV from any spreadsheet or program, up to 2 GB."),
        error_messages={"required": _("Choose a file first.")},
        widget=forms.FileInput(attrs={"accept": ".csv,.tsv,.txt,text/csv"}),
    )


class DialectForm(forms.Form):
    """How a file is to be read, when the guess was wrong."""

    encoding = forms.ChoiceField(
        label=_("Letters are written in"),
        choices=[
            ("utf-8", "UTF-8"),
            ("cp1252", _("Western European (Windows)")),
            ("cp1251", _("Cyrillic (Windows)")),
            ("cp1256", _("Arabic (Windows)")),
            ("utf-16-le", "UTF-16 LE"),
            ("utf-16-be", "UTF-16 BE"),
        ],
    )
    delimiter = forms.ChoiceField(
        label=_("Cells are parted by"),
        choices=[(",", _("Comma")), (";", _("Semicolon")), ("tab", _("Tab")), ("|", _("Bar"))],
    )
    has_header = forms.BooleanField(label=_("The first line is a heading"), required=False)

    def __init__(self, data: Any = None, *, import_: Import) -> None:
        dialect = import_.dialect
        delimiter = "tab" if dialect["delimiter"] == "\t" else dialect["delimiter"]
        initial = {"encoding": dialect["encoding"], "delimiter": delimiter, "has_header": dialect["has_header"]}
        super().__init__(data, initial=initial)

    def clean_delimiter(self) -> str:
        """The sign itself."""
        return "\t" if self.cleaned_data["delimiter"] == "tab" else str(self.cleaned_data["delimiter"])


class ImportOptionsForm(ServiceErrorsMixin):
    """What an import does beside filling in columns."""

    mode = forms.ChoiceField(
        label=_("People you know already"),
        choices=[
            ("upsert", _("Fill in what the file knows, add the others")),
            ("create", _("Leave them as they are, only add the others")),
            ("update", _("Fill in what the file knows, add nobody")),
        ],
        widget=forms.RadioSelect,
        initial="upsert",
    )
    region = forms.ChoiceField(
        label=_("Country of phone numbers"),
        required=False,
        help_text=_("For numbers without a country code, unless the row says its country."),
    )
    topic = forms.ChoiceField(
        label=_("They agreed to"),
        required=False,
        help_text=_("Choose a topic only when these people really agreed to it."),
    )
    consent_source = forms.CharField(
        label=_("Where they agreed"), required=False, max_length=200, help_text=_("Such as “Counter, paper form 3”.")
    )
    consent_at = forms.DateField(
        label=_("When they agreed"), required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )

    def __init__(self, *args: Any, workspace: Workspace, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer_choices(self.fields["region"], [_NOTHING, *country_choices()])
        topics = import_hooks.topics_of(workspace)
        offer_choices(self.fields["topic"], [("", gettext("Nothing is taken over")), *topics])
        self.has_topics = bool(topics)

    def clean_consent_at(self) -> dt.date | None:
        """A day that is not in the future."""
        day: dt.date | None = self.cleaned_data["consent_at"]
        if day and day > dt.datetime.now(dt.UTC).date():
            raise forms.ValidationError(gettext("This day has not come yet."))
        return day

    def options(self) -> dict[str, Any]:
        """What `Import.options` stores."""
        data = self.cleaned_data
        return {
            "mode": data["mode"],
            "region": data["region"],
            "topic": data["topic"],
            "consent_source": data["consent_source"] if data["topic"] else "",
            "consent_at": data["consent_at"].isoformat() if data["topic"] and data["consent_at"] else "",
        }
