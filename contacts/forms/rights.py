"""What a teammate notes about a person's rights."""

from django import forms
from django.utils.translation import gettext_lazy as _

from contacts.models import RightsRequest


class RequestForm(forms.Form):
    """A request that came by letter, by mail or on the phone."""

    kind = forms.ChoiceField(label=_("What they want"), choices=RightsRequest.Kind.choices)
    note = forms.CharField(
        label=_("Note"), required=False, max_length=300, help_text=_("How and when they asked. They can read it too.")
    )


class RestrictionForm(forms.Form):
    """Why a person's data is not used."""

    why = forms.CharField(
        label=_("Why"), required=False, max_length=200, help_text=_("Such as: says the address is wrong.")
    )
