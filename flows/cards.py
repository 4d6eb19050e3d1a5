"""The picture beside a shared link of a flow: which words are on it, and keeping it once it is drawn."""

import contextlib
from collections.abc import Mapping
from typing import Any

from django.core.cache import cache
from django.urls import reverse
from redis.exceptions import RedisError

from core.contrast import is_color
from flows.engine.flow import Flow as Compiled
from flows.engine.locales import chosen_text
from flows.engine.piping import fill
from flows.models import Flow
from flows.pages.card import Card, can_be_drawn, draw

# Whoever looks at links asks within hours of each other, if at all.
KEPT_SECONDS = 7 * 86_400


def brand_of(row: Flow, compiled: Compiled) -> str:
    """The brand colour of a flow's pages: its own, else the workspace's, as #rrggbb."""
    own = str((compiled.document.get("theme") or {}).get("color") or "")
    return own if is_color(own) else row.workspace.brand_color


def outcome_of(compiled: Compiled, key: str) -> Mapping[str, Any] | None:
    """The outcome of that key."""
    return next((one for one in compiled.outcomes if one["key"] == key), None)


def public_words(text: Any, locale: str, default_locale: str) -> str:
    """A text of a flow as everybody may see it: where it names an answer, what it says without one."""
    return fill(chosen_text(text or "", locale, default_locale), lambda _path: "", "text").strip()


def card_of(row: Flow, compiled: Compiled, locale: str, outcome: Mapping[str, Any] | None = None) -> Card | None:
    """The picture for the flow, or for an outcome somebody came to; None where our fonts lack its letters."""
    default = compiled.default_locale
    title = public_words(outcome["title"], locale, default) if outcome else ""
    theme = compiled.document.get("theme") or {}
    card = Card(
        title=title or row.name,
        owner=row.workspace.name,
        color=brand_of(row, compiled),
        eyebrow=row.name if title else "",
        text="" if title else public_words(theme.get("intro"), locale, default),
    )
    return card if can_be_drawn(card) else None


def card_address(row: Flow, card: Card, locale: str, outcome: Mapping[str, Any] | None = None) -> str:
    """Where the picture is, without the host. It changes with what is on it, so that it may be kept for ever."""
    named = f"r={outcome['key']}&" if outcome else ""
    return f"{reverse('flow:card', args=[row.public_id])}?{named}lang={locale}&v={card.digest}"


def drawn(card: Card) -> bytes:
    """The picture as PNG, drawn once a week at most; without a cache each time."""
    name = f"flow-card:{card.digest}"
    with contextlib.suppress(RedisError, OSError):
        kept = cache.get(name)
        if kept:
            return bytes(kept)
    picture = draw(card)
    with contextlib.suppress(RedisError, OSError):
        cache.set(name, picture, KEPT_SECONDS)
    return picture
