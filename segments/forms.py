"""The form of a segment; its rule travels beside it."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from segments.models import Segment


class SegmentForm(forms.Form):
    """Name and description."""

    name = forms.CharField(
        label=_("Name"), max_length=80, error_messages={"required": _("Give the segment a name to find it by.")}
    )
    description = forms.CharField(label=_("What it is for"), max_length=300, required=False)

    @classmethod
    def of(cls, segment: Segment | None, initial: dict[str, Any] | None = None) -> "SegmentForm":
        """The form of a stored segment, or of a new one."""
        if segment is None:
            return cls(initial=initial)
        return cls(initial={"name": segment.name, "description": segment.description})
