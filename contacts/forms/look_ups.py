"""Starting a number check."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from contacts.forms.fields import ServiceErrorsMixin, offer_choices
from contacts.lookups.providers import providers
from contacts.services.look_ups import GROUPS, MAX_LIMIT

GROUP_LABELS = {
    "unverified": _("Numbers not verified yet"),
    "risky": _("Risky numbers"),
    "dead": _("Dead numbers"),
    "all": _("All numbers that may work"),
}


class LookUpForm(ServiceErrorsMixin):
    """Whom to ask, about whom, and how many at most."""

    provider = forms.ChoiceField(label=_("Who is asked"))
    group = forms.ChoiceField(label=_("About"), choices=[(key, GROUP_LABELS[key]) for key in GROUPS])
    limit = forms.IntegerField(
        label=_("At most"),
        min_value=1,
        max_value=MAX_LIMIT,
        initial=1000,
        help_text=_("What was asked in the last 90 days is left out."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer_choices(self.fields["provider"], [(one.key, str(one.label)) for one in providers()])
