"""The languages a flow is written in."""

from typing import Any

from django.conf.locale import LANG_INFO


def languages_of(document: Any) -> list[tuple[str, str]]:
    """Their codes with their own names, the main one first."""
    codes = list(dict.fromkeys([document["default_locale"], *(document.get("locales") or ())]))
    return [(code, str(LANG_INFO.get(code.partition("-")[0].lower(), {}).get("name_local", code))) for code in codes]
