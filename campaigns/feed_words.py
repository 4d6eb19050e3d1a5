"""What to tell somebody whose feed cannot be read: what happened, and what to do next."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

PROBLEMS: dict[str, Promise] = {
    "address": _("This is no web address. Type all of it, beginning with https://."),
    "private": _("This address leads into a private network, so it is not asked."),
    "unreachable": _("Its server does not answer at the moment. Look whether the address is right, then try again."),
    "redirects": _("This address leads round in circles. Open it in a browser and copy the address you end up at."),
    "too_large": _("What came is too large for a feed. Look whether this is the address of the feed itself."),
    "status": _("There is no such page. Open the address in a browser and look whether it is right."),
    "no_feed": _(
        "There is a page, but it is no feed. Look on the site for a link called RSS, Atom or JSON Feed, "
        "and take the address of that."
    ),
}


def feed_problem(code: str) -> str:
    """The sentence for a code of services.feeding.Material; empty where nothing is wrong."""
    return str(PROBLEMS.get(code, PROBLEMS["unreachable"])) if code else ""
