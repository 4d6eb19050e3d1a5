"""Translations: collect what is new, compile what is translated, and tell what is missing.

`python -m tools.messages --collect` renews `locale/*/LC_MESSAGES/django.po` from the source;
`--compile` writes the `.mo` files beside them; all in plain Python, so that nobody needs GNU gettext;
`--check` fails when something is untranslated, doubtful, or compiled from an older text.
"""

import argparse
import io
import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.conf import settings
from django.utils.translation.template import templatize

ROOT = Path(__file__).resolve().parent.parent
LANGUAGES = ("ru", "ar")
NOT_OURS = (".venv", "static", "tests", "bench", "faults", "tools", "stack", "docs", "node_modules", ".data")
# CLDR's order: zero, one, two, few, many (11–99), other. Babel's own rule for Arabic knows no “many”.
PLURAL_FORMS = {
    "ar": "nplurals=6; plural=(n==0 ? 0 : n==1 ? 1 : n==2 ? 2 : n%100>=3 && n%100<=10 ? 3 : n%100>=11 ? 4 : 5);"
}
KEYWORDS: dict[str, Any] = {
    **dict.fromkeys(("_", "gettext", "gettext_lazy", "gettext_noop"), None),
    **dict.fromkeys(("ngettext", "ngettext_lazy"), (1, 2)),
    **dict.fromkeys(("pgettext", "pgettext_lazy"), ((1, "c"), 2)),
    "npgettext": ((1, "c"), 2, 3),
}
PLACEHOLDER = re.compile(r"%\((\w+)\)[sd]|%%|\{(\w*)\}")


def path_of(language: str, suffix: str) -> Path:
    """Where the catalogue of a language is."""
    return ROOT / "locale" / language / "LC_MESSAGES" / f"django.{suffix}"


def read(language: str) -> Catalog:
    """The catalogue as written by people."""
    with path_of(language, "po").open("rb") as file:
        catalog = read_po(file, locale=language)
    catalog.locale = language  # gettext leaves the header's Language empty, which would drop the plural rule
    if language in PLURAL_FORMS:
        catalog.mime_headers = [("Plural-Forms", PLURAL_FORMS[language])]
    return catalog


def write(language: str, catalog: Catalog) -> None:
    """Write a catalogue the same way every time, so that only real changes show."""
    catalog.header_comment = "# Rapport"
    catalog.project, catalog.version = "Rapport", "1"
    catalog.last_translator = catalog.language_team = "Rapport"
    catalog.fuzzy = False
    with path_of(language, "po").open("wb") as file:
        write_po(file, catalog, width=0, include_lineno=False)


def compiled(language: str) -> bytes:
    """The catalogue as Django reads it."""
    out = io.BytesIO()
    write_mo(out, read(language))
    return out.getvalue()


def sources() -> list[Path]:
    """Every file of ours that may hold words for people."""
    found = [path for suffix in ("py", "html", "txt") for path in ROOT.rglob(f"*.{suffix}")]
    return sorted(path for path in found if path.relative_to(ROOT).parts[0] not in NOT_OURS)


def from_source() -> Catalog:
    """The texts marked for translation, with the files they are in."""
    catalog = Catalog(project="Rapport", version="1")
    for path in sources():
        where = str(path.relative_to(ROOT))
        if path.suffix != ".py" and "templates" not in path.parts:
            continue
        code = path.read_text() if path.suffix == ".py" else templatize(path.read_text(), origin=where)
        calls = extract("python", io.BytesIO(code.encode()), keywords=KEYWORDS)
        for _line, texts, comments, context in calls:
            catalog.add(texts, locations=[(where, 0)], auto_comments=comments, context=context)
    return catalog


def collect() -> None:
    """Renew the catalogues from the source; texts that are gone are dropped, new ones wait for a translation."""
    template = from_source()
    for language in LANGUAGES:
        catalog = read(language)
        begun = catalog.creation_date
        catalog.update(template, no_fuzzy_matching=True)
        catalog.creation_date = begun  # or every run would change every file
        catalog.obsolete.clear()
        write(language, catalog)


def write_compiled() -> None:
    """Write the `.mo` files."""
    for language in LANGUAGES:
        path_of(language, "mo").write_bytes(compiled(language))


def _texts(entry: str | Sequence[str] | None) -> list[str]:
    """One text or its plural forms, as a list."""
    return [entry] if isinstance(entry, str) else list(entry or ())


def faults(message: Message) -> list[str]:
    """What is wrong with one entry, in a few words."""
    originals = _texts(message.id)
    translations = _texts(message.string)
    if not translations or not all(translations):
        return ["not translated"]
    found = ["doubtful (fuzzy)"] if message.fuzzy else []
    known = {match.group() for text in originals for match in PLACEHOLDER.finditer(text)}
    for text in translations:
        used = {match.group() for match in PLACEHOLDER.finditer(text)}
        # One and two may be said in words, so a plural form may leave its number out, but nothing may be added.
        if used - known or (len(translations) == 1 and known - used):
            found.append(f"placeholders differ: {sorted(used ^ known)}")
    return found


def problems() -> list[str]:
    """Everything that keeps a language from being complete, one line each."""
    found = []
    wanted = {message.id for message in from_source() if message.id}
    for language in LANGUAGES:
        catalog = read(language)
        found += [f"{language}: not collected: {text!r}" for text in wanted - {message.id for message in catalog}]
        for message in catalog:
            if message.id:
                found += [f"{language}: {fault}: {message.id!r}" for fault in faults(message)]
        if not path_of(language, "mo").exists() or path_of(language, "mo").read_bytes() != compiled(language):
            found.append(f"{language}: django.mo is older than django.po; run python -m tools.messages --compile")
    return found


def main() -> int:
    """Run the chosen jobs."""
    parser = argparse.ArgumentParser(description="Translations.")
    parser.add_argument("--collect", action="store_true", help="renew the catalogues from the source")
    parser.add_argument("--compile", action="store_true", help="write the .mo files")
    parser.add_argument("--check", action="store_true", help="fail when something is missing")
    chosen = parser.parse_args()
    if not settings.configured:
        settings.configure()  # reading templates needs no setting, but asks whether there are any
    if chosen.collect:
        collect()
    if chosen.compile:
        write_compiled()
    found = problems() if chosen.check else []
    for line in found:
        print(line, file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
