"""The form of a segment; its rule travels beside it."""

from django import forms
from django.utils.translation import gettext_lazy as _


class SegmentForm(forms.Form):
    """Name and description."""

    name = forms.CharField(
        label=_("Name"), max_length=80, error_messages={"required": _("Give the segment a name to find it by.")}
    )
    description = forms.CharField(label=_("What it is for"), max_length=300, required=False)

    @classmethod
    def of_draft(cls, name: str, description: str) -> "SegmentForm":
        """The form as work on it was left."""
        return cls(initial={"name": name, "description": description})
