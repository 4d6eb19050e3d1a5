"""Forms of delivery."""

import datetime as dt
import re
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import Workspace
from channels.models import Sender
from contacts.models import Contact
from content.models import Template
from delivery.pace.meters import growing_plan
from delivery.pace.receivers import LABELS
from delivery.services.pace import Limits

MOST = 100_000_000
LONGEST_PLAN = 90
FIRST_DAY, TARGET = 50, 10_000


def limit_field(label: Any, **more: Any) -> forms.IntegerField:
    """A number of messages; empty is no limit."""
    return forms.IntegerField(label=label, min_value=1, max_value=MOST, required=False, **more)


class TestSendForm(forms.Form):
    """A copy of a template to an address, written as a chosen contact would get it."""

    template_id = forms.UUIDField()
    address = forms.EmailField(label=_("Send the test to"), max_length=254)
    contact_id = forms.UUIDField(required=False)
    sender_id = forms.UUIDField(required=False)

    def __init__(self, *args: Any, workspace: Workspace, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.workspace = workspace

    def clean_template_id(self) -> Template:
        """The template, of this workspace."""
        return self._find(Template, "template_id", _("This template is gone. Reload the page."))

    def clean_contact_id(self) -> Contact | None:
        """The contact, of this workspace."""
        if not self.cleaned_data["contact_id"]:
            return None
        return self._find(Contact, "contact_id", _("This contact is gone. Choose somebody else."))

    def clean_sender_id(self) -> Sender:
        """The chosen sender, else the first verified one."""
        senders = Sender.objects.in_workspace(self.workspace).verified()
        chosen = self.cleaned_data["sender_id"]
        sender = senders.filter(public_id=chosen).first() if chosen else senders.first()
        if sender is None:
            raise forms.ValidationError(_("Add and verify a sender first; a test is sent from it."))
        return sender

    def _find(self, model: Any, field: str, message: Any) -> Any:
        row = model.objects.in_workspace(self.workspace).filter(public_id=self.cleaned_data[field]).first()
        if row is None:
            raise forms.ValidationError(message)
        return row


class WorkspaceLimitsForm(forms.Form):
    """How many messages the whole workspace may send."""

    hourly = limit_field(_("Messages an hour, at most"), help_text=_("Leave it empty for no limit."))
    daily = limit_field(_("Messages a day, at most"))

    def limits(self) -> Limits:
        """What was typed; only of a valid form."""
        return Limits(hourly=self.cleaned_data["hourly"], daily=self.cleaned_data["daily"])


class SenderLimitsForm(WorkspaceLimitsForm):
    """How many messages may leave from one sender, and how it begins."""

    NO_PLAN, DOUBLE, GENTLE, OWN = "", "double", "gentle", "own"
    FACTORS = {DOUBLE: 2.0, GENTLE: 1.5}

    warmup = forms.ChoiceField(
        label=_("Begin slowly"),
        required=False,
        choices=[
            (NO_PLAN, _("No, send at full speed")),
            (DOUBLE, _("Twice as many each day")),
            (GENTLE, _("Half as many again each day")),
            (OWN, _("A plan of my own")),
        ],
        help_text=_("Mailbox providers trust a new address or domain only when it grows slowly."),
    )
    warmup_from = forms.DateField(
        label=_("First day"), required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    first = limit_field(_("Messages on the first day"), help_text=_("For a plan that grows by itself."))
    target = limit_field(_("Up to this many a day"))
    plan = forms.CharField(
        label=_("My own plan: messages for each day"),
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3, "dir": "ltr", "inputmode": "numeric"}),
        help_text=_("One number for each day, the first day first: 50, 100, 200."),
    )

    def __init__(self, *args: Any, today: dt.date, limits: Limits, **kwargs: Any) -> None:
        kwargs["initial"] = {
            "hourly": limits.hourly,
            "daily": limits.daily,
            "warmup": self.OWN if limits.plan else self.NO_PLAN,
            "warmup_from": limits.plan_from or today,
            "first": FIRST_DAY,
            "target": TARGET,
            "plan": ", ".join(str(number) for number in limits.plan),
            **{f"receiver_{receiver}": number for receiver, number in limits.receivers.items()},
        }
        super().__init__(*args, **kwargs)
        for receiver, label in LABELS.items():
            self.fields[f"receiver_{receiver}"] = limit_field(label)

    def receiver_fields(self) -> list[forms.BoundField]:
        """The limits by receiver, for the page."""
        return [self[f"receiver_{receiver}"] for receiver in LABELS]

    def clean_plan(self) -> list[int]:
        """The numbers of the days."""
        words = [word for word in re.split(r"[\s,;\u060c]+", self.cleaned_data["plan"]) if word]
        if not all(re.fullmatch(r"\d{1,9}", word, re.ASCII) and 0 < int(word) <= MOST for word in words):
            raise forms.ValidationError(_("Write whole numbers only, such as 50, 100, 200."))
        if len(words) > LONGEST_PLAN:
            raise forms.ValidationError(_("A plan has 90 days at most."))
        return [int(word) for word in words]

    def clean(self) -> dict[str, Any]:
        """A chosen plan has what it needs."""
        values: dict[str, Any] = super().clean() or {}
        choice = values.get("warmup")
        needed = {self.DOUBLE: ("first", "target"), self.GENTLE: ("first", "target"), self.OWN: ("plan",)}
        for name in ("warmup_from", *needed[choice]) if choice in needed else ():
            if name not in self.errors and not values.get(name):
                self.add_error(name, _("The plan needs this."))
        return values

    def limits(self) -> Limits:
        """What was typed; only of a valid form."""
        values = self.cleaned_data
        receivers = {receiver: values[f"receiver_{receiver}"] for receiver in LABELS}
        plan = self._plan()
        return Limits(
            hourly=values["hourly"],
            daily=values["daily"],
            receivers={receiver: number for receiver, number in receivers.items() if number},
            plan_from=values["warmup_from"] if plan else None,
            plan=plan,
        )

    def _plan(self) -> list[int]:
        values = self.cleaned_data
        if values["warmup"] == self.OWN:
            return list(values["plan"])
        factor = self.FACTORS.get(values["warmup"])
        return growing_plan(values["first"], values["target"], factor, LONGEST_PLAN) if factor else []
