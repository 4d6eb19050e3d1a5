"""Documentation that falls behind fails."""

import re
from pathlib import Path

from django.urls import URLPattern, URLResolver, get_resolver

from events.catalogue import BUILT_IN

ROOT = Path(__file__).resolve().parent.parent
CONFIG = [path.read_text() for path in (ROOT / "config").glob("*.py")]


def test_every_setting_is_described() -> None:
    pattern = re.compile(r"(?:environ\.get|env\.\w+|required|integer|boolean|listing)\(\s*\"([A-Z][A-Z_]+)\"")
    names = {name for text in CONFIG for name in pattern.findall(text)} - {"DJANGO_SETTINGS_MODULE"}
    described = set(re.findall(r"`([A-Z][A-Z_]+)`", (ROOT / "docs/settings.md").read_text()))

    assert names
    assert names - described == set()


def test_every_event_is_described() -> None:
    text = (ROOT / "docs/events.md").read_text()

    assert [kind for kind in BUILT_IN if f"`{kind}`" not in text] == []


def test_readme_names_the_two_commands_and_its_links_exist() -> None:
    text = (ROOT / "README.md").read_text()

    assert "make run" in text
    assert "make test" in text
    for target in re.findall(r"\]\(([^)#:]+)\)", text):
        assert (ROOT / target).exists(), target


def test_every_decision_is_short() -> None:
    decisions = sorted((ROOT / "docs/adr").glob("*.md"))

    assert len(decisions) >= 10
    assert [path.name for path in decisions if path.read_text().count("\n") > 30] == []


def test_promised_addresses_exist() -> None:
    def routes(resolver: URLResolver, prefix: str = "") -> list[str]:
        found: list[str] = []
        for pattern in resolver.url_patterns:
            path = prefix + str(pattern.pattern)
            found += [path] if isinstance(pattern, URLPattern) else routes(pattern, path)
        return found

    known = routes(get_resolver())
    promised = [
        "w/<slug:workspace>/contacts/", "w/<slug:workspace>/segments/", "w/<slug:workspace>/templates/",
        "w/<slug:workspace>/campaigns/", "w/<slug:workspace>/settings/", "mail/", "healthz", "readyz", "metrics",
        "p/<", "u/<", "f/<", "c/<", "o/<", "v/<", "confirm/<", "senders/<", "api/v1/schema/", "api/v1/docs/",
    ]  # fmt: skip
    assert [path for path in promised if not any(route.startswith(path) for route in known)] == []
