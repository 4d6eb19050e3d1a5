"""The official rules, written from the settings: the same terms that the draw and the limits go by.

Plain text, a heading begins with "# ". It is published with the opening, which has its hash.
"""

import datetime as dt
from collections.abc import Iterator
from typing import Any

from django.utils import formats, translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from contests import terms
from contests.wording import limit_in_words, method_in_words, selection_in_words
from flows.engine.flow import Flow as Compiled
from flows.engine.locales import chosen_text

HEADING = "# "


def rules_text(name: str, sponsor_address: str, compiled: Compiled, language: str) -> str:
    """The rules of a contest called `name` in one language. They are no legal advice, and say only what is done."""
    settings: terms.Settings = compiled.contest or {}
    with translation.override(language):
        lines = [line for part in _parts(name, sponsor_address, compiled, settings) for line in part]
    return "".join(f"{line}\n" for line in lines)


def sections(text: str) -> list[tuple[str, list[str]]]:
    """The text as (heading, paragraphs), to be shown."""
    found: list[tuple[str, list[str]]] = []
    for line in text.splitlines():
        if line.startswith(HEADING) or not found:
            found.append((line.removeprefix(HEADING), []))
        elif line:
            found[-1][1].append(line)
    return found


def _parts(name: str, address: str, compiled: Compiled, settings: terms.Settings) -> Iterator[list[str]]:
    own = settings.get("rules") or {}
    yield [f"{HEADING}{name}", _sponsor(str(own["sponsor"]), address)]
    yield [f"{HEADING}{_('When')}", *_times(settings)]
    yield [f"{HEADING}{_('Who may enter')}", *_who(settings)]
    yield [f"{HEADING}{_('How to enter')}", *_how(settings, own)]
    yield [f"{HEADING}{_('Prizes')}", *_prizes(compiled, settings)]
    yield [f"{HEADING}{_('How winners are found')}", *_winners(settings)]
    yield [f"{HEADING}{_('Your data')}", *_data(own)]
    if own.get("text"):
        yield [f"{HEADING}{_('Also')}", *_text(compiled, own["text"]).splitlines()]


def _sponsor(sponsor: str, address: str) -> str:
    if address and address.casefold() not in sponsor.casefold():
        return _("The contest is run by %(sponsor)s, %(address)s.") % {"sponsor": sponsor, "address": address}
    return _("The contest is run by %(sponsor)s.") % {"sponsor": sponsor}


def _times(settings: terms.Settings) -> Iterator[str]:
    yield _("It opens on %(opens)s and closes on %(closes)s (%(zone)s).") % {
        "opens": _when(settings, terms.moment(settings, "opens_at")),
        "closes": _when(settings, terms.moment(settings, "closes_at")),
        "zone": settings["timezone"],
    }
    if settings.get("voting_opens_at") and settings.get("voting_closes_at"):
        yield _("Votes count from %(opens)s to %(closes)s.") % {
            "opens": _when(settings, terms.moment(settings, "voting_opens_at")),
            "closes": _when(settings, terms.moment(settings, "voting_closes_at")),
        }


def _when(settings: terms.Settings, moment: dt.datetime) -> str:
    local = moment.astimezone(terms.zone(settings))
    return _("%(day)s at %(time)s") % {
        "day": formats.date_format(local, "DATE_FORMAT"),
        "time": formats.time_format(local, "TIME_FORMAT"),
    }


def _who(settings: terms.Settings) -> Iterator[str]:
    rules = settings.get("eligibility") or {}
    if rules.get("min_age"):
        yield _("You are at least %(age)d years old on the day you enter.") % {"age": int(rules["min_age"])}
    countries = rules.get("countries") or {}
    if countries.get("codes"):
        codes = {"codes": ", ".join(countries["codes"])}
        if countries.get("mode", "include") == "include":
            yield _("You live in one of these countries or regions: %(codes)s.") % codes
        else:
            yield _("You do not live in one of these countries or regions: %(codes)s.") % codes
    if rules.get("exclude_segments"):
        yield _("You do not belong to those whom the organiser keeps out, such as its own staff.")
    if rules.get("custom"):
        yield _("You fulfil the conditions that are named where you enter.")
    if not rules:
        yield _("Everybody may enter.")


def _how(settings: terms.Settings, own: Any) -> Iterator[str]:
    if own.get("no_purchase"):
        yield _("Nothing has to be bought, and buying something does not raise your chance.")
    for method in terms.methods_of(settings):
        yield method_in_words(method, terms.caps_of(settings).get(method["key"]))
    for limit in settings.get("entry_limits") or ():
        yield limit_in_words(limit)
    if settings.get("verification", "none") != "none":
        yield _("An entry counts once you have confirmed it with the message we send you.")
    if own.get("skill_question"):
        yield _("A winner answers this question first: %(question)s") % {"question": own["skill_question"]}


def _prizes(compiled: Compiled, settings: terms.Settings) -> Iterator[str]:
    for prize in settings.get("prizes") or ():
        number = int(prize["quantity"])
        line = f"{number} × {_text(compiled, prize['name'])}"
        if prize.get("value"):
            value = formats.number_format(prize["value"])
            line += ", " + _("worth %(value)s %(currency)s") % {"value": value, "currency": prize.get("currency", "")}
        yield line.strip()


def _winners(settings: terms.Settings) -> Iterator[str]:
    yield selection_in_words(settings)
    if terms.is_random(settings):
        yield _("The draw takes place %(when)s. Its documents are published, and anybody can do it again.") % {
            "when": _when(settings, terms.draws_at(settings))
        }
    days = terms.claim_days(settings)
    yield ngettext(
        "Winners are told by e-mail and have %(days)d day to answer. After that the prize goes to the next alternate.",
        "Winners are told by e-mail and have %(days)d days to answer. After that the prize goes to the next alternate.",
        days,
    ) % {"days": days}


def _data(own: Any) -> Iterator[str]:
    yield _(
        "Your details are used to run the contest and to reach you if you win. Published lists show numbers, never "
        "names or addresses. You can withdraw your entry at any time before the draw, on the page of your entry."
    )
    if str(own["url"]).startswith(("https://", "http://")):  # else it is this very page
        yield _("More is at %(address)s") % {"address": own["url"]}


def _text(compiled: Compiled, text: Any) -> str:
    language = translation.get_language() or compiled.default_locale
    return str(chosen_text(text, language, compiled.default_locale))
