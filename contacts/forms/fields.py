"""What the forms of contacts share."""

from typing import cast

from django import forms

from contacts.services.errors import ContactError

PREFIX = "attribute-"


def offer_choices(field: forms.Field, choices: list[tuple[str, str]]) -> None:
    """Give a choice field its choices."""
    cast(forms.ChoiceField, field).choices = choices


class ServiceErrorsMixin(forms.Form):
    """Shows what a service refused beside the field it is about."""

    def show(self, error: ContactError) -> None:
        """Put the sentences of a service's refusal where they belong."""
        for name, sentences in error.fields.items():
            field = name.replace("attributes.", PREFIX, 1)
            self.add_error(field if field in self.fields else None, sentences)
