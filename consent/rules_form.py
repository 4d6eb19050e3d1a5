"""Whose rules a workspace follows and what it keeps as proof, as people choose it."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from consent.models import ConsentSettings
from consent.profiles import all_profiles
from consent.rules_wording import profile_name


class RulesForm(forms.ModelForm):
    """The settings beside the rules."""

    default_profile = forms.ChoiceField(
        label=_("Usual rules"),
        required=False,
        help_text=_("For people whose country you do not know, or for which there are no rules here."),
    )

    class Meta:
        model = ConsentSettings
        fields = ["default_profile", "ip_policy", "contact_point", "uses_profiling"]
        help_texts = {
            "ip_policy": _(
                "Kept with each answer as proof. The network is enough to show where an answer came from and names "
                "nobody; keep the full address only if your lawyer asks for it."
            ),
            "contact_point": _("An e-mail address or a web page. It stands on the receipts people can download."),
            "uses_profiling": _("On: people are asked, in a choice of its own, before their behaviour is used."),
        }
        widgets = {"uses_profiling": forms.CheckboxInput(attrs={"role": "switch"})}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        names = sorted((profile_name(profile), key) for key, profile in all_profiles().items())
        field: Any = self.fields["default_profile"]
        field.choices = [("", _("The strictest")), *((key, name) for name, key in names)]
