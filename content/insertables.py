"""What the editor offers to insert: fields, links that every message needs, and parts written in MJML."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext as _

from accounts.models import Workspace
from contacts.models import Attribute


@dataclass(frozen=True)
class Insertable:
    """One entry: what it is called, and what is put at the cursor."""

    title: str
    code: str


@dataclass(frozen=True)
class Group:
    """Entries under one heading."""

    heading: str
    entries: list[Insertable]


def fields_of(workspace: Workspace) -> list[Group]:
    """Return the fields that can be inserted anywhere, the workspace's own attributes included."""
    friend = _("friend")
    person = [
        Insertable(_("First name"), f'{{{{ contact.first_name | default: "{friend}" }}}}'),
        Insertable(_("Last name"), "{{ contact.last_name }}"),
        Insertable(_("E-mail address"), "{{ contact.email }}"),
        Insertable(_("Country"), "{{ contact.country }}"),
        Insertable(_("Language"), "{{ contact.language }}"),
    ]
    attributes = Attribute.objects.in_workspace(workspace).order_by("label", "id")
    person += [
        Insertable(attribute.label, f"{{{{ contact.attributes.{attribute.key} }}}}") for attribute in attributes[:100]
    ]
    links = [
        Insertable(_("Unsubscribe link"), "{{ unsubscribe_url }}"),
        Insertable(_("Link to choose topics"), "{{ preferences_url }}"),
        Insertable(_("Link to stay when consent runs out"), "{{ renewal_url }}"),
        Insertable(_("Link to view in the browser"), "{{ view_url }}"),
    ]
    ours = [
        Insertable(_("Name of the workspace"), "{{ workspace.name }}"),
        Insertable(_("Postal address"), "{{ workspace.address }}"),
        Insertable(_("Name of the campaign"), "{{ campaign.name }}"),
    ]
    return [Group(_("About the person"), person), Group(_("Links"), links), Group(_("About you"), ours)]


def parts_of() -> list[Insertable]:
    """Return pieces of MJML that go into the message at the cursor."""
    text = _("Write here.")
    section = "<mj-section>\n  {}\n</mj-section>\n"
    column = f"<mj-column>\n    <mj-text>{text}</mj-text>\n  </mj-column>"
    return [
        Insertable(_("Text"), f"<mj-text>{text}</mj-text>\n"),
        Insertable(_("Picture"), f'<mj-image src="https://" alt="{_("What the picture shows")}" />\n'),
        Insertable(_("Button"), f'<mj-button href="https://">{_("Read more")}</mj-button>\n'),
        Insertable(_("Line"), '<mj-divider border-width="1px" border-color="#dfe3e1" />\n'),
        Insertable(_("Section"), section.format(column)),
        Insertable(_("Two columns"), section.format(f"{column}\n  {column}")),
        Insertable(
            _("Only for some people"),
            f'{{% if contact.country == "NZ" %}}\n{text}\n{{% else %}}\n{text}\n{{% endif %}}\n',
        ),
        Insertable(
            _("New entries of a feed"),
            "<mj-text>{% for item in feed.items %}\n"
            '  <p><a href="{{ item.link }}">{{ item.title }}</a><br />{{ item.summary }}</p>\n'
            "{% endfor %}</mj-text>\n",
        ),
    ]
