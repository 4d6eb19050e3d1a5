"""From answers to what is kept of a person, and from a person to what a flow may read of them. No writes."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from consent.services.choices import MOST_DAYS
from consent.wording import FOUR_WEEKS, WEEKLY
from contacts.details import AttributeKind, ContactValues, clean_values
from contacts.models import Contact
from contacts.values import ReadingRules, print_value
from core.clock import zone_or_none
from flows.documents import plain_json, read_json
from flows.engine.flow import Flow as Compiled
from flows.engine.flow import is_input
from flows.engine.intake import choice_list
from flows.engine.locales import chosen_text
from flows.models import ContactVariables

# An external id is another system's word for who somebody is: typed by a visitor it would be a claim to be them.
OWN_FIELDS = frozenset({"email", "phone", "first_name", "last_name", "language", "time_zone", "country"})
MOST_TEXT = 1_000
# How often somebody wants messages at most, as keys of choices; a number is the days between two. Kept with what they
# choose on their preference page. A detail of the workspace with this key is that detail.
FREQUENCY = "message_frequency"
FREQUENCIES: Mapping[str, int | None] = {"as_it_comes": None, "weekly": WEEKLY, "every_four_weeks": FOUR_WEEKS}
Note = dict[str, str]


@dataclass
class Said:
    """What the answers say of a person: `fields` and `attributes` in stored form, `notes` of what cannot be kept.

    `days_between` is how often they want messages at most, None for as it comes; it counts with `has_frequency`.
    """

    fields: dict[str, str] = field(default_factory=dict)
    attributes: dict[str, Any] = field(default_factory=dict)
    notes: list[Note] = field(default_factory=list)
    has_frequency: bool = False
    days_between: int | None = None

    def values(self, *leaving_out: str) -> ContactValues:
        """For the services of contacts."""
        fields = {name: value for name, value in self.fields.items() if name not in leaving_out}
        return ContactValues(**fields, attributes=dict(self.attributes))


def said_of(
    answers: Mapping[str, Any], *, compiled: Compiled, kinds: Mapping[str, AttributeKind], time_zone: str
) -> Said:
    """Sort answers by the fields of a contact that they are for (`contact_field`), and read each by its type.

    What is wrong is noted and left out; the rest is kept. A choice counts by its key, or else by its label.
    """
    said = Said()
    rules = ReadingRules(zone=zone_or_none(time_zone))
    for name, raw in _flat(answers).items():
        if name == FREQUENCY and name not in kinds:
            _take_frequency(said, raw)
            continue
        if name not in OWN_FIELDS and name not in kinds:
            said.notes.append({"field": name, "problem": "unknown_field"})
            continue
        problem = None
        for value in _readings(compiled, name, raw):
            problem = _take(said, name, value, kinds, rules)
            if problem is None:
                break
        if problem is not None:
            said.notes.append({"field": name, "problem": problem})
    return said


def _take(said: Said, name: str, value: Any, kinds: Mapping[str, AttributeKind], rules: ReadingRules) -> str | None:
    is_own = name in OWN_FIELDS
    said_now: dict[str, Any] = {name: str(value)} if is_own else {"attributes": {name: value}}
    given = ContactValues(**said_now)
    region = said.fields.get("country", "")
    cleaned, problems = clean_values(given, kinds, region, rules)
    if problems:
        return next(iter(problems.values())).code
    if is_own:
        said.fields[name] = cleaned[name]
    else:
        said.attributes.update(cleaned["attributes"])
    return None


def _take_frequency(said: Said, raw: Any) -> None:
    """A key of FREQUENCIES, or a number of days that a person may choose."""
    text = str(raw)
    is_days = text.isascii() and text.isdigit() and len(text) <= 3 and 1 <= int(text) <= MOST_DAYS
    if text in FREQUENCIES or is_days:
        said.has_frequency, said.days_between = True, FREQUENCIES[text] if text in FREQUENCIES else int(text)
    else:
        said.notes.append({"field": FREQUENCY, "problem": "invalid"})


def _flat(answers: Mapping[str, Any]) -> dict[str, Any]:
    """One value for each field: the parts of a whole name, the country first, since it reads phone numbers."""
    found: dict[str, Any] = {}
    for name, value in answers.items():
        plain = plain_json(value)
        if isinstance(plain, dict) and set(plain) <= {"first", "last"}:
            found |= {f"{part}_name": plain[part] for part in ("first", "last") if plain.get(part)}
        elif isinstance(plain, dict):
            found[name] = ", ".join(str(one) for one in plain.values())[:MOST_TEXT]
        else:
            found[name] = plain
    return dict(sorted(found.items(), key=lambda item: item[0] != "country"))


def _readings(compiled: Compiled, name: str, raw: Any) -> list[Any]:
    """The value as it is, and with labels in the place of keys where it was chosen."""
    labels = _labels(compiled, name)
    named: Any = raw
    if isinstance(raw, list):
        named = [labels.get(one, one) if isinstance(one, str) else one for one in raw]
    elif isinstance(raw, str):
        named = labels.get(raw, raw)
    return [raw] if named == raw else [raw, named]


def _labels(compiled: Compiled, name: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for step in compiled.steps:
        groups = [step.document["blocks"], *(one.get("blocks") or () for one in step.variants)]
        for block in (one for group in groups for one in group if is_input(one) and one.get("contact_field") == name):
            for choice in choice_list(block):
                words = chosen_text(choice.get("label", ""), compiled.default_locale, compiled.default_locale)
                found.setdefault(str(choice["key"]), words)
    return found


def contact_record(contact: Contact) -> dict[str, Any]:
    """What a flow may read of a person it knows (`contact.…`): fields, attributes by key, and `variables`."""
    kept = ContactVariables.objects.filter(contact=contact).values_list("values", flat=True).first()
    own = {name: getattr(contact, name) for name in sorted(OWN_FIELDS)}
    record = {**contact.attributes, **own, "full_name": contact.full_name, "variables": kept or {}}
    found: dict[str, Any] = read_json(json.dumps(record))  # the engine's numbers are decimals
    return found


def words_of_answers(answers: Mapping[str, Any], types: Mapping[str, Mapping[str, Any]]) -> str:
    """Answers as lines of text, for whoever reads them."""
    return "\n".join(
        f"{key}: {print_value(types.get(key, {}).get('type', 'text'), value)}" for key, value in answers.items()
    )
