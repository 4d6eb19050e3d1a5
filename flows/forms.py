"""Forms around flows: naming one, bringing one as JSON, and the few things a first contest needs."""

import datetime as dt
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from core.clock import now
from flows.answers import FlowProblem
from flows.document_size import check_size
from flows.documents import read_json
from flows.models import Flow
from flows.services.splitting import FEWEST, MOST, MOST_WEIGHT

LARGEST_FILE = 1_000_000
MOST_PRIZES = 10_000
LONGEST_CONTEST = dt.timedelta(days=366)


class NameForm(forms.Form):
    """The name of a flow."""

    name = forms.CharField(
        label=_("Name"), max_length=80, error_messages={"required": _("Give it a name to find it by.")}
    )


class ImportForm(NameForm):
    """A flow as a JSON file, or pasted."""

    file = forms.FileField(label=_("JSON file"), required=False)
    text = forms.CharField(
        label=_("Or paste it here"), required=False, max_length=LARGEST_FILE,
        widget=forms.Textarea(attrs={"rows": 8, "spellcheck": "false", "dir": "ltr", "class": "mono"}),
    )  # fmt: skip

    def clean(self) -> dict[str, Any]:
        """Read the document; it need not be complete, but JSON."""
        values = super().clean() or {}
        file = values.get("file")
        if file is not None and file.size > LARGEST_FILE:
            raise forms.ValidationError(_("The file is larger than one megabyte. Split it into several flows."))
        try:
            source = file.read().decode("utf-8-sig") if file is not None else values.get("text", "")
            values["document"] = read_json(source)
        except (ValueError, RecursionError):
            raise forms.ValidationError(_("This is no JSON. Nothing was made; choose another file.")) from None
        if not isinstance(values["document"], dict):
            raise forms.ValidationError(_("A flow's document is an object in braces. Nothing was made."))
        try:
            check_size(values["document"])
        except FlowProblem as problem:
            raise forms.ValidationError(str(problem)) from problem
        return values


class ContestForm(forms.Form):
    """All that a first contest needs: eleven fields, most of them filled in."""

    name = forms.CharField(label=_("What is the contest called?"), max_length=80)
    prize = forms.CharField(label=_("What is there to win?"), max_length=200)
    quantity = forms.IntegerField(label=_("How many of them?"), min_value=1, max_value=MOST_PRIZES, initial=1)
    opens_at = forms.DateTimeField(
        label=_("Opens"), widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")
    )
    closes_at = forms.DateTimeField(
        label=_("Closes"), widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")
    )
    sponsor = forms.CharField(
        label=_("Who runs it?"), max_length=200, help_text=_("The name and address that stand in the official rules.")
    )
    min_age = forms.IntegerField(
        label=_("From which age?"), min_value=0, max_value=99, initial=0, help_text=_("0: everybody may enter.")
    )
    verification = forms.ChoiceField(
        label=_("How are addresses checked?"),
        choices=[("email_link", _("By a link in a mail")), ("email_code", _("By a code in a mail"))],
        initial="email_link",
    )
    claim_days = forms.IntegerField(label=_("Days to claim a prize"), min_value=1, max_value=90, initial=7)
    news = forms.BooleanField(
        label=_("Ask people whether they want news by e-mail"), required=False, initial=True,
        help_text=_("Their yes is kept with the exact words they saw."),
    )  # fmt: skip
    publish = forms.BooleanField(
        label=_("Publish it at once"), required=False, widget=forms.CheckboxInput(attrs={"role": "switch"}),
        help_text=_("Otherwise it waits as a draft, so that you can look it over."),
    )  # fmt: skip

    def clean(self) -> dict[str, Any]:
        """It closes after it opens, in the future, within a year."""
        values = super().clean() or {}
        opens, closes = values.get("opens_at"), values.get("closes_at")
        if opens is None or closes is None:
            return values
        if closes <= opens or closes <= now():
            self.add_error("closes_at", _("It closes after it opens, and not in the past."))
        elif closes - opens > LONGEST_CONTEST:
            self.add_error("closes_at", _("A contest runs for a year at most."))
        return values

    def decimals(self, name: str) -> Decimal:
        """A whole number as the document has it."""
        return Decimal(self.cleaned_data[name])


class SplitForm(NameForm):
    """A name, and two to four flows with their shares of visitors."""

    def __init__(self, *args: Any, flows: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for place in range(1, MOST + 1):
            is_needed = place <= FEWEST
            self.fields[f"flow_{place}"] = forms.ModelChoiceField(
                flows,
                required=is_needed,
                label=_("Flow %(place)d") % {"place": place},
                empty_label=_("Choose a flow") if is_needed else _("None"),
            )
            self.fields[f"weight_{place}"] = forms.IntegerField(
                label=_("Its share"), min_value=1, max_value=MOST_WEIGHT, initial=1, required=False
            )

    @property
    def pairs(self) -> list[tuple[forms.BoundField, forms.BoundField]]:
        """Each flow's field beside that of its share."""
        return [(self[f"flow_{place}"], self[f"weight_{place}"]) for place in range(1, MOST + 1)]

    def shares(self) -> list[tuple[Flow, int]]:
        """The chosen flows with their shares; of a valid form."""
        values = self.cleaned_data
        places = [place for place in range(1, MOST + 1) if values.get(f"flow_{place}")]
        return [(values[f"flow_{place}"], values.get(f"weight_{place}") or 1) for place in places]
