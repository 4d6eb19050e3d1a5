"""Everything known about one person as a page of its own: no script, nothing loaded, good to print."""

import datetime as dt
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from django.contrib.staticfiles import finders
from django.template.loader import render_to_string
from django.utils import formats, timezone, translation
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from contacts.models import Contact
from contacts.rights.export import collect, in_their_words
from contacts.rights.registry import Section
from core.clock import now

STYLESHEET = "css/person-copy.css"
_NOTHING = "–"


def as_html(contact: Contact) -> Iterator[str]:
    """The page in pieces, in the person's language and time zone."""
    return in_their_words(contact, _pieces(contact))


def _pieces(contact: Contact) -> Iterator[str]:
    context = {
        "contact": contact,
        "workspace": contact.workspace,
        "made_at": now(),
        "is_rtl": translation.get_language_bidi(),
        "style": _style(),
    }
    yield render_to_string("contacts/rights_copy.html", context).partition("<!-- sections -->")[0]
    for section in collect(contact):
        look = "prose" if section.is_prose else "plain"
        yield format_html('<section id="{}" class="{}"><h2>{}</h2>', section.key, look, section.title)
        yield from _record(section) if section.is_record else _table(section)
        yield mark_safe("</section>\n")
    yield "</main></body></html>\n"


def _style() -> SafeString:
    """The stylesheet's text, to stand inside the page."""
    path = finders.find(STYLESHEET)
    if not path:
        return mark_safe("")
    with open(str(path), encoding="utf-8") as file:
        return mark_safe(f"<style>{file.read()}</style>")


def _record(section: Section) -> Iterator[str]:
    yield "<dl>"
    for row in section.rows:
        for name, words in section.fields.items():
            if row.get(name) not in (None, "", [], {}):
                yield format_html("<div><dt>{}</dt><dd>{}</dd></div>", words, printed(row[name]))
    yield "</dl>"


def _table(section: Section) -> Iterator[str]:
    """A table; when there are no rows, a sentence that says so."""
    heads = format_html_join("", '<th scope="col">{}</th>', ((words,) for words in section.fields.values()))
    is_empty = True
    for row in section.rows:
        if is_empty:
            yield format_html("<table><thead><tr>{}</tr></thead><tbody>", heads)
            is_empty = False
        yield _line(section.fields, row)
    yield format_html("<p>{}</p>", _("Nothing.")) if is_empty else "</tbody></table>"


def _line(fields: Mapping[str, str], row: Mapping[str, Any]) -> str:
    cells = ((words, printed(row.get(name))) for name, words in fields.items())
    return format_html("<tr>{}</tr>\n", format_html_join("", '<td data-label="{}">{}</td>', cells))


def printed(value: Any) -> str:
    """A plain value for a reader; escaped where it is put."""
    if value is None or value in ("", [], {}):
        return _NOTHING
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    if isinstance(value, dt.datetime):
        return formats.date_format(timezone.localtime(value), "DATETIME_FORMAT")
    if isinstance(value, dt.date):
        return formats.date_format(value, "DATE_FORMAT")
    if isinstance(value, int | float | Decimal):
        return formats.number_format(value)
    if isinstance(value, Mapping):
        return format_html_join("", "<div><b>{}:</b> {}</div>", ((key, printed(item)) for key, item in value.items()))
    if isinstance(value, list | tuple):
        return format_html_join("", "<div>{}</div>", ((printed(item),) for item in value))
    return format_html("<bdi>{}</bdi>", str(value))
