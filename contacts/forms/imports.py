"""Bringing in a file."""

import datetime as dt
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.models import Workspace
from contacts import import_hooks
from contacts.forms.fields import ServiceErrorsMixin, offer_choices
from contacts.models import Import
from contacts.places import country_choices

_ACCEPTED = ".csv,.tsv,.txt,.xlsx,.xlsb,.xls,.ods,.json,.jsonl,.ndjson,.parquet,text/csv"
_NOTHING = ("", "–")


class UploadForm(forms.Form):
    """The file of an import."""

    file = forms.FileField(
        label=_("File"),
        allow_empty_file=True,
        help_text=_("CSV up to 2 GB; Excel and other spreadsheets, JSON Lines and Parquet too."),
        error_messages={"required": _("Choose a file first.")},
        widget=forms.FileInput(attrs={"accept": _ACCEPTED}),
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
        if import_.intake:  # we have written the file ourselves
            del self.fields["encoding"], self.fields["delimiter"]

    def dialect(self) -> dict[str, Any]:
        """What the service gets."""
        return {"encoding": "", "delimiter": "", **self.cleaned_data}

    def clean_delimiter(self) -> str:
        """The sign itself."""
        return "\t" if self.cleaned_data["delimiter"] == "tab" else str(self.cleaned_data["delimiter"])


class SheetForm(forms.Form):
    """Which sheet of a workbook has the list."""

    sheet = forms.TypedChoiceField(label=_("Sheet"), coerce=int)

    def __init__(self, data: Any = None, *, import_: Import) -> None:
        intake = import_.intake or {}
        super().__init__(data, initial={"sheet": intake.get("sheet", 0)})
        offer_choices(self.fields["sheet"], [(str(place), name) for place, name in enumerate(intake.get("sheets", []))])


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
    match_by = forms.ChoiceField(
        label=_("People are recognised by"),
        required=False,
        choices=[
            ("", _("External id, then e-mail address")),
            ("email", _("E-mail address first")),
            ("phone", _("Phone first")),
            ("external_id", _("External id first")),
        ],
        help_text=_("The phone counts only where a row has neither, since families share one."),
    )
    region = forms.ChoiceField(
        label=_("Country of phone numbers"),
        required=False,
        help_text=_("For numbers without a country code, unless the row says its country."),
    )
    static_list = forms.ChoiceField(
        label=_("Put them on a list"),
        required=False,
        help_text=_("Everybody in the file, whether new or known, apart from rejected rows."),
    )
    topic = forms.ChoiceField(
        label=_("They agreed to"),
        required=False,
        help_text=_("Choose a topic only when these people really agreed to it."),
    )
    consent_basis = forms.ChoiceField(
        label=_("How they agreed"),
        required=False,
        help_text=_("Having bought or asked counts for a time only, and not in every country."),
    )
    consent_source = forms.CharField(
        label=_("Where they agreed"), required=False, max_length=200, help_text=_("Such as “Counter, paper form 3”.")
    )
    consent_at = forms.DateField(
        label=_("When they agreed"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text=_("For everybody whose row says no other day."),
    )

    def __init__(self, *args: Any, workspace: Workspace, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer_choices(self.fields["region"], [_NOTHING, *country_choices()])
        lists = import_hooks.lists_of(workspace)
        offer_choices(self.fields["static_list"], [("", gettext("No list")), *lists])
        self.has_lists = bool(lists)
        topics = import_hooks.topics_of(workspace)
        offer_choices(self.fields["topic"], [("", gettext("Nothing is taken over")), *topics])
        offer_choices(self.fields["consent_basis"], import_hooks.bases())
        self.has_topics = bool(topics)

    def clean_consent_at(self) -> dt.date | None:
        """A day that is not in the future."""
        day: dt.date | None = self.cleaned_data["consent_at"]
        if day and day > dt.datetime.now(dt.UTC).date():
            raise forms.ValidationError(gettext("This day has not come yet."))
        return day

    def options(self) -> dict[str, Any]:
        """What `Import.options` stores; fields that are not right yet are left out."""
        data = {name: self.cleaned_data.get(name) or "" for name in self.fields}
        day = self.cleaned_data.get("consent_at")
        consent = {
            "consent_basis": data["consent_basis"],
            "consent_source": data["consent_source"],
            "consent_at": day.isoformat() if day else "",
        }
        return {
            "mode": data["mode"] or "upsert",
            "match_by": data["match_by"],
            "region": data["region"],
            "static_list": data["static_list"],
            "topic": data["topic"],
            **{name: value if data["topic"] else "" for name, value in consent.items()},
        }
