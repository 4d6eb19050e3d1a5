"""Topics, sign-up pages and how a workspace asks."""

from dataclasses import dataclass
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.text import slugify
from django.utils.translation import gettext as _

from accounts.models import User, Workspace
from accounts.services import record_audit
from consent.models import ConsentRecord, ConsentSettings, SignupPage, Topic
from consent.services.page_versions import remember_page


class TopicInUse(Exception):
    """The topic cannot be deleted; the words say why and what to do instead."""


@dataclass(frozen=True, slots=True)
class TopicValues:
    """What people read of a topic. `key` names it to the API and is chosen once; empty: made from the name."""

    name: str
    description: str = ""
    public: bool = True
    key: str = ""


@dataclass(frozen=True, slots=True)
class PageValues:
    """What a sign-up page says and offers."""

    name: str
    title: str
    consent_text: str
    topics: list[Topic]
    intro: str = ""
    ask_name: bool = True
    ask_frequency: bool = False
    is_open: bool = True


class TopicKeyTaken(Exception):
    """Another topic of the workspace has this key."""


@transaction.atomic
def save_topic(*, workspace: Workspace, values: TopicValues, actor: User | None, topic: Topic | None = None) -> Topic:
    """Create a topic, or change `topic`, whose key stays. Raises TopicKeyTaken for a key that was asked for."""
    if topic is None:
        topic = _new_topic(workspace, values)
        action = "topic.created"
    else:
        topic.name, topic.description, topic.public = values.name, values.description, values.public
        topic.save(update_fields=["name", "description", "public"])
        action = "topic.changed"
    record_audit(workspace=workspace, actor=actor, action=action, target=topic.name)
    return topic


def _new_topic(workspace: Workspace, values: TopicValues) -> Topic:
    """A name in any script gives a key; numbers tell equal ones apart, and two at once never share one."""
    base = values.key or slugify(values.name)[:50] or "topic"
    number = 1
    while True:
        key = base if number == 1 else f"{base}-{number}"
        fields = {"name": values.name, "description": values.description, "public": values.public}
        try:
            with transaction.atomic():
                return Topic.objects.create(workspace=workspace, key=key, **fields)
        except IntegrityError:
            if values.key:
                raise TopicKeyTaken(_("Another topic already has this key.")) from None
            number += 1


@transaction.atomic
def delete_topic(*, topic: Topic, actor: User | None) -> None:
    """Remove a topic nobody ever answered. Raises TopicInUse when the ledger or anything else names it."""
    if ConsentRecord.objects.filter(workspace_id=topic.workspace_id, topic=topic).exists():
        raise TopicInUse(
            _("People have answered about this topic, and the proof of it names the topic. You can hide it instead.")
        )
    record_audit(workspace=topic.workspace, actor=actor, action="topic.deleted", target=topic.name)
    try:
        with transaction.atomic():
            topic.delete()
    except IntegrityError:  # also django.db.models.ProtectedError
        raise TopicInUse(_("A campaign uses this topic. You can hide it instead.")) from None


@transaction.atomic
def save_signup_page(
    *, workspace: Workspace, values: PageValues, actor: User | None, page: SignupPage | None = None
) -> SignupPage:
    """Create a sign-up page, or change `page`. Its topics are of the same workspace (ValueError otherwise)."""
    if any(topic.workspace_id != workspace.pk for topic in values.topics):
        raise ValueError("a topic of another workspace")
    action = "signup_page.changed" if page else "signup_page.created"
    page = page or SignupPage(workspace=workspace)
    page.name, page.title, page.intro = values.name, values.title, values.intro
    page.consent_text, page.ask_name, page.is_open = values.consent_text, values.ask_name, values.is_open
    page.ask_frequency = values.ask_frequency
    page.save()
    page.topics.set(values.topics)
    remember_page(page)
    record_audit(workspace=workspace, actor=actor, action=action, target=page.name)
    return page


@transaction.atomic
def save_settings(*, workspace: Workspace, actor: User, **values: Any) -> ConsentSettings:
    """Change how the workspace asks and what it keeps: any fields of ConsentSettings; the others stay.

    What is in the ledger already stays as it was written: other rules hold from now on.
    """
    settings, _created = ConsentSettings.objects.update_or_create(workspace=workspace, defaults=values)
    detail = {name: value for name, value in values.items() if name != "contact_point"}
    record_audit(workspace=workspace, actor=actor, action="consent_settings.changed", detail=detail)
    return settings
