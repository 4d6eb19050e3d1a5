"""A template as it stands, compiled, and as one person would read it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.conf import settings

from accounts.models import Workspace
from contacts.models import Attribute, Contact
from content.compiler import CompiledContent, compile_content
from content.feed_source import fill_feed
from content.fields import CONTACT_FIELDS, SPECIAL_FIELDS, contact_context, known_fields, sample_context
from content.models import Template
from content.problems import ContentError, RenderError
from content.renderer import Renderer, render_link

DARK_STYLE = (
    # What Gmail on a phone does to a light message in dark mode: turn lightness round, leave pictures alone.
    "<style>html{background:#fff;filter:invert(.92) hue-rotate(180deg)}img{filter:invert(1) hue-rotate(180deg)}</style>"
)


@dataclass(frozen=True)
class Preview:
    """A message as one person would read it; `problem` says why it cannot be shown."""

    subject: str = ""
    preheader: str = ""
    html: str = ""
    text: str = ""
    problem: str = ""


_OTHERWISE = re.compile(r"\{%-?\s*els(?:e|if)\b.*?\{%-?\s*end(?:if|unless|case)\s*-?%\}", re.DOTALL)
_TAG = re.compile(r"\{%.*?%\}", re.DOTALL)
_FIELD = re.compile(r"\{\{-?\s*([\w.]*).*?\}\}", re.DOTALL)


def readable(source: str, workspace: Workspace) -> str:
    """Write a subject for people who scan a list: fields by their names in brackets, conditions by their first way."""

    def word(match: re.Match[str]) -> str:
        path = match.group(1)
        if path == "workspace.name":
            return workspace.name
        return f"[{path.rpartition('.')[2].replace('_', ' ')}]"

    return _FIELD.sub(word, _TAG.sub("", _OTHERWISE.sub("", source)))


def compile_template(template: Template, *, feed: Mapping[str, Any] | None = None) -> CompiledContent:
    """Compile the template, with everything that is wrong with it. Never raises for bad content.

    With a `feed` (see content.feed_source) its entries are put in first, where that is possible.
    """
    keys = Attribute.objects.in_workspace(template.workspace).values_list("key", flat=True)
    language = template.language or template.workspace.language
    parts = {name: getattr(template, name) for name in ("subject", "preheader", "mjml", "text")}
    if feed is not None:
        parts = {name: _with_feed(source, feed, name, language) for name, source in parts.items()}
    return compile_content(**parts, language=language, known=known_fields(keys))


def _with_feed(source: str, feed: Mapping[str, Any], name: str, language: str) -> str:
    try:
        return fill_feed(source, feed, where=name, html=name in ("mjml", "preheader"), language=language)
    except ContentError:
        # As it stands the compiler says the same of it, with the place where it is.
        return source


def preview_for(
    *,
    compiled: CompiledContent,
    workspace: Workspace,
    contact: Contact | None,
    dark: bool = False,
    data: Mapping[str, Any] | None = None,
) -> Preview:
    """Render for `contact`, or for somebody who does not exist. Personal links lead nowhere.

    `data` is what a transactional message brings along.
    """
    about = {"name": workspace.name, "address": workspace.postal_address}
    if contact is None:
        values = sample_context(workspace=about, data=data)
    else:
        row = {name: getattr(contact, name) for name in (*CONTACT_FIELDS, "tags")}
        values = contact_context(row, contact.attributes, workspace=about, data=data)
    # The preview text is written by the rules of a subject, so it takes the subject's place for a moment.
    above = CompiledContent(subject=compiled.preheader, preheader="", html="", text="", language=compiled.language)
    try:
        message = Renderer(compiled).render(
            values,
            links=[render_link(target, values) or "#" for target in compiled.links],
            **{name: f"#{name}" for name in SPECIAL_FIELDS},
        )
        preheader = (
            Renderer(above).render(values, links=[], unsubscribe_url="", preferences_url="", view_url="").subject
        )
    except RenderError as error:
        return Preview(problem=str(error))
    # In the HTML a personal link leads nowhere; in the text it is written the way people will see it.
    text = re.sub(r"#(\w+)_url\b", rf"{settings.BASE_URL}/\1/…", message.text)
    html = message.html.replace("</head>", DARK_STYLE + "</head>", 1) if dark else message.html
    return Preview(message.subject, preheader, html, text)
