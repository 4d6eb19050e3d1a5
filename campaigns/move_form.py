"""What people choose when they move a campaign to another day."""

from django import forms
from django.utils.translation import gettext_lazy as _

from campaigns.forms import ClockInput, DayInput


class MoveForm(forms.Form):
    """A day, and an hour that may be left as it is; `view` and `at` are the page of the calendar to go back to."""

    day = forms.DateField(label=_("Day"), widget=DayInput(format="%Y-%m-%d"))
    clock = forms.TimeField(label=_("Time"), required=False, widget=ClockInput(format="%H:%M"))
    view = forms.CharField(required=False, max_length=10, widget=forms.HiddenInput)
    at = forms.CharField(required=False, max_length=10, widget=forms.HiddenInput)
