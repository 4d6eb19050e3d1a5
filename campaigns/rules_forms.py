"""What owners fill in for all campaigns of a workspace."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from campaigns.models import Campaign, CampaignRules
from contacts.models import Channel
from delivery.forms import MOST as MOST_AN_HOUR


class RulesForm(forms.ModelForm):
    """A second person's yes, the time to take something back, and what messages cost."""

    UNDO = (
        (10, _("10 seconds")),
        (30, _("30 seconds")),
        (60, _("1 minute")),
        (120, _("2 minutes")),
        (300, _("5 minutes")),
    )

    needs_approval = forms.BooleanField(
        label=_("Campaigns need a second person’s yes"),
        required=False,
        widget=forms.CheckboxInput(attrs={"role": "switch"}),
    )
    undo_seconds = forms.TypedChoiceField(label=_("Time to take it back"), coerce=int, choices=UNDO)

    class Meta:
        model = CampaignRules
        fields = ("needs_approval", "approval_from", "approver_role", "undo_seconds", "price", "currency")
        help_texts = {
            "approval_from": _("Smaller campaigns go out without it. 1 means every campaign."),
            "approver_role": _("Never the person who wrote it or pressed send."),
            "price": _("Leave it empty, and no cost is shown."),
            "currency": _("Three letters, such as EUR."),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["needs_approval"].initial = self.instance.approval_from is not None
        self.fields["approval_from"].widget.attrs["min"] = 1
        chosen = self.instance.undo_seconds
        if chosen not in dict(self.UNDO):
            field = self.fields["undo_seconds"]
            assert isinstance(field, forms.TypedChoiceField)  # noqa: S101 - for the type checker
            field.choices = [*self.UNDO, (chosen, str(chosen))]

    def clean_currency(self) -> str:
        """In capitals."""
        return str(self.cleaned_data["currency"]).strip().upper()

    def clean(self) -> dict[str, Any]:
        """The number of people counts only where a yes is wanted."""
        data: dict[str, Any] = super().clean() or {}
        if not data.get("needs_approval"):
            data["approval_from"] = None
        elif not data.get("approval_from"):
            data["approval_from"] = 1
        if data.get("price") is not None and not data.get("currency"):
            self.add_error("currency", _("Say in which currency the price is."))
        return data

    @property
    def values(self) -> dict[str, Any]:
        """What was filled in, for the service."""
        return {name: value for name, value in self.cleaned_data.items() if name != "needs_approval"}


class OftenForm(forms.Form):
    """At most so many messages in so many days."""

    messages = forms.IntegerField(label=_("At most this many messages"), min_value=1, max_value=100, initial=3)
    days = forms.IntegerField(label=_("Within this many days"), min_value=1, max_value=60, initial=7)
    channel = forms.ChoiceField(label=_("Counted"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["channel"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 - for the type checker
        field.choices = [("", _("All channels together")), *Channel.choices]


class StandingForm(forms.Form):
    """How important a campaign is beside others, whether it waits for people who had enough, and how fast it goes."""

    priority = forms.TypedChoiceField(
        label=_("Importance"),
        coerce=int,
        choices=Campaign.Priority.choices,
        help_text=_("Of two campaigns that want the same person, the more important one goes."),
    )
    wait_days = forms.IntegerField(
        label=_("Keep trying for this many days"),
        min_value=0,
        max_value=60,
        help_text=_("For people who had enough messages lately. With 0 they do not get it."),
    )
    hourly_limit = forms.IntegerField(
        label=_("Messages an hour"),
        min_value=1,
        max_value=MOST_AN_HOUR,
        required=False,
        help_text=_("The most that leave in an hour. Leave it empty, and only the limits of your senders hold."),
    )
    lock_version = forms.IntegerField(widget=forms.HiddenInput, required=False)
