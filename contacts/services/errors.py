"""What can stand in the way of saving a contact."""

from typing import ClassVar

from django.utils.translation import gettext_lazy as _

from contacts.models import Contact
from contacts.problems import Problem


class ContactError(Exception):
    """A contact could not be saved. `fields` gives the sentences by field; `code` is for the API."""

    code: ClassVar[str] = "invalid"

    def __init__(self, fields: dict[str, list[str]]) -> None:
        super().__init__("; ".join(sentence for sentences in fields.values() for sentence in sentences))
        self.fields = fields


class InvalidContact(ContactError):
    """Some values cannot be used."""

    @classmethod
    def of(cls, problems: dict[str, Problem]) -> "InvalidContact":
        """The error for `problems` by field."""
        return cls({name: [str(problem)] for name, problem in problems.items()})


class TooManyExports(ContactError):
    """As many files as may wait in one workspace are waiting already."""

    code = "too_many"


class DuplicateContact(ContactError):
    """Somebody else has this address or external id: `existing`. `field` says which of them."""

    code = "duplicate"
    SENTENCES: ClassVar = {
        "email": _("%(name)s has this e-mail address already."),
        "phone": _("%(name)s has this phone number already."),
        "external_id": _("%(name)s has this external id already."),
        "value": _("%(name)s has this address already."),
    }

    def __init__(self, existing: Contact, field: str) -> None:
        super().__init__({field: [str(self.SENTENCES[field]) % {"name": str(existing)}]})
        self.existing = existing
        self.field = field


class ErasedPerson(ContactError):
    """The address belongs to somebody who asked to be erased; only they themselves can come back."""

    code = "erased"


class RestrictedPerson(ContactError):
    """The person's data may be kept and not used (GDPR Art. 18); a teammate can lift that, programs and files not."""

    code = "restricted"
