"""Which segments ask for an attribute."""

from collections.abc import Iterator
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import Workspace
from contacts.attribute_uses import Use
from segments.models import Segment


def uses(workspace: Workspace, key: str) -> Iterator[Use]:
    """Segments whose rule names the attribute."""
    for segment in Segment.objects.in_workspace(workspace):
        if names_attribute(segment.rule.get("where"), key):
            url = reverse("segments:detail", args=[workspace.slug, segment.public_id])
            yield Use(_("Segment"), segment.name, url)


def names_attribute(where: Any, key: str) -> bool:
    """True when some sentence of a rule is about the attribute with this key."""
    waiting = [where]
    while waiting:
        node = waiting.pop()
        if not isinstance(node, dict):
            continue
        if node.get("kind") in {"attribute", "anniversary"} and node.get("key") == key:
            return True
        for group in ("all", "any"):
            waiting += node[group] if isinstance(node.get(group), list) else []
        waiting.append(node.get("not"))
    return False
