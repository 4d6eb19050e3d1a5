"""Templates to begin with: our own words and MJML, in the workspace's language and colour."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from django.utils import translation
from django.utils.functional import Promise
from django.utils.html import escape
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import Workspace
from core.contrast import palette

_FOLDER = Path(__file__).parent
_PLACE = re.compile(r"\[\[(\w+)\]\]")


@dataclass(frozen=True)
class Starter:
    """One entry of the gallery. `words` returns the texts of its MJML; it runs in the message's language."""

    key: str
    title: str | Promise
    description: str | Promise
    words: Callable[[], dict[str, str]]


def _welcome() -> dict[str, str]:
    return {
        "subject": _("Welcome to {{ workspace.name }}"),
        "preheader": _("What you can expect from us, and where to begin."),
        "heading": _("Good to have you here"),
        "opening": _(
            "Thank you for joining us. You will hear from us when there is something worth your time, and never "
            "more often than that."
        ),
        "first": _("Look around"),
        "first_text": _("A short tour of what we do, with the things people ask about first."),
        "second": _("Tell us what you like"),
        "second_text": _("Choose what you want to hear about. It takes a minute and you can change it any time."),
        "button": _("Start here"),
        "choose": _("Choose topics"),
    }


def _newsletter() -> dict[str, str]:
    return {
        "subject": _("What is new at {{ workspace.name }}"),
        "preheader": _("Three stories and a date for your calendar."),
        "heading": _("What is new this month"),
        "opening": _("Three things we think are worth your time, and one date for your calendar."),
        "lead": _("Write the most important story first"),
        "lead_text": _("Say in two sentences what happened and why it matters to the person reading."),
        "button": _("Read the story"),
        "second": _("A second story"),
        "second_text": _("Short is kind: one thought, one link."),
        "third": _("A third story"),
        "third_text": _("Something from behind the scenes, or an answer to a question people ask."),
        "more": _("Read on"),
    }


def _offer() -> dict[str, str]:
    return {
        "subject": _(
            "{% if contact.first_name %}{{ contact.first_name }}, an{% else %}An{% endif %} offer until Sunday"
        ),
        "preheader": _("Who it is for, what it costs and when it ends."),
        "label": _("Until Sunday"),
        "heading": _("One good reason to say yes"),
        "opening": _("Say what people get, what it costs and when the offer ends. Nothing else belongs here."),
        "price": _("From 120"),
        "price_text": _("for two, breakfast included"),
        "button": _("See the offer"),
        "small": _("Subject to availability. You can cancel free of charge until the day before."),
    }


def _letter() -> dict[str, str]:
    return {
        "subject": _("A word from {{ workspace.name }}"),
        "preheader": "",
        "opening": _("I am writing because there is something you should know first."),
        "middle": _(
            "A plain letter is read like one. Write as you would to one person: what happened, what it means for "
            "them, and what you ask of them."
        ),
        "link": _("Here is the page with all the details"),
        "closing": _("Answer this message if you have a question. It reaches me."),
        "name": _("Your name"),
    }


def _stay() -> dict[str, str]:
    return {
        "subject": _("Stay in touch?"),
        "preheader": _("One tap, and you keep hearing from us."),
        "heading": _("Stay in touch?"),
        "opening": _(
            "You bought from us or asked us something, and since then we have written to you now and then. The law "
            "lets us do so for a time only. If you would like it to go on, say so with one tap."
        ),
        "button": _("Yes, keep writing to me"),
        "otherwise": _("If you do nothing, our messages end by themselves. No hard feelings."),
        "why": _("You get this because you were a customer of {{ workspace.name }} or asked us something."),
    }


STARTERS: dict[str, Starter] = {
    starter.key: starter
    for starter in (
        Starter("welcome", gettext_lazy("Welcome"), gettext_lazy("Greets somebody who just joined"), _welcome),
        Starter(
            "newsletter", gettext_lazy("Newsletter"), gettext_lazy("Several stories, one of them large"), _newsletter
        ),
        Starter("offer", gettext_lazy("Offer"), gettext_lazy("One thing, its price and its end"), _offer),
        Starter(
            "letter", gettext_lazy("Plain letter"), gettext_lazy("Looks like written by hand to one person"), _letter
        ),
        Starter(
            "stay",
            gettext_lazy("Stay in touch?"),
            gettext_lazy("Asks people again before their consent runs out"),
            _stay,
        ),
    )
}


def _shared() -> dict[str, str]:
    return {
        "hello": _("{% if contact.first_name %}Hello {{ contact.first_name }},{% else %}Hello,{% endif %}"),
        "why": _("You get this because you asked to hear from {{ workspace.name }}."),
        "preferences": _("Choose what you get"),
        "unsubscribe": _("Unsubscribe"),
        "view": _("View in your browser"),
        "page": "https://example.com/",
    }


def starter_values(starter: Starter, workspace: Workspace) -> dict[str, str]:
    """Return what a template made from `starter` begins with: name, subject, preheader, mjml and language."""
    colors = palette(workspace.brand_color)
    with translation.override(workspace.language):
        words = {**_shared(), **starter.words()}
        name = str(starter.title)
    places = {key: escape(text) if "{%" not in text else text for key, text in words.items()}
    places |= {"brand": colors.fill, "ink": colors.ink, "soft": colors.soft}
    source = (_FOLDER / f"{starter.key}.mjml").read_text(encoding="utf-8")
    parts = {"head": "_head.mjml", "foot": "_foot.mjml"}
    places |= {key: _fill((_FOLDER / file).read_text(encoding="utf-8"), places) for key, file in parts.items()}
    return {
        "name": name,
        "subject": words["subject"],
        "preheader": words["preheader"],
        "mjml": _fill(source, places),
        "language": workspace.language,
    }


def _fill(source: str, places: dict[str, str]) -> str:
    return _PLACE.sub(lambda match: places[match.group(1)], source)
