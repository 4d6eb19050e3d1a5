"""Taking out a file, and choosing the columns of the list."""

from typing import Any

from django import forms
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from contacts.exporting.columns import ExportColumn
from contacts.exporting.files import SEPARATORS
from contacts.exporting.wish import Wish
from contacts.list_filters import ContactFilter
from contacts.models import Export

MAX_LIST_COLUMNS = 8


class ExportForm(forms.Form):
    """Which columns, and what kind of file."""

    format = forms.ChoiceField(
        label=_("Kind of file"),
        choices=[
            (Export.Format.CSV, _("CSV, for any program")),
            (Export.Format.XLSX, _("Excel workbook")),
            (Export.Format.JSONL, _("JSON Lines, for programmers")),
        ],
        initial=Export.Format.CSV,
        widget=forms.RadioSelect,
    )
    separator = forms.ChoiceField(
        label=_("Cells are parted by"),
        choices=[("comma", _("Comma")), ("semicolon", _("Semicolon")), ("tab", _("Tab")), ("bar", _("Bar"))],
        required=False,
        help_text=_("Excel in many countries of Europe expects semicolons."),
    )
    with_mark = forms.BooleanField(
        label=_("Begin with a sign by which Excel knows the letters"),
        required=False,
        initial=True,
        help_text=_("Take it off when a program stumbles over the first heading."),
    )
    columns = forms.MultipleChoiceField(
        label=_("Columns"), error_messages={"required": _("Choose at least one column.")}
    )

    def __init__(self, data: Any = None, *, columns: dict[str, ExportColumn]) -> None:
        super().__init__(data)
        self.fields["columns"].choices = [(key, column.label) for key, column in columns.items()]  # type: ignore[attr-defined]

    def clean_separator(self) -> str:
        """A comma, unless another one was chosen."""
        separator = self.cleaned_data["separator"]
        return separator if separator in SEPARATORS else "comma"

    def wish(self, wanted: ContactFilter, chosen: list[str] | None) -> Wish:
        """What was asked for, of a valid form."""
        return Wish(wanted=wanted, chosen=chosen, language=get_language() or "en", **self.cleaned_data)


class ListColumnsForm(forms.Form):
    """Which columns the list of contacts shows beside the person."""

    columns = forms.MultipleChoiceField(label=_("Columns"), required=False, widget=forms.CheckboxSelectMultiple)

    def __init__(self, data: Any = None, *, offered: list[tuple[str, str]]) -> None:
        super().__init__(data)
        self.fields["columns"].choices = offered  # type: ignore[attr-defined]

    def clean_columns(self) -> list[str]:
        """The first few, in the order they are offered."""
        ticked = set(self.cleaned_data["columns"])
        offered = self.fields["columns"].choices  # type: ignore[attr-defined]
        return [key for key, _label in offered if key in ticked][:MAX_LIST_COLUMNS]
