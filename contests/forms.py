"""What people type about contests."""

from django import forms
from django.utils.translation import gettext_lazy as _

from contests.wording import DECISIONS, REASONS


class ValueForm(forms.Form):
    """The public value that decides a draw."""

    value = forms.CharField(label=_("Public value"), max_length=500, strip=True)


class RejectForm(forms.Form):
    """Why an entry is turned down; the reason is published with its number."""

    reason = forms.ChoiceField(label=_("Reason"), choices=[(code, REASONS[code]) for code in DECISIONS])


class PlaceForm(forms.Form):
    """The place a jury gives an entry; empty takes it back."""

    place = forms.IntegerField(label=_("Place"), min_value=1, max_value=100_000, required=False)


class CodesForm(forms.Form):
    """Codes for a pool, one a line."""

    key = forms.SlugField(
        label=_("Name of the pool"),
        max_length=60,
        help_text=_("Flows name it to give a code away, such as summer10."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "dir": "ltr"}),
    )
    codes = forms.CharField(
        label=_("Codes, one a line"),
        max_length=1_800_000,
        widget=forms.Textarea(attrs={"rows": 10, "spellcheck": "false", "dir": "ltr"}),
    )
