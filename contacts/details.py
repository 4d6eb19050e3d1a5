"""What a contact is made of: the built-in fields, cleaned, and everything that is derived from them. Pure."""

import functools
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from contacts import values
from contacts.addresses import normalise_email, normalise_phone
from contacts.places import normalise_country, normalise_language, normalise_zone
from contacts.problems import Problem
from contacts.search_words import search_vector
from contacts.value_rules import checker
from contacts.values import ReadingRules, clean_text
from core.folding import fold, fold_texts

MAX_NAME = 120
MAX_TAG = 60
MAX_TAGS = 50
TEXT_FIELDS = ("external_id", "first_name", "last_name", "email", "phone", "language", "time_zone", "country")
# The names by which other parts ask for built-in fields, so no attribute may be called so.
RESERVED_KEYS = frozenset({*TEXT_FIELDS, "id", "tags", "attributes", "created_at", "imported_at", "full_name", "name"})


@dataclass(frozen=True, kw_only=True)
class ContactValues:
    """What somebody says about a contact. None leaves a field as it is, an empty text empties it.

    `attributes` maps keys to texts or stored forms (contacts.values); None as a value removes it. `tags` replaces
    all tags, `add_tags` only adds.
    """

    external_id: str | None = None
    email: str | None = None
    phone: str | None = None
    first_name: str | None = None
    last_name: str | None = None
    language: str | None = None
    time_zone: str | None = None
    country: str | None = None
    attributes: Mapping[str, Any] = field(default_factory=dict)
    tags: Sequence[str] | None = None
    add_tags: Sequence[str] = ()


@dataclass(frozen=True)
class AttributeKind:
    """What has to be known of an attribute to read its values: `limits` are its rules (contacts.value_rules)."""

    type: str
    choices: tuple[str, ...] = ()
    limits: Mapping[str, Any] = field(default_factory=dict, hash=False)
    default: Any = field(default=None, hash=False)

    def reader(self, rules: ReadingRules = values.DEFAULT_RULES) -> Callable[[Any], Any]:
        """The function that reads a value that is not empty and checks it. Where nothing limits it, it costs nothing.

        What is read raises Problem.
        """
        if self.limits.get("currency") and not rules.currency:
            rules = replace(rules, currency=self.limits["currency"])
        read = values.reader(self.type, self.choices, rules)
        check = checker(self.type, self.limits, rules.zone)
        if check is None:
            return read

        def read_checked(raw: Any) -> Any:
            value = read(raw)
            if value is not None:
                check(value)
            return value

        return read_checked

    def read(self, raw: Any, rules: ReadingRules = values.DEFAULT_RULES) -> Any:
        """The stored form of `raw`, None for no value. Raises Problem."""
        if raw is None or (isinstance(raw, str) and not raw.strip()):
            return None
        return self.reader(rules)(raw)


def defaults_of(kinds: "Mapping[str, AttributeKind]") -> dict[str, Any]:
    """What new contacts get where nothing was said, by key."""
    return {key: kind.default for key, kind in kinds.items() if kind.default is not None}


def clean_short_text(text: str, limit: int = MAX_NAME) -> str:
    """One line of at most `limit` signs. Raises Problem (text_long)."""
    cleaned = " ".join(clean_text(text).split())
    if len(cleaned) > limit:
        raise Problem("text_long", cleaned[:80])
    return cleaned


def clean_tags(tags: Iterable[str]) -> list[str]:
    """Tags without repeats (by their folded form), in the given order. Raises Problem (text_long, tags_many)."""
    found: dict[str, str] = {}
    for tag in tags:
        cleaned = clean_short_text(tag, MAX_TAG)
        if fold(cleaned):
            found.setdefault(fold(cleaned), cleaned)
    if len(found) > MAX_TAGS:
        raise Problem("tags_many")
    return list(found.values())


def clean_values(
    given: ContactValues,
    kinds: Mapping[str, AttributeKind],
    region: str = "",
    rules: ReadingRules = values.DEFAULT_RULES,
) -> tuple[dict[str, Any], dict[str, Problem]]:
    """The given fields in their stored form, and what is wrong, both by field; attributes as `attributes.key`.

    Fields that were None are left out. `region` reads phone numbers without a country code.
    """
    country_region = (given.country or "").strip().upper() if len((given.country or "").strip()) == 2 else region
    readers: dict[str, Callable[[str], str]] = {
        "external_id": clean_short_text,
        "first_name": clean_short_text,
        "last_name": clean_short_text,
        "email": normalise_email,
        "phone": lambda text: normalise_phone(text, country_region),
        "language": normalise_language,
        "time_zone": normalise_zone,
        "country": normalise_country,
    }
    cleaned: dict[str, Any] = {}
    problems: dict[str, Problem] = {}
    for name, read in readers.items():
        raw = getattr(given, name)
        if raw is not None:
            _take(cleaned, problems, name, functools.partial(_read_or_empty, read, raw))
    if given.tags is not None:
        _take(cleaned, problems, "tags", lambda: clean_tags(given.tags or ()))
    if given.add_tags:
        _take(cleaned, problems, "add_tags", lambda: clean_tags(given.add_tags))
    cleaned["attributes"] = _clean_attributes(given.attributes, kinds, rules, problems)
    return cleaned, problems


def _clean_attributes(
    given: Mapping[str, Any], kinds: Mapping[str, AttributeKind], rules: ReadingRules, problems: dict[str, Problem]
) -> dict[str, Any]:
    cleaned: dict[str, Any] = {}
    for key, raw in given.items():
        kind = kinds.get(key)
        if kind is None:
            problems[f"attributes.{key}"] = Problem("attribute_unknown", key)
            continue
        try:
            cleaned[key] = kind.read(raw, rules)
        except Problem as problem:
            problems[f"attributes.{key}"] = problem
    return cleaned


def _read_or_empty(read: Callable[[str], str], raw: str) -> str:
    return read(raw) if raw.strip() else ""


def _take(cleaned: dict[str, Any], problems: dict[str, Problem], name: str, read: Callable[[], Any]) -> None:
    try:
        cleaned[name] = read()
    except Problem as problem:
        problems[name] = problem


def folded_texts(
    first_name: str, last_name: str, attributes: Mapping[str, Any], kinds: Mapping[str, AttributeKind]
) -> dict[str, str]:
    """What `Contact.folded` holds: the folded names and text attributes."""
    texts = {key: value for key, value in attributes.items() if key in kinds and kinds[key].type == "text"}
    return fold_texts({"first_name": first_name, "last_name": last_name, **texts})


def contact_vector(fields: Mapping[str, Any]) -> str:
    """The text of `Contact.search` for these fields."""
    return search_vector(
        (fields["first_name"], fields["last_name"]),
        email=fields["email"],
        external_id=fields["external_id"] or "",
        language=fields["language"],
        country=fields["country"],
        tags=fields["tags"],
    )
