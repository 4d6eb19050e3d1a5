"""What a workspace wants to know of people."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import User, Workspace
from accounts.services import record_audit
from contacts.details import RESERVED_KEYS, AttributeKind, clean_tags
from contacts.models import Attribute, Contact
from contacts.problems import Problem
from contacts.rewriting import values_with_counts
from contacts.search_words import words_of
from contacts.services.errors import InvalidContact
from contacts.value_rules import checked_rules
from contacts.values import ReadingRules
from core.clock import zone_or_none

MAX_ATTRIBUTES = 200
CHOICE_TYPES = frozenset({Attribute.Type.CHOICE, Attribute.Type.MULTI_CHOICE})
_KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]{0,59}", re.ASCII)


@dataclass(frozen=True, kw_only=True)
class AttributeValues:
    """What is said of an attribute. An empty `key` is made from the label."""

    label: str
    type: str
    key: str = ""
    description: str = ""
    choices: tuple[str, ...] = ()
    rules: Mapping[str, Any] = field(default_factory=dict)
    default: Any = None


@transaction.atomic
def save_attribute(
    *, workspace: Workspace, values: AttributeValues, attribute: Attribute | None = None, actor: User | None = None
) -> Attribute:
    """A new attribute, or a changed one. Raises InvalidContact with the sentences by field.

    The key of an attribute stays as it is, for rules and messages are written with it; its type changes with
    everybody's values (contacts.services.attribute_changes). Rules and the default hold for what is written from
    now on. A choice that somebody has is renamed, not left out.
    """
    kind = attribute.type if attribute else values.type
    choices = checked_choices(kind, values.choices)
    rules, default = _checked_rules(workspace, kind, choices, values)
    if attribute is None:
        if Attribute.objects.in_workspace(workspace).count() >= MAX_ATTRIBUTES:
            raise InvalidContact({"label": [_("There are 200 details already. Remove one that nobody needs.")]})
        attribute = Attribute(workspace=workspace, key=_checked_key(workspace, values), type=values.type)
    else:
        _refuse_lost_choices(attribute, choices)
    attribute.label, attribute.description = values.label.strip(), values.description.strip()
    attribute.choices, attribute.rules, attribute.default = choices, rules, default
    try:
        with transaction.atomic():
            attribute.save()
    except IntegrityError:
        raise InvalidContact({"key": [_("There is a detail with this key already.")]}) from None
    record_audit(workspace=workspace, actor=actor, action="attribute.saved", target=attribute.label)
    return attribute


def checked_choices(kind: str, given: Sequence[str]) -> list[str]:
    """The choices of an attribute of this type, none for most types. Raises InvalidContact."""
    if kind not in Attribute.Type.values:
        raise InvalidContact({"type": [_("Choose one of the types.")]})
    if kind not in CHOICE_TYPES:
        return []
    try:
        choices = [choice for choice in dict.fromkeys(option.strip() for option in given) if choice]
        clean_tags(choices[:1])
    except Problem as problem:
        raise InvalidContact({"choices": [str(problem)]}) from None
    if not choices or len(choices) > 500 or any(len(choice) > 120 for choice in choices):
        raise InvalidContact({"choices": [_("Write between 1 and 500 choices, each of at most 120 letters.")]})
    return choices


def _checked_rules(
    workspace: Workspace, kind: str, choices: list[str], values: AttributeValues
) -> tuple[dict[str, Any], Any]:
    """Rules and default in their stored forms. Raises InvalidContact."""
    rules, problems = checked_rules(kind, values.rules)
    sentences = {f"rules.{name}": [str(problem)] for name, problem in problems.items()}
    default = None
    if not sentences:
        try:
            reading = ReadingRules(zone=zone_or_none(workspace.time_zone))
            default = AttributeKind(kind, tuple(choices), rules).read(values.default, reading)
        except Problem as problem:
            sentences["default"] = [str(problem)]
    if sentences:
        raise InvalidContact(sentences)
    return rules, default


def _refuse_lost_choices(attribute: Attribute, choices: list[str]) -> None:
    """Raise InvalidContact when somebody has a choice that would go."""
    gone = set(attribute.choices) - set(choices)
    if not gone:
        return
    people: Counter[str] = Counter()
    for value, count in values_with_counts(attribute):
        for choice in gone.intersection(value if isinstance(value, list) else [value]):
            people[choice] += count
    if people:
        choice, count = people.most_common(1)[0]
        sentence = ngettext(
            "%(count)s person has “%(choice)s”. Rename it, or take it from them first.",
            "%(count)s people have “%(choice)s”. Rename it, or take it from them first.",
            count,
        )
        raise InvalidContact({"choices": [sentence % {"count": count, "choice": choice}]})


def _checked_key(workspace: Workspace, values: AttributeValues) -> str:
    if values.key:
        if not _KEY.fullmatch(values.key):
            raise InvalidContact({"key": [_("Begin with a letter and use only a to z, digits, dot, - and _.")]})
        if values.key in RESERVED_KEYS:
            raise InvalidContact({"key": [_("This key belongs to a detail every contact has.")]})
        return values.key
    return free_key(workspace, values.label)


def free_key(workspace: Workspace, label: str) -> str:
    """A key for `label` that the workspace does not use yet: last_stay, last_stay_2."""
    words = [word for word in words_of(label) if word.isascii()]
    base = "_".join(words)[:50] or "detail"
    base = base if _KEY.fullmatch(base) else f"detail_{base}"[:50]
    taken = set(Attribute.objects.in_workspace(workspace).values_list("key", flat=True)) | RESERVED_KEYS
    number = 1
    key = base
    while key in taken:
        number += 1
        key = f"{base}_{number}"
    return key


@transaction.atomic
def delete_attribute(*, attribute: Attribute, actor: User | None = None) -> int:
    """Remove the attribute and its values from every contact, in one statement; returns how many had one."""
    count = Contact.objects.in_workspace(attribute.workspace).remove_attribute(attribute.key)
    attribute.delete()
    record_audit(workspace=attribute.workspace, actor=actor, action="attribute.deleted", target=attribute.label)
    return count
