"""Languages, countries and time zones: reading what people write, and naming what is stored."""

import functools
import re

import phonenumbers
from babel import Locale
from django.conf import settings
from django.conf.locale import LANG_INFO
from django.utils.translation import get_language

from contacts.problems import Problem
from core.clock import available_zones
from core.folding import fold

# ISO 3166-1 countries that have no phone numbers of their own.
_WITHOUT_PHONES = frozenset({"AQ", "BV", "GS", "HM", "PN", "TF", "UM"})
COUNTRIES = frozenset(phonenumbers.SUPPORTED_REGIONS) - {"AC", "TA", "XK"} | _WITHOUT_PHONES | {"XK"}
# What people write though the standard says otherwise.
_COUNTRY_WORDS = {
    "uk": "GB",
    "england": "GB",
    "scotland": "GB",
    "wales": "GB",
    "usa": "US",
    "u.s.": "US",
    "u.s.a.": "US",
    "america": "US",
    "сша": "US",
    "holland": "NL",
    "uae": "AE",
    "deutschland": "DE",
    "россия": "RU",
    "aotearoa": "NZ",
}
# Language subtags beyond those Django ships names for (ISO 639-1).
_MORE_LANGUAGES = (
    "aa ab ae ak am an as av ay ba bh bi bm bo ce ch co cr cu cv dv dz ee fj fo gn gu gv ha ho hz ia ie ii ik"
    " iu jv kg ki kj kl ks kr ku kv kw la lg li ln lo lu mg mh mi mt na nb nd ng no nr nv ny oc oj om or os pi ps qu rm"
    " rn rw sa sc sd se sg si sm sn so ss st su ti tl tn to ts tw ty ug ve vo wa wo xh yi yo za zh zu"
)
_LANGUAGE_TAG = re.compile(r"[a-z]{2,3}(-[a-z]{4})?(-([a-z]{2}|[0-9]{3}))?(-[a-z0-9]{4,8})*", re.ASCII)


def normalise_language(text: str) -> str:
    """A language tag (BCP 47, RFC 5646 §2.1.1 capitals) of a tag or a language's own or English name.

    Raises Problem (language_unknown).
    """
    value = text.strip().replace("_", "-").lower()
    value = _languages_by_name().get(fold(value), value)
    if not _LANGUAGE_TAG.fullmatch(value) or len(value) > 20:
        raise Problem("language_unknown", text)
    first, *rest = value.split("-")
    if len(first) == 2 and first not in _known_languages():
        raise Problem("language_unknown", text)
    spelled = [part.upper() if len(part) == 2 else part.title() if len(part) == 4 else part for part in rest]
    return "-".join([first, *spelled])


@functools.cache
def _known_languages() -> frozenset[str]:
    return frozenset(code.partition("-")[0] for code in LANG_INFO) | frozenset(_MORE_LANGUAGES.split())


@functools.cache
def _languages_by_name() -> dict[str, str]:
    names: dict[str, str] = {}
    for code, info in LANG_INFO.items():
        for key in ("name", "name_local"):
            if key in info:
                names.setdefault(fold(info[key]), code)
    return names | {"немецкий": "de", "русский язык": "ru", "английский": "en", "арабский": "ar", "englisch": "en"}


def language_name(tag: str) -> str:
    """A language in its own words, such as Deutsch; the tag itself when it has no name here."""
    for candidate in (tag.lower(), tag.partition("-")[0].lower()):
        info = LANG_INFO.get(candidate)
        if info and "name_local" in info:
            name = str(info["name_local"])
            return name[:1].upper() + name[1:]
    return tag


def normalise_country(text: str) -> str:
    """Two capitals (ISO 3166-1) of a code or of a country's name in the languages we have names in.

    Raises Problem (country_unknown).
    """
    value = text.strip()
    if len(value) == 2 and value.upper() in COUNTRIES:
        return value.upper()
    found = _countries_by_name().get(fold(value))
    if found is None:
        raise Problem("country_unknown", text)
    return found


@functools.cache
def _countries_by_name() -> dict[str, str]:
    # 0.3 s and some memory, so only where a country is read by name. It knows more spellings than CLDR.
    from phonenumbers.geodata.locale import LOCALE_DATA

    names: dict[str, str] = {}
    for code, by_language in LOCALE_DATA.items():
        if code in COUNTRIES:
            for name in by_language.values():
                if not name.startswith("*"):
                    names.setdefault(fold(name), code)
    for language, _label in settings.LANGUAGES:
        for code in COUNTRIES:
            names.setdefault(fold(_country_names(language)[code]), code)
    return names | _COUNTRY_WORDS


@functools.cache
def _country_names(language: str) -> dict[str, str]:
    """Code to name, after Unicode's CLDR."""
    return {code: name for code, name in Locale.parse(language).territories.items() if code in COUNTRIES}


def country_name(code: str) -> str:
    """The country's name in the active language; the code of what is no country."""
    return _country_names((get_language() or "en").split("-")[0]).get(code, code)


def country_choices() -> list[tuple[str, str]]:
    """(code, name) of every country, by name in the active language."""
    return sorted(((code, country_name(code)) for code in COUNTRIES), key=lambda pair: fold(pair[1]))


def language_choices() -> list[tuple[str, str]]:
    """(tag, own name) of the languages with a name here."""
    return sorted(((code, language_name(code)) for code in LANG_INFO if "name" in LANG_INFO[code]), key=lambda p: p[1])


def normalise_zone(text: str) -> str:
    """An IANA zone name, whatever its case. Raises Problem (zone_unknown)."""
    value = text.strip().replace(" ", "_")
    if value in available_zones():
        return value
    found = _zones_by_fold().get(value.lower())
    if found is None:
        raise Problem("zone_unknown", text)
    return found


@functools.cache
def _zones_by_fold() -> dict[str, str]:
    return {name.lower(): name for name in sorted(available_zones())}
