"""What people may ask of their own data (docs/personal-data.md): to see it and to have it removed everywhere."""

from contacts.rights.document import as_html
from contacts.rights.export import FORMAT, VERSION, as_json, collect
from contacts.rights.registry import Leaving, Section, contribute, leave_out, on_erasing

__all__ = [
    "FORMAT",
    "VERSION",
    "Leaving",
    "Section",
    "as_html",
    "as_json",
    "collect",
    "contribute",
    "leave_out",
    "on_erasing",
]
