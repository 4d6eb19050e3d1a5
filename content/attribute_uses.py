"""Which templates say an attribute."""

import re
from collections.abc import Iterator

from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import Workspace
from contacts.attribute_uses import Use
from content.models import Template


def uses(workspace: Workspace, key: str) -> Iterator[Use]:
    """Templates in which the attribute stands, in the subject, the message or its text version."""
    named = re.compile(rf"contact\.attributes\.{re.escape(key)}(?![\w.-])")
    for template in Template.objects.in_workspace(workspace).iterator(200):
        if any(named.search(part) for part in (template.subject, template.preheader, template.mjml, template.text)):
            url = reverse("content:edit", args=[workspace.slug, template.public_id])
            yield Use(_("Template"), template.name, url)
