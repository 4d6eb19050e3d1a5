"""What people fill in for versions of a campaign, and for the people kept back."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.functional import lazy
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from accounts.models import Workspace
from campaigns.hold_outs import MOST_PERCENT
from campaigns.models import Campaign, CampaignVariant, Experiment, HoldOutGroup
from campaigns.timing_words import hours_later
from campaigns.variants import FEWEST, MOST
from channels.models import Sender
from content.models import Template
from events.models import EventKind

# A lazy string with a number put in is one no longer: these are written in the language of whoever reads the form.
_hours = lazy(lambda hours: ngettext("%(hours)d hour", "%(hours)d hours", hours) % {"hours": hours}, str)
_days = lazy(lambda days: ngettext("%(days)d day", "%(days)d days", days) % {"days": days}, str)


class VersionForm(forms.Form):
    """One version. What is left empty is as in the campaign itself."""

    subject = forms.CharField(label=_("Subject"), max_length=300, required=False, strip=True)
    template = forms.ModelChoiceField(
        Template.objects.none(), label=_("Message"), required=False, to_field_name="public_id"
    )
    sender = forms.ModelChoiceField(Sender.objects.none(), label=_("From"), required=False, to_field_name="public_id")
    delay_hours = forms.TypedChoiceField(
        label=_("Goes out"), required=False, coerce=int, choices=[(0, _("At the start"))]
    )

    def __init__(
        self,
        data: Mapping[str, Any] | None = None,
        *,
        campaign: Campaign,
        position: int,
        initial: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(data, prefix=f"v{position}", initial=initial)
        self.letter = chr(64 + position)
        self.position = position
        workspace = campaign.workspace
        template, sender, hours = (self.fields[name] for name in ("template", "sender", "delay_hours"))
        assert isinstance(template, forms.ModelChoiceField)  # noqa: S101 - for the type checker
        assert isinstance(sender, forms.ModelChoiceField)  # noqa: S101
        assert isinstance(hours, forms.TypedChoiceField)  # noqa: S101
        template.queryset = Template.objects.in_workspace(workspace)
        template.empty_label = _("As in the campaign")
        sender.queryset = Sender.objects.in_workspace(workspace)
        sender.empty_label = _("As in the campaign")
        hours.choices = [(0, _("At the start"))] + [
            (hour, hours_later(hour)) for hour in (1, 2, 3, 4, 6, 8, 10, 12, 24, 48, 72)
        ]
        if campaign.template is not None:
            # As it is written, fields and all: what stands here is what people type after it.
            self.fields["subject"].widget.attrs["placeholder"] = campaign.template.subject
        self.fields["subject"].widget.attrs["autocomplete"] = "off"

    @classmethod
    def initial_of(cls, variant: CampaignVariant) -> dict[str, Any]:
        """A stored version as the form shows it."""
        return {
            "subject": variant.subject,
            "sender": variant.sender.public_id if variant.sender else None,
            "template": variant.template.public_id if variant.template else None,
            "delay_hours": variant.delay_minutes // 60,
        }

    @property
    def values(self) -> dict[str, Any]:
        """For the service."""
        data = self.cleaned_data
        return {
            "subject": data["subject"],
            "sender": data["sender"],
            "template": data["template"],
            "delay_minutes": 60 * (data["delay_hours"] or 0),
        }

    @property
    def differs_otherwise(self) -> bool:
        """Whether more than the subject is its own, so that those fields are shown open."""
        return any(self[name].value() not in (None, "", 0, "0") for name in ("template", "sender", "delay_hours"))


class ComparisonForm(forms.Form):
    """Who is in the test, what counts, and when and by whom it is decided."""

    share = forms.IntegerField(
        label=_("People in the test"),
        min_value=5,
        max_value=100,
        initial=20,
        widget=forms.NumberInput(attrs={"type": "range", "step": 5}),
    )
    goal = forms.ChoiceField(label=_("What counts"), choices=Experiment.Goal.choices, initial=Experiment.Goal.CLICKED)
    event_kind = forms.ChoiceField(label=_("Which event"), required=False)
    wait_hours = forms.TypedChoiceField(
        label=_("Time to react"),
        coerce=int,
        initial=24,
        choices=[(hours, _hours(hours)) for hours in (2, 4, 8, 12, 24, 48, 72)],
        help_text=_("Counted for each person from their own message on."),
    )
    is_automatic = forms.TypedChoiceField(
        label=_("Who decides"),
        coerce=lambda value: value == "yes",
        choices=[("yes", _("A clear winner goes to the rest by itself")), ("no", _("I choose myself"))],
        initial="yes",
    )
    otherwise = forms.ChoiceField(
        label=_("If no version is clearly better in time"), choices=Experiment.Otherwise.choices, initial="first"
    )

    def __init__(self, *args: Any, workspace: Workspace, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["event_kind"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 - for the type checker
        field.choices = [("", _("Choose an event")), *event_choices(workspace, str(self.initial.get("event_kind", "")))]

    @classmethod
    def initial_of(cls, experiment: Experiment) -> dict[str, Any]:
        """A stored comparison as the form shows it."""
        names = ("share", "goal", "event_kind", "wait_hours", "otherwise")
        return {
            **{name: getattr(experiment, name) for name in names},
            "is_automatic": "yes" if experiment.is_automatic else "no",
        }

    def clean(self) -> dict[str, Any]:
        """An event is needed only where one counts."""
        data = super().clean() or {}
        if data.get("goal") in (Experiment.Goal.EVENT, Experiment.Goal.REVENUE):
            if not data.get("event_kind") and "event_kind" not in self.errors:
                self.add_error("event_kind", _("Choose the event that counts."))
        elif "event_kind" not in self.errors:
            data["event_kind"] = ""
        return data


def event_choices(workspace: Workspace, chosen: str = "") -> list[tuple[str, str]]:
    """The workspace's own events by name; a chosen one stays even if it was never seen."""
    names = set(EventKind.objects.filter(workspace=workspace).values_list("name", flat=True)[:1000])
    if chosen:
        names.add(chosen)
    return [(name, name) for name in sorted(names)]


class KeptBackForm(forms.Form):
    """How many of a campaign's people get nothing."""

    hold_out = forms.TypedChoiceField(
        label=_("Keep back at random"),
        coerce=int,
        initial=0,
        choices=[(0, _("Nobody")), *((percent, f"{percent} %") for percent in (5, 10, 20, 50))],
        help_text=_("They get nothing, so that you see what would have happened anyway."),
    )


class HoldOutGroupForm(forms.Form):
    """The workspace's own group, and how long the same people are in it."""

    percent = forms.IntegerField(label=_("People, in percent"), min_value=0, max_value=MOST_PERCENT, initial=0)
    months = forms.TypedChoiceField(
        label=_("For how long"),
        coerce=int,
        initial=3,
        choices=[(1, _("A month")), (3, _("Three months")), (6, _("Half a year")), (12, _("A year"))],
        help_text=_("After that it is other people’s turn."),
    )

    @classmethod
    def of(cls, group: HoldOutGroup | None) -> "HoldOutGroupForm":
        """As it stands."""
        return cls(initial={"percent": group.percent, "months": group.months} if group and group.is_renewed else {})


class EffectForm(forms.Form):
    """On what, and over how many days, people kept back are compared with the others."""

    event = forms.ChoiceField(label=_("What people do"), required=False)
    days = forms.TypedChoiceField(
        label=_("Within"),
        coerce=int,
        required=False,
        choices=[(days, _days(days)) for days in (1, 3, 7, 14, 30, 60, 90)],
    )
    amounts = forms.BooleanField(label=_("Count money, not people"), required=False)

    def __init__(self, data: Mapping[str, Any], *, workspace: Workspace, preset: str = "") -> None:
        choices = event_choices(workspace, preset)
        chosen = data.get("event") or preset or (choices[0][0] if choices else "")
        super().__init__({"event": chosen, "days": data.get("days") or 14, "amounts": data.get("amounts")})
        field = self.fields["event"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 - for the type checker
        field.choices = choices


def versions_of(data: Mapping[str, Any]) -> int:
    """How many versions a sent form speaks of, within what is possible."""
    number = str(data.get("versions", ""))
    return min(max(int(number), 0), MOST) if number.isdecimal() and len(number) < 4 else FEWEST
