"""What is sent by the pages about people known twice."""

import uuid
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from contacts.services.finding_duplicates import birthday_choices
from core.ids import uuid_or_none

FIELD = "field:"


class MergeForm(forms.Form):
    """Who is the same person, whose page stays, and whose value is kept in each field (`field:NAME`)."""

    def __init__(self, data: Any) -> None:
        super().__init__(data)
        self.data: Any
        self.people: list[uuid.UUID] = []
        self.keep: uuid.UUID | None = None
        self.choices: dict[str, uuid.UUID] = {}

    def clean(self) -> dict[str, Any]:
        """At least two people, of whom one stays."""
        self.people = [found for text in self.data.getlist("person") if (found := uuid_or_none(text))]
        self.keep = uuid_or_none(self.data.get("keep"))
        if len(set(self.people)) < 2:
            raise forms.ValidationError(_("Choose at least two people who are one."))
        if self.keep not in self.people:
            self.keep = self.people[0]
        for name in self.data:
            chosen = uuid_or_none(self.data.get(name)) if name.startswith(FIELD) else None
            if chosen in self.people and chosen is not None:
                self.choices[name.removeprefix(FIELD)] = chosen
        return self.cleaned_data


class SearchForm(forms.Form):
    """Which of the dates is a birthday."""

    birthday = forms.ChoiceField(label=_("Birthdays are in"), required=False)

    def __init__(self, data: Any, *, workspace: Any, chosen: str) -> None:
        super().__init__(data, initial={"birthday": chosen})
        field: Any = self.fields["birthday"]
        field.choices = [("", _("None of the details")), *birthday_choices(workspace)]
