"""Who needs a segment, so that nobody changes or deletes it unawares. Filled in `AppConfig.ready()`."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from segments.language.validate import segment_keys
from segments.models import Segment


@dataclass(frozen=True)
class Use:
    """One thing that needs a segment: what kind of thing in words, what it is called, and where it is."""

    kind: str
    name: str
    url: str


Provider = Callable[[Any], Iterable[Use]]

_providers: dict[str, Provider] = {}


def offer_uses(name: str, provider: Provider) -> None:
    """Have `provider(segment)` say what uses a segment. `name` is `app.what` and unique."""
    if _providers.get(name, provider) is not provider:
        raise ValueError(f"two providers of uses are called {name}")
    _providers[name] = provider


def uses_of(segment: Segment) -> list[Use]:
    """Return everything that uses a segment: other segments first, then what the layers above say."""
    slug = segment.workspace.slug
    others = Segment.objects.in_workspace(segment.workspace).exclude(pk=segment.pk)
    inside = [
        Use(_("Segment"), one.name, reverse("segments:detail", args=[slug, one.public_id]))
        for one in others
        if segment.key in segment_keys(one.rule)
    ]
    return inside + [use for provider in _providers.values() for use in provider(segment)]
