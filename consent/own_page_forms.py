"""What people choose on their own pages, checked."""

import datetime as dt
from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import get_language_info
from django.utils.translation import gettext_lazy as _

from accounts.forms import ZoneSelect
from consent import links
from consent.forms import TopicsField, offer_topics
from consent.models import ContactPreference, Topic
from consent.other_channels import other_choices
from consent.profiles import add_months
from consent.readers import base_language
from consent.services.choices import InvalidPreference, break_until, quiet_pair
from consent.services.ledger import states_of
from consent.services.preferences import PreferenceAnswers
from consent.wording import frequency_choices
from contacts.models import Contact
from core.clock import available_zones, now, zone_or_none

BREAKS = {"month": 1, "quarter": 3}
# Links into the zone database's past, which name no place.
NO_PLACES = ("Etc/", "SystemV/", "US/", "posix/", "right/")


class PreferencesForm(forms.Form):
    """A preference page: switches for the topics it shows and for what we may learn, how often, when, the language."""

    page = forms.CharField(required=False)
    topics = TopicsField(queryset=Topic.objects.none(), required=False)
    shown = TopicsField(queryset=Topic.objects.none(), required=False)
    others = forms.MultipleChoiceField(required=False)
    others_shown = forms.MultipleChoiceField(required=False)
    tracking = forms.BooleanField(required=False)
    profiling = forms.BooleanField(required=False)
    frequency = forms.ChoiceField(label=_("How often, at most"), required=False)
    quiet_from = forms.TimeField(
        label=_("Nothing from"), required=False, widget=forms.TimeInput(format="%H:%M", attrs={"type": "time"})
    )
    quiet_until = forms.TimeField(
        label=_("until"), required=False, widget=forms.TimeInput(format="%H:%M", attrs={"type": "time"})
    )
    time_zone = forms.ChoiceField(label=_("On the clock of"), required=False, widget=ZoneSelect(attrs={"dir": "ltr"}))
    language = forms.ChoiceField(label=_("Language"), required=False)

    def __init__(
        self, *args: Any, contact: Contact, preference: ContactPreference, profiling: bool, **kwargs: Any
    ) -> None:
        zone = str(contact.time_zone or contact.workspace.time_zone)
        kwargs["initial"] = {
            "language": base_language(contact.language),
            "frequency": str(preference.days_between or ""),
            "quiet_from": preference.quiet_from,
            "quiet_until": preference.quiet_until,
            "time_zone": zone,
        }
        super().__init__(*args, **kwargs)
        self.contact = contact
        for name in ("topics", "shown"):
            offer_topics(self, name, Topic.objects.in_workspace(contact.workspace_id))
        names = [(code, _name_of(code)) for code, _label in settings.LANGUAGES]
        known = base_language(contact.language) in dict(names)
        self.other_choices = other_choices(contact, states_of(contact))
        for name in ("others", "others_shown"):
            self._offer(name, [(one.key, one.key) for one in self.other_choices])
        self._offer("language", names if known else [("", _("As in your browser")), *names])
        self._offer("frequency", frequency_choices(preference.days_between))
        self._offer("time_zone", _zones(zone))
        if not profiling:
            del self.fields["profiling"]

    def clean(self) -> dict[str, Any]:
        """Refuse what no page of ours sent, and half of quiet hours."""
        data: dict[str, Any] = super().clean() or {}
        if not links.is_from_page(self.contact.public_id, data.get("page", "")):
            raise ValidationError(_("Open this page once more and save again."), code="page")
        try:
            quiet_pair(data.get("quiet_from"), data.get("quiet_until"))
        except InvalidPreference as problem:
            for name, sentences in problem.fields.items():
                self.add_error(name, sentences)
        return data

    def answers(self, **others: Any) -> PreferenceAnswers:
        """The valid form as the service takes it. What the page did not send is left alone."""
        data = self.cleaned_data
        choices: dict[str, Any] = {}
        if "frequency" in self.data:
            choices["days_between"] = int(data["frequency"]) if data["frequency"] else None
        if "quiet_from" in self.data and "quiet_until" in self.data:
            choices |= {"quiet_from": data["quiet_from"], "quiet_until": data["quiet_until"]}
        return PreferenceAnswers(
            shown=list(data["shown"].by_name()),
            wanted={topic.pk for topic in data["topics"]},
            tracking=data["tracking"],
            language=data["language"],
            # The workspace's zone is only shown; it is the person's once they chose another or quiet hours in it.
            time_zone=data["time_zone"] if self._has_chosen_zone(data) else "",
            profiling=data.get("profiling"),
            choices=choices,
            others=[(one, one.key in data["others"]) for one in self.other_choices if one.key in data["others_shown"]],
            **others,
        )

    def _has_chosen_zone(self, data: dict[str, Any]) -> bool:
        return "time_zone" in self.changed_data or bool(data.get("quiet_from"))

    def _offer(self, name: str, choices: Any) -> None:
        field: Any = self.fields[name]
        field.choices = choices


class BreakForm(forms.Form):
    """The buttons for a break: some months, until a day, or the end of one."""

    page = forms.CharField(required=False)
    pause = forms.ChoiceField(choices=[(key, key) for key in (*BREAKS, "day", "end")])
    day = forms.DateField(label=_("Until this day"), required=False, widget=forms.DateInput(attrs={"type": "date"}))

    def __init__(self, *args: Any, contact: Contact, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.contact = contact
        tomorrow = timezone.localdate() + dt.timedelta(days=1)
        self.fields["day"].widget.attrs |= {"min": tomorrow.isoformat()}

    def clean(self) -> dict[str, Any]:
        """Work out `until`: an instant, or None for the end of a break."""
        data: dict[str, Any] = super().clean() or {}
        if not links.is_from_page(self.contact.public_id, data.get("page", "")):
            raise ValidationError(_("Open this page once more and try again."), code="page")
        if data.get("pause") == "day" and not data.get("day") and "day" not in self.errors:
            self.add_error("day", _("Choose the day on which we may write again."))
        if self.errors or "pause" not in data:
            return data
        try:
            data["until"] = self._until(data)
        except InvalidPreference as problem:
            self.add_error("day", [sentence for sentences in problem.fields.values() for sentence in sentences])
        return data

    def _until(self, data: dict[str, Any]) -> dt.datetime | None:
        if data["pause"] == "end":
            return None
        if data["pause"] in BREAKS:
            return add_months(now(), BREAKS[data["pause"]])
        zone = zone_or_none(self.contact.time_zone) or zone_or_none(self.contact.workspace.time_zone) or dt.UTC
        return break_until(dt.datetime.combine(data["day"], dt.time(0), zone))


class ContactPreferenceForm(forms.Form):
    """The same choices for a teammate; a break is the day on which it ends, in the person's zone."""

    frequency = forms.ChoiceField(label=_("How often, at most"), required=False)
    until = forms.DateField(
        label=_("Break until"),
        required=False,
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
        help_text=_("No campaign before this day. Empty for no break."),
    )
    quiet_from = forms.TimeField(
        label=_("Nothing from"), required=False, widget=forms.TimeInput(format="%H:%M", attrs={"type": "time"})
    )
    quiet_until = forms.TimeField(
        label=_("until"), required=False, widget=forms.TimeInput(format="%H:%M", attrs={"type": "time"})
    )

    def __init__(self, *args: Any, preference: ContactPreference, zone: dt.tzinfo | None, **kwargs: Any) -> None:
        self.zone, self.paused_until = zone or dt.UTC, preference.paused_until
        kwargs["initial"] = {
            "frequency": str(preference.days_between or ""),
            "quiet_from": preference.quiet_from,
            "quiet_until": preference.quiet_until,
            "until": preference.paused_until.astimezone(self.zone).date() if preference.paused_until else None,
        }
        super().__init__(*args, **kwargs)
        field: Any = self.fields["frequency"]
        field.choices = frequency_choices(preference.days_between)

    def values(self) -> dict[str, Any]:
        """What save_choices takes; a break whose day nobody touched keeps its hour."""
        data = self.cleaned_data
        until = dt.datetime.combine(data["until"], dt.time(0), self.zone) if data["until"] else None
        if "until" not in self.changed_data:
            until = self.paused_until
        elif until is not None:
            until = break_until(until)
        return {
            "days_between": int(data["frequency"]) if data["frequency"] else None,
            "quiet_from": data["quiet_from"],
            "quiet_until": data["quiet_until"],
            "paused_until": until,
        }

    def refuse(self, problem: InvalidPreference) -> None:
        """Show what cannot be kept beside its field."""
        for name, sentences in problem.fields.items():
            self.add_error({"paused_until": "until", "days_between": "frequency"}.get(name, name), sentences)


class NameForm(forms.Form):
    """How somebody is called."""

    first_name = forms.CharField(
        label=_("First name"), max_length=120, required=False, widget=forms.TextInput(attrs={"dir": "auto"})
    )
    last_name = forms.CharField(
        label=_("Last name"), max_length=120, required=False, widget=forms.TextInput(attrs={"dir": "auto"})
    )


class NewAddressForm(forms.Form):
    """Where somebody wants to be written to instead."""

    email = forms.CharField(
        label=_("New e-mail address"),
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "email", "inputmode": "email", "dir": "ltr"}),
        error_messages={"required": _("Type the address we shall write to.")},
    )


class LostLinkForm(forms.Form):
    """The address of somebody who lost their link."""

    email = forms.CharField(
        label=_("Your e-mail address"),
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "email", "inputmode": "email", "dir": "ltr"}),
        error_messages={"required": _("We need an address to write to.")},
    )


def _zones(present: str) -> list[tuple[str, str]]:
    places = {zone for zone in available_zones() if "/" in zone and not zone.startswith(NO_PLACES)}
    return [(zone, zone.replace("_", " ")) for zone in sorted(places | {present or "UTC", "UTC"})]


def _name_of(code: str) -> str:
    """A language by its own name, which its speakers find in any language of the page."""
    return str(get_language_info(code)["name_local"])
