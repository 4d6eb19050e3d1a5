"""Words for reasons, methods, limits and phases: read by people, never stored."""

from collections.abc import Mapping
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext_lazy

# Why an entry was not taken, or takes no part. The codes stand in published documents.
REASONS: dict[str, Promise] = {
    "min_age": gettext_lazy("Too young for this contest"),
    "country": gettext_lazy("Lives where this contest does not run"),
    "custom": gettext_lazy("Does not fulfil the conditions"),
    "segment": gettext_lazy("May not take part"),
    "unknown_age": gettext_lazy("The date of birth is missing"),
    "unknown_country": gettext_lazy("The country is missing"),
    "limit_email": gettext_lazy("This e-mail address has entered as often as the rules allow"),
    "limit_phone": gettext_lazy("This phone number has entered as often as the rules allow"),
    "limit_contact": gettext_lazy("This person has entered as often as the rules allow"),
    "limit_device": gettext_lazy("This device has entered as often as the rules allow"),
    "limit_ip": gettext_lazy("This connection has entered as often as the rules allow for now"),
    "limit_ip_range": gettext_lazy("This network has entered as often as the rules allow for now"),
    "limit_entry": gettext_lazy("As often as the rules allow"),
    "closed": gettext_lazy("The contest is over"),
    "not_open": gettext_lazy("The contest has not begun"),
    "not_confirmed": gettext_lazy("Was not confirmed"),
    "not_reviewed": gettext_lazy("Nobody decided about it in time"),
    "no_tickets": gettext_lazy("Has no tickets"),
    "no_address": gettext_lazy("There is no address to confirm"),
    "withdrawn": pgettext_lazy("an entry", "Withdrawn"),
    "erased": gettext_lazy("The person was erased"),
    "disposable_email": gettext_lazy("The address is from a throw-away service"),
    "velocity_ip": gettext_lazy("Many entries from the same connection within an hour"),
    "shared_device": gettext_lazy("Several people from the same device"),
    "vote_ring": gettext_lazy("Most votes come from a single network"),
    "suspicious": gettext_lazy("Several signs of cheating"),
    "not_eligible": gettext_lazy("Does not fulfil the rules"),
    "same_person": gettext_lazy("The same person entered before"),
    "cheating": gettext_lazy("Tried to cheat"),
    "content": gettext_lazy("The picture does not fit the rules"),
    "other": gettext_lazy("Another reason"),
}
# What a person may give as the reason for turning an entry down.
DECISIONS = ("not_eligible", "same_person", "cheating", "content", "other")


def reason_in_words(code: str) -> str:
    """Words for a code; an unknown one reads as itself with spaces."""
    return str(REASONS.get(code) or code.replace("_", " "))


def selection_in_words(settings: Mapping[str, Any]) -> str:
    """How winners are found, in a sentence or two."""
    known = {
        "random_draw": _("Chance decides. Every ticket has the same chance, and each person wins at most once."),
        "votes": _("The entries with the most votes win. Of two with as many the one confirmed earlier is ahead."),
        "highest_score": _("The highest scores win. Of two with the same score the one confirmed earlier is ahead."),
        "first_n": _("The first to confirm their entries win."),
        "judged": _("A jury puts the entries in order."),
        "instant_win": _(
            "Moments that win were fixed and sealed before the start. Whoever enters first after such a moment wins "
            "at once."
        ),
    }
    return known[settings["selection"]]


def method_in_words(method: Mapping[str, Any], cap: int | None) -> str:
    """A way to tickets, in a sentence."""
    number = int(method["tickets"])
    tickets = ngettext("%(number)d ticket", "%(number)d tickets", number) % {"number": number}
    known = {
        "form": _("Your entry: %(tickets)s."),
        "referral": _("A friend who enters through your link and confirms: %(tickets)s."),
        "daily_return": _("Coming back: %(tickets)s each time."),
        "quiz_score": _("Each point of your score: %(tickets)s."),
        "vote": _("Giving your vote: %(tickets)s."),
        "upload": _("Sending in a picture: %(tickets)s."),
        "secret_code": _("The secret code: %(tickets)s."),
        "visit_url": _("Visiting a page: %(tickets)s."),
        "watch_video": _("Watching the video: %(tickets)s."),
        "newsletter_optin": _("Asking for news by e-mail: %(tickets)s."),
        "custom": _("More, as it says where you enter: %(tickets)s."),
    }
    sentence = known[method["type"]] % {"tickets": tickets}
    return f"{sentence} {_('At most %(most)d tickets.') % {'most': cap}}" if cap is not None else sentence


def limit_in_words(limit: Mapping[str, Any]) -> str:
    """A limit of entries, in a sentence."""
    number = int(limit["max"])
    known = {
        "email": ngettext("%(n)d entry for each e-mail address", "%(n)d entries for each e-mail address", number),
        "phone": ngettext("%(n)d entry for each phone number", "%(n)d entries for each phone number", number),
        "contact": ngettext("%(n)d entry for each person", "%(n)d entries for each person", number),
        "device": ngettext("%(n)d entry for each device", "%(n)d entries for each device", number),
        "ip": ngettext("%(n)d entry for each connection", "%(n)d entries for each connection", number),
        "ip_range": ngettext("%(n)d entry for each network", "%(n)d entries for each network", number),
        "entry": ngettext("%(n)d entry", "%(n)d entries", number),
    }
    whole = {
        "hour": _("At most %(what)s in an hour."),
        "day": _("At most %(what)s a day."),
        "week": _("At most %(what)s a week."),
    }.get(limit["per"], _("At most %(what)s in all."))
    return whole % {"what": known[limit["by"]] % {"n": number}}


def method_label(settings: Mapping[str, Any], key: str) -> str:
    """What a row of the ledger is for, in a few words; a method of the author's own reads as its key."""
    kinds = {one["key"]: one["type"] for one in settings.get("entry_methods") or ()}
    known = {
        "form": _("Your entry"),
        "referral": _("A friend came along"),
        "daily_return": _("You came back"),
        "quiz_score": _("Your score"),
        "upload": _("Your picture"),
        "secret_code": _("The secret code"),
        "visit_url": _("A visit"),
        "watch_video": _("The video"),
        "newsletter_optin": _("News by e-mail"),
        "vote": _("Your vote"),
    }
    return known.get(kinds.get(key, key), key.replace("_", " "))


def trouble_in_words(code: str) -> str:
    """What keeps a contest from going on, and what to do."""
    known = {
        "held": _("Some entries wait for a look. Decide about them before the list is sealed."),
        "value_missing": _("The public value is known now. Enter it, and the draw takes place."),
        "value_fetched": _("The public value is being fetched. If that takes long, enter it by hand."),
        "not_committed": _("The list of entries is not sealed yet."),
        "too_early": _("The moment of the draw has not come."),
        "bad_value": _("This is not a value of the kind that was promised."),
        "secret_lost": _("The secret of this contest cannot be read: SECRET_KEY was changed. Put the old one back."),
    }
    return known.get(code, code.replace("_", " "))
