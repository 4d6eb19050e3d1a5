"""Asking whether a mistyped e-mail address was meant, without a script: the form comes back with two buttons."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _

from contacts.addresses import normalise_email
from contacts.problems import Problem
from contacts.validity.typos import suggest_email


class SuggestingMixin(forms.Form):
    """Comes back once with `suggestion` when the domain of the field `email` looks mistyped.

    The page then shows two more buttons: `use` with the suggestion as its value takes it, `keep` with what was typed
    keeps that. Either counts only for the address it was offered for.
    """

    suggestion = ""

    def clean(self) -> dict[str, Any]:
        """Take the suggestion, or ask."""
        data: dict[str, Any] = super().clean() or self.cleaned_data
        typed = _normal(data.get("email"))
        meant = suggest_email(typed)
        if not meant or typed in (_normal(self.initial.get("email")), _normal(self.data.get("keep"))):
            return data
        if self.data.get("use") == meant:
            data["email"] = meant
            return data
        self.suggestion = meant
        self.add_error("email", _("Did you mean %(address)s?") % {"address": meant})
        return data


def _normal(typed: object) -> str:
    """An address as it is stored; empty for what is none, which others complain about."""
    try:
        return normalise_email(str(typed)) if typed else ""
    except Problem:
        return ""
