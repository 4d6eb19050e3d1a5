"""Speaking to somebody in their own language and time, on pages where nobody is signed in."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings
from django.utils import timezone, translation

from accounts.models import Workspace
from contacts.models import Contact
from core.clock import zone_or_none


def base_language(code: str) -> str:
    """The language of a code without its region: `ar` of `ar-EG`."""
    return code.partition("-")[0].lower()


def language_of(wished: str, workspace: Workspace) -> str:
    """The language of ours nearest to a wish such as `ar-EG`, else the workspace's own."""
    for code in (wished, base_language(wished), workspace.language):
        if code.lower() in dict(settings.LANGUAGES):
            return code.lower()
    return settings.LANGUAGE_CODE


@contextmanager
def speaking_to(contact: Contact) -> Iterator[None]:
    """Render in the contact's language, when it is known, and in their time zone or the workspace's.

    When it is not known the browser's own language, which Django has chosen before, stays.
    """
    current = translation.get_language() or settings.LANGUAGE_CODE
    language = language_of(contact.language, contact.workspace) if contact.language else current
    zone = zone_or_none(contact.time_zone) or zone_or_none(contact.workspace.time_zone)
    with translation.override(language), timezone.override(zone):
        yield
