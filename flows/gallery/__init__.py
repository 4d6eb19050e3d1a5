"""Flows to begin with: documents of our own, and what each is for."""

import datetime as dt
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from django.utils.translation import gettext_lazy

from flows.documents import read_json
from flows.engine.dates import moment_text

DOCUMENTS = Path(__file__).parent / "documents"
DAYS_OPEN = 14
DRAW_AFTER = dt.timedelta(hours=2)


@dataclass(frozen=True)
class Template:
    """A document of the gallery: its file's name, what it is called, what it is for, and its picture."""

    key: str
    name: Any
    about: Any
    kind: str
    picture: str

    @property
    def is_contest(self) -> bool:
        """Whether it asks for dates, prizes and rules before it can begin."""
        return self.kind == "contest"


TEMPLATES = (
    Template("cabin", gettext_lazy("Which cabin suits you?"),
             gettext_lazy("A quiz with pictures. Everybody gets the offer that fits, and you learn what they like."),
             "quiz", "pictures"),
    Template("quote", gettext_lazy("Instant quote"),
             gettext_lazy("People put their stay together and see the price change. You get the request."),
             "calculator", "slider"),
    Template("giveaway", gettext_lazy("Giveaway with friends"),
             gettext_lazy("A prize is drawn. Whoever brings friends has better chances."), "contest", "prize"),
    Template("trivia", gettext_lazy("Trivia contest"),
             gettext_lazy("Five questions with answers to wonder at. The most right ones win."), "contest", "answers"),
    Template("photo", gettext_lazy("Photo contest"),
             gettext_lazy("People send pictures, you look them over, everybody votes."), "contest", "photo"),
    Template("codes", gettext_lazy("Giveaway with codes"),
             gettext_lazy("The first hundred people get a code for their next stay."), "contest", "code"),
    Template("result", gettext_lazy("Quiz with a personal result"),
             gettext_lazy("A playful quiz that ends with who you are, by points."), "quiz", "answers"),
    Template("finder", gettext_lazy("Product finder"),
             gettext_lazy("A few questions that branch, and one honest recommendation."), "form", "branches"),
    Template("nps", gettext_lazy("How did we do?"),
             gettext_lazy("One number, and the right question after it: what went wrong, or what was best."),
             "form", "scale"),
    Template("lead", gettext_lazy("Contact form"),
             gettext_lazy("Name, address and a message on one page, with consent."), "form", "lines"),
    Template("event", gettext_lazy("Event registration"),
             gettext_lazy("Choose a time, say how many come and what they eat."), "form", "calendar"),
    Template("poll", gettext_lazy("Poll"),
             gettext_lazy("One question, and everybody sees how the others voted."), "poll", "bars"),
)  # fmt: skip


def template_of(key: str) -> Template | None:
    """The template with a key."""
    return next((one for one in TEMPLATES if one.key == key), None)


def document_of(key: str, at: dt.datetime | None = None) -> Any:
    """A fresh copy of a template's document. `at`: a contest opens then, and closes two weeks later."""
    document = read_json(_text(key))
    if at is not None and "contest" in document:
        put_dates(document["contest"], at, at + dt.timedelta(days=DAYS_OPEN))
    return document


def put_dates(contest: dict[str, Any], opens: dt.datetime, closes: dt.datetime) -> None:
    """Open and close a contest at these moments, and draw two hours after closing."""
    contest["opens_at"], contest["closes_at"] = _utc(opens), _utc(closes)
    beacon = (contest.get("draw") or {}).get("beacon")
    if beacon:
        beacon["at"] = _utc(closes + DRAW_AFTER)
        if beacon["type"] == "drand":
            beacon["ref"] = f"quicknet:first round after {beacon['at']}"


def _utc(at: dt.datetime) -> str:
    return moment_text(at.astimezone(dt.UTC).replace(microsecond=0))


@cache
def _text(key: str) -> str:
    if template_of(key) is None:
        raise KeyError(key)
    return (DOCUMENTS / f"{key}.json").read_text(encoding="utf-8")
