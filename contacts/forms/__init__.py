"""Forms of contacts."""

from contacts.forms.attributes import AttributeForm
from contacts.forms.contacts import ContactForm
from contacts.forms.imports import DialectForm, ImportOptionsForm, UploadForm

__all__ = [
    "AttributeForm",
    "ContactForm",
    "DialectForm",
    "ImportOptionsForm",
    "UploadForm",
]
