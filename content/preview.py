"""A template as it stands, compiled, and as one person would read it."""

from __future__ import annotations

from dataclasses import dataclass

from accounts.models import Workspace
from contacts.models import Attribute, Contact
from content.compiler import CompiledContent, compile_content
from content.fields import CONTACT_FIELDS, contact_context, known_fields, sample_context
from content.models import Template
from content.problems import RenderError
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


def compile_template(template: Template) -> CompiledContent:
    """Compile the template, with everything that is wrong with it. Never raises for bad content."""
    keys = Attribute.objects.in_workspace(template.workspace).values_list("key", flat=True)
    return compile_content(
        subject=template.subject,
        preheader=template.preheader,
        mjml=template.mjml,
        text=template.text,
        language=template.language or template.workspace.language,
        known=known_fields(keys),
    )


def preview_for(
    *,
    compiled: CompiledContent,
    workspace: Workspace,
    contact: Contact | None,
    dark: bool = False,
) -> Preview:
    """Render for `contact`, or for somebody who does not exist. Personal links lead nowhere."""
    about = {"name": workspace.name, "address": workspace.postal_address}
    if contact is None:
        data = sample_context(workspace=about)
    else:
        row = {name: getattr(contact, name) for name in (*CONTACT_FIELDS, "tags")}
        data = contact_context(row, contact.attributes, workspace=about)
    # The preview text is written by the rules of a subject, so it takes the subject's place for a moment.
    above = CompiledContent(subject=compiled.preheader, preheader="", html="", text="", language=compiled.language)
    try:
        message = Renderer(compiled).render(
            data,
            links=[render_link(target, data) or "#" for target in compiled.links],
            unsubscribe_url="#unsubscribe",
            preferences_url="#preferences",
            view_url="#view",
        )
        preheader = Renderer(above).render(data, links=[], unsubscribe_url="", preferences_url="", view_url="").subject
    except RenderError as error:
        return Preview(problem=str(error))
    html = message.html.replace("</head>", DARK_STYLE + "</head>", 1) if dark else message.html
    return Preview(message.subject, preheader, html, message.text)
