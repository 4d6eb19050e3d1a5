"""What differs between languages when people type and read numbers, days and words."""

from dataclasses import dataclass

NO_BREAK, NARROW = "\u00a0", "\u202f"
# Between groups of three in any language: blanks, apostrophes and the Arabic thousands separator.
GROUP_SIGNS = (" ", NO_BREAK, NARROW, "\u2009", "'", "\u2019", "\u066c")
ARABIC_DECIMAL = "\u066b"


@dataclass(frozen=True, slots=True)
class Habits:
    """How a language writes numbers, yes and no, lists, and days (order of day, month and year, and the sign)."""

    decimal: str = "."
    group: str = ","
    typed_group: str = ","
    yes: str = "yes"
    no: str = "no"
    comma: str = ", "
    day_order: str = ""


_ENGLISH = Habits()
_BY_LANGUAGE = {
    "en": _ENGLISH,
    "ar": Habits(yes="نعم", no="لا", comma="، ", day_order="d/m"),
    "fa": Habits(comma="، "),
    "ur": Habits(comma="، "),
    "ru": Habits(decimal=",", group=NO_BREAK, typed_group="", yes="да", no="нет", day_order="d.m"),
    "fr": Habits(decimal=",", group=NARROW, typed_group="", yes="oui", no="non", day_order="d/m"),
    "de": Habits(decimal=",", group=".", typed_group=".", yes="ja", no="nein", day_order="d.m"),
    "es": Habits(decimal=",", group=".", typed_group=".", yes="sí", no="no", day_order="d/m"),
}
_BY_LOCALE = {"en-gb": Habits(day_order="d/m"), "en-us": Habits(day_order="m/d")}

YES_WORDS = frozenset({"yes", "true", "on", "1", "да", "نعم"})
NO_WORDS = frozenset({"no", "false", "off", "0", "нет", "لا"})


def habits_of(locale: str) -> Habits:
    """The habits of a locale, of its language, else the English ones."""
    lowered = locale.lower()
    return _BY_LOCALE.get(lowered) or _BY_LANGUAGE.get(lowered.partition("-")[0], _ENGLISH)


def chosen_text(text: object, locale: str, default_locale: str) -> str:
    """The words of a text for a locale: the locale's, its language's, the default's, else the first by key."""
    if isinstance(text, str):
        return text
    if not isinstance(text, dict) or not text:
        return ""
    for wanted in (locale, locale.partition("-")[0], default_locale, default_locale.partition("-")[0]):
        if wanted in text:
            return str(text[wanted])
    return str(text[min(text)])
