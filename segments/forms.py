"""The forms of a segment, whose rule travels beside it, and of a list."""

from collections.abc import Iterable
from typing import Any, cast

from django import forms
from django.utils.translation import gettext_lazy as _

from segments.models import StaticList


class SegmentForm(forms.Form):
    """Name and description."""

    name = forms.CharField(
        label=_("Name"), max_length=80, error_messages={"required": _("Give the segment a name to find it by.")}
    )
    description = forms.CharField(label=_("What it is for"), max_length=300, required=False)

    @classmethod
    def of_draft(cls, name: str, description: str) -> "SegmentForm":
        """The form as work on it was left."""
        return cls(initial={"name": name, "description": description})


class ListForm(forms.Form):
    """Name and description."""

    name = forms.CharField(
        label=_("Name"), max_length=80, error_messages={"required": _("Give the list a name to find it by.")}
    )
    description = forms.CharField(label=_("What it is for"), max_length=300, required=False)


class PeopleForm(forms.Form):
    """People named by somebody who pastes them."""

    people = forms.CharField(
        label=_("Who"),
        max_length=1_000_000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 5, "dir": "ltr", "spellcheck": "false"}),
        help_text=_("E-mail addresses, phone numbers with + or external ids: one in a line, or with commas."),
        error_messages={"max_length": _("That is too much at once. Bring a file under Contacts, or paste a part.")},
    )


class NewListForm(ListForm, PeopleForm):
    """A new list, and who is on it at once."""

    field_order = ("name", "description", "people")


class ChooseListForm(forms.Form):
    """A list that is there, or a name for a new one."""

    chosen = forms.ChoiceField(label=_("List"), required=False)
    name = forms.CharField(label=_("Or a new list called"), max_length=80, required=False)

    def __init__(self, *args: Any, lists: Iterable[StaticList], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._lists = {str(one.public_id): one for one in lists}
        choices = [(key, one.name) for key, one in self._lists.items()]
        cast("forms.ChoiceField", self.fields["chosen"]).choices = [("", _("Choose a list")), *choices]

    def clean(self) -> dict[str, Any]:
        """One of the two."""
        values: dict[str, Any] = super().clean() or {}
        if not self.errors and not (values.get("chosen") or values.get("name")):
            raise forms.ValidationError(_("Choose a list, or give a new one a name."))
        return values

    @property
    def static_list(self) -> StaticList | None:
        """The list chosen, of a valid form; None where a new one is wanted."""
        return None if self.cleaned_data["name"] else self._lists[self.cleaned_data["chosen"]]
