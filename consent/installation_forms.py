"""What somebody who runs the installation types about its own do-not-write list, checked."""

import io
from typing import Any, BinaryIO

from django import forms
from django.utils.translation import gettext_lazy as _

from consent.forms import SuppressionListForm
from consent.models import Suppression
from consent.suppression_file import DIGEST, UNREADABLE, Entry, TooManyLines, entry_of, read_list

# What one request takes in; a longer list is for `manage.py suppress import`, which takes its time.
MAX_LINES = 100_000


class EntryForm(forms.Form):
    """One address, domain or digest that no workspace writes to."""

    what = forms.CharField(
        label=_("Address or domain"),
        max_length=254,
        help_text=_("anna@example.com stops one address, example.com everyone there. An MD5 or SHA-256 works too."),
        widget=forms.TextInput(attrs={"dir": "ltr", "autocomplete": "off", "spellcheck": "false"}),
    )
    reason = forms.ChoiceField(label=_("Why"), choices=Suppression.Reason.choices, initial=Suppression.Reason.MANUAL)
    note = forms.CharField(label=_("Note"), max_length=200, required=False)

    def clean_what(self) -> Entry:
        """The entry as it is stored."""
        entry = entry_of(self.cleaned_data["what"])
        if entry.kind == UNREADABLE:
            raise forms.ValidationError(
                _("This is neither an address nor a domain. Write it like anna@example.com or example.com.")
            )
        return entry

    def said(self) -> str:
        """What was added, for the sentence that says so; of a digest its beginning."""
        kind, value = self.cleaned_data["what"]
        return f"{value[:12]}…" if kind == DIGEST else str(value)


class EntryListForm(SuppressionListForm):
    """A list as a file or pasted, up to MAX_LINES lines."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["file"].help_text = _("CSV or plain text, up to 100,000 lines.")

    def clean(self) -> dict[str, Any]:
        """Also `entries`, every filled line of the list."""
        cleaned = super().clean()
        source: BinaryIO = cleaned.get("file") or io.BytesIO(cleaned.get("text", "").encode())
        cleaned["entries"] = entries = []
        try:
            for entry in read_list(source):
                entries.append(entry)
                if len(entries) > MAX_LINES:
                    raise TooManyLines
        except TooManyLines:
            raise forms.ValidationError(
                _("This list has more than 100,000 lines. Nothing was taken in: split it, or bring it on the server.")
            ) from None
        if all(entry.kind == UNREADABLE for entry in entries):
            raise forms.ValidationError(_("No line of this list can be read, so nothing was taken in."))
        return cleaned


class RemovalForm(forms.Form):
    """Why an entry goes."""

    note = forms.CharField(
        label=_("Why it may be written to again"),
        max_length=200,
        error_messages={"required": _("Say why. Whoever runs this installation after you will want to know.")},
    )
