"""Forms of contacts."""

from contacts.forms.attributes import AttributeForm, RenameForm, TypeForm
from contacts.forms.contacts import ContactForm
from contacts.forms.exports import ExportForm, ListColumnsForm
from contacts.forms.imports import DialectForm, ImportOptionsForm, SheetForm, UploadForm

__all__ = [
    "AttributeForm",
    "ContactForm",
    "DialectForm",
    "ExportForm",
    "ImportOptionsForm",
    "ListColumnsForm",
    "RenameForm",
    "SheetForm",
    "TypeForm",
    "UploadForm",
]
