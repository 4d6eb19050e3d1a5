"""Use cases of templates: writing them, and pinning what is sent."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.db.models import ProtectedError
from django.utils.html import linebreaks
from django.utils.translation import gettext as _

from accounts.models import User, Workspace
from accounts.services import record_audit
from content.compiler import CompiledContent, compile_content
from content.models import ContentVersion, Template
from content.preview import compile_template
from content.problems import ContentError

EDITABLE = ("name", "subject", "preheader", "mjml", "text", "language")

# With any of these there is nothing that could be sent. What else is wrong (no unsubscribe link, say) is for the
# sender of a campaign to decide on, and does not stop somebody from mailing a test to themselves.
_UNUSABLE = ("liquid_", "mjml_", "html_nesting", "too_long", "empty_", "long_subject")


class EditConflict(Exception):
    """Somebody saved the template after this editor loaded it; `current` is what is stored now."""

    def __init__(self, current: Template) -> None:
        super().__init__(_("This template was changed in another window."))
        self.current = current


class TemplateInUse(Exception):
    """Something that would break without it refers to the template."""


@transaction.atomic
def create_template(*, workspace: Workspace, actor: User | None, values: Mapping[str, str]) -> Template:
    """Make a template from `values` (any of `EDITABLE`; `name` is required)."""
    fields = {field: values[field] for field in EDITABLE if field in values}
    template: Template = Template.objects.create(workspace=workspace, created_by=actor, **fields)
    return template


@transaction.atomic
def save_template(*, template: Template, lock_version: int, values: Mapping[str, str]) -> Template:
    """Store what somebody typed, if nobody else saved since they loaded `lock_version`.

    Saving what is stored already changes nothing, whatever the version. Raises EditConflict, having written
    nothing.
    """
    current: Template = Template.objects.select_for_update().get(pk=template.pk)
    changed = [field for field in EDITABLE if field in values and getattr(current, field) != values[field]]
    if not changed:
        return current
    if current.lock_version != lock_version:
        raise EditConflict(current)
    for field in changed:
        setattr(current, field, values[field])
    current.lock_version += 1
    current.save(update_fields=[*changed, "lock_version", "updated_at"])
    return current


@transaction.atomic
def duplicate_template(*, template: Template, actor: User | None) -> Template:
    """Copy a template under a name of its own."""
    values = {field: getattr(template, field) for field in EDITABLE}
    values["name"] = _("Copy of %(name)s") % {"name": template.name}
    values["name"] = values["name"][: Template._meta.get_field("name").max_length]
    return create_template(workspace=template.workspace, actor=actor, values=values)


@transaction.atomic
def delete_template(*, template: Template, actor: User | None) -> None:
    """Remove a template. What was sent with it stays, in its pinned versions.

    Raises TemplateInUse when a campaign still refers to it; nothing is removed then.
    """
    record_audit(workspace=template.workspace, actor=actor, action="template.deleted", target=template.name)
    try:
        with transaction.atomic():
            template.delete()
    except ProtectedError as error:
        raise TemplateInUse(_("A campaign uses this template, so it was kept.")) from error


@transaction.atomic
def pin_version(template: Template, *, feed: Mapping[str, Any] | None = None) -> ContentVersion:
    """Compile a template as it stands and keep the result for sending; the same content is kept once.

    With a `feed` (see content.feed_source) its entries are part of the content. Raises ContentError when it cannot
    be compiled or has no subject.
    """
    return _pin(template.workspace, compile_template(template, feed=feed), template)


@transaction.atomic
def pin_inline(
    *, workspace: Workspace, subject: str, html: str = "", text: str = "", language: str = ""
) -> ContentVersion:
    """Pin content that came with a request instead of a template. Raises ContentError as `pin_version` does."""
    compiled = compile_content(
        subject=subject, html=html or _as_html(text), text=text, language=language or workspace.language
    )
    return _pin(workspace, compiled, None)


def _as_html(text: str) -> str:
    """Give a message that is text only an HTML part that looks like it."""
    return linebreaks(text, autoescape=True) if text.strip() else ""


def _pin(workspace: Workspace, compiled: CompiledContent, template: Template | None) -> ContentVersion:
    for problem in compiled.problems:
        if problem.code.startswith(_UNUSABLE) and problem.level == "error":
            raise ContentError(problem)
    values: dict[str, Any] = {
        "subject": compiled.subject,
        "preheader": compiled.preheader[:300],
        "html": compiled.html,
        "text": compiled.text,
        "links": compiled.links,
        "language": compiled.language,
    }
    digest = hashlib.sha256(json.dumps(values, sort_keys=True).encode()).digest()
    version, _created = ContentVersion.objects.get_or_create(
        workspace=workspace, sha256=digest, defaults={**values, "template": template}
    )
    return version
