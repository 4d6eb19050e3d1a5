"""Who clicked what: the links of a dispatch by the place where they stand in the message."""

from dataclasses import dataclass, field
from typing import Any

from django.db import connection
from django.utils.translation import gettext as _

from content.models import ContentVersion
from content.places import Place, places_of
from delivery.models import Dispatch

# Versions are given out by chance, so the first few thousand messages hold all of them; what was clicked is certain.
VERSIONS = """
SELECT content_version_id FROM (
    SELECT content_version_id FROM delivery_message
    WHERE dispatch_id = %(dispatch)s AND content_version_id IS NOT NULL LIMIT 5000) AS written
UNION
SELECT message.content_version_id FROM delivery_messagefact fact
JOIN delivery_message message ON message.id = fact.message_id
WHERE fact.dispatch_id = %(dispatch)s AND fact.action = 'clicked' AND message.content_version_id IS NOT NULL
"""
# A person counts once for a place, however many links of however many versions are there.
CLICKED = """
SELECT place.id, count(DISTINCT fact.message_id)
FROM delivery_messagefact fact
JOIN delivery_message message ON message.id = fact.message_id
JOIN unnest(%(versions)s::bigint[], %(links)s::int[], %(ids)s::int[]) AS place(version, link, id)
    ON place.version = message.content_version_id AND place.link = fact.link
WHERE fact.dispatch_id = %(dispatch)s AND fact.action = 'clicked' AND fact.verdict = 'human'
GROUP BY place.id
"""
MOST_VERSIONS = 20


@dataclass(slots=True)
class LinkResult:
    """One place of a message that can be clicked, and how many people did.

    The same place in several versions is one. `turn` tells apart places that look alike: 0, 1, 2 … from the top.
    `at` are its link numbers by content version.
    """

    kind: str
    words: str
    target: str
    turn: int
    people: int = 0
    at: dict[int, int] = field(default_factory=dict)

    @property
    def label(self) -> str:
        """What people call the place."""
        if not self.words:
            wordless = {"picture": _("A picture"), "button": _("A button"), "plain": _("In the text version")}
            return wordless.get(self.kind, _("A link without words"))
        named = {"picture": _("Picture “%(words)s”"), "button": _("Button “%(words)s”")}
        return named.get(self.kind, "%(words)s") % {"words": self.words}


def versions_of(dispatch: Dispatch) -> list[ContentVersion]:
    """The contents that a dispatch sends, oldest first."""
    with connection.cursor() as cursor:
        cursor.execute(VERSIONS, {"dispatch": dispatch.pk})
        keys = [row[0] for row in cursor.fetchall()]
    return list(ContentVersion.objects.filter(pk__in=keys).order_by("pk")[:MOST_VERSIONS])


def links_of(dispatch: Dispatch, versions: list[ContentVersion] | None = None) -> list[LinkResult]:
    """Every place that can be clicked with the people who did, most clicked first; machines are left out."""
    found: dict[tuple[str, str, str, int], LinkResult] = {}
    for version in versions_of(dispatch) if versions is None else versions:
        turns: dict[tuple[str, str, str], int] = {}
        for place in places_of(version.html, len(version.links)):
            key = _key(place, version)
            turn = turns[key] = turns.get(key, -1) + 1
            result = found.setdefault((*key, turn), LinkResult(*key, turn))
            result.at[version.pk] = place.number
    results = list(found.values())
    _add_people(results, dispatch)
    return sorted(results, key=lambda one: -one.people)


def _key(place: Place, version: ContentVersion) -> tuple[str, str, str]:
    return place.kind, place.words, str(version.links[place.number])


def _add_people(results: list[LinkResult], dispatch: Dispatch) -> None:
    places = [(version, link, number) for number, one in enumerate(results) for version, link in one.at.items()]
    values: dict[str, Any] = {
        "dispatch": dispatch.pk,
        "versions": [version for version, _link, _number in places],
        "links": [link for _version, link, _number in places],
        "ids": [number for _version, _link, number in places],
    }
    with connection.cursor() as cursor:
        cursor.execute(CLICKED, values)
        for number, people in cursor.fetchall():
            results[number].people = people
