"""What each column of a file becomes: guessed from its heading and its cells, and checked. Pure."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Self

from contacts.addresses import normalise_email
from contacts.invisible import without_unseen
from contacts.problems import Problem
from contacts.search_words import words_of
from contacts.values import NO, YES
from core.folding import fold

# Targets beside the built-in fields: `attribute:KEY` fills a known attribute, `new:TYPE` makes one at the start.
FULL_NAME = "full_name"
CONSENT = "consent"
CONSENT_DAY = "consent_at"
TAGS = "tags"
FIELD_TARGETS = (
    "email",
    "phone",
    "external_id",
    "first_name",
    "last_name",
    FULL_NAME,
    "language",
    "time_zone",
    "country",
    TAGS,
    CONSENT,
    CONSENT_DAY,
)
NEW_TYPES = ("text", "number", "boolean", "date", "datetime", "money")
MAX_HEADING = 120

# Words of headings in the languages people bring files in; compared folded, without accents.
_HEADINGS: dict[str, str] = {
    "email": "email|e-mail|mail|email address|e-mail address|e-mail-adresse|emailadresse|mailadresse|courriel|correo"
    "|correo electrónico|адрес электронной почты|электронная почта|почта|эл почта|имейл|емейл"
    "|البريد الإلكتروني|البريد الالكتروني|بريد إلكتروني|البريد|ايميل|adresse mail|posta",
    "phone": "phone|mobile|mobile number|phone number|telephone|tel|cell|cell phone|handy|handynummer|telefon|mobil"
    "|telefonnummer|mobilnummer|rufnummer|portable|téléphone|teléfono|movil|телефон|мобильный|номер телефона"
    "|мобильный телефон|сотовый|الهاتف|رقم الهاتف|هاتف|الجوال|رقم الجوال|جوال|موبايل|whatsapp",
    "external_id": "external id|id|customer id|customer number|customer no|contact id|user id|member id|kundennummer"
    "|kunden nr|kundennr|mitgliedsnummer|идентификатор|номер клиента|код клиента|ид|رقم العميل|المعرف|معرف",
    "first_name": "first name|firstname|given name|forename|fname|vorname|prénom|nombre|имя|الاسم الأول|الاسم الاول",
    "last_name": "last name|lastname|surname|family name|lname|nachname|familienname|zuname|nom|nom de famille"
    "|apellido|apellidos|фамилия|اسم العائلة|الاسم الأخير|اللقب|العائلة",
    "full_name": "name|full name|guest|customer|contact|contact name|person|vollständiger name|kunde|gast|фио"
    "|имя и фамилия|полное имя|клиент|гость|الاسم|الاسم الكامل",
    "language": "language|lang|locale|sprache|langue|idioma|язык|اللغة|لغة",
    "time_zone": "time zone|timezone|tz|zeitzone|часовой пояс|المنطقة الزمنية|التوقيت",
    "country": "country|country code|land|länderkürzel|pays|país|страна|код страны|البلد|الدولة|دولة",
    "tags": "tags|tag|labels|groups|schlagwörter|schlagworte|теги|метки|الوسوم|وسوم",
    "consent": "consent|opt in|optin|opted in|newsletter|subscribed|marketing consent|news ok|agrees|einwilligung"
    "|zustimmung|согласие|подписка|рассылка|подписан|موافقة|الموافقة|مشترك|النشرة",
    "consent_at": "consent at|consent date|date of consent|consented at|consented on|opt in date|optin date|opt in time"
    "|agreed on|subscribed at|subscribed on|einwilligung am|datum der einwilligung|zugestimmt am|angemeldet am"
    "|date de consentement|fecha de consentimiento|дата согласия|дата подписки|تاريخ الموافقة|تاريخ الاشتراك",
}
_WRITTEN = re.compile(r"(\d{1,2})[./-](\d{1,2})[./-](\d{2,4})(\s.*)?", re.ASCII)
_ISO = re.compile(r"\d{4}-\d{2}-\d{2}([T ].*)?", re.ASCII)
_CLOCK = re.compile(r"(?!.*[T ]00:00(:00)?$).*[T ]\d{1,2}:\d{2}.*", re.ASCII)
# 007 and 0151 are names of things that happen to be digits.
_NUMBER = re.compile(r"-?(0|[1-9]\d{0,14})([.,]\d{1,6})?", re.ASCII)
_MONEY = re.compile(r"(€|£|\$|₽|[A-Z]{3})\s?-?[\d.,]+|-?[\d.,\u00a0 ]+\s?(€|£|₽|[A-Z]{3})")
_PHONE = re.compile(r"\+?[\d\s().\-/]{7,20}", re.ASCII)


@dataclass(frozen=True)
class Column:
    """One column: its heading, what it becomes (empty: left out), and which way round days and months stand."""

    heading: str
    target: str = ""
    day_first: bool = True

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Self:
        """The column that `as_json` stored."""
        return cls(**stored)

    def as_json(self) -> dict[str, Any]:
        """What `Import.mapping["columns"]` stores."""
        return asdict(self)


def _known_headings() -> dict[str, str]:
    words = {}
    for target, names in _HEADINGS.items():
        for name in names.split("|"):
            words[" ".join(words_of(name))] = target
    return words


_TARGETS = _known_headings()


def heading_names(cells: Sequence[str], unnamed: str) -> list[str]:
    """A name for each column, each of them different: without signs nobody sees, repeated ones numbered.

    `unnamed` names a column without a heading and has `%(number)s` in it.
    """
    names: list[str] = []
    taken: set[str] = set()
    for number, cell in enumerate(cells, 1):
        base = " ".join(without_unseen(cell).split())[:MAX_HEADING] or unnamed % {"number": number}
        name, repeat = base, 1
        while name in taken:
            repeat += 1
            name = f"{base} ({repeat})"
        taken.add(name)
        names.append(name)
    return names


def suggest(
    headings: Sequence[str],
    samples: Sequence[Sequence[str]],
    attributes: Mapping[str, str],
    remembered: Mapping[str, Column] | None = None,
) -> list[Column]:
    """A column for each heading. `samples` are the cells below it; `attributes` maps labels and keys to keys.

    `remembered` says by heading what was chosen in earlier imports, which goes before guessing. Each built-in field is
    suggested once, for the first column that fits best.
    """
    by_label = {" ".join(words_of(label)): key for label, key in attributes.items()}
    known = {heading: _still_there(column, attributes) for heading, column in (remembered or {}).items()}
    taken = {column.target for heading, column in known.items() if column and heading in headings}
    columns = []
    for heading, cells in zip(headings, samples, strict=True):
        filled = [cell.strip() for cell in cells if cell.strip()]
        before = known.get(heading)
        if before is not None:
            columns.append(Column(heading, before.target, before.day_first and day_first(filled)))
            continue
        target = _target_of(heading, filled, by_label)
        if target in taken:
            target = ""
        if target and target != TAGS:
            taken.add(target)
        columns.append(Column(heading, target, day_first(filled)))
    return _without_contradictions(columns)


def _still_there(column: Column, attributes: Mapping[str, str]) -> Column | None:
    """What was chosen, unless the attribute it filled has been deleted since."""
    kind, _, key = column.target.partition(":")
    return None if kind == "attribute" and key not in attributes.values() else column


def _target_of(heading: str, filled: Sequence[str], by_label: Mapping[str, str]) -> str:
    words = " ".join(words_of(heading))
    # What the program itself writes into files calls an attribute `attributes.KEY`.
    words = words.removeprefix("attributes ")
    if words in by_label:
        return f"attribute:{by_label[words]}"
    target = _TARGETS.get(words, "")
    if target == CONSENT and filled and not _mostly(filled, lambda cell: fold(cell) in YES | NO):
        target = ""
    if target == CONSENT_DAY and guess_type(filled) not in {"date", "datetime"}:
        target = ""
    if target in {"email", "phone"} and filled and not _mostly(filled, _looks_right(target)):
        target = ""
    if not target and filled and _mostly(filled, _looks_right("email")):
        target = "email"
    return target


def _looks_right(target: str) -> Any:
    return _is_email if target == "email" else lambda cell: bool(_PHONE.fullmatch(cell))


def _is_email(cell: str) -> bool:
    try:
        normalise_email(cell)
    except Problem:
        return False
    return True


def _mostly(cells: Sequence[str], fits: Any) -> bool:
    return sum(bool(fits(cell)) for cell in cells) * 2 > len(cells)


def _without_contradictions(columns: list[Column]) -> list[Column]:
    """A whole name beside a first or last name says the same twice: the parts win."""
    targets = {column.target for column in columns}
    if targets & {"first_name", "last_name"}:
        return [Column(c.heading, "" if c.target == FULL_NAME else c.target, c.day_first) for c in columns]
    return columns


def guess_type(cells: Sequence[str]) -> str:
    """The type a new attribute for these cells would have."""
    filled = [cell.strip() for cell in cells if cell.strip()]
    if not filled:
        return "text"
    if all(fold(cell) in YES | NO for cell in filled):
        return "boolean"
    if all(_ISO.fullmatch(cell) or _WRITTEN.fullmatch(cell) for cell in filled):
        return "datetime" if any(_CLOCK.fullmatch(cell) for cell in filled) else "date"
    if all(_NUMBER.fullmatch(cell) for cell in filled):
        return "number"
    return "money" if all(_MONEY.fullmatch(cell) for cell in filled) else "text"


def day_first(cells: Sequence[str]) -> bool:
    """False only where more dates can be read with the month first alone than with the day first alone."""
    months, days = 0, 0
    for found in filter(None, map(_WRITTEN.fullmatch, map(str.strip, cells))):
        months += int(found[1]) <= 12 < int(found[2])
        days += int(found[2]) <= 12 < int(found[1])
    return months <= days


def has_written_dates(cells: Sequence[str]) -> bool:
    """True when some cell is a date that says day and month in figures, in whichever order."""
    return any(_WRITTEN.fullmatch(cell.strip()) for cell in cells)


def asks_day_or_month(cells: Sequence[str]) -> bool:
    """True when the column leaves open which of the two comes first: no date has a number above 12 in either place."""
    found = list(filter(None, map(_WRITTEN.fullmatch, map(str.strip, cells))))
    return bool(found) and all(int(one[1]) <= 12 and int(one[2]) <= 12 for one in found)
