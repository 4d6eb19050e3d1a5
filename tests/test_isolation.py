"""Every page of the dashboard, walked by somebody who has no business there.

The addresses are read from the URL configuration, so that a new page is walked from its first commit. Objects in
the addresses do not exist: what counts is that nobody learns so before the door is checked.
"""

import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from tests.cast import client_of

PREFIX = "w/<slug:workspace>/"
EXAMPLES: dict[str, Any] = {"uuid": uuid.UUID(int=7), "int": 7, "slug": "something", "str": "something", "path": "some"}
# Pages that answer a POST from anybody who may look, and why.
OPEN_TO_VIEWERS = {
    "contacts:list-columns": "It only remembers which columns they themselves want to see.",
    "flows:preview": "It stores nothing; where somebody is in the draft is in the page's own form.",
    "segments:preview": "It only counts; a rule can be too long for an address.",
    "segments:check": "It only looks; a rule can be too long for an address.",
    "segments:overlap": "It only counts; a rule can be too long for an address.",
}


def _routes(patterns: list[Any], before: str = "", names: tuple[str, ...] = ()) -> Iterator[tuple[str, str, Any]]:
    for pattern in patterns:
        route = before + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            inner = (*names, pattern.namespace) if pattern.namespace else names
            yield from _routes(pattern.url_patterns, route, inner)
        elif isinstance(pattern, URLPattern):
            yield ":".join((*names, pattern.name or "")), route, pattern.pattern


def _addresses() -> list[tuple[str, str]]:
    """(name, address in the workspace `kea-cabins`) of every page whose route begins with the workspace."""
    found = []
    for name, route, _pattern in _routes(get_resolver().url_patterns):
        if not route.startswith(PREFIX):
            continue
        path = "/" + route.replace("<slug:workspace>", "kea-cabins")
        for kind, example in EXAMPLES.items():
            while f"<{kind}:" in path:
                start = path.index(f"<{kind}:")
                path = path[:start] + str(example) + path[path.index(">", start) + 1 :]
        found.append((name, path))
    return found


ADDRESSES = _addresses()
by_address = pytest.mark.parametrize(("name", "path"), ADDRESSES, ids=[name for name, _path in ADDRESSES])


def test_there_are_pages_to_walk_and_every_part_of_their_addresses_is_known():
    assert len(ADDRESSES) > 10
    assert [path for _name, path in ADDRESSES if "<" in path] == []


def both_ways(client: Client, path: str) -> dict[str, Any]:
    """The answers to GET and to POST, without those that only say the method is not taken here."""
    answers = {"get": client.get(path), "post": client.post(path)}
    return {method: answer for method, answer in answers.items() if answer.status_code != 405}


@by_address
def test_stranger_finds_nothing(workspace, stranger, name, path):
    answers = both_ways(client_of(stranger), path)

    assert answers
    assert {method: answer.status_code for method, answer in answers.items()} == dict.fromkeys(answers, 404)


@by_address
def test_passer_by_is_asked_to_sign_in(workspace, name, path):
    answers = both_ways(Client(), path)

    assert answers
    for answer in answers.values():
        assert answer.status_code == 302
        assert answer.url.startswith("/accounts/login/?next=")


@by_address
def test_viewer_changes_nothing(workspace, viewer, name, path):
    if name in OPEN_TO_VIEWERS:
        pytest.skip(OPEN_TO_VIEWERS[name])

    answer = client_of(viewer).post(path)

    assert answer.status_code in {403, 405}
