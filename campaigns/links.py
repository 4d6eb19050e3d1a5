"""Which links of a message can be looked at before it goes out, and what a look at one means."""

import hashlib
from collections.abc import Iterable

from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

MOST_LINKS = 60

# Servers that know who is asking refuse programs with these; people get through.
REFUSES_PROGRAMS = (401, 403, 405, 406, 429, 451, 999)
PROBLEMS: dict[str, Promise] = {
    "gone": _("there is no such page"),
    "refused": _("its server reports a mistake"),
    "address": _("this is no web address"),
    "private": _("it leads into a private network"),
    "unreachable": _("its server does not answer"),
    "redirects": _("it leads round in circles"),
}


def plain_links(targets: Iterable[str]) -> list[str]:
    """The links that are the same for everybody and lead elsewhere, each once, MOST_LINKS at most."""
    own = settings.BASE_URL.rstrip("/") + "/"
    plain = (
        target
        for target in targets
        if target.startswith(("https://", "http://")) and "{{" not in target and "{%" not in target
    )
    return list(dict.fromkeys(target for target in plain if not target.startswith(own)))[:MOST_LINKS]


def digest_of(url: str) -> str:
    """By which a link is found again."""
    return hashlib.sha256(url.encode()).hexdigest()


def problem_of(status: int) -> str:
    """A code of PROBLEMS for what a server answered, empty when people can be expected to get through."""
    if status in (404, 410):
        return "gone"
    return "refused" if status >= 400 and status not in REFUSES_PROGRAMS else ""


def problem_words(code: str) -> str:
    """The code in words."""
    return str(PROBLEMS.get(code, PROBLEMS["unreachable"]))
