"""What people fill in for a campaign, step by step."""

import functools
import uuid
from typing import Any, Self

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import Workspace
from campaigns.models import Campaign
from campaigns.schedule import place_of
from channels.models import Sender
from consent.models import Topic
from content.models import Template
from core.clock import available_zones
from core.ids import uuid_or_none
from segments.models import Segment


class StepForm(forms.Form):
    """A step of a campaign in one workspace: offers only what belongs to it."""

    lock_version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, workspace: Workspace, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.workspace = workspace

    @classmethod
    def of(cls, campaign: Campaign) -> Self:
        """The step as it stands."""
        initial: dict[str, Any] = {"lock_version": campaign.lock_version}
        for name in cls.base_fields:
            if name == "lock_version":
                continue
            value = getattr(campaign, name)
            initial[name] = getattr(value, "public_id", value)
        return cls(workspace=campaign.workspace, initial=initial)

    @property
    def values(self) -> dict[str, Any]:
        """What was filled in, for the service."""
        return {name: value for name, value in self.cleaned_data.items() if name != "lock_version"}


class WhoForm(StepForm):
    """The name, the people and the topic. People and topic may wait until later."""

    name = forms.CharField(
        label=_("Name"), max_length=120, help_text=_("Only you and your teammates see it."), strip=True
    )
    segment = forms.ModelChoiceField(
        Segment.objects.none(),
        label=_("People"),
        required=False,
        empty_label=_("Choose a segment"),
        to_field_name="public_id",
    )
    topic = forms.ModelChoiceField(
        Topic.objects.none(),
        label=_("Topic"),
        required=False,
        empty_label=_("Choose a topic"),
        to_field_name="public_id",
        help_text=_("Only people who agreed to this topic get the message."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        topics = Topic.objects.in_workspace(self.workspace).order_by("name", "id")
        _offer(self, "segment", Segment.objects.in_workspace(self.workspace))
        _offer(self, "topic", topics)
        self.fields["name"].widget.attrs["autocomplete"] = "off"
        only = list(topics[:2])
        if len(only) == 1 and not self.is_bound and not self.initial.get("topic"):
            self.initial["topic"] = only[0].public_id


def find_segment(workspace: Workspace, public_id: str) -> Segment | None:
    """The workspace's segment of that id; None for anything else."""
    wanted = uuid_or_none(public_id)
    if wanted is None:
        return None
    found: Segment | None = Segment.objects.in_workspace(workspace).filter(public_id=wanted).first()
    return found


class MessageForm(StepForm):
    """The template and who it comes from."""

    template = forms.ModelChoiceField(
        Template.objects.none(),
        label=_("Template"),
        required=False,
        empty_label=None,
        to_field_name="public_id",
        widget=forms.RadioSelect,
    )
    sender = forms.ModelChoiceField(
        Sender.objects.none(),
        label=_("From"),
        required=False,
        empty_label=_("Choose a sender"),
        to_field_name="public_id",
        help_text=_("The name and address people see."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        senders = Sender.objects.in_workspace(self.workspace)
        _offer(self, "template", Template.objects.in_workspace(self.workspace))
        _offer(self, "sender", senders)
        if not self.is_bound and not self.initial.get("sender"):
            self.initial["sender"] = _usual_sender(self.workspace, list(senders[:2]))


def _usual_sender(workspace: Workspace, senders: list[Sender]) -> uuid.UUID | None:
    """The only one of `senders`, else the one of the campaign that was begun last; None where there is neither."""
    if len(senders) == 1:
        return senders[0].public_id
    used = Campaign.objects.in_workspace(workspace).filter(sender__is_active=True).order_by("-created_at", "-id")
    return used.values_list("sender__public_id", flat=True).first()


def _offer(form: forms.Form, name: str, rows: Any) -> None:
    field = form.fields[name]
    assert isinstance(field, forms.ModelChoiceField)  # noqa: S101 - for the type checker
    field.queryset = rows


class DayInput(forms.DateInput):
    """A day, chosen with the browser's own calendar."""

    input_type = "date"


class ClockInput(forms.TimeInput):
    """A time, chosen with the browser's own clock."""

    input_type = "time"


class TestForm(forms.Form):
    """Where a test goes: one address or a few."""

    __test__ = False
    MOST = 5

    to_email = forms.CharField(
        label=_("Send a test to"),
        max_length=1300,
        widget=forms.EmailInput(attrs={"multiple": True}),
        help_text=_("Up to five addresses, with commas between them."),
    )

    def clean_to_email(self) -> list[str]:
        """Each address once, in the order they were typed."""
        typed = self.cleaned_data["to_email"].replace("،", ",").replace(";", ",").split(",")
        addresses = list(dict.fromkeys(part.strip() for part in typed if part.strip()))
        if not 1 <= len(addresses) <= self.MOST:
            raise forms.ValidationError(_("Type one to five addresses."))
        field = forms.EmailField(max_length=254)
        return [field.clean(address) for address in addresses]


@functools.cache
def zone_choices() -> list[tuple[Any, Any]]:
    """UTC, then every place by part of the world, for a select."""
    groups: dict[str, list[tuple[str, str]]] = {}
    for name in sorted(available_zones()):
        region, _slash, place = name.partition("/")
        if place and region in REGIONS:
            groups.setdefault(region, []).append((name, place_of(name)))
    choices: list[tuple[Any, Any]] = [("UTC", "UTC")]
    return choices + [(REGIONS[region], places) for region, places in sorted(groups.items())]


REGIONS = {
    "Africa": _("Africa"),
    "America": _("America"),
    "Antarctica": _("Antarctica"),
    "Asia": _("Asia"),
    "Atlantic": _("Atlantic"),
    "Australia": _("Australia"),
    "Europe": _("Europe"),
    "Indian": _("Indian Ocean"),
    "Pacific": _("Pacific"),
}
